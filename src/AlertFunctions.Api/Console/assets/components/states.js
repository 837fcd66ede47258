// What is shown in place of data.
import { html } from '../view.js';
import { staleSince } from '../data/overview.js';
import { explain } from './errors.js';
import { timeText } from './time.js';
import { t } from '../texts/index.js';

export const Loading = () => html`<p class="state" role="status">${t('state.loading')}</p>`;

/** `children` say what to do, where there is something. */
export const Empty = ({ text, children }) => html`<div class="state"><p>${text ?? t('state.empty')}</p>${children}</div>`;

/** What went wrong and what to do, with another try. */
export const Failure = ({ error, onRetry }) => html`
  <div class="state failure" role="alert">
    <p>${explain(error)}</p>
    ${onRetry && html`<button type="button" onClick=${onRetry}>${t('action.retry')}</button>`}
  </div>`;

/**
 * A resource (`useResource`, `useList`) as far as it is there: its data, the last of it greyed while storage is down, or why there is none.
 * @param resource The resource.
 * @param children A function of its data.
 */
export const Loaded = ({ resource, children }) => {
  if (resource.data === null) return resource.error ? html`<${Failure} error=${resource.error} onRetry=${resource.reload} />` : html`<${Loading} />`;
  // The server may know how things stand for a minute longer than its storage answers: then the banner says nothing yet.
  const alone = resource.error?.passing && !staleSince.value;
  return html`
    ${alone && html`<p class="banner stale-banner" role="status">${t('banner.stale', { since: timeText(resource.readAt) })} ${explain(resource.error)}</p>`}
    <div class=${resource.error || staleSince.value ? 'stale' : ''} aria-busy=${resource.loading}>
      ${resource.error && !resource.error.passing && html`<${Failure} error=${resource.error} onRetry=${resource.reload} />`}
      ${children(resource.data)}
    </div>`;
};
