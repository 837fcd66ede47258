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

/** The whole of a list as CSV: its pages, which name the next in a header, under one line of headings. */
async function csvOf(path, query, top) {
  const parts = [];
  let continuation = null;
  do {
    const answer = await send('GET', path, { query: { top, ...query, continuation }, accept: 'text/csv' });
    const text = await answer.text(); // without the byte order mark, by which spreadsheets know UTF-8
    parts.push(parts.length === 0 ? `\uFEFF${text}` : text.slice(text.indexOf('\n') + 1));
    const next = answer.headers.get('Link')?.match(/<(.*)>; rel="next"/)?.[1];
    continuation = next ? new URL(next, location.href).searchParams.get('continuation') : null;
  } while (continuation);
  return new Blob(parts, { type: 'text/csv' });
}

/** A button that downloads a list as CSV. The key goes in the header, so a plain link cannot. `top` is null for a list that has no pages. */
export function CsvDownload({ path, query, name, top = 1000 }) {
  const running = useSignal(false);
  const run = async () => {
    running.value = true;
    try {
      save(await csvOf(path, query, top), name);
    } catch (error) {
      tell(explain(error), 'failed');
    } finally {
      running.value = false;
    }
  };
  return html`<button type="button" aria-busy=${running.value} onClick=${run}>${t('action.csv')}</button>`;
}
