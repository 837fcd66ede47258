import { html, useSignal } from '../../view.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { useItems, useResource } from '../../data/resource.js';
import { mayChange } from '../../data/session.js';
import { Action } from '../../components/action.js';
import { SwitchCell } from '../../components/cells.js';
import { CsvDownload } from '../../components/download.js';
import { explain } from '../../components/errors.js';
import { Filters } from '../../components/filters.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { ImportDialog } from './importDialog.js';
import { changeUser, languageText } from './people.js';
import { TestDialog } from './testDialog.js';
import { UserDialog } from './userDialog.js';
import { whoGets } from './whoGets.js';

const dialogs = { user: UserDialog, import: ImportDialog, test: TestDialog };

/** Who receives alert mail (S2). */
export default function UsersPage({ query }) {
  const users = useItems('api/users');
  const types = useItems('api/alert-types');
  const answer = useResource(signal => whoGets(query.alert, signal), [query.alert]);
  const open = useSignal(null);
  const Open = dialogs[open.value?.dialog];
  const show = (dialog, user) => { open.value = { dialog, user }; };
  return html`
    <p class="notes quiet">${t('users.notes')}</p>
    <${Filters} fields=${[
      { name: 'search', label: t('users.search'), type: 'search' },
      { name: 'receives', label: t('users.receiveAlertMail'), type: 'select', options: [['true', t('alertSettings.on')], ['false', t('alertSettings.off')]] },
      { name: 'alert', label: t('users.whoGets'), type: 'select', options: (types.data ?? []).map(type => [type.alert, type.alert]) },
    ]}>
      <${CsvDownload} path="api/users" name="users.csv" top=${null} />
      <${Action} onRun=${() => show('import')}>${t('users.import')}<//>
      <${Action} kind="primary" onRun=${() => show('user')}>${t('users.add')}<//>
    <//>
    ${query.alert && html`<${WhoGets} alert=${query.alert} answer=${answer} />`}
    <${Loaded} resource=${users}>${items => html`<${Users} users=${items} query=${query} answer=${query.alert ? answer.data : null} onShow=${show} />`}<//>
    ${Open && html`<${Open} key=${open.value.user?.name} user=${open.value.user} onClose=${() => { open.value = null; }} />`}`;
}

/** How many get it, in a sentence. */
function WhoGets({ alert, answer: { data, error } }) {
  if (!mayChange.value) return html`<p role="status">${t('users.whoGetsReadOnly')}</p>`;
  if (error && !error.passing) return html`<p class="wrong" role="alert">${explain(error)}</p>`;
  if (!data) return null;
  if (data.off) return html`<p role="status">${t('users.whoGetsOff', { alert })}</p>`;
  return html`
    <p role="status"><strong>${t('users.whoGetsCount', { alert, count: data.recipients.length })}</strong>
      ${data.addresses.length > 0 && html` ${t('users.alsoAddress', { addresses: data.addresses.join(', ') })}`}</p>`;
}

const matches = query => {
  const text = query.search?.toLowerCase();
  return user => (!query.receives || String(user.receiveAlertMail) === query.receives)
    && (!text || [user.name, user.email].some(value => value?.toLowerCase().includes(text)));
};

async function turn(user, receiveAlertMail, onShow) {
  try {
    await changeUser(user, { receiveAlertMail });
    tell(t('users.saved', { name: user.name }));
  } catch (error) {
    if (error instanceof OvertakenError && error.now) {
      tell(explain(error), 'failed');
      onShow('user', error.now);
    } else if (error.errors && '$.email' in error.errors) {
      tell(t('users.needsAddress', { name: user.name }), 'failed');
    } else {
      tell(explain(error), 'failed');
    }
  }
  await refresh({ changed: true });
}

function Users({ users, query, answer, onShow }) {
  if (users.length === 0) return html`<${Empty} text=${t('users.none')} />`;
  const rows = users.filter(matches(query));
  return html`
    <p class="quiet" role="status">${t('users.count', { shown: rows.length, total: users.length })}</p>
    ${rows.length === 0 ? html`<${Empty} text=${t('users.noMatch')} />` : html`
      <${Table} label=${t('users.title')} rows=${rows} keyOf=${row => row.name}
        columns=${[
          { name: 'name', label: t('users.name'), text: row => row.name, cell: row => html`<button type="button" class="as-link" onClick=${() => onShow('user', row)}>${row.name}</button>` },
          { name: 'email', label: t('users.email'), text: row => row.email ?? '', cell: row => row.email ?? '–' },
          { name: 'receiveAlertMail', label: t('users.receivesShort'), width: 'switch-cell', cell: row => html`<${SwitchCell} label=${`${t('users.receiveAlertMail')}: ${row.name}`} value=${row.receiveAlertMail} onChange=${value => turn(row, value, onShow)} />` },
          ...answer ? [{ name: 'gets', label: t('users.gets'), text: row => t(`gets.${answer.reasonOf(row.name) ?? 'yes'}`), cell: row => t(`gets.${answer.reasonOf(row.name) ?? 'yes'}`) }] : [],
          { name: 'culture', label: t('users.culture'), width: 'switch-cell', cell: row => languageText(row.culture), text: row => languageText(row.culture) },
          { name: 'timeZone', label: t('users.timeZone'), cell: row => row.timeZone ?? t('users.systemZone'), text: row => row.timeZone ?? t('users.systemZone') },
          { name: 'actions', label: '', width: 'row-action', cell: row => html`<${Action} disabled=${!row.email} aria-label=${t('users.testTitle', { name: row.name })} onRun=${() => onShow('test', row)}>${t('users.test')}<//>` },
        ]} />`}`;
}
