import { html, useSignal } from '../../view.js';
import { get } from '../../data/client.js';
import { overview } from '../../data/overview.js';
import { useResource } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { Severity } from '../../components/severity.js';
import { Empty, Loaded } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';
import { ClearDialog } from '../alerts/clearDialog.js';
import { Timeline } from './timeline.js';
import { WaitingMail } from './waitingMail.js';

/** One alert, outstanding or cleared, with its timeline: where the links of mails lead. */
export default function AlertPage({ query: { alert, computer } }) {
  const detail = useResource(
    signal => get('api/alerts/detail', { alert, computer }, { signal }).catch(error => {
      if (error.status === 404) return { gone: true };
      throw error;
    }),
    [alert, computer]);
  const clearing = useSignal(false);
  if (!alert || !computer) return html`<${Empty} text=${t('alert.missing')} />`;
  const title = overview.value?.alerts.types.find(type => type.alert === alert)?.title ?? alert;
  return html`
    <${Loaded} resource=${detail}>${found => found.gone
      ? html`<${Empty} text=${t('alert.noAlert')}><p><a href=${addressOf('alerts', { view: 'list', alert })}>${t('alert.sameType', { alert: title })}</a></p><//>`
      : html`
        <article class="panel alert-page">
          <header>
            <h2><bdi>${title}</bdi></h2>
            <${Severity} value=${found.severity} />
            <span class=${`badge ${found.outstanding ? found.severity : 'good'}`}>${found.outstanding ? t('alert.outstanding') : t('alert.over')}</span>
            ${found.outstanding && html`<${Action} kind="danger" onRun=${() => { clearing.value = true; }}>${t('alerts.clear')}<//>`}
          </header>
          <dl>
            <dt>${t('alert.computer')}</dt><dd><bdi>${found.computer}</bdi></dd>
            ${found.raisedAt && html`<dt>${t('alert.raisedAt')}</dt><dd><${Time} value=${found.raisedAt} form="long" /></dd>`}
            ${found.message && html`<dt>${t('alert.message')}</dt><dd class="message"><bdi>${found.message}</bdi></dd>`}
            ${found.eventId && html`<dt>${t('alert.eventId')}</dt><dd><code>${found.eventId}</code></dd>`}
          </dl>
          <p class="links">
            <a href=${addressOf('alerts', { view: 'list', alert })}>${t('alert.sameType', { alert: title })}</a>
            <a href=${addressOf('alerts', { view: 'list', computer })}>${t('alert.sameComputer')}</a>
          </p>
        </article>
        <${WaitingMail} mail=${found.mail} />
        <${Timeline} moments=${found.timeline} />
        ${clearing.value && html`<${ClearDialog} one=${{ alert: title, computer }} collect=${async () => [found]} onClose=${() => { clearing.value = false; }} />`}`}
    <//>`;
}
