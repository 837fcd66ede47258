import { html, useSignal } from '../view.js';
import { send } from '../data/client.js';
import { explain } from './errors.js';
import { tell } from './toasts.js';
import { t } from '../texts/index.js';

/** Hands the reader a file. */
export function save(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

/** A button that downloads a list as CSV. The key goes in the header, so a plain link cannot. */
export function CsvDownload({ path, query, name }) {
  const running = useSignal(false);
  const run = async () => {
    running.value = true;
    try {
      save(await (await send('GET', path, { query, accept: 'text/csv' })).blob(), name);
    } catch (error) {
      tell(explain(error), 'failed');
    } finally {
      running.value = false;
    }
  };
  return html`<button type="button" aria-busy=${running.value} onClick=${run}>${t('action.csv')}</button>`;
}
