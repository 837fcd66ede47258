import { html } from '../../view.js';
import { useList } from '../../data/resource.js';
import { CsvDownload } from '../../components/download.js';
import { Filters } from '../../components/filters.js';
import { Pager } from '../../components/pager.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { t } from '../../texts/index.js';

/** The system events, newest first. */
export default function SystemEventsPage({ query }) {
  const filter = { level: query.level, id: query.id, search: query.search };
  const list = useList('api/system-events', filter);
  return html`
    <${Filters} fields=${[
      { name: 'search', label: t('systemEvents.search'), type: 'search' },
      { name: 'level', label: t('systemEvents.level'), type: 'select', options: ['error', 'warning', 'information'].map(level => [level, t(`severity.${level}`)]) },
      { name: 'id', label: t('systemEvents.id') },
    ]}><${CsvDownload} path="api/system-events" query=${filter} name="system-events.csv" /><//>
    <${Loaded} resource=${list}>${({ items }) => items.length === 0 ? html`<${Empty} text=${t('systemEvents.none')} />` : html`
      <${Table} label=${t('systemEvents.title')} rows=${items} keyOf=${item => `${item.time} ${item.id} ${item.target} ${item.description}`}
        columns=${[
          { name: 'time', label: t('systemEvents.time'), width: 'medium', cell: item => html`<${Time} value=${item.time} form="long" />` },
          { name: 'id', label: t('systemEvents.id'), width: 'narrow', cell: item => item.id },
          { name: 'level', label: t('systemEvents.level'), width: 'narrow', cell: item => html`<${Severity} value=${item.level} />` },
          { name: 'name', label: t('systemEvents.name'), width: 'medium', cell: item => item.name, text: item => item.name },
          { name: 'description', label: t('systemEvents.description'), cell: item => item.description, text: item => item.description },
        ]} />
      <${Pager} list=${list} />`}
    <//>`;
}
