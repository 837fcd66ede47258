import { html, signal, useEffect } from '../../view.js';
import { timeText } from '../../components/time.js';
import { t } from '../../texts/index.js';

const now = signal(Date.now());
let shown = 0;
let ticking = null;

/** One clock for all countdowns, which runs while there is one. */
function useClock() {
  useEffect(() => {
    if (shown++ === 0) {
      now.value = Date.now();
      ticking = setInterval(() => { now.value = Date.now(); }, 1000);
    }
    return () => { if (--shown === 0) clearInterval(ticking); };
  }, []);
  return now.value;
}

const two = value => String(value).padStart(2, '0');

/** How long it is until a time. It is no live region: a reader of the screen hears it when asked, not every second. */
export function Countdown({ until }) {
  const left = Math.ceil((Date.parse(until) - useClock()) / 1000);
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor(left / 60) % 60;
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
  return html`<time class="time" dateTime=${until} title=${timeText(until, 'long')}>${left > 0 ? t('mail.in', { time: text }) : t('mail.due')}</time>`;
}
