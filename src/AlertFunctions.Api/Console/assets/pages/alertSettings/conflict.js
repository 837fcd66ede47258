import { html } from '../../view.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Overtaken } from '../../components/overtaken.js';
import { t } from '../../texts/index.js';
import { changed, comparedFields } from './alertTypes.js';

/** Shows what somebody else has made of a type meanwhile, and asks whose settings are to be. */
export const Conflict = ({ conflict: { alert, change, now }, onWrite, onClose }) => html`
  <${Dialog} title=${alert} onClose=${onClose} actions=${now && html`<${Action} kind="primary" onRun=${onWrite}>${t('edit.saveMine')}<//>`}>
    <${Overtaken} now=${now} mine=${now && changed(now, change)} fields=${comparedFields()} />
  <//>`;
