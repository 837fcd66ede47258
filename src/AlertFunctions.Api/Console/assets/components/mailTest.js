// A mail test: one mail, sent now. Nothing of it is stored, and it is not re-sent.
import { html, useEffect, useRef, useSignal } from '../view.js';
import { send } from '../data/client.js';
import { readEvents } from '../data/eventStream.js';
import { t } from '../texts/index.js';
import { explain } from './errors.js';
import { SmtpSteps } from './smtpSteps.js';

/**
 * Sends a test mail and follows its steps as they happen.
 * @returns `run(to)`, `stop()`, `running`, and `test`: null before the first, or `{ to, steps, result, fault }`.
 */
export function useMailTest() {
  const test = useSignal(null);
  const asking = useRef(null);
  const stop = () => asking.current?.abort();
  useEffect(() => stop, []);

  const run = async to => {
    const request = asking.current = new AbortController();
    test.value = { to, steps: [], result: null, fault: null };
    const update = change => { test.value = { ...test.value, ...change }; };
    try {
      const answer = await send('POST', 'api/mail/test', { body: { to }, accept: 'text/event-stream', signal: request.signal });
      await readEvents(answer, (name, data) => update(name === 'step' ? { steps: [...test.value.steps, data] } : { steps: data.steps, result: data }));
      if (!test.value.result) update({ fault: t('error.unreachable') });
    } catch (error) {
      update({ fault: error.name === 'AbortError' ? t('smtp.stopped') : explain(error) });
    }
  };
  const { value } = test;
  return { run, stop, running: Boolean(value && !value.result && !value.fault), test: value };
}

/** A mail test as far as it is: its steps, and what it came to. */
export const MailTest = ({ test, running }) => test && html`
  ${(test.steps.length > 0 || running) && html`<${SmtpSteps} steps=${test.steps} running=${running} />`}
  <div role="status">
    ${test.fault && html`<p class="wrong">${test.fault}</p>`}
    ${test.result && html`<${Verdict} to=${test.to} result=${test.result} />`}
  </div>`;

/** What the test means for mail: the server has taken it, or which pattern it would be. */
const Verdict = ({ to, result }) => result.ok
  ? html`<p><span class="badge good"><span aria-hidden="true">✓</span> ${t('smtp.accepted')}</span> ${t('smtp.acceptedHelp', { to })}</p>`
  : html`<p><span class="badge critical"><span aria-hidden="true">✕</span> ${result.pattern ? t(`mail.pattern${result.pattern}`) : t('mail.notSent')}</span> ${result.pattern ? t(`smtp.pattern${result.pattern}`) : ''}</p>`;
