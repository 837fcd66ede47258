import { html, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { ChangeList, FileFaults } from '../../components/changeList.js';
import { ChosenFile } from '../../components/chosenFile.js';
import { Dialog } from '../../components/dialog.js';
import { explain } from '../../components/errors.js';
import { Loading } from '../../components/states.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';

const importUsers = (file, dryRun) => post(`api/users/import${dryRun ? '?dryRun=true' : ''}`, file, { type: 'text/csv' });

/** Users of a CSV file: what they would change first, then the import. */
export function ImportDialog({ onClose }) {
  const file = useSignal(null);
  const preview = useSignal(null);
  const fault = useSignal(null);
  const choose = async chosen => {
    file.value = chosen;
    preview.value = fault.value = null;
    try {
      preview.value = await importUsers(chosen, true);
    } catch (error) {
      fault.value = error;
    }
  };
  const run = async () => {
    const done = await importUsers(file.value, false);
    tell(t('users.imported', { added: done.added.length, changed: done.changed.length }));
    onClose();
    await refresh({ changed: true });
  };
  const idle = !preview.value || preview.value.added.length + preview.value.changed.length === 0;
  return html`
    <${Dialog} title=${t('users.import')} onClose=${onClose} actions=${html`<${Action} kind="primary" disabled=${idle} onRun=${run}>${t('users.importNow')}<//>`}>
      <${ChosenFile} label=${t('users.file')} help=${t('users.fileHelp')} accept=".csv,text/csv" onChoose=${choose} />
      ${fault.value && (fault.value.code === 'invalidRequest' ? html`<${FileFaults} error=${fault.value} />` : html`<p class="wrong" role="alert">${explain(fault.value)}</p>`)}
      ${file.value && !preview.value && !fault.value && html`<${Loading} />`}
      ${preview.value && html`<div role="status"><h3>${t('change.preview')}</h3><${ChangeList} changes=${preview.value} /></div>`}
    <//>`;
}
