import { html, useSignal } from '../../view.js';
import { mayChange } from '../../data/session.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { ChangeList, FileFaults } from '../../components/changeList.js';
import { ChosenFile } from '../../components/chosenFile.js';
import { Dialog } from '../../components/dialog.js';
import { explain } from '../../components/errors.js';
import { Loading } from '../../components/states.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { countOf, lists, replaceConfiguration, tryConfiguration } from './configuration.js';

/** Replaces the configuration by that of a file: what it would change first, then a question, then the change. */
export function Import() {
  const document = useSignal(null);
  const plan = useSignal(null);
  const fault = useSignal(null);
  const asking = useSignal(false);
  const overtaken = useSignal(false);

  const plannedAnew = async () => {
    plan.value = fault.value = null;
    try {
      plan.value = await tryConfiguration(document.value);
    } catch (error) {
      fault.value = error;
    }
  };
  const choose = async file => {
    overtaken.value = false;
    document.value = await file.text();
    await plannedAnew();
  };
  const replace = async () => {
    try {
      await replaceConfiguration(document.value, plan.value.etag);
    } catch (error) {
      if (error.status !== 412) throw error;
      overtaken.value = true;
      asking.value = false;
      await plannedAnew();
      return;
    }
    tell(t('backup.replaced'));
    asking.value = false;
    document.value = plan.value = null;
    await refresh({ changed: true });
  };

  const removed = plan.value ? countOf(plan.value.changes, 'removed') : 0;
  const changes = plan.value ? countOf(plan.value.changes, 'added') + countOf(plan.value.changes, 'changed') + removed : 0;
  return html`
    <section class="panel" aria-labelledby="import">
      <h2 id="import">${t('backup.import')}</h2>
      <p>${t('backup.importHelp')}</p>
      ${!mayChange.value ? html`<p class="quiet">${t('error.keyNotEnough')}</p>` : html`
        <${ChosenFile} label=${t('backup.file')} help=${t('backup.fileHelp')} accept=".json,application/json" onChoose=${choose} />
        ${overtaken.value && html`<p class="wrong" role="alert">${t('backup.overtaken')}</p>`}
        ${fault.value && (fault.value.code === 'invalidRequest' ? html`<${FileFaults} error=${fault.value} />` : html`<p class="wrong" role="alert">${explain(fault.value)}</p>`)}
        ${document.value !== null && !plan.value && !fault.value && html`<${Loading} />`}
        ${plan.value && html`
          <div class="outcome" role="status">
            <h3>${t('change.preview')}</h3>
            ${lists.filter(list => plan.value.changes[list]).map(list => html`<section key=${list} aria-label=${t(`backup.${list}`)}><h4>${t(`backup.${list}`)}</h4><${ChangeList} changes=${plan.value.changes[list]} /></section>`)}
            <div><${Action} kind=${removed ? 'danger' : 'primary'} disabled=${changes === 0} onRun=${() => { asking.value = true; }}>${changes === 0 ? t('backup.nothing') : t('backup.replace')}<//></div>
          </div>`}`}
      ${asking.value && html`
        <${Dialog} title=${t('backup.replace')} onClose=${() => { asking.value = false; }} actions=${html`<${Action} kind=${removed ? 'danger' : 'primary'} onRun=${replace}>${t('backup.replaceNow')}<//>`}>
          <p>${t('backup.question', { added: countOf(plan.value.changes, 'added'), changed: countOf(plan.value.changes, 'changed'), removed })}</p>
        <//>`}
    </section>`;
}
