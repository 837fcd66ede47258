// Changes of what the reader has seen. Nobody overwrites what somebody else has changed meanwhile without having seen it.
import { ApiError, getTagged, put } from './client.js';

const mostAttempts = 3;
const preconditionFailed = 412;

/** Somebody else was first. `now` is what there is: null when it was removed, or when a new thing was to have no predecessor. */
export class OvertakenError extends ApiError {
  constructor(now) {
    super(preconditionFailed, 'preconditionFailed', 'It was changed since it was read.');
    this.now = now;
  }
}

const same = (one, other, fields) => JSON.stringify(fields.map(field => one?.[field])) === JSON.stringify(fields.map(field => other?.[field])) && (one === null) === (other === null);

/**
 * Writes under the version of what the reader has seen. What else changes of it, such as the last run of a task, is no reason to refuse.
 * @param {() => Promise<{ now: object | null, etag: string | null }>} read Reads what there is; null when there is none.
 * @param {object | null} seen What the reader has seen; null for what is new.
 * @param {string[]} fields What people set of it.
 * @param {(headers: object) => Promise<T>} write Writes it.
 */
export async function writeSeen({ read, seen, fields, write }) {
  for (let attempt = 1; ; attempt++) {
    const { now, etag } = await read();
    if (!same(now, seen, fields)) throw new OvertakenError(now);
    try {
      return await write(etag ? { 'If-Match': etag } : {});
    } catch (error) {
      if (error.status !== preconditionFailed || attempt === mostAttempts) throw error;
    }
  }
}

/** Reads one thing for `writeSeen`. `pick` finds it in the answer. */
export async function readTagged(path, query, pick = body => body) {
  try {
    const { body, etag } = await getTagged(path, query);
    return { now: pick(body) ?? null, etag };
  } catch (error) {
    if (error.status === 404) return { now: null, etag: null };
    throw error;
  }
}

/**
 * Changes many items of a list of the configuration in one request: all of them or none.
 * @param {string} list The list's name in the configuration.
 * @param {object[]} seen The items as the reader has seen them.
 * @param {string} name The field by which an item is known.
 * @param {(item: object) => object | null} change What becomes of an item; null removes it.
 */
export const changeMany = ({ list, seen, name, change }) => {
  const wanted = new Map(seen.map(item => [item[name], item]));
  let all = null;
  return writeSeen({
    seen: { items: seen },
    fields: ['items'],
    read: async () => {
      const { body, etag } = await getTagged('api/configuration');
      all = body[list];
      const there = new Map(all.map(item => [item[name], item]));
      return { now: { items: seen.map(item => there.get(item[name]) ?? null) }, etag };
    },
    write: headers => put('api/configuration', { [list]: all.map(item => wanted.has(item[name]) ? change(item) : item).filter(Boolean) }, { headers }),
  });
};
