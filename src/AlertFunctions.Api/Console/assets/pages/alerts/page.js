import { html } from '../../view.js';
import { useList } from '../../data/resource.js';
import { Pager } from '../../components/pager.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';

export default function AlertsPage({ query }) {
  const list = useList('api/alerts', { alert: query.alert, computer: query.computer });
  return html`
    <${Loaded} resource=${list}>${({ items }) => items.length === 0 ? html`<${Empty} text=${t('alerts.none')} />` : html`
      <${Table} label=${t('alerts.title')} rows=${items} keyOf=${row => JSON.stringify([row.alert, row.computer])}
        columns=${[
          { name: 'severity', label: t('alerts.severity'), width: 'narrow', cell: row => html`<${Severity} value=${row.severity} />` },
          { name: 'alert', label: t('alerts.alert'), cell: row => html`<a href=${addressOf('alert', { alert: row.alert, computer: row.computer })}>${row.alert}</a>`, text: row => row.alert },
          { name: 'computer', label: t('alerts.computer'), cell: row => row.computer, text: row => row.computer },
          { name: 'raisedAt', label: t('alerts.raisedAt'), width: 'medium', cell: row => html`<${Time} value=${row.raisedAt} />` },
          { name: 'message', label: t('alerts.message'), cell: row => row.message, text: row => row.message },
        ]} />
      <${Pager} list=${list} />`}
    <//>`;
}
