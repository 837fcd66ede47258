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

// Swedish writes a time of day as `datetime-local` has it, but for the T.
const clockOf = timeZone => new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
const shownClock = computed(() => clockOf(shownZone.value));
const systemClock = computed(() => clockOf(systemZone.value));
const wallTime = (clock, instant) => clock.format(instant).replace(' ', 'T');

/** The instant that a time without a zone means by a clock; null for what is no time. */
function instantBy(clock, text) {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return null;
  const offsetAt = instant => Date.parse(`${wallTime(clock, instant)}Z`) - instant;
  const guess = wall - offsetAt(wall);
  return new Date(wall - offsetAt(guess)); // the offset may have changed in the hours between
}

/** The instant that a time without a zone, as an input of type `datetime-local` gives it, means in the zone that is shown; null for what is no time. */
export const instantOf = text => instantBy(shownClock.value, text)?.toISOString() ?? null;

/** When a day of the system's begins, `YYYY-MM-DD`, as an input of type `datetime-local` has it in the zone that is shown; null without a day. */
export const startOfDay = day => day ? wallTime(shownClock.value, instantBy(systemClock.value, `${day}T00:00`)).slice(0, 'YYYY-MM-DDThh:mm'.length) : null;

/** A time. */
export const Time = ({ value, form }) => value
  ? html`<time class="time" dateTime=${value} title=${`${timeText(value, 'long')} (${shownZone.value})`}>${timeText(value, form)}</time>`
  : null;
