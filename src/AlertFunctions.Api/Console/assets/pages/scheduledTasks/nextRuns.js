import { html } from '../../view.js';
import { Time } from '../../components/time.js';
import { t } from '../../texts/index.js';

/** The next five runs of a task as it was saved last. */
export const NextRuns = ({ task, outdated }) => html`
  <div role="status">
    <h3>${t('tasks.nextRuns')}</h3>
    ${!task ? html`<p class="quiet">${t('tasks.runsAfterSaving')}</p>`
      : task.nextRuns.length === 0 ? html`<p class="quiet">${t('tasks.noRuns')}</p>`
      : html`
        ${outdated && html`<p class="quiet">${t('tasks.runsAsSaved')}</p>`}
        <ol class=${outdated ? 'faults stale' : 'faults'}>${task.nextRuns.map(run => html`<li key=${run}><${Time} value=${run} /></li>`)}</ol>`}
  </div>`;
