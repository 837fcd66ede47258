// What the reader has chosen, kept for the next visit. Nothing of it is secret.
import { effect, signal } from '../view.js';

function remembered(name, choices, fallback) {
  const stored = localStorage.getItem(name);
  const value = signal(choices.includes(stored) ? stored : fallback);
  effect(() => localStorage.setItem(name, value.value));
  return value;
}

export const languages = ['ja', 'en'];
export const zones = ['system', 'browser', 'utc'];
export const themes = ['auto', 'light', 'dark'];

export const language = remembered('language', languages, navigator.language.startsWith('ja') ? 'ja' : 'en');
export const zone = remembered('zone', zones, 'system');
export const theme = remembered('theme', themes, 'auto');
export const notifying = remembered('notifications', ['on', 'off'], 'off');

/** What the reader calls themselves, for the record of what they clear. */
export const readerName = signal(localStorage.getItem('name') ?? '');
effect(() => localStorage.setItem('name', readerName.value));

effect(() => { document.documentElement.lang = language.value; });
effect(() => { document.documentElement.dataset.theme = theme.value; });
