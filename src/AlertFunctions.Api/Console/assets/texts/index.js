// The words of the console, in the reader's language. Both files have the same keys.
import en from './en.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };
import { language } from '../shell/preferences.js';

const texts = { en, ja };

/**
 * A text, such as `alerts.title`, with the values of its {places}. A key is written out where it is used, or begins there: `severity.${severity}`.
 * @param {string} key Its place in the files.
 * @param {Record<string, string | number>} values What comes into its places.
 */
export function t(key, values = {}) {
  const text = key.split('.').reduce((part, name) => part?.[name], texts[language.value]);
  if (typeof text !== 'string') return key;
  return text.replace(/\{(\w+)\}/g, (place, name) => name in values ? String(typeof values[name] === 'number' ? number(values[name]) : values[name]) : place);
}

/** A number as the language writes it. */
export const number = value => value.toLocaleString(language.value);
