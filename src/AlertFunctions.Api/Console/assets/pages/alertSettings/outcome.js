import { html } from '../../view.js';
import { number, t } from '../../texts/index.js';

const join = names => names.join(', ');

function whatHappens(result, state) {
  if (result.off.length) return t('tryEvent.off');
  if (result.outdated) return t('tryEvent.outdated');
  if (result.raised.length) return t('tryEvent.raises', result.raised[0]);
  if (result.cleared.length) return t('tryEvent.clears', result.cleared[0]);
  return state === 'cleared' ? t('tryEvent.nothingToClear') : t('tryEvent.repeated');
}

/** Who would not get a mail, by why. */
const NotMailed = ({ users }) => Object.entries(Object.groupBy(users, other => other.reason)).map(([reason, others]) => html`
  <div key=${reason}>
    <dt>${t(`noMail.${reason}`)} (${number(others.length)})</dt>
    <dd tabIndex="0"><bdi>${join(others.map(other => other.user))}</bdi></dd>
  </div>`);

/** What an event would do, and whom it would mail. */
export const Outcome = ({ result, state }) => html`
  <div class="outcome" role="status">
    <p><strong>${whatHappens(result, state)}</strong></p>
    ${result.mails.map(mail => html`
      <div key=${mail.kind}>
        <h3>${mail.kind === 'raised' ? t('tryEvent.mailRaised') : t('tryEvent.mailCleared')}</h3>
        <dl class="names">
          <div>
            <dt>${t('tryEvent.recipients', { count: mail.recipients.length })}</dt>
            <dd tabIndex="0"><bdi>${join(mail.recipients.map(recipient => `${recipient.user ?? recipient.address} (${recipient.culture})`))}</bdi></dd>
          </div>
          <${NotMailed} users=${mail.notMailed} />
        </dl>
      </div>`)}
    ${result.mails.length === 0 && html`<p>${t('tryEvent.noMail')}</p>`}
  </div>`;
