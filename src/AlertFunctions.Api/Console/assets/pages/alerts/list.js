import { html, useSignal } from '../../view.js';
import { get } from '../../data/client.js';
import { overview } from '../../data/overview.js';
import { useList, useResource } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { CsvDownload } from '../../components/download.js';
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
import { bySeverity, byText } from './filters.js';

const keyOf = row => JSON.stringify([row.alert, row.computer]);

/** Every alert in a line. */
export function List({ query, onSort }) {
  const filter = { alert: query.alert, computer: query.computer, severity: query.severity, search: query.search };
  const list = useList('api/alerts', { ...filter, sort: query.sort, order: query.order });
  const types = useResource(signal => get('api/alert-types', {}, { signal }));
  const selection = useSignal(new Set());
  const clearing = useSignal(null);

  const titleOf = alert => overview.value?.alerts.types.find(type => type.alert === alert)?.title ?? alert;
  const selected = (list.items ?? []).filter(row => selection.value.has(keyOf(row)));
  const names = [...new Set([query.alert, ...(types.data?.items ?? []).map(type => type.alert)])].filter(Boolean);
  const done = () => {
    clearing.value = null;
    selection.value = new Set();
  };

  return html`
    <${Filters} fields=${[
      byText(),
      bySeverity(),
      { name: 'alert', label: t('alerts.alert'), type: 'select', options: names.map(name => [name, titleOf(name)]) },
      { name: 'computer', label: t('alerts.computer') },
    ]}>
      <${CsvDownload} path="api/alerts" query=${{ ...filter, sort: query.sort, order: query.order }} name="alerts.csv" />
    <//>
    <${Loaded} resource=${list}>${({ items, total }) => items.length === 0
      ? html`<${Empty} text=${Object.values(filter).some(Boolean) ? t('alerts.noMatch') : t('alerts.none')} />`
      : html`
        <div class="toolbar">
          <${Action} kind="danger" onRun=${() => { clearing.value = { count: total, collect: signal => everyAlert(filter, signal) }; }}>${t('alerts.clearAll')}${total === null ? '' : ` (${number(total)})`}<//>
          ${selected.length > 0 && html`<${Action} kind="danger" onRun=${() => { clearing.value = { count: selected.length, collect: async () => selected }; }}>${t('alerts.clearSelected', { count: selected.length })}<//>`}
        </div>
        <${Table} label=${t('alerts.title')} rows=${items} keyOf=${keyOf} sort=${{ by: query.sort ?? 'severity', order: query.order ?? 'desc' }} onSort=${onSort}
          selection=${selection.value} onSelect=${next => { selection.value = next; }}
          columns=${[
            { name: 'severity', label: t('alerts.severity'), width: 'narrow', sortable: true, cell: row => html`<${Severity} value=${row.severity} />` },
            { name: 'alert', label: t('alerts.alert'), sortable: true, text: row => titleOf(row.alert), cell: row => html`<a href=${addressOf('alert', { alert: row.alert, computer: row.computer })}>${titleOf(row.alert)}</a>` },
            { name: 'computer', label: t('alerts.computer'), sortable: true, text: row => row.computer, cell: row => html`<a href=${addressOf('alerts', { view: 'list', computer: row.computer })}>${row.computer}</a>` },
            { name: 'raisedAt', label: t('alerts.raisedAt'), width: 'medium', sortable: true, cell: row => html`<${Time} value=${row.raisedAt} />` },
            { name: 'message', label: t('alerts.message'), text: row => row.message, cell: row => row.message },
            { name: 'clear', label: '', width: 'action', cell: row => html`<${Action} aria-label=${t('alerts.questionOne', { alert: titleOf(row.alert), computer: row.computer })} onRun=${() => { clearing.value = { count: 1, one: { alert: titleOf(row.alert), computer: row.computer }, collect: async () => [row] }; }}>${t('alerts.clear')}<//>` },
          ]} />
        <${Pager} list=${list} />`}
    <//>
    ${clearing.value && html`<${ClearDialog} ...${clearing.value} onClose=${done} />`}`;
}
