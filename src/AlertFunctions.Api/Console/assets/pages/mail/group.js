import { html, useId } from '../../view.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { number, t } from '../../texts/index.js';
import { Countdown } from './countdown.js';

/** How a recipient is named: the user, the address, or both. */
export const recipientText = ({ user, address }) => user && address ? `${user} <${address}>` : user ?? address ?? '';

export const resendsText = value => value === null ? '∞' : number(value);

/** Why the recipients of a group wait. */
function reasonOf({ pattern, attempts }) {
  if (pattern !== null) return t(`mail.pattern${pattern}`);
  return attempts[1] === 0 ? t('mail.notTried') : t('mail.notSent');
}

/** Recipients that fail alike, with what they have in common; each of them when it is open. */
export function Group({ group, open, onToggle, onTell }) {
  const heading = useId();
  const list = useId();
  const [least, most] = group.attempts;
  return html`
    <section class="panel mail-group" aria-labelledby=${heading}>
      <h2 id=${heading}>
        <button type="button" class="plain" aria-expanded=${open} aria-controls=${open ? list : undefined} onClick=${onToggle}>
          <span class="sign" aria-hidden="true">${open ? '▾' : '▸'}</span> ${t('mail.recipients', { count: group.rows.length })}
        </button>
        <span class=${`badge ${group.pattern === null ? '' : group.pattern === 3 ? 'critical' : 'warning'}`}>${reasonOf(group)}</span>
      </h2>
      <dl class="mail-facts">
        <div><dt>${t('mail.nextAttempt')}</dt><dd><${Countdown} until=${group.nextAttemptAt} /></dd></div>
        <div><dt>${t('mail.resendsLeft')}</dt><dd class="number">${group.resendsLeft.map(resendsText).join(', ')}</dd></div>
        <div><dt>${t('mail.attempts')}</dt><dd class="number">${least === most ? number(most) : `${number(least)} – ${number(most)}`}</dd></div>
        <div><dt>${t('mail.mails')}</dt><dd class="number">${number(group.mails)}</dd></div>
        <div><dt>${t('mail.since')}</dt><dd><${Time} value=${group.since} /></dd></div>
        ${group.lastReply && html`<div class="reply"><dt>${t('mail.lastReply')}</dt><dd><bdi>${group.lastReply}</bdi></dd></div>`}
      </dl>
      ${open && html`
        <div id=${list}>
          <${Table} label=${t('mail.recipients', { count: group.rows.length })} rows=${group.rows} keyOf=${row => row.key}
            columns=${[
              { name: 'recipient', label: t('mail.recipient'), cell: row => html`<button type="button" class="plain link" aria-haspopup="dialog" onClick=${() => onTell(row)}>${recipientText(row)}</button>`, text: recipientText },
              { name: 'subject', label: t('mail.subject'), cell: row => row.mail.subject, text: row => row.mail.subject },
              { name: 'attempts', label: t('mail.attempts'), width: 'quantity', cell: row => html`<span class="number">${number(row.attempts)}</span>` },
              { name: 'resendsLeft', label: t('mail.resendsLeft'), width: 'quantity', cell: row => html`<span class="number">${resendsText(row.resendsLeft)}</span>` },
              { name: 'nextAttempt', label: t('mail.nextAttempt'), width: 'narrow', cell: row => html`<${Countdown} until=${row.mail.nextAttemptAt} />` },
              { name: 'lastReply', label: t('mail.lastReply'), cell: row => row.lastReply, text: row => row.lastReply },
            ]} />
        </div>`}
    </section>`;
}
