// Times, always with their zone.
import { computed, html } from '../view.js';
import { systemZone } from '../data/settings.js';
import { language, zone } from '../shell/preferences.js';

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The name of the zone in which times are shown. */
export const shownZone = computed(() => ({ system: systemZone.value, browser: browserZone, utc: 'UTC' })[zone.value]);

/** Year, month and day in the one order that nobody misreads, which English has in no country of its own. */
const locale = 'sv-SE';
const formats = computed(() => {
  const common = { timeZone: shownZone.value, hour12: false };
  return {
    long: new Intl.DateTimeFormat(locale, { ...common, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'shortOffset' }),
    short: new Intl.DateTimeFormat(locale, { ...common, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }),
    clock: new Intl.DateTimeFormat(locale, { ...common, hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }),
  };
});

/** A time as text, with its offset. `form` is `short`, `long` (with seconds) or `clock`. */
export const timeText = (value, form = 'short') => {
  if (!value) return '';
  const text = formats.value[form].format(new Date(value));
  return language.value === 'ja' ? text.replaceAll('-', '/') : text; // the sign of an offset is another character
};

/** A time. */
export const Time = ({ value, form }) => value
  ? html`<time class="time" dateTime=${value} title=${`${timeText(value, 'long')} (${shownZone.value})`}>${timeText(value, form)}</time>`
  : null;
