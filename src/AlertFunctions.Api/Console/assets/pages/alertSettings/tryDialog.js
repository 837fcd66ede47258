import { html, useId, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { t } from '../../texts/index.js';
import { Outcome } from './outcome.js';

const longest = 256;

/** Asks what an event would do; nothing is recorded or mailed. */
export function TryDialog({ types, onClose }) {
  const form = useId();
  const names = useId();
  const event = useSignal({ alert: '', computer: '', state: 'occurred' });
  const result = useSignal(null);
  const wrong = useSignal([]);
  const set = change => {
    event.value = { ...event.value, ...change };
    result.value = null;
  };
  const ask = async () => {
    const { state } = event.value;
    try {
      wrong.value = [];
      result.value = { state, ...await post('api/events?dryRun=true', event.value) };
    } catch (error) {
      wrong.value = ['alert', 'computer'].filter(field => `$.${field}` in (error.errors ?? {}));
      if (wrong.value.length === 0) throw error;
    }
  };
  const text = (field, more = {}) => tie => html`<input ...${tie} ...${more} name=${field} maxlength=${longest} value=${event.value[field]} onInput=${given => set({ [field]: given.target.value })} autocomplete="off" />`;
  return html`
    <${Dialog} title=${t('tryEvent.title')} onClose=${onClose} actions=${html`<${Action} kind="primary" type="submit" form=${form} onRun=${ask}>${t('tryEvent.ask')}<//>`}>
      <p class="quiet">${t('tryEvent.help')}</p>
      <form id=${form} class="form" noValidate onSubmit=${given => given.preventDefault()}>
        <${Field} label=${t('alertSettings.name')} help=${t('alertSettings.nameHelp')} wrong=${wrong.value.includes('alert')} input=${text('alert', { list: names })} />
        <datalist id=${names}>${types.map(type => html`<option key=${type.alert} value=${type.alert} />`)}</datalist>
        <${Field} label=${t('alerts.computer')} help=${t('tryEvent.computerHelp')} wrong=${wrong.value.includes('computer')} input=${text('computer')} />
        <${Field} label=${t('tryEvent.state')} input=${tie => html`
          <select ...${tie} value=${event.value.state} onChange=${given => set({ state: given.target.value })}>
            <option value="occurred">${t('tryEvent.occurred')}</option><option value="cleared">${t('tryEvent.cleared')}</option>
          </select>`} />
      </form>
      ${result.value && html`<${Outcome} result=${result.value} state=${result.value.state} />`}
    <//>`;
}
