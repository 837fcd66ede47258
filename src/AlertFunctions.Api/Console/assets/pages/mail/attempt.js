// "Attempt all now" is answered before anything is attempted. What comes of it is followed in the queue itself, for as long as something happens.
import { html, useEffect, useRef, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { refresh } from '../../data/overview.js';
import { t } from '../../texts/index.js';
import { recipientKey } from './queue.js';

const shortestPause = 500;
const longestPause = 5_000;
/** Nothing has changed for so long: what is still waiting is not attempted by this. */
const patience = 45_000;

const attemptsOf = mails => new Map(mails.flatMap(mail => mail.recipients.map(recipient => [recipientKey(mail, recipient), recipient.attempts])));

/** How many of those that waited before have left the queue, and how many have failed again. */
function compare(before, mails) {
  const after = attemptsOf(mails);
  let left = 0;
  let again = 0;
  for (const [key, attempts] of before) {
    if (!after.has(key)) left++;
    else if (after.get(key) > attempts) again++;
  }
  return { total: before.size, left, again, attempted: left + again };
}

const pauseOf = (milliseconds, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

/**
 * @param queue The queue, by `useQueue`.
 * @returns `begin()`, and `progress`: null, or `{ total, left, again, attempted, running }`.
 */
export function useAttempt(queue) {
  const progress = useSignal(null);
  const following = useRef(null);
  useEffect(() => () => following.current?.abort(), []);

  const follow = async (before, { signal }) => {
    let changedAt = Date.now();
    let pause = shortestPause;
    let { running } = progress.value;
    while (running) {
      await pauseOf(pause, signal);
      if (signal.aborted) return;
      await queue.reload();
      if (signal.aborted) return;
      const now = compare(before, queue.latest().mails);
      const changed = now.attempted !== progress.value.attempted;
      if (changed) changedAt = Date.now();
      pause = changed ? shortestPause : Math.min(2 * pause, longestPause);
      running = now.attempted < now.total && Date.now() - changedAt < patience;
      progress.value = { ...now, running };
    }
    await refresh();
  };

  const begin = async () => {
    const before = attemptsOf(queue.latest()?.mails ?? []);
    await post('api/mail/redrive');
    following.current?.abort();
    following.current = new AbortController();
    progress.value = { ...compare(before, queue.latest()?.mails ?? []), running: before.size > 0 };
    follow(before, following.current);
  };
  return { begin, progress: progress.value };
}

/** What has come of the attempt so far. */
export function AttemptProgress({ progress }) {
  if (!progress) return null;
  const { total, left, again, attempted, running } = progress;
  return html`
    <div class="panel mail-progress" role="status">
      <p>${total === 0 ? t('mail.nothingToAttempt') : running ? t('mail.attempting', { attempted, total }) : t('mail.attempted', { attempted, total })}</p>
      ${total > 0 && html`
        <progress max=${total} value=${attempted} aria-label=${t('mail.progress')}></progress>
        <p class="quiet">${t('mail.attemptOutcome', { left, again })}${!running && attempted < total ? ` ${t('mail.notAttempted')}` : ''}</p>`}
    </div>`;
}
