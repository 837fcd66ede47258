import { html } from '../../view.js';
import { get } from '../../data/client.js';
import { useResource } from '../../data/resource.js';
import { settings } from '../../data/settings.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';

/** What a new installation needs before it mails its first alert; gone when all of it is done. */
export function FirstSteps({ state }) {
  const hadEvent = state.alerts.total > 0 || state.days.some(day => day.raised > 0);
  const mailedToday = state.mail.sentToday > 0;
  // Any delivery shows that mail arrives; the history is asked only where today has none.
  const delivered = useResource(signal => mailedToday ? { items: [{}] } : get('api/mail/history', { outcome: 'sent', top: 1 }, { signal }), [mailedToday]);
  if (delivered.data === null) return null;

  const steps = [
    { text: t('overview.stepServer'), href: addressOf('smtp'), done: Boolean(settings.value.smtp.server.value) },
    { text: t('overview.stepRecipient'), href: addressOf('users'), done: Boolean(settings.value.mail.alertEmailAddress.value) || !['noRecipients', 'notConfigured', 'unknown'].includes(state.health.checks.mail) },
    { text: t('overview.stepMail'), href: addressOf('smtp'), done: delivered.data.items.length > 0 },
    { text: t('overview.stepEvent'), href: 'docs', done: hadEvent },
  ];
  return steps.every(step => step.done) ? null : html`
    <section class="panel first-steps" aria-labelledby="first-steps">
      <h2 id="first-steps">${t('overview.firstSteps')}</h2>
      <ol>${steps.map(step => html`<li key=${step.text} class=${step.done ? 'done' : ''}><span class="sign" aria-hidden="true">${step.done ? '✓' : '○'}</span> <span class="unseen">${step.done ? t('overview.done') : t('overview.open')}</span> ${step.done ? step.text : html`<a href=${step.href}>${step.text}</a>`}</li>`)}</ol>
    </section>`;
}
