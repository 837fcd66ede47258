import { html } from '../../view.js';
import { timeText } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';

const signs = { good: '✓', bad: '✕', unsure: '?' };

/** `page` is where something can be done about it. */
const Check = ({ state, text, page }) => html`<li class=${state}><span class="sign" aria-hidden="true">${signs[state]}</span> ${page ? html`<a href=${addressOf(page)}>${text}</a>` : text}</li>`;

const mailPages = { failing: 'mail', noRecipients: 'users', notConfigured: 'smtp' };

const mailTexts = {
  healthy: () => t('overview.mailHealthy'),
  failing: since => t('overview.mailFailing', { since }),
  noRecipients: () => t('overview.mailNoRecipients'),
  notConfigured: () => t('overview.mailNotConfigured'),
  unknown: () => t('overview.mailUnknown'),
};

function timersText({ timers, lastRedriveAt }) {
  const at = timeText(lastRedriveAt, 'clock');
  if (timers === 'healthy') return lastRedriveAt ? t('overview.timersHealthy', { at }) : t('overview.timersNotYet');
  return timers === 'late' ? (lastRedriveAt ? t('overview.timersLate', { at }) : t('overview.timersNotYet')) : t('overview.timersUnknown');
}

/** Each check with its reason. */
export const Health = ({ health: { checks } }) => html`
  <section class="panel health" aria-labelledby="health">
    <h2 id="health">${t('overview.health')}</h2>
    <ul class="checks">
      <${Check} state=${checks.storage === 'healthy' ? 'good' : 'bad'} text=${checks.storage === 'healthy' ? t('overview.storageHealthy') : t('overview.storageUnhealthy')} />
      <${Check} state=${checks.mail === 'healthy' ? 'good' : checks.mail === 'unknown' ? 'unsure' : 'bad'} text=${mailTexts[checks.mail](timeText(checks.mailFailingSince))} page=${mailPages[checks.mail]} />
      <${Check} state=${checks.timers === 'healthy' ? 'good' : checks.timers === 'late' ? 'bad' : 'unsure'} text=${timersText(checks)} />
      ${checks.alertTypes === 'limitReached' && html`<${Check} state="bad" text=${t('overview.alertTypesLimitReached')} page="alert-settings" />`}
    </ul>
  </section>`;
