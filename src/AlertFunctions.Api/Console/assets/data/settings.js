// The settings in force, read once at the sign-in: they change only when the host starts anew.
import { computed, signal } from '../view.js';

/** The answer of `GET /api/settings`, or null before the sign-in. */
export const settings = signal(null);

/** The time zone in which mails show times. */
export const systemZone = computed(() => settings.value?.mail.timeZone.value ?? 'UTC');
