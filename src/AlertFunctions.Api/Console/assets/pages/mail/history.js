import { html, useSignal } from '../../view.js';
import { useList } from '../../data/resource.js';
import { Filters } from '../../components/filters.js';
import { Pager } from '../../components/pager.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time, instantOf, shownZone } from '../../components/time.js';
import { number, t } from '../../texts/index.js';
import { recipientText } from './group.js';
import { Outcome } from './outcome.js';
import { Story } from './story.js';

const aboutText = item => [item.kind && t(`mailKind.${item.kind}`), item.alert].filter(Boolean).join(': ');

/** Past mail: did this person get it, and what happened to this alert's mail? */
export function History({ query }) {
  const chosen = useSignal(null);
  const list = useList('api/mail/history', {
    user: query.user, address: query.address, alert: query.alert, computer: query.computer, outcome: query.outcome, from: instantOf(query.from), to: instantOf(query.to),
  });
  return html`
    <div class="mail-history"><${Filters} fields=${[
      { name: 'user', label: t('mail.user') },
      { name: 'address', label: t('mail.address') },
      { name: 'alert', label: t('alerts.alert') },
      { name: 'computer', label: t('alerts.computer') },
      { name: 'outcome', label: t('mail.outcome'), type: 'select', options: ['sent', 'failed', 'givenUp'].map(outcome => [outcome, t(`mailOutcome.${outcome}`)]) },
      { name: 'from', label: t('mail.from', { zone: shownZone.value }), type: 'datetime-local' },
      { name: 'to', label: t('mail.to', { zone: shownZone.value }), type: 'datetime-local' },
    ]} /></div>
    <p class="quiet">${t('mail.historyHelp')}</p>
    <${Loaded} resource=${list}>${({ items, more }) => html`
      ${items.length === 0 && html`<${Empty} text=${more ? t('mail.noneSoFar') : t('mail.noOutcome')} />`}
      ${items.length > 0 && html`<${Table} label=${t('mail.history')} rows=${items} keyOf=${item => JSON.stringify([item.time, item.mail, item.user, item.address, item.attempt, item.outcome])}
        columns=${[
          { name: 'time', label: t('systemEvents.time'), width: 'moment', cell: item => html`<${Time} value=${item.time} form="long" />` },
          { name: 'outcome', label: t('mail.outcome'), width: 'narrow', cell: item => html`<${Outcome} value=${item.outcome} />` },
          {
            name: 'recipient', label: t('mail.recipient'), text: recipientText,
            cell: item => item.address ? html`<button type="button" class="plain link" aria-haspopup="dialog" onClick=${() => { chosen.value = item; }}>${recipientText(item)}</button>` : t('mail.allDue'),
          },
          { name: 'about', label: t('mail.about'), cell: aboutText, text: aboutText },
          { name: 'attempt', label: t('mail.attempt'), width: 'quantity short', cell: item => item.attempt && html`<span class="number">${number(item.attempt)}</span>` },
          { name: 'pattern', label: t('mail.pattern'), width: 'quantity short', cell: item => item.pattern && html`<span class="number">${item.pattern}</span>` },
          { name: 'reply', label: t('mail.reply'), cell: item => item.reply, text: item => item.reply },
        ]} />`}
      <${Pager} list=${list} />
      ${chosen.value && html`<${Story} mail=${{ id: chosen.value.mail, alert: chosen.value.alert, subject: aboutText(chosen.value) }} recipient=${chosen.value} onClose=${() => { chosen.value = null; }} />`}`}
    <//>`;
}
