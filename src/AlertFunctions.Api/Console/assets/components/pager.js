import { html } from '../view.js';
import { number, t } from '../texts/index.js';

/** How much of a list (`useList`) is shown, and the way to more of it. */
export const Pager = ({ list }) => list.items === null ? null : html`
  <div class="pager">
    <span role="status">${t(!list.more ? 'table.all' : list.total === null ? 'table.soFar' : 'table.some', { shown: number(list.items.length), total: number(list.total ?? 0) })}</span>
    ${list.more && html`<button type="button" aria-busy=${list.loading} onClick=${list.loadMore}>${t('table.more')}</button>`}
  </div>`;
