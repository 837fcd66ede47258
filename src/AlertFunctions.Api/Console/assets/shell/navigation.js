import { html } from '../view.js';
import { key, mayChange, signOut } from '../data/session.js';
import { overview } from '../data/overview.js';
import { pages } from '../pages/index.js';
import { number, t } from '../texts/index.js';
import { addressOf, route } from './router.js';
import { Switches } from './switches.js';

const hide = event => event.currentTarget.hidePopover();

/** A figure beside a page's name, where it has one. */
const counts = { alerts: state => state.alerts.total, mail: state => state.mail.waiting };

export const Navigation = () => html`
  <header class="bar">
    <button type="button" class="plain menu" popovertarget="pages"><span aria-hidden="true">☰</span> ${t('shell.menu')}</button>
    <a class="name" href=${addressOf('overview')}>AlertFunctions</a>
    <nav id="pages" popover="auto" aria-label=${t('shell.pages')} onClick=${hide}>
      <ul>
        ${pages.filter(page => !page.within).map(page => {
          const count = overview.value && counts[page.name]?.(overview.value);
          const here = [route.value.page, pages.find(candidate => candidate.name === route.value.page)?.within].includes(page.name);
          return html`<li key=${page.name}><a href=${addressOf(page.name)} aria-current=${here ? 'page' : undefined}>${t(page.title)}${count ? html` <span class="count">${number(count)}</span>` : null}</a></li>`;
        })}
      </ul>
    </nav>
    <div class="session">
      ${!mayChange.value && html`<span class="badge readonly" title=${t('error.keyNotEnough')}>${t('shell.readOnly')}</span>`}
      <button type="button" class="plain" popovertarget="display">${t('shell.display')}</button>
      <div id="display" class="popup" popover="auto" role="group" aria-label=${t('shell.display')}><${Switches} /></div>
      ${key.value && html`<button type="button" class="plain" onClick=${signOut}>${t('shell.signOut')}</button>`}
    </div>
  </header>`;
