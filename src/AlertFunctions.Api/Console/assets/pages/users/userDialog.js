import { html, useId, useSignal } from '../../view.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Field } from '../../components/field.js';
import { Overtaken } from '../../components/overtaken.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { comparedFields, removeUser, writeUser } from './people.js';

const zones = Intl.supportedValuesOf('timeZone');

/** A user's settings; without `user` those of a new one. */
export function UserDialog({ user, onClose }) {
  const form = useId();
  const zoneNames = useId();
  const seen = useSignal(user ?? null);
  const given = useSignal(user ?? { name: '', email: '', receiveAlertMail: true, culture: null, timeZone: null });
  const wrong = useSignal([]);
  const conflict = useSignal(null);
  const set = change => { given.value = { ...given.value, ...change }; };

  const attempt = async (write, news) => {
    wrong.value = [];
    try {
      await write();
    } catch (error) {
      if (error instanceof OvertakenError) {
        conflict.value = { now: error.now };
        seen.value = error.now; // what is saved next has been seen
        return;
      }
      wrong.value = ['name', 'email', 'culture', 'timeZone'].filter(field => `$.${field}` in (error.errors ?? {}));
      if (wrong.value.length === 0) throw error;
      return;
    }
    tell(news);
    onClose();
    await refresh({ changed: true });
  };
  const name = given.value.name.trim();
  const save = () => attempt(() => {
    const { email, receiveAlertMail, culture, timeZone } = given.value;
    if (!name) {
      wrong.value = ['name'];
      throw Object.assign(new Error(), { errors: { '$.name': [] } });
    }
    return writeUser(name, seen.value, { email: email?.trim() || null, receiveAlertMail, culture, timeZone: timeZone?.trim() || null });
  }, t('users.saved', { name }));

  return html`
    <${Dialog} title=${user ? user.name : t('users.add')} onClose=${onClose} actions=${html`
      ${user && html`<${Action} kind="danger" onRun=${() => attempt(() => removeUser(seen.value), t('users.removed', { name }))}>${t('users.remove')}<//>`}
      <${Action} kind="primary" type="submit" form=${form} onRun=${save}>${t('edit.save')}<//>`}>
      ${conflict.value && html`<${Overtaken} now=${conflict.value.now} mine=${given.value} fields=${comparedFields()} />`}
      <form id=${form} class="form" noValidate onSubmit=${event => event.preventDefault()}>
        ${!user && html`<${Field} label=${t('users.name')} help=${t('users.nameHelp')} wrong=${wrong.value.includes('name')}
          input=${tie => html`<input ...${tie} name="name" value=${given.value.name} onInput=${event => set({ name: event.target.value })} autocomplete="off" />`} />`}
        <${Field} label=${t('users.email')} help=${t('users.emailHelp')} wrong=${wrong.value.includes('email')}
          input=${tie => html`<input ...${tie} name="email" type="email" value=${given.value.email ?? ''} onInput=${event => set({ email: event.target.value })} autocomplete="off" />`} />
        <${Check} label=${t('users.receiveAlertMail')} checked=${given.value.receiveAlertMail} onChange=${receiveAlertMail => set({ receiveAlertMail })} />
        <div class="form two">
          <${Field} label=${t('users.culture')} wrong=${wrong.value.includes('culture')} input=${tie => html`
            <select ...${tie} name="culture" value=${given.value.culture ?? ''} onChange=${event => set({ culture: event.target.value || null })}>
              <option value="">${t('users.systemLanguage')}</option><option value="ja">日本語</option><option value="en">English</option>
            </select>`} />
          <${Field} label=${t('users.timeZone')} help=${t('users.timeZoneHelp')} wrong=${wrong.value.includes('timeZone')}
            input=${tie => html`<input ...${tie} name="timeZone" list=${zoneNames} value=${given.value.timeZone ?? ''} onInput=${event => set({ timeZone: event.target.value })} autocomplete="off" />`} />
          <datalist id=${zoneNames}>${zones.map(zone => html`<option key=${zone} value=${zone} />`)}</datalist>
        </div>
      </form>
    <//>`;
}
