// Clearing any number of alerts: exactly those that were found when it was asked, in requests of at most 1,000.
import { get, post } from '../../data/client.js';

const most = 1_000;

/** Every outstanding alert that matches a filter now. */
export async function everyAlert(filter, signal) {
  const found = [];
  let continuation = null;
  do {
    const page = await get('api/alerts', { ...filter, top: most, continuation }, { signal });
    found.push(...page.items);
    continuation = page.continuation;
  } while (continuation);
  return found;
}

/**
 * Clears alerts by hand. Each is named with the time of its raise, so that a newer raise is not cleared unseen.
 * @param alerts The alerts.
 * @param words `note` and `by`.
 * @param onProgress Gets how many are done.
 * @returns How many were cleared and how many were not there any more.
 */
export async function clearAlerts(alerts, { note, by }, onProgress, signal) {
  let cleared = 0;
  let notFound = 0;
  for (let start = 0; start < alerts.length; start += most) {
    const items = alerts.slice(start, start + most).map(({ alert, computer, raisedAt }) => ({ alert, computer, raisedAt }));
    let continuation = null;
    do {
      const answer = await post('api/alerts/clear', { items, note: note || null, by: by || null, continuation }, { signal });
      cleared += answer.cleared.length;
      notFound += answer.notFound.length;
      continuation = answer.continuation;
      onProgress(cleared + notFound);
    } while (continuation);
  }
  return { cleared, notFound };
}
