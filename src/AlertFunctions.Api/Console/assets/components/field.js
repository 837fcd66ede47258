import { html, useId } from '../view.js';

/**
 * A labelled control of a form, with what it accepts below it, which turns into what is wrong when it is refused.
 * @param label What it is.
 * @param help What it accepts, in the reader's words.
 * @param wrong Whether it was refused.
 * @param input A function of the attributes that tie the control to its label and help.
 */
export function Field({ label, help, wrong = false, input }) {
  const id = useId();
  return html`
    <div class="form-field">
      <label for=${id}>${label}</label>
      ${input({ id, 'aria-describedby': help ? `${id}-help` : undefined, 'aria-invalid': wrong ? 'true' : undefined })}
      ${help && html`<p id=${`${id}-help`} class=${wrong ? 'wrong' : 'quiet'} role=${wrong ? 'alert' : undefined}>${help}</p>`}
    </div>`;
}

/** A switch with its words beside it. */
export const Check = ({ label, checked, onChange, ...rest }) => html`
  <label class="check"><input type="checkbox" checked=${checked} onChange=${event => onChange(event.target.checked)} ...${rest} /> <span>${label}</span></label>`;
