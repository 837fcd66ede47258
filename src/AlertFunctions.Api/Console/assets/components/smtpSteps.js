import { html } from '../view.js';
import { settings } from '../data/settings.js';
import { t } from '../texts/index.js';

const names = ['resolve', 'connect', 'greeting', 'tls', 'authenticate', 'sender', 'recipient', 'data'];
const signs = { good: '✓', bad: '✕', next: '…', open: '○' };

/** The steps that a conversation with the server in force has. An address needs no looking up, so that step may be left out as well. */
const plannedFor = ({ smtp }) => names.filter(name => !(name === 'tls' && smtp.security.value === 'None') && !(name === 'authenticate' && smtp.authentication.value === 'None'));

/** The steps of a conversation: those that are done, the one that goes on, and those to come. */
export function SmtpSteps({ steps, running }) {
  const done = new Map(steps.map(step => [step.step, step]));
  const furthest = Math.max(-1, ...steps.map(step => names.indexOf(step.step)));
  const shown = names.filter(name => done.has(name) || (plannedFor(settings.value).includes(name) && names.indexOf(name) > furthest));
  const next = running ? shown.find(name => !done.has(name)) : undefined;
  return html`
    <ol class="smtp-steps" aria-label=${t('smtp.steps')} aria-busy=${Boolean(running)}>
      ${shown.map(name => {
        const step = done.get(name);
        const state = step ? (step.ok ? 'good' : 'bad') : name === next ? 'next' : 'open';
        return html`
          <li key=${name} class=${state}>
            <span class="sign" aria-hidden="true">${signs[state]}</span>
            <span class="name">${t(`smtpStep.${name}`)} <span class="unseen">${t(`smtpStepState.${state}`)}</span></span>
            ${step && html`<span class="quiet number">${t('smtp.milliseconds', { count: step.milliseconds })}</span>`}
            ${step?.reply && html`<bdi class="mail-reply">${step.reply}</bdi>`}
          </li>`;
      })}
    </ol>`;
}
