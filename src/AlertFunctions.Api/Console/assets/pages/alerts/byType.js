import { html, useSignal } from '../../view.js';
import { get } from '../../data/client.js';
import { useResource } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { Filters } from '../../components/filters.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { number, t } from '../../texts/index.js';
import { ClearDialog } from './clearDialog.js';
import { everyAlert } from './clearing.js';
import { bySeverity, byText, hasText, sorted, weight } from './filters.js';

const values = { severity: row => weight[row.severity], title: row => row.title, computers: row => row.computers, first: row => row.firstRaisedAt, last: row => row.lastRaisedAt };

/** The alerts by type. */
export function ByType({ query, onSort }) {
  const summary = useResource(signal => get('api/alerts/summary', {}, { signal }));
  const clearing = useSignal(null);
  return html`
    <${Filters} fields=${[byText(), bySeverity()]} />
    <${Loaded} resource=${summary}>${({ items }) => {
      const matching = items.filter(row => (!query.severity || row.severity === query.severity) && hasText(query.search, row.title, row.alert, ...row.firstComputers));
      const rows = sorted(matching, { sort: query.sort ?? 'severity', order: query.order }, values);
      return rows.length === 0 ? html`<${Empty} text=${items.length ? t('alerts.noMatch') : t('alerts.none')} />` : html`
        <${Table} label=${t('alerts.types')} rows=${rows} keyOf=${row => row.alert} sort=${{ by: query.sort ?? 'severity', order: query.order ?? 'asc' }} onSort=${onSort}
          columns=${[
            { name: 'severity', label: t('alerts.severity'), width: 'narrow', sortable: true, cell: row => html`<${Severity} value=${row.severity} />` },
            { name: 'title', label: t('alerts.alert'), sortable: true, text: row => row.title, cell: row => html`<a href=${addressOf('alerts', { view: 'list', alert: row.alert })}>${row.title}</a>` },
            { name: 'computers', label: t('alerts.computers'), width: 'quantity', sortable: true, cell: row => html`<span class="number">${number(row.computers)}</span>` },
            { name: 'firstComputers', label: t('alerts.firstComputers'), text: row => row.firstComputers.join(', '), cell: row => row.firstComputers.join(', ') },
            { name: 'first', label: t('alerts.first'), width: 'medium', sortable: true, cell: row => html`<${Time} value=${row.firstRaisedAt} />` },
            { name: 'last', label: t('alerts.last'), width: 'medium', sortable: true, cell: row => html`<${Time} value=${row.lastRaisedAt} />` },
            { name: 'clear', label: '', width: 'action', cell: row => html`<${Action} aria-label=${`${t('alerts.clear')}: ${row.title}`} onRun=${() => { clearing.value = signal => everyAlert({ alert: row.alert }, signal); }}>${t('alerts.clear')}<//>` },
          ]} />`;
    }}<//>
    ${clearing.value && html`<${ClearDialog} collect=${clearing.value} onClose=${() => { clearing.value = null; }} />`}`;
}
