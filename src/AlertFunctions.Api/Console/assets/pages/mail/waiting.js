import { html, useMemo, useRef, useSignal } from '../../view.js';
import { mayChange } from '../../data/session.js';
import { Action } from '../../components/action.js';
import { Filters } from '../../components/filters.js';
import { Empty, Loaded } from '../../components/states.js';
import { t } from '../../texts/index.js';
import { AttemptProgress, useAttempt } from './attempt.js';
import { Group } from './group.js';
import { groupsOf } from './groups.js';
import { Story } from './story.js';
import { useQueue } from './queue.js';

/** The queue: who waits, why, and until when. */
export function Waiting({ query }) {
  const queue = useQueue();
  const { begin, progress } = useAttempt(queue);
  return html`
    <div class="toolbar">
      <${Action} kind="primary" onRun=${begin}>${t('mail.attemptNow')}<//>
      ${!mayChange.value && html`<span class="quiet">${t('error.keyNotEnough')}</span>`}
    </div>
    <${AttemptProgress} progress=${progress} />
    <${Loaded} resource=${queue}>${data => html`<${Groups} ...${data} search=${query.search} />`}<//>
    <p class="quiet mail-rules">${t('mail.noDelete')} ${t('mail.noTemplates')}</p>`;
}

function Groups({ mails, complete, search }) {
  const groups = useMemo(() => groupsOf(mails, search), [mails, search]);
  const toggled = useSignal(new Map());
  const chosen = useSignal(null);
  const recipients = groups.reduce((sum, group) => sum + group.rows.length, 0);
  // A group that is alone has nothing beside it to be compared with. It stays open when another comes, with whatever its reader looks at.
  const wasAlone = useRef(new Set());
  if (groups.length === 1) wasAlone.current.add(groups[0].key);
  const isOpen = group => toggled.value.get(group.key) ?? wasAlone.current.has(group.key);
  if (mails.length === 0) return html`<${Empty} text=${t('mail.none')} />`;
  return html`
    <${Filters} fields=${[{ name: 'search', label: t('mail.search'), type: 'search' }]}>
      <span class="quiet" role="status">${t(complete ? 'mail.total' : 'mail.totalSoFar', { recipients, mails: mails.length })}</span>
    <//>
    ${groups.length === 0 && html`<${Empty} text=${t('mail.noMatch')} />`}
    ${groups.map(group => html`
      <${Group} key=${group.key} group=${group} open=${isOpen(group)} onTell=${row => { chosen.value = row; }}
        onToggle=${() => { toggled.value = new Map(toggled.value).set(group.key, !isOpen(group)); }} />`)}
    ${chosen.value && html`<${Story} mail=${chosen.value.mail} recipient=${chosen.value} waiting=${chosen.value} onClose=${() => { chosen.value = null; }} />`}`;
}
