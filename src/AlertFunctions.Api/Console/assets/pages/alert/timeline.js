import { html } from '../../view.js';
import { Time } from '../../components/time.js';
import { t } from '../../texts/index.js';

const headings = {
  event: ({ event }) => event.state === 'cleared' ? t('alert.eventCleared') : t('alert.eventOccurred'),
  raised: () => t('alert.raised'),
  cleared: ({ by }) => by ? t('alert.clearedBy', { by }) : t('alert.cleared'),
  mail: ({ mail }) => {
    const recipient = mail.user ? `${mail.user} <${mail.address}>` : mail.address ?? t('alert.nobody');
    return { sent: () => t('alert.mailSent', { recipient }), failed: () => t('alert.mailFailed', { recipient }), givenUp: () => t('alert.mailGivenUp', { recipient }) }[mail.outcome]();
  },
};

const Details = ({ moment: { event, mail, note } }) => html`
  ${event?.message && html`<p class="message"><bdi>${event.message}</bdi></p>`}
  ${event?.data && html`<details><summary>${t('alert.data')}</summary><pre>${JSON.stringify(event.data, null, 2)}</pre></details>`}
  ${note && html`<p class="message"><bdi>${note}</bdi></p>`}
  ${mail && html`<p class="quiet">${[mail.attempt && t('alert.attempt', { number: mail.attempt }), mail.pattern && t('alert.pattern', { number: mail.pattern }), mail.reply].filter(Boolean).join(' · ')}</p>`}`;

/** What happened to an alert, newest first: events, raises, clears, and each mail's outcome for each recipient. */
export const Timeline = ({ moments }) => html`
  <section class="panel" aria-labelledby="timeline">
    <h2 id="timeline">${t('alert.timeline')}</h2>
    ${moments.length === 0 ? html`<p class="quiet">${t('alert.gone')}</p>` : html`
      <ol class="timeline">
        ${moments.map(moment => html`
          <li key=${`${moment.time} ${moment.kind} ${moment.mail?.mail} ${moment.mail?.address} ${moment.event?.id}`} class=${`${moment.kind} ${moment.mail?.outcome ?? ''}`}>
            <${Time} value=${moment.time} form="long" />
            <div><strong><bdi>${headings[moment.kind](moment)}</bdi></strong><${Details} moment=${moment} /></div>
          </li>`)}
      </ol>`}
  </section>`;
