import { html, useLayoutEffect, useRef, useSignal } from '../view.js';
import { key, refusal, signIn } from '../data/session.js';
import { explain } from '../components/errors.js';
import { t } from '../texts/index.js';
import { Switches } from './switches.js';

/** Asks for the key. `fault` is why it could not be checked. */
export function SignIn({ fault, onRetry }) {
  const given = useSignal('');
  const input = useRef(null);
  useLayoutEffect(() => input.current.focus(), []); // also after a sign-out, when a browser obeys no `autofocus` any more
  const submit = event => {
    event.preventDefault();
    if (given.value === key.value) onRetry();
    else signIn(given.value);
  };
  const wrong = refusal.value ? t(`signIn.${refusal.value}`) : fault && fault.code !== 'keyRequired' ? explain(fault) : '';
  return html`
    <main id="main" class="sign-in">
      <form onSubmit=${submit}>
        <h1>AlertFunctions</h1>
        <label class="field"><span>${t('signIn.key')}</span>
          <input ref=${input} type="password" name="key" autocomplete="off" required value=${given.value} aria-describedby="sign-in-help sign-in-error" aria-invalid=${Boolean(refusal.value)} onInput=${event => { given.value = event.target.value; }} />
        </label>
        <p id="sign-in-help" class="quiet">${t('signIn.help')}</p>
        <p id="sign-in-error" class="wrong" role="alert">${wrong}</p>
        <button class="primary">${t('signIn.open')}</button>
      </form>
      <div class="switches"><${Switches} /></div>
    </main>`;
}
