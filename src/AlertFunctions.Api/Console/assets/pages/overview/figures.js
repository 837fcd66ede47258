import { html } from '../../view.js';
import { startOfDay, timeText } from '../../components/time.js';
import { addressOf } from '../../shell/router.js';
import { number, t } from '../../texts/index.js';

const Figure = ({ kind, value, label, href }) => html`
  <a class=${`figure ${value ? kind : 'none'}`} href=${href}><strong>${value === null ? t('overview.overTenThousand') : number(value)}</strong> <span>${label}</span></a>`;

/** What became of mail since today began. */
const mailOf = (outcome, days) => addressOf('mail', { view: 'history', outcome, from: startOfDay(days.at(-1).day) });

/** The numbers that matter, each a way to what it counts. */
export const Figures = ({ state: { alerts, mail, days } }) => html`
  <section class="panel figures-of-alerts" aria-labelledby="outstanding">
    <h2 id="outstanding">${alerts.total ? t('overview.outstanding') : t('overview.nothing')}</h2>
    <div class="figure-row">
      <${Figure} kind="critical" value=${alerts.critical} label=${t('severity.critical')} href=${addressOf('alerts', { view: 'list', severity: 'critical' })} />
      <${Figure} kind="warning" value=${alerts.warning} label=${t('severity.warning')} href=${addressOf('alerts', { view: 'list', severity: 'warning' })} />
    </div>
  </section>
  <section class="panel figures-of-mail" aria-labelledby="mail-today">
    <h2 id="mail-today">${t('overview.mailToday')}</h2>
    <div class="figure-row">
      <${Figure} kind="good" value=${mail.sentToday} label=${t('overview.sent')} href=${mailOf('sent', days)} />
      <${Figure} kind="warning" value=${mail.waiting} label=${t('overview.waiting')} href=${addressOf('mail')} />
      <${Figure} kind="critical" value=${mail.givenUpToday} label=${t('overview.givenUp')} href=${mailOf('givenUp', days)} />
    </div>
    ${mail.oldestWaitingSince && html`<p class="quiet">${t('overview.oldest', { since: timeText(mail.oldestWaitingSince) })}</p>`}
  </section>`;
