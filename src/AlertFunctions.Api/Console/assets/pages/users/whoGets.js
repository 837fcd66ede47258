import { post } from '../../data/client.js';
import { mayChange } from '../../data/session.js';

/**
 * Who gets the mails of an alert type, and why others do not: what an event on a computer that nobody has would do. Nothing is recorded or mailed.
 * @returns `{ off, mail }`: whether the type is off, and the mail, whose `reasonOf` is null for who gets it.
 */
export async function whoGets(alert, signal) {
  if (!alert || !mayChange.value) return null;
  const { off, mails } = await post('api/events?dryRun=true', { alert, computer: crypto.randomUUID() }, { signal });
  const mail = mails[0];
  const reasons = new Map((mail?.notMailed ?? []).map(other => [other.user, other.reason]));
  return {
    off: off.length > 0,
    recipients: mail?.recipients ?? [],
    addresses: (mail?.recipients ?? []).filter(recipient => recipient.user === null).map(recipient => recipient.address),
    reasonOf: user => off.length ? 'typeOff' : reasons.get(user) ?? null,
  };
}
