// A control that goes with the focus on it, such as the button of the last row, would leave it nowhere: the next Tab would begin at the top of the
// window, and a reader of the screen would hear nothing. What has a better place for it, such as a table, has put it there before this looks.

/** Puts a focus that was lost on the heading of the page, or of the dialog that is open. */
export function keepFocus() {
  let last = null;
  addEventListener('focusin', event => { last = event.target; });
  new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    (document.querySelector('dialog[open] h2') ?? document.querySelector('h1'))?.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}
