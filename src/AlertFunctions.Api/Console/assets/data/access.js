// What the key may do is asked of the API once, when it is given.
import { ApiError, get, send } from './client.js';
import { admit, key } from './session.js';
import { settings } from './settings.js';

/** Reads what only a key may read, and tries a change that is refused as invalid before anything is read or written, unless the key already is. */
export async function checkKey() {
  const checked = key.value;
  settings.value = await get('api/settings');
  const what = await mayChangeAnything() ? 'manage' : 'read';
  if (key.value === checked) admit(what);
}

async function mayChangeAnything() {
  try {
    await send('POST', 'api/alerts/clear', { body: {} });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.passing) throw error;
    return error.status === 400;
  }
}
