// The one way to the API. The key travels in a header only, never in an address, which servers log.
import { key, refuseKey } from './session.js';
import { language } from '../shell/preferences.js';

/** An answer that is not the one asked for. `code` is the API's own; the console adds `unreachable`. */
export class ApiError extends Error {
  constructor(status, code, title, errors = {}) {
    super(title);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  /** Whether asking again later can help, with the last state shown meanwhile. */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }
}

/**
 * Sends a request.
 * @param {string} method The method.
 * @param {string} path The path below the console's own address, such as `api/alerts`.
 * @param {object} options `query` (values that are null, undefined or empty are left out), `body` (sent as JSON, or text as it is with `type`), `headers`, `accept`, `signal`.
 * @returns {Promise<Response>} The answer, which is 2xx or 304.
 */
export async function send(method, path, { query = {}, body, type, headers = {}, accept = 'application/json', signal } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const address = given.length ? `${path}?${new URLSearchParams(given)}` : path;
  const all = { Accept: accept, 'Accept-Language': language.value, ...headers };
  const used = key.value;
  if (used) all['x-functions-key'] = used;
  if (body !== undefined) all['Content-Type'] = type ?? 'application/json';

  let answer;
  try {
    answer = await fetch(address, { method, headers: all, body: body === undefined || type ? body : JSON.stringify(body), signal, cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', error.message);
  }

  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({}));
  const error = new ApiError(answer.status, problem.code ?? `http${answer.status}`, problem.title ?? answer.statusText, problem.errors);
  // The Functions host answers a key that is not enough as it does a wrong one; only a read shows the difference.
  if (answer.status === 401 && method === 'GET') refuseKey(used, error.code);
  throw error;
}

async function bodyOf(answer) {
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Gets JSON. */
export const get = async (path, query, options) => bodyOf(await send('GET', path, { query, ...options }));

/** Sends JSON, and gives the answer's. */
export const post = async (path, body, options) => bodyOf(await send('POST', path, { body, ...options }));
export const put = async (path, body, options) => bodyOf(await send('PUT', path, { body, ...options }));
export const patch = async (path, body, options) => bodyOf(await send('PATCH', path, { body, ...options }));
export const remove = async (path, options) => bodyOf(await send('DELETE', path, options));

/** Gets JSON with its ETag, for a later change with `headers: { 'If-Match': etag }`. */
export async function getTagged(path, query, options) {
  const answer = await send('GET', path, { query, ...options });
  return { body: await bodyOf(answer), etag: answer.headers.get('ETag') };
}
