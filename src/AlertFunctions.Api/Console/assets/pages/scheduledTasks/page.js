import { html, useEffect, useRef, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { useItems } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { SwitchCell } from '../../components/cells.js';
import { explain } from '../../components/errors.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { Time } from '../../components/time.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { PreviewDialog } from './previewDialog.js';
import { TaskDialog } from './taskDialog.js';
import { changeTask, pathOf } from './tasks.js';

const dialogs = { task: TaskDialog, preview: PreviewDialog };
const looksAfterRun = 15;
const betweenLooks = 2_000;

/** Mail that is sent at set times (S15). */
export default function ScheduledTasksPage() {
  const tasks = useItems('api/scheduled-tasks');
  const looks = useRef(0);
  const open = useSignal(null);
  const Open = dialogs[open.value?.dialog];
  const show = (dialog, task) => { open.value = { dialog, task }; };

  // Whoever has started a run waits for its outcome; nobody else looks again.
  useEffect(() => {
    if (looks.current === 0 || !tasks.data?.some(task => task.lastOutcome === 'started')) return undefined;
    looks.current--;
    const timer = setTimeout(tasks.reload, betweenLooks);
    return () => clearTimeout(timer);
  }, [tasks.data]);

  const run = async task => {
    await post(`${pathOf(task.name)}/run`);
    tell(t('tasks.started', { name: task.name }));
    looks.current = looksAfterRun;
    await refresh({ changed: true });
  };
  const turn = async (task, enabled) => {
    try {
      await changeTask(task, { enabled });
      tell(t('tasks.saved', { name: task.name }));
    } catch (error) {
      tell(explain(error), 'failed');
      if (error instanceof OvertakenError && error.now) show('task', error.now);
    }
    await refresh({ changed: true });
  };

  return html`
    <p class="notes quiet">${t('tasks.notes')}</p>
    <div class="toolbar"><${Action} kind="primary" onRun=${() => show('task')}>${t('tasks.add')}<//></div>
    <${Loaded} resource=${tasks}>${items => items.length === 0 ? html`<${Empty} text=${t('tasks.none')} />` : html`
      <${Table} label=${t('tasks.title')} rows=${items} keyOf=${row => row.name}
        columns=${[
          { name: 'name', label: t('users.name'), text: row => row.name, cell: row => html`<button type="button" class="as-link" onClick=${() => show('task', row)}>${row.name}</button>` },
          { name: 'type', label: t('tasks.typeShort'), width: 'task-type', text: row => t(`taskType.${row.type}`), cell: row => t(`taskTypeShort.${row.type}`) },
          { name: 'schedule', label: t('tasks.schedule'), width: 'schedule', text: row => `${row.schedule} ${row.timeZone}`, cell: row => html`<code>${row.schedule}</code>` },
          { name: 'nextRunAt', label: t('tasks.nextRun'), width: 'run-time', cell: row => row.nextRunAt ? html`<${Time} value=${row.nextRunAt} />` : '–' },
          { name: 'lastRunAt', label: t('tasks.lastRun'), width: 'run-time', cell: row => row.lastRunAt ? html`<${Time} value=${row.lastRunAt} />` : '–' },
          { name: 'lastOutcome', label: t('tasks.lastOutcome'), width: 'outcome-cell', text: row => row.lastOutcome ? t(`outcome.${row.lastOutcome}`) : '', cell: row => html`<${LastOutcome} value=${row.lastOutcome} />` },
          { name: 'enabled', label: t('alertSettings.enabled'), width: 'on-cell', cell: row => html`<${SwitchCell} label=${`${t('alertSettings.enabled')}: ${row.name}`} value=${row.enabled} onChange=${value => turn(row, value)} />` },
          { name: 'actions', label: '', width: 'row-actions', cell: row => html`
            <span class="buttons">
              <${Action} aria-label=${t('tasks.previewOf', { name: row.name })} onRun=${() => show('preview', row)}>${t('tasks.preview')}<//>
              <${Action} aria-label=${t('tasks.runOf', { name: row.name })} onRun=${() => run(row)}>${t('tasks.run')}<//>
            </span>` },
        ]} />`}
    <//>
    ${Open && html`<${Open} key=${open.value.task?.name} task=${open.value.task} onClose=${() => { open.value = null; }} />`}`;
}

const kinds = { mailed: 'good', started: 'information', noRecipients: 'warning', failed: 'critical' };

const LastOutcome = ({ value }) => value ? html`<span class=${`badge ${kinds[value]}`}>${t(`outcome.${value}`)}</span>` : '–';
