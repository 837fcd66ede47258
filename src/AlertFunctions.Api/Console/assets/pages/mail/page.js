import { html } from '../../view.js';
import { post } from '../../data/client.js';
import { refresh } from '../../data/overview.js';
import { useList } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { Pager } from '../../components/pager.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { tell } from '../../components/toasts.js';
import { number, t } from '../../texts/index.js';

/** The undelivered mail. It can be attempted, and neither deleted nor changed (S9). */
export default function MailPage() {
  const list = useList('api/mail');
  const attempt = async () => {
    await post('api/mail/redrive');
    tell(t('mail.attempting'));
    await refresh({ changed: true });
  };
  return html`
    <div class="toolbar"><${Action} onRun=${attempt}>${t('mail.attemptNow')}<//> <span class="quiet">${t('mail.noDelete')}</span></div>
    <${Loaded} resource=${list}>${({ items }) => items.length === 0 ? html`<${Empty} text=${t('mail.none')} />` : html`
      <${Table} label=${t('mail.waiting')} keyOf=${row => `${row.mail.id} ${row.address}`}
        rows=${items.flatMap(mail => mail.recipients.map(recipient => ({ mail, ...recipient })))}
        columns=${[
          { name: 'subject', label: t('mail.subject'), cell: row => row.mail.subject, text: row => row.mail.subject },
          { name: 'recipient', label: t('mail.recipient'), cell: row => row.user ? `${row.user} <${row.address}>` : row.address, text: row => row.address },
          { name: 'attempts', label: t('mail.attempts'), width: 'narrow', cell: row => html`<span class="number">${number(row.attempts)}</span>` },
          { name: 'resendsLeft', label: t('mail.resendsLeft'), width: 'narrow', cell: row => html`<span class="number">${row.resendsLeft === null ? '∞' : number(row.resendsLeft)}</span>` },
          { name: 'nextAttempt', label: t('mail.nextAttempt'), width: 'medium', cell: row => html`<${Time} value=${row.mail.nextAttemptAt} />` },
          { name: 'lastReply', label: t('mail.lastReply'), cell: row => row.lastReply, text: row => row.lastReply },
        ]} />
      <${Pager} list=${list} />`}
    <//>`;
}
