import { html } from '../../view.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { MailTest, useMailTest } from '../../components/mailTest.js';
import { t } from '../../texts/index.js';

/** Sends a test mail to one user. Closing it stops the test. */
export function TestDialog({ user, onClose }) {
  const { run, running, test } = useMailTest();
  return html`
    <${Dialog} title=${t('users.testTitle', { name: user.name })} onClose=${onClose} actions=${html`<${Action} kind="primary" onRun=${() => run(user.email)}>${t('smtp.send')}<//>`}>
      <p>${t('users.testHelp', { address: user.email })}</p>
      <${MailTest} test=${test} running=${running} />
    <//>`;
}
