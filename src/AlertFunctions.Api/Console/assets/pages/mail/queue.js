// The whole queue, since what fails alike is counted over all of it.
import { useRef, useSignal } from '../../view.js';
import { get } from '../../data/client.js';
import { useResource } from '../../data/resource.js';

/** Few, so that something is shown at once. */
const firstPage = 100;
const page = 1_000;
/** More than this is not read into one tab. */
const most = 10_000;

/**
 * Reads the undelivered mail.
 * @returns As `useResource`; its data has `mails`, and `complete` (whether they are all). `latest()` is the data of the last answer, whenever it is asked.
 */
export function useQueue() {
  const begun = useSignal(null);
  const latest = useRef(null);
  const resource = useResource(async signal => {
    const mails = [];
    let continuation = null;
    do {
      const answer = await get('api/mail', { top: continuation ? page : firstPage, continuation }, { signal });
      mails.push(...answer.items);
      continuation = answer.continuation;
      if (latest.current === null) begun.value = { mails: [...mails], complete: !continuation };
    } while (continuation && mails.length < most);
    return latest.current = { mails, complete: !continuation };
  });
  return { ...resource, data: resource.data ?? begun.value, latest: () => latest.current };
}

/** What identifies a recipient of a mail. A user's address may be corrected meanwhile. */
export const recipientKey = (mail, recipient) => JSON.stringify([mail.id, recipient.user ?? recipient.address]);
