// Where in the console the reader is. All of it is in the fragment, so that no name of an alert or computer reaches a server's log:
// `#/alerts?severity=critical`. The links of mails are fragments as well: `#alert=Eicar&computer=web01`.
import { signal } from '../view.js';

function parse() {
  const fragment = location.hash.slice(1);
  if (!fragment.startsWith('/')) return fromMail(new URLSearchParams(fragment.replaceAll('+', '%2B')));
  const [path, query = ''] = fragment.slice(1).split(/\?(.*)/s);
  return { page: path || 'overview', query: Object.fromEntries(new URLSearchParams(query)) };
}

function fromMail(names) {
  const alert = names.get('alert');
  const computer = names.get('computer');
  if (alert && computer) return { page: 'alert', query: { alert, computer } };
  return alert || computer ? { page: 'alerts', query: { view: 'list', ...(alert ? { alert } : { computer }) } } : { page: 'overview', query: {} };
}

/** `{ page, query }`. */
export const route = signal(parse());

addEventListener('hashchange', () => { route.value = parse(); });

/** The address of a page, for a link. Values that are empty are left out. */
export function addressOf(page, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return `#/${page}${given.length ? `?${new URLSearchParams(given)}` : ''}`;
}

/** Goes to a page. With `replace` the step back leads past where the reader is now. */
export function navigate(page, query = {}, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', addressOf(page, query));
  route.value = parse();
}

/** Changes the filters of the page that is shown. */
export function changeQuery(changes, { replace = true } = {}) {
  navigate(route.value.page, { ...route.value.query, ...changes }, { replace });
}
