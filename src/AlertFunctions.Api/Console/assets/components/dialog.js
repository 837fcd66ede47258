import { html, useId, useLayoutEffect, useRef } from '../view.js';
import { t } from '../texts/index.js';

/**
 * A dialog over the page, open for as long as it is rendered; the focus goes back where it was when it closes.
 * @param title Its heading.
 * @param onClose Closes it: Escape, the cross, and the cancel button.
 * @param actions The buttons beside the one that cancels; without any there is nothing to cancel, and it closes.
 */
export function Dialog({ title, onClose, actions, children }) {
  const element = useRef(null);
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close(); // gives the focus back, which nothing behind an open dialog can get
  }, []);
  return html`
    <dialog ref=${element} aria-labelledby=${heading} onCancel=${event => { event.preventDefault(); onClose(); }}>
      <header>
        <h2 id=${heading} tabIndex="-1">${title}</h2>
        <button type="button" class="plain" aria-label=${t('action.close')} onClick=${onClose}>✕</button>
      </header>
      <div class="dialog-body">${children}</div>
      <footer>
        <button type="button" onClick=${onClose}>${t(actions ? 'action.cancel' : 'action.close')}</button>
        ${actions}
      </footer>
    </dialog>`;
}
