import { html } from '../../view.js';
import { Severity } from '../../components/severity.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';

const most = 8;
const weight = { critical: 0, warning: 1 };

/** The types with the most outstanding alerts, critical ones first. */
export const Types = ({ types }) => types.length === 0 ? null : html`
  <section class="panel types" aria-labelledby="by-type">
    <h2 id="by-type">${t('overview.byType')} <a class="more" href=${addressOf('alerts')}>${t('overview.seeAll')}</a></h2>
    <ul class="lines">
      ${[...types].sort((one, other) => weight[one.severity] - weight[other.severity] || other.computers - one.computers).slice(0, most).map(type => html`
        <li key=${type.alert}>
          <${Severity} value=${type.severity} />
          <a class="grow counted" href=${addressOf('alerts', { view: 'list', alert: type.alert })}><bdi>${type.title}</bdi> <span class="number">${t('overview.computers', { count: type.computers })}</span></a>
          <span class="quiet"><${Time} value=${type.lastRaisedAt} /></span>
        </li>`)}
    </ul>
  </section>`;
