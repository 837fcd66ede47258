// How a page gets its data: read at once, again when the overview has changed, and kept while the next answer is on its way or does not come.
import { useEffect, useRef, useSignal } from '../view.js';
import { get } from './client.js';
import { changes, polls } from './overview.js';
import { language } from '../shell/preferences.js';

/**
 * Reads what `load` gives.
 * @param {(signal: AbortSignal, last: T | null) => Promise<T>} load Reads it. `last` is what is there.
 * @param {unknown[]} dependencies What it depends on; when one changes, the last answer is dropped from view as outdated.
 * @returns `data` (null before the first answer), `readAt` (when it came), `error` (null unless the last attempt failed), `loading`, and `reload()`.
 */
export function useResource(load, dependencies = []) {
  const state = useSignal({ data: null, readAt: null, error: null, loading: true });
  const running = useRef(null);

  const reload = async () => {
    running.current?.abort();
    const request = running.current = new AbortController();
    state.value = { ...state.value, loading: true };
    try {
      const data = await load(request.signal, state.value.data);
      if (running.current === request) state.value = { data, readAt: new Date(), error: null, loading: false };
    } catch (error) {
      if (running.current === request && error.name !== 'AbortError') state.value = { ...state.value, error, loading: false };
    }
  };

  useEffect(() => { reload(); }, [...dependencies, language.value, changes.value]);
  useEffect(() => { if (state.value.error?.passing) reload(); }, [polls.value]);
  useEffect(() => () => running.current?.abort(), []);
  return { ...state.value, reload };
}

/** Reads a list that has no pages, such as `api/users`: its items. */
export const useItems = path => useResource(async signal => (await get(path, {}, { signal })).items, [path]);

/**
 * Reads a list page by page, as `continuation` leads. What was loaded stays loaded when it is read again; more of it costs the next page alone.
 * @param {string} path The list, such as `api/alerts`.
 * @param {object} query Its filters.
 * @param {number} top How many to read at a time.
 * @returns As `useResource`, with `items`, `total` (null when it is not exact), `more` (whether there are more) and `loadMore()`.
 */
export function useList(path, query = {}, top = 1000) {
  const wanted = useRef(1);
  const goingOn = useRef(false);
  const filter = JSON.stringify([path, query, top]);
  const shown = useRef(filter);
  if (shown.current !== filter) {
    shown.current = filter;
    wanted.current = 1;
  }

  const resource = useResource(async (signal, last) => {
    const before = goingOn.current && last?.filter === filter ? last : { items: [], pages: 0, continuation: null };
    goingOn.current = false;
    const items = [...before.items];
    let { pages, continuation, total = null } = before;
    do {
      const answer = await get(path, { ...query, top, continuation }, { signal });
      items.push(...answer.items);
      if (pages === 0) total = answer.total ?? null;
      continuation = answer.continuation;
      pages++;
    } while (continuation && pages < wanted.current);
    return { items, total, pages, continuation, more: Boolean(continuation), filter };
  }, [filter]);

  return {
    ...resource,
    items: resource.data?.items ?? null,
    total: resource.data?.total ?? null,
    more: resource.data?.more ?? false,
    loadMore: () => {
      wanted.current++;
      goingOn.current = true;
      return resource.reload();
    },
  };
}
