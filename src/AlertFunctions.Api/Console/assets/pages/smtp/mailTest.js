import { html, useEffect, useId, useRef, useSignal } from '../../view.js';
import { send } from '../../data/client.js';
import { readEvents } from '../../data/eventStream.js';
import { mayChange } from '../../data/session.js';
import { Action } from '../../components/action.js';
import { explain } from '../../components/errors.js';
import { t } from '../../texts/index.js';
import { Steps } from './steps.js';

/** Sends a test mail and shows its steps as they happen. Nothing of it is stored, and it is not re-sent. */
export function MailTest({ smtp }) {
  const to = useSignal('');
  const test = useSignal(null); // { to, steps, result, fault }
  const running = useRef(null);
  const help = useId();
  useEffect(() => () => running.current?.abort(), []);

  const run = async () => {
    const mine = running.current = new AbortController();
    test.value = { to: to.value, steps: [], result: null, fault: null };
    const update = change => { test.value = { ...test.value, ...change }; };
    try {
      const answer = await send('POST', 'api/mail/test', { body: { to: to.value }, accept: 'text/event-stream', signal: mine.signal });
      await readEvents(answer, (name, data) => update(name === 'step' ? { steps: [...test.value.steps, data] } : { steps: data.steps, result: data }));
      if (!test.value.result) update({ fault: t('error.unreachable') });
    } catch (error) {
      update({ fault: error.name === 'AbortError' ? t('smtp.stopped') : explain(error) });
    }
    running.current = null;
  };

  const { value } = test;
  const busy = value && !value.result && !value.fault;
  return html`
    <section class="panel" aria-labelledby="mail-test">
      <h2 id="mail-test">${t('smtp.test')}</h2>
      <p class="quiet" id=${help}>${t('smtp.testHelp')}</p>
      <form class="mail-test" onSubmit=${event => event.preventDefault()}>
        <label class="field"><span>${t('smtp.to')}</span>
          <input type="email" name="to" value=${to.value} autocomplete="email" aria-describedby=${help} onInput=${event => { to.value = event.target.value; }} />
        </label>
        <${Action} kind="primary" type="submit" onRun=${run}>${t('smtp.send')}<//>
        ${busy && html`<button type="button" onClick=${() => running.current?.abort()}>${t('smtp.stop')}</button>`}
      </form>
      ${!mayChange.value && html`<p class="quiet">${t('error.keyNotEnough')}</p>`}
      ${value && html`
        ${(value.steps.length > 0 || busy) && html`<${Steps} smtp=${smtp} steps=${value.steps} running=${busy} />`}
        <div role="status">
          ${value.fault && html`<p class="wrong">${value.fault}</p>`}
          ${value.result && html`<${Verdict} to=${value.to} result=${value.result} />`}
        </div>`}
    </section>`;
}

/** What the test means for mail: the server has taken it, or which pattern it would be. */
const Verdict = ({ to, result }) => result.ok
  ? html`<p><span class="badge good"><span aria-hidden="true">✓</span> ${t('smtp.accepted')}</span> ${t('smtp.acceptedHelp', { to })}</p>`
  : html`<p><span class="badge critical"><span aria-hidden="true">✕</span> ${result.pattern ? t(`mail.pattern${result.pattern}`) : t('mail.notSent')}</span> ${result.pattern ? t(`smtp.pattern${result.pattern}`) : ''}</p>`;
