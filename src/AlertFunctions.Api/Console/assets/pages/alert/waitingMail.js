import { html } from '../../view.js';
import { timeText } from '../../components/time.js';
import { t } from '../../texts/index.js';

/** The mail of the alert's type that is still to be delivered. */
export const WaitingMail = ({ mail }) => mail.length === 0 ? null : html`
  <section class="panel" aria-labelledby="waiting">
    <h2 id="waiting">${t('alert.waiting')}</h2>
    <ul class="lines">
      ${mail.flatMap(one => one.recipients.map(recipient => html`
        <li key=${`${one.id} ${recipient.address}`}>
          <span class="grow"><bdi>${recipient.user ? `${recipient.user} <${recipient.address}>` : recipient.address}</bdi></span>
          <span class="quiet">${[
            t('alert.next', { at: timeText(one.nextAttemptAt) }),
            recipient.resendsLeft === null ? t('alert.unlimited') : t('alert.resendsLeft', { count: recipient.resendsLeft }),
            recipient.lastReply,
          ].filter(Boolean).join(' · ')}</span>
        </li>`))}
    </ul>
  </section>`;
