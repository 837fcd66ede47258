import { html, useSignal } from '../../view.js';
import { changeMany } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';

/** What can be done to many types at once; null removes them. */
const changes = {
  turnOn: { enabled: true },
  turnOff: { enabled: false },
  critical: { severity: 'critical' },
  warning: { severity: 'warning' },
  raisedOn: { mailWhenRaised: true },
  raisedOff: { mailWhenRaised: false },
  clearedOn: { mailWhenCleared: true },
  clearedOff: { mailWhenCleared: false },
  remove: null,
};

/** Changes all selected types in one request: all of them or none. */
export function Bulk({ types, onDone }) {
  const choice = useSignal('turnOn');
  const apply = async () => {
    const change = changes[choice.value];
    try {
      await changeMany({ list: 'alertTypes', seen: types, name: 'alert', change: type => change && { ...type, ...change } });
    } finally {
      refresh({ changed: true }); // also shows what somebody else was first with
    }
    tell(change ? t('alertSettings.changed', { count: types.length }) : t('alertSettings.removed', { count: types.length }));
    onDone();
  };
  return html`
    <div class="toolbar" role="group" aria-label=${t('alertSettings.bulk')}>
      <span role="status">${t('alertSettings.selected', { count: types.length })}</span>
      <select aria-label=${t('alertSettings.bulk')} value=${choice.value} onChange=${event => { choice.value = event.target.value; }}>
        ${Object.keys(changes).map(name => html`<option key=${name} value=${name}>${t(`bulk.${name}`)}</option>`)}
      </select>
      <${Action} kind=${changes[choice.value] ? 'primary' : 'danger'} disabled=${types.length === 0} onRun=${apply}>${t('alertSettings.apply')}<//>
    </div>`;
}
