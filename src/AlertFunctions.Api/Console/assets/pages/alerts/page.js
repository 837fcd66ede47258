import { html } from '../../view.js';
import { changeQuery, addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';
import { ByComputer } from './byComputer.js';
import { ByType } from './byType.js';
import { List } from './list.js';

const views = { types: ByType, list: List, computers: ByComputer };
const words = { types: () => t('alerts.types'), list: () => t('alerts.list'), computers: () => t('alerts.byComputer') };

/** The outstanding alerts in three views; which one, and what it is filtered by, is in the address. */
export default function AlertsPage({ query }) {
  const view = views[query.view] ? query.view : 'types';
  return html`
    <nav class="views" aria-label=${t('alerts.views')}>
      ${Object.keys(views).map(name => html`<a key=${name} href=${addressOf('alerts', { view: name, severity: query.severity, search: query.search })} aria-current=${name === view ? 'true' : undefined}>${words[name]()}</a>`)}
    </nav>
    <${views[view]} key=${view} query=${query} onSort=${({ by, order }) => changeQuery({ sort: by, order })} />
    <p class="quiet hint">${t('alerts.noAcknowledge')}</p>`;
}
