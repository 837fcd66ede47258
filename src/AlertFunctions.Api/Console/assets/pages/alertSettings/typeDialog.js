import { html, useId, useSignal } from '../../view.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Field } from '../../components/field.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { writeType } from './alertTypes.js';

const longest = 256;

/** Registers a type before its first event. */
export function TypeDialog({ onClose }) {
  const form = useId();
  const type = useSignal({ alert: '', severity: 'warning', mailWhenRaised: true, mailWhenCleared: false });
  const fault = useSignal(null);
  const set = change => { type.value = { ...type.value, ...change }; };
  const save = async () => {
    const { alert, ja, en, ...settings } = type.value;
    fault.value = null;
    try {
      const title = { ja: ja?.trim() || null, en: en?.trim() || null };
      await writeType(alert.trim(), null, { ...settings, title });
    } catch (error) {
      if (error instanceof OvertakenError) fault.value = { there: true };
      else if (error.code === 'invalidRequest' && '$.alert' in error.errors) fault.value = { name: true };
      else throw error;
      return;
    }
    tell(t('alertSettings.saved', { alert: alert.trim() }));
    onClose();
    await refresh({ changed: true });
  };
  return html`
    <${Dialog} title=${t('alertSettings.add')} onClose=${onClose} actions=${html`<${Action} kind="primary" type="submit" form=${form} onRun=${save}>${t('edit.save')}<//>`}>
      <form id=${form} class="form" noValidate onSubmit=${event => event.preventDefault()}>
        <${Field} label=${t('alertSettings.name')} wrong=${Boolean(fault.value)} help=${fault.value?.there ? t('alertSettings.there') : t('alertSettings.nameHelp')}
          input=${tie => html`<input ...${tie} name="alert" required maxlength=${longest} value=${type.value.alert} onInput=${event => set({ alert: event.target.value })} autocomplete="off" />`} />
        <div class="form two">
          <${Field} label=${t('alertSettings.titleJa')} help=${t('alertSettings.titleHelp')}
            input=${tie => html`<input ...${tie} name="ja" lang="ja" maxlength=${longest} value=${type.value.ja ?? ''} onInput=${event => set({ ja: event.target.value })} autocomplete="off" />`} />
          <${Field} label=${t('alertSettings.titleEn')} help=${t('alertSettings.titleHelp')}
            input=${tie => html`<input ...${tie} name="en" lang="en" maxlength=${longest} value=${type.value.en ?? ''} onInput=${event => set({ en: event.target.value })} autocomplete="off" />`} />
        </div>
        <${Field} label=${t('alerts.severity')} input=${tie => html`
          <select ...${tie} name="severity" value=${type.value.severity} onChange=${event => set({ severity: event.target.value })}>
            <option value="critical">${t('severity.critical')}</option><option value="warning">${t('severity.warning')}</option>
          </select>`} />
        <${Check} label=${t('alertSettings.mailWhenRaised')} checked=${type.value.mailWhenRaised} onChange=${mailWhenRaised => set({ mailWhenRaised })} />
        <${Check} label=${t('alertSettings.mailWhenCleared')} checked=${type.value.mailWhenCleared} onChange=${mailWhenCleared => set({ mailWhenCleared })} />
      </form>
    <//>`;
}
