// Who is signed in: a key, kept for this tab's session only.
import { computed, signal } from '../view.js';

const place = 'key';

/** The key; null when signed out. A host on one's own machine may need none, so the empty one is tried first. */
export const key = signal(sessionStorage.getItem(place) ?? '');

/** Why a key was not accepted: `wrongKey`, `keyNotEnough`, or null. */
export const refusal = signal(null);

/** What the key may do: `manage`, `read`, or null while that is not known. */
export const access = signal(null);

export const signedIn = computed(() => key.value !== null && access.value !== null);

/** Whether controls that change something are shown as possible. */
export const mayChange = computed(() => access.value === 'manage');

export function signIn(value) {
  refusal.value = null;
  access.value = null;
  key.value = value;
}

export function signOut() {
  sessionStorage.removeItem(place);
  access.value = null;
  key.value = null;
}

export function admit(what) {
  sessionStorage.setItem(place, key.value);
  access.value = what;
}

/** The host refused a key. Only the one still in use matters: an answer may come after the next sign-in. */
export function refuseKey(used, code) {
  if (used !== key.value) return;
  refusal.value = !used ? null : code === 'keyNotEnough' ? code : 'wrongKey';
  signOut();
}
