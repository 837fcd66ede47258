import { html } from '../../view.js';
import { Severity } from '../../components/severity.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';

const most = 8;

/** The newest system events, in a line each. */
export const LatestEvents = ({ events }) => html`
  <section class="panel latest" aria-labelledby="latest">
    <h2 id="latest">${t('overview.latest')} <a class="more" href=${addressOf('system-events')}>${t('overview.seeAll')}</a></h2>
    <ul class="lines">
      ${events.slice(0, most).map(event => html`
        <li key=${`${event.time} ${event.id} ${event.description}`}>
          <span class="quiet"><${Time} value=${event.time} /></span>
          <${Severity} value=${event.level} />
          <span class="grow clip" title=${event.description}><a href=${addressOf('system-events', { id: event.id })}>${event.id} ${event.name}</a> <bdi>${event.description.replaceAll('\n', ' ')}</bdi></span>
        </li>`)}
    </ul>
  </section>`;
