// Settings that are changed in a table itself.
import { html, useSignal } from '../view.js';
import { mayChange } from '../data/session.js';
import { Severity } from './severity.js';
import { t } from '../texts/index.js';

/** A switch of a row. With a key that may only read it shows how it is, says why it does not move, and keeps the focus. */
export function SwitchCell({ label, value, onChange }) {
  const refused = !mayChange.value;
  return html`<input type="checkbox" aria-label=${label} checked=${value} aria-disabled=${refused} title=${refused ? t('error.keyNotEnough') : undefined}
    onClick=${event => refused && event.preventDefault()} onChange=${event => !refused && onChange(event.target.checked)} />`;
}

/** The severity of a row. */
export const SeverityCell = ({ label, value, onChange }) => mayChange.value
  ? html`<select aria-label=${label} value=${value} onChange=${event => onChange(event.target.value)}>
      ${['critical', 'warning'].map(severity => html`<option key=${severity} value=${severity}>${t(`severity.${severity}`)}</option>`)}
    </select>`
  : html`<${Severity} value=${value} />`;

/** A text of a row: saved by Enter or by leaving it, and left as it was by Escape. What is being typed survives a refresh. */
export function TextCell({ label, value, language, maximum, onChange }) {
  const draft = useSignal(null);
  const save = () => {
    const given = draft.value?.trim();
    draft.value = null;
    if (given !== undefined && given !== value) onChange(given);
  };
  const key = event => {
    if (event.key === 'Enter') save();
    if (event.key === 'Escape') draft.value = null;
  };
  return !mayChange.value ? html`<span lang=${language} title=${value}>${value}</span>` : html`<input type="text" aria-label=${label} lang=${language} maxlength=${maximum}
    value=${draft.value ?? value} onInput=${event => { draft.value = event.target.value; }} onKeyDown=${key} onBlur=${save} autocomplete="off" />`;
}
