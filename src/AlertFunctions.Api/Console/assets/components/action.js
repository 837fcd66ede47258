import { html, useSignal } from '../view.js';
import { mayChange } from '../data/session.js';
import { explain } from './errors.js';
import { tell } from './toasts.js';
import { t } from '../texts/index.js';

/**
 * A button that changes something. With a key that may only read it says so, and does nothing. While it runs it cannot be pressed again, and a
 * failure is shown.
 * @param onRun What it does; may be asynchronous.
 * @param kind `primary`, `danger`, `plain` or nothing.
 */
export function Action({ onRun, kind = '', disabled = false, children, ...rest }) {
  const running = useSignal(false);
  const refused = !mayChange.value;
  const run = async () => {
    if (refused || disabled || running.value) return;
    running.value = true;
    try {
      await onRun();
    } catch (error) {
      tell(explain(error), 'failed');
    } finally {
      running.value = false;
    }
  };
  // Not `disabled`, which would take the focus away and hide the reason from the keyboard.
  return html`<button type="button" class=${kind} aria-disabled=${refused || disabled || running.value} aria-busy=${running.value}
    title=${refused ? t('error.keyNotEnough') : undefined} onClick=${run} ...${rest}>${children}</button>`;
}
