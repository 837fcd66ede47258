// What the tab shows while another is in front: the number of alerts in its title and icon, and a notification of new ones if wanted.
import { effect } from '../view.js';
import { overview } from '../data/overview.js';
import { pages } from '../pages/index.js';
import { t } from '../texts/index.js';
import { notifying } from './preferences.js';
import { route } from './router.js';

export function showInTitle() {
  let before = null;
  effect(() => {
    const page = pages.find(candidate => candidate.name === route.value.page);
    const total = overview.value?.alerts.total ?? 0;
    document.title = `${total ? `(${total}) ` : ''}${page ? `${t(page.title)} - ` : ''}AlertFunctions`;
  });
  effect(() => {
    const alerts = overview.value?.alerts;
    document.querySelector('link[rel=icon]').href = alerts?.total ? icon(alerts) : 'icon.svg';
    if (alerts && before !== null && alerts.total > before && notifying.value === 'on' && document.hidden && globalThis.Notification?.permission === 'granted') {
      new Notification(t('overview.newAlerts', { count: alerts.total - before }), { icon: 'icon.svg', tag: 'alerts' });
    }
    before = alerts?.total ?? null;
  });
}

function icon({ total, critical }) {
  const text = total > 99 ? '99+' : String(total);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${critical ? '#b3261e' : '#8a5a00'}"/>`
    + `<text x="16" y="23" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${text.length > 2 ? 14 : 20}" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
