import { html } from '../view.js';
import { number, t } from '../texts/index.js';

/** How much of a list (`useList`) is shown, and the way to more of it. */
export const Pager = ({ list }) => list.items === null ? null : html`
  <div class="pager">
    <span role="status">${list.more ? t(list.total === null ? 'table.someOfMany' : 'table.some', { shown: list.items.length, total: number(list.total ?? 0) }) : t('table.all', { shown: list.items.length })}</span>
    ${list.more && html`<button type="button" aria-busy=${list.loading} onClick=${list.loadMore}>${t('table.more')}</button>`}
  </div>`;
