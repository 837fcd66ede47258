// What everybody has to know, whatever page they are on, the sign-in too: mail that fails cannot be reported by mail.
import { html, useEffect, useSignal } from '../view.js';
import { get } from '../data/client.js';
import { fault, overview, refresh, staleSince } from '../data/overview.js';
import { signedIn } from '../data/session.js';
import { explain } from '../components/errors.js';
import { timeText } from '../components/time.js';
import { t } from '../texts/index.js';
import { addressOf } from './router.js';

/** The server keeps its health for a while, so that asking costs it no storage operation. */
const askEvery = 15_000;

export function Banner() {
  const anonymous = useSignal(null);
  useEffect(() => {
    if (signedIn.value) return undefined;
    const ask = () => document.hidden || get('api/health').then(health => { anonymous.value = health; }, () => { anonymous.value = null; });
    ask();
    const timer = setInterval(ask, askEvery);
    return () => clearInterval(timer);
  }, [signedIn.value]);
  const health = signedIn.value ? overview.value?.health : anonymous.value;
  const mail = health?.checks.mail;
  return html`
    <div class="banners" role="status">
      ${staleSince.value
        ? html`<p class="banner stale-banner">${t('banner.stale', { since: timeText(staleSince.value) })} ${fault.value && explain(fault.value)} <button type="button" class="plain" onClick=${() => refresh()}>${t('action.retry')}</button></p>`
        : fault.value && signedIn.value && html`<p class="banner error">${explain(fault.value)}</p>`}
      ${mail === 'failing' && html`<p class="banner error">${t('banner.failing', { since: timeText(health.checks.mailFailingSince) })} ${signedIn.value && html`<a href=${addressOf('mail')}>${t('banner.seeQueue')}</a>`}</p>`}
      ${mail === 'noRecipients' && html`<p class="banner warning">${t('banner.noRecipients')}</p>`}
      ${mail === 'notConfigured' && html`<p class="banner warning">${t('banner.notConfigured')}</p>`}
      ${health?.checks.timers === 'late' && html`<p class="banner warning">${t('banner.timersLate')}</p>`}
      ${health?.checks.alertTypes === 'limitReached' && html`<p class="banner warning">${t('banner.limitReached')}</p>`}
    </div>`;
}
