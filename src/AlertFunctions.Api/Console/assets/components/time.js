// Times, always with their zone.
import { computed, html } from '../view.js';
import { systemZone } from '../data/settings.js';
import { language, zone } from '../shell/preferences.js';

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The name of the zone in which times are shown. */
export const shownZone = computed(() => ({ system: systemZone.value, browser: browserZone, utc: 'UTC' })[zone.value]);

// Swedish for English: year, month and day in the one order that nobody misreads.
const locale = computed(() => language.value === 'ja' ? 'ja-JP' : 'sv-SE');
const formats = computed(() => {
  const common = { timeZone: shownZone.value, hour12: false };
  return {
    long: new Intl.DateTimeFormat(locale.value, { ...common, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'shortOffset' }),
    short: new Intl.DateTimeFormat(locale.value, { ...common, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }),
    clock: new Intl.DateTimeFormat(locale.value, { ...common, hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }),
    relative: new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' }),
  };
});

/** A time as text, with its offset. `form` is `short`, `long` (with seconds) or `clock`. */
export const timeText = (value, form = 'short') => value ? formats.value[form].format(new Date(value)) : '';

const units = [['day', 86_400], ['hour', 3_600], ['minute', 60]];

/** How long ago, in the largest unit that fits. */
export function agoText(value) {
  const seconds = (Date.now() - new Date(value)) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return formats.value.relative.format(-Math.round(seconds / size), unit);
}

/** A time. */
export const Time = ({ value, form }) => value
  ? html`<time class="time" dateTime=${value} title=${`${timeText(value, 'long')} (${shownZone.value})`}>${timeText(value, form)}</time>`
  : null;
