import { html, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { t } from '../../texts/index.js';

/** Sends a test mail to one user, and shows how the conversation with the SMTP server went. */
export function TestDialog({ user, onClose }) {
  const test = useSignal(null);
  const send = async () => {
    test.value = null;
    test.value = await post('api/mail/test', { to: user.email });
  };
  return html`
    <${Dialog} title=${t('users.testTitle', { name: user.name })} onClose=${onClose} actions=${html`<${Action} kind="primary" onRun=${send}>${t('users.testSend')}<//>`}>
      <p>${t('users.testHelp', { address: user.email })}</p>
      <div role="status">
        ${test.value && html`
          <p class=${test.value.ok ? '' : 'wrong'}><strong>${test.value.ok ? t('users.testDone') : t('users.testFailed', { pattern: test.value.pattern })}</strong></p>
          <ol class="faults">${test.value.steps.map(step => html`<li key=${step.step} class=${step.ok ? '' : 'wrong'}>${step.ok ? '✓' : '✕'} ${t(`smtpStep.${step.step}`)} <span class="quiet"><bdi>${step.reply}</bdi></span></li>`)}</ol>`}
      </div>
    <//>`;
}
