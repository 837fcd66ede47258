// Short news of what the reader has done, read out as well.
import { html, signal } from '../view.js';
import { t } from '../texts/index.js';

const shown = signal([]);
const shownFor = 8_000;
let last = 0;

/** Tells the reader something. `kind` is `done`, which goes by itself, or `failed`, which stays until it is closed. */
export function tell(text, kind = 'done') {
  const id = ++last;
  shown.value = [...shown.value.slice(-3), { id, text, kind }];
  if (kind === 'done') setTimeout(() => close(id), shownFor);
}

const close = id => { shown.value = shown.value.filter(toast => toast.id !== id); };

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${shown.value.map(toast => html`
      <div key=${toast.id} class=${`toast ${toast.kind}`}>
        <span>${toast.text}</span>
        <button type="button" class="plain" aria-label=${t('action.close')} onClick=${() => close(toast.id)}>✕</button>
      </div>`)}
  </div>`;
