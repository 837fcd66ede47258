import { html, useId, useSignal } from '../../view.js';
import { mayChange } from '../../data/session.js';
import { Action } from '../../components/action.js';
import { MailTest, useMailTest } from '../../components/mailTest.js';
import { t } from '../../texts/index.js';

/** A mail test to an address of choice. */
export function TestForm() {
  const to = useSignal('');
  const { run, stop, running, test } = useMailTest();
  const help = useId();
  return html`
    <section class="panel" aria-labelledby="mail-test">
      <h2 id="mail-test">${t('smtp.test')}</h2>
      <p class="quiet" id=${help}>${t('smtp.testHelp')}</p>
      <form class="mail-test" onSubmit=${event => event.preventDefault()}>
        <label class="field"><span>${t('smtp.to')}</span>
          <input type="email" name="to" value=${to.value} autocomplete="email" aria-describedby=${help} onInput=${event => { to.value = event.target.value; }} />
        </label>
        <${Action} kind="primary" type="submit" onRun=${() => run(to.value)}>${t('smtp.send')}<//>
        ${running && html`<button type="button" onClick=${stop}>${t('smtp.stop')}</button>`}
      </form>
      ${!mayChange.value && html`<p class="quiet">${t('error.keyNotEnough')}</p>`}
      <${MailTest} test=${test} running=${running} />
    </section>`;
}
