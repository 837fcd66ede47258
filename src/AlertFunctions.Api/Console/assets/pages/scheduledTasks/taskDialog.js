import { html, useId, useSignal } from '../../view.js';
import { ApiError } from '../../data/client.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { useResource } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Field } from '../../components/field.js';
import { Overtaken } from '../../components/overtaken.js';
import { Loading } from '../../components/states.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { NextRuns } from './nextRuns.js';
import { comparedFields, readTask, removeTask, settable, writeTask } from './tasks.js';
import { formOf, refusedFields, taskOf } from './taskForm.js';

const zones = Intl.supportedValuesOf('timeZone');
const examples = { '0 9 * * 1-5': 'workingDays', '0 9 * * *': 'everyDay', '0 9 * * 1': 'mondays', '0 6 1 * *': 'firstOfMonth' };
const unseen = { seen: null, runs: null };

/** A task's settings, with its next five runs; without `task` those of a new one. It stays open when it is saved, to show them. */
export function TaskDialog({ task, onClose }) {
  const loaded = useResource(signal => task ? readTask(task.name, signal) : Promise.resolve(null), [task?.name]);
  const saved = useSignal(unseen);
  const given = useSignal(formOf(task));
  const refused = useSignal({});
  const conflict = useSignal(null);
  const form = useId();
  const zoneNames = useId();
  const exampleNames = useId();

  const seen = saved.value.seen ?? task ?? null;
  const runs = saved.value.runs ?? loaded.data;
  const set = change => { given.value = { ...given.value, ...change }; };
  const name = given.value.name.trim();
  const wanted = taskOf(given.value);
  const outdated = runs !== null && settable.some(field => JSON.stringify(runs[field]) !== JSON.stringify(wanted[field]));

  const attempt = async work => {
    refused.value = {};
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error instanceof OvertakenError) {
        conflict.value = { now: error.now };
        saved.value = { seen: error.now, runs: null }; // what is saved next has been seen
        return null;
      }
      refused.value = refusedFields(error.errors, wanted);
      if (Object.keys(refused.value).length === 0) throw error;
      return null;
    }
  };
  const save = async () => {
    if (!name) {
      refused.value = { name: [] };
      return;
    }
    const written = await attempt(() => writeTask(name, seen, wanted));
    if (!written) return;
    conflict.value = null;
    saved.value = { seen: written, runs: written };
    tell(t('tasks.saved', { name }));
    refresh({ changed: true }); // not waited for: the next change can be saved at once
  };
  const removeIt = async () => {
    if (await attempt(async () => { await removeTask(seen); return true; })) {
      tell(t('tasks.removed', { name }));
      onClose();
      await refresh({ changed: true });
    }
  };

  const wrong = field => field in refused.value;
  const helpOf = (field, help) => refused.value[field]?.some(Boolean) ? `${t('tasks.notAccepted', { values: refused.value[field].join(', ') })} ${help}` : help;
  const text = (field, more = {}) => tie => html`<input ...${tie} ...${more} name=${field} value=${given.value[field]} onInput=${event => set({ [field]: event.target.value })} autocomplete="off" />`;
  const area = field => tie => html`<textarea ...${tie} name=${field} value=${given.value[field]} onInput=${event => set({ [field]: event.target.value })}></textarea>`;

  return html`
    <${Dialog} title=${seen?.name ?? t('tasks.add')} onClose=${onClose} actions=${html`
      ${seen && html`<${Action} kind="danger" onRun=${removeIt}>${t('users.remove')}<//>`}
      <${Action} kind="primary" type="submit" form=${form} onRun=${save}>${t('edit.save')}<//>`}>
      ${conflict.value && html`<${Overtaken} now=${conflict.value.now} mine=${wanted} fields=${comparedFields()} />`}
      <form id=${form} class="form" noValidate onSubmit=${event => event.preventDefault()}>
        ${!seen && html`<${Field} label=${t('users.name')} help=${t('users.nameHelp')} wrong=${wrong('name')} input=${text('name')} />`}
        <${Field} label=${t('tasks.type')} wrong=${wrong('type')} input=${tie => html`
          <select ...${tie} name="type" value=${given.value.type} onChange=${event => set({ type: event.target.value })}>
            ${['sendAlertSummary', 'generateReport'].map(type => html`<option key=${type} value=${type}>${t(`taskType.${type}`)}</option>`)}
          </select>`} />
        ${given.value.type === 'generateReport' && html`<${Field} label=${t('tasks.period')} help=${t('tasks.periodHelp')} wrong=${wrong('report') || wrong('period')} input=${text('period')} />`}
        <div class="form two">
          <${Field} label=${t('tasks.schedule')} help=${t('tasks.scheduleHelp')} wrong=${wrong('schedule')} input=${text('schedule', { list: exampleNames })} />
          <${Field} label=${t('users.timeZone')} help=${t('users.timeZoneHelp')} wrong=${wrong('timeZone')} input=${text('timeZone', { list: zoneNames })} />
        </div>
        <datalist id=${exampleNames}>${Object.entries(examples).map(([cron, name]) => html`<option key=${cron} value=${cron} label=${t(`scheduleExample.${name}`)} />`)}</datalist>
        <datalist id=${zoneNames}>${zones.map(zone => html`<option key=${zone} value=${zone} />`)}</datalist>
        <fieldset aria-describedby=${wrong('recipients') ? `${form}-recipients` : undefined}>
          <legend>${t('tasks.recipients')}</legend>
          ${wrong('recipients') && html`<p id=${`${form}-recipients`} class="wrong" role="alert">${t('tasks.recipientsHelp')}</p>`}
          <${Check} label=${t('tasks.allUsers')} checked=${given.value.allUsers} onChange=${allUsers => set({ allUsers })} />
          <div class="form two">
            <${Field} label=${t('tasks.users')} help=${helpOf('users', t('tasks.usersHelp'))} wrong=${wrong('users')} input=${area('users')} />
            <${Field} label=${t('tasks.addresses')} help=${helpOf('addresses', t('tasks.addressesHelp'))} wrong=${wrong('addresses')} input=${area('addresses')} />
          </div>
        </fieldset>
        <${Check} label=${t('alertSettings.enabled')} checked=${given.value.enabled} onChange=${enabled => set({ enabled })} />
      </form>
      ${task && runs === null && loaded.loading ? html`<${Loading} />` : html`<${NextRuns} task=${runs} outdated=${outdated} />`}
    <//>`;
}
