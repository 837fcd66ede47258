// The tab's only poller. Everything else is read again when the overview has changed, or when the reader asks.
import { effect, signal } from '../view.js';
import { ApiError, send } from './client.js';
import { signedIn } from './session.js';
import { language, notifying } from '../shell/preferences.js';

/** The server looks at its storage once a minute while nothing changes, however often it is asked: two operations, for all tabs together. */
const pollEvery = 15_000;

/** The server keeps its overview for five seconds: after a change of one's own it is read once more when a new one is due. */
const renewedAfter = 6_000;

/** The last answer of `GET /api/overview`; null before the first. */
export const overview = signal(null);

/** Counts the changes of the overview: what depends on the state of the system reads again when it rises. */
export const changes = signal(0);

/** Counts the polls: what could not be read is tried again with the next. */
export const polls = signal(0);

/** When the state that is shown was current last; null while it is current. */
export const staleSince = signal(null);

/** Why the last poll failed; null when it did not. */
export const fault = signal(null);

let etag = null;
let lastRead = null;
let timer = null;
let asking = null;

/** Reads the overview now. After a change of one's own, `changed` makes everything else read again, too. */
export async function refresh({ changed = false } = {}) {
  asking?.abort();
  clearTimeout(timer);
  if (!signedIn.value) return;
  if (changed) changes.value++;
  const request = asking = new AbortController();
  try {
    const answer = await send('GET', 'api/overview', { headers: etag ? { 'If-None-Match': etag } : {}, signal: request.signal });
    if (answer.status !== 304) {
      const first = overview.value === null; // which the page has just read as well
      overview.value = await answer.json();
      if (!first) changes.value++;
      etag = answer.headers.get('ETag');
    }
    const wasStale = staleSince.value !== null;
    lastRead = new Date();
    staleSince.value = null;
    fault.value = null;
    if (wasStale && answer.status === 304) changes.value++;
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (!(error instanceof ApiError)) throw error;
    if (error.passing) staleSince.value ??= lastRead ?? new Date();
    fault.value = error;
  }
  polls.value++;
  if (asking === request) schedule(changed ? renewedAfter : pollEvery);
}

/** A hidden tab costs nothing, unless its reader wants notifications of new alerts. */
const isWatched = () => !document.hidden || notifying.value === 'on';

function schedule(after) {
  clearTimeout(timer);
  if (isWatched() && signedIn.value) timer = setTimeout(refresh, after);
}

/** Begins to poll while signed in and visible. */
export function startPolling() {
  effect(() => {
    language.value; // titles and system events come in the reader's language
    etag = null;
    if (signedIn.value) {
      refresh();
    } else {
      asking?.abort();
      clearTimeout(timer);
      overview.value = fault.value = staleSince.value = lastRead = null;
    }
  });
  document.addEventListener('visibilitychange', () => isWatched() ? refresh() : clearTimeout(timer));
}
