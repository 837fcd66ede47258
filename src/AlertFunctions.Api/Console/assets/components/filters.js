import { html, useEffect, useRef, useSignal } from '../view.js';
import { changeQuery, route } from '../shell/router.js';
import { t } from '../texts/index.js';

const typingPause = 300;

/**
 * The filters of a list, which live in the address: `route.value.query` has them.
 * @param fields `{ name, label, type: 'search' | 'text' | 'select' | 'datetime-local', options: [[value, label]] }` each.
 * @param children What stands beside them: a total, a download.
 */
export function Filters({ fields, children }) {
  const query = route.value.query;
  const given = fields.some(field => query[field.name]);
  return html`
    <form class="filters" role="search" aria-label=${t('filter.label')} onSubmit=${event => event.preventDefault()}>
      ${fields.map(field => html`<${Field} key=${field.name} ...${field} value=${query[field.name] ?? ''} />`)}
      ${given && html`<button type="button" onClick=${() => changeQuery(Object.fromEntries(fields.map(field => [field.name, null])))}>${t('filter.reset')}</button>`}
      <div class="beside">${children}</div>
    </form>`;
}

function Field({ name, label, type = 'text', options, value }) {
  const pause = useRef(null);
  const draft = useSignal(null); // what is typed, until it is in the address
  useEffect(() => () => clearTimeout(pause.current), []);
  const change = event => {
    draft.value = event.target.value;
    clearTimeout(pause.current);
    pause.current = setTimeout(() => {
      changeQuery({ [name]: draft.value });
      draft.value = null;
    }, type === 'select' ? 0 : typingPause);
  };
  const shown = draft.value ?? value;
  return html`
    <label class=${`field ${type}`}>
      <span>${label}</span>
      ${type === 'select'
        ? html`<select name=${name} value=${shown} onChange=${change}>
            <option value="">${t('filter.all')}</option>
            ${options.map(([choice, words]) => html`<option key=${choice} value=${choice}>${words}</option>`)}
          </select>`
        : html`<input name=${name} type=${type} value=${shown} onInput=${change} autocomplete="off" spellcheck=${false} />`}
    </label>`;
}
