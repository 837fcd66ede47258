import { html, useSignal } from '../../view.js';
import { useList } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { Filters } from '../../components/filters.js';
import { Pager } from '../../components/pager.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { number, t } from '../../texts/index.js';
import { ClearDialog } from './clearDialog.js';
import { everyAlert } from './clearing.js';
import { bySeverity, byText, hasText, sorted, weight } from './filters.js';

const values = { severity: row => weight[row.severity], computer: row => row.computer, alerts: row => row.alerts, first: row => row.firstRaisedAt, last: row => row.lastRaisedAt };

/** The alerts by computer, the one with the oldest first. */
export function ByComputer({ query, onSort }) {
  const list = useList('api/computers');
  const clearing = useSignal(null);
  return html`
    <${Filters} fields=${[byText(), bySeverity()]} />
    <${Loaded} resource=${list}>${({ items }) => {
      const matching = items.filter(row => (!query.severity || row.severity === query.severity) && hasText(query.search, row.computer, ...row.firstAlerts));
      const rows = sorted(matching, query, values);
      return rows.length === 0 ? html`<${Empty} text=${items.length ? t('alerts.noMatch') : t('alerts.none')} />` : html`
        <${Table} label=${t('alerts.byComputer')} rows=${rows} keyOf=${row => row.computer} sort=${{ by: query.sort, order: query.order }} onSort=${onSort}
          columns=${[
            { name: 'severity', label: t('alerts.severity'), width: 'narrow', sortable: true, cell: row => html`<${Severity} value=${row.severity} />` },
            { name: 'computer', label: t('alerts.computer'), sortable: true, text: row => row.computer, cell: row => html`<a href=${addressOf('alerts', { view: 'list', computer: row.computer })}>${row.computer}</a>` },
            { name: 'alerts', label: t('alerts.alertCount'), width: 'quantity', sortable: true, cell: row => html`<span class="number">${number(row.alerts)}</span>` },
            { name: 'firstAlerts', label: t('alerts.firstAlerts'), text: row => row.firstAlerts.join(', '), cell: row => row.firstAlerts.join(', ') },
            { name: 'first', label: t('alerts.first'), width: 'medium', sortable: true, cell: row => html`<${Time} value=${row.firstRaisedAt} />` },
            { name: 'last', label: t('alerts.last'), width: 'medium', sortable: true, cell: row => html`<${Time} value=${row.lastRaisedAt} />` },
            { name: 'clear', label: '', width: 'action', cell: row => html`<${Action} aria-label=${`${t('alerts.clear')}: ${row.computer}`} onRun=${() => { clearing.value = signal => everyAlert({ computer: row.computer }, signal); }}>${t('alerts.clear')}<//>` },
          ]} />
        <${Pager} list=${list} />`;
    }}<//>
    ${clearing.value && html`<${ClearDialog} collect=${clearing.value} onClose=${() => { clearing.value = null; }} />`}`;
}
