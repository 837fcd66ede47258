import { html } from '../../view.js';
import { get } from '../../data/client.js';
import { useResource } from '../../data/resource.js';
import { Dialog } from '../../components/dialog.js';
import { Loaded } from '../../components/states.js';
import { Time, timeText } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';
import { Countdown } from './countdown.js';
import { recipientText, resendsText } from './group.js';
import { Outcome } from './outcome.js';

/** Pages of the history that are read at most: a page may be empty and have a next one. */
const mostPages = 20;
const lookBack = 30 * 24 * 3_600_000;

async function attemptsOf(mail, { user, address, time }, signal) {
  const from = mail.createdAt ?? new Date(Date.parse(time) - lookBack).toISOString();
  const whose = user ? { user } : { address };
  const attempts = [];
  let continuation = null;
  for (let page = 0; page < mostPages; page++) {
    const answer = await get('api/mail/history', { ...whose, alert: mail.alert, from, top: 1000, continuation }, { signal });
    attempts.push(...answer.items.filter(item => item.mail === mail.id));
    continuation = answer.continuation;
    if (!continuation) break;
  }
  return attempts;
}

/** Whether it has arrived, in one sentence. */
function Verdict({ attempts, waiting, search }) {
  const end = attempts.find(attempt => attempt.outcome !== 'failed');
  if (end?.outcome === 'sent') return html`<p><${Outcome} value="sent" /> ${t('mail.wasSent', { time: timeText(end.time, 'long') })}</p>`;
  if (end) return html`<p><${Outcome} value="givenUp" /> ${t('mail.wasGivenUp', { time: timeText(end.time, 'long') })}</p>`;
  if (!waiting) return html`<p>${t('mail.notYet')} <a href=${addressOf('mail', { search })}>${t('banner.seeQueue')}</a></p>`;
  return html`
    <p>${t('mail.notYet')} ${t('mail.nextAttempt')}: <${Countdown} until=${waiting.mail.nextAttemptAt} /> · ${t('mail.resendsLeft')}: ${resendsText(waiting.resendsLeft)}</p>
    ${waiting.lastReply && html`<p class="mail-reply"><bdi>${waiting.lastReply}</bdi></p>`}`;
}

/**
 * The outcome of one mail for one recipient, with each attempt.
 * @param mail `{ id, alert, subject, createdAt }`, as far as it is known.
 * @param recipient `{ user, address }`, and the `time` of an attempt where the mail's own is not known.
 * @param waiting The recipient in the queue, where it is there.
 */
export function Story({ mail, recipient, waiting, onClose }) {
  const attempts = useResource(signal => attemptsOf(mail, recipient, signal));
  return html`
    <${Dialog} title=${recipientText(recipient)} onClose=${onClose}>
      <p><bdi>${mail.subject ?? mail.alert}</bdi>${mail.createdAt && html` <span class="quiet"><${Time} value=${mail.createdAt} form="long" /></span>`}</p>
      <${Loaded} resource=${attempts}>${items => html`
        <${Verdict} attempts=${items} waiting=${waiting} search=${recipient.address} />
        ${items.length > 0 && html`
          <ol class="mail-attempts" reversed>
            ${items.map(item => html`
              <li key=${`${item.time} ${item.attempt}`}>
                <p><${Time} value=${item.time} form="long" /> <${Outcome} value=${item.outcome} /> ${item.pattern !== null && t(`mail.pattern${item.pattern}`)}</p>
                ${item.reply && html`<p class="mail-reply"><bdi>${item.reply}</bdi></p>`}
                ${item.messageId && html`<p class="quiet"><small>Message-ID: <bdi>${item.messageId}</bdi></small></p>`}
              </li>`)}
          </ol>`}
        <p class="quiet">${t('mail.recordedOnce')}</p>`}
      <//>
    <//>`;
}
