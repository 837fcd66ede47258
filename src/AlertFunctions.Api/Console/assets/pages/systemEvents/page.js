import { html, useSignal } from '../../view.js';
import { useList } from '../../data/resource.js';
import { CsvDownload } from '../../components/download.js';
import { Filters } from '../../components/filters.js';
import { Pager } from '../../components/pager.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time, instantOf, shownZone } from '../../components/time.js';
import { t } from '../../texts/index.js';
import { Details } from './details.js';

/** The numbers of the system events that there are. */
const numbers = [190, 192, 197, 198, 199, 564, 567, 568, 569, 570, 571];

const oneLine = text => text.replaceAll('\n', ' · ');

/** The system events, newest first. */
export default function SystemEventsPage({ query }) {
  const chosen = useSignal(null);
  const filter = { search: query.search, level: query.level, id: query.id, from: instantOf(query.from), to: instantOf(query.to) };
  const list = useList('api/system-events', filter);
  return html`
    <${Filters} fields=${[
      { name: 'search', label: t('systemEvents.search'), type: 'search' },
      { name: 'level', label: t('systemEvents.level'), type: 'select', options: ['error', 'warning', 'information'].map(level => [level, t(`severity.${level}`)]) },
      { name: 'id', label: t('systemEvents.name'), type: 'select', options: numbers.map(id => [String(id), `${id} ${t(`eventName.${id}`)}`]) },
      { name: 'from', label: t('mail.from', { zone: shownZone.value }), type: 'datetime-local' },
      { name: 'to', label: t('mail.to', { zone: shownZone.value }), type: 'datetime-local' },
    ]}><${CsvDownload} path="api/system-events" query=${filter} name="system-events.csv" /><//>
    ${!query.from && html`<p class="quiet">${t('systemEvents.period')}</p>`}
    <${Loaded} resource=${list}>${({ items, more }) => html`
      ${items.length === 0 && html`<${Empty} text=${more ? t('systemEvents.noneSoFar') : t('systemEvents.none')} />`}
      ${items.length > 0 && html`<${Table} label=${t('systemEvents.title')} rows=${items} keyOf=${item => JSON.stringify(item)}
        columns=${[
          { name: 'time', label: t('systemEvents.time'), width: 'moment', cell: item => html`<${Time} value=${item.time} form="long" />` },
          { name: 'level', label: t('systemEvents.level'), width: 'event-level', cell: item => html`<${Severity} value=${item.level} />` },
          { name: 'id', label: t('systemEvents.id'), width: 'event-id', cell: item => item.id },
          {
            name: 'name', label: t('systemEvents.name'), width: 'medium', text: item => item.name,
            cell: item => html`<button type="button" class="plain link" aria-haspopup="dialog" onClick=${() => { chosen.value = item; }}>${item.name}</button>`,
          },
          { name: 'description', label: t('systemEvents.description'), cell: item => oneLine(item.description), text: item => item.description },
        ]} />`}
      <${Pager} list=${list} />`}
    <//>
    ${chosen.value && html`<${Details} event=${chosen.value} onClose=${() => { chosen.value = null; }} />`}`;
}
