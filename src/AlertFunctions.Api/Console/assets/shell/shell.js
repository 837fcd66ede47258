// The frame of every page: navigation, banner, sign-in, switches.
import { html, useEffect, useSignal } from '../view.js';
import { checkKey } from '../data/access.js';
import { startPolling } from '../data/overview.js';
import { access, key, signedIn } from '../data/session.js';
import { Loading } from '../components/states.js';
import { Toasts } from '../components/toasts.js';
import { pages } from '../pages/index.js';
import { t } from '../texts/index.js';
import { Banner } from './banner.js';
import { keepFocus } from './focus.js';
import { Navigation } from './navigation.js';
import { PageView } from './page.js';
import { route } from './router.js';
import { SignIn } from './signin.js';
import { showInTitle } from './tab.js';

startPolling();
showInTitle();
keepFocus();

export function Shell() {
  const fault = useSignal(null);
  const check = () => {
    fault.value = null;
    return checkKey().catch(error => { fault.value = error; });
  };
  useEffect(() => {
    if (key.value !== null && access.value === null) check();
  }, [key.value]);

  const wall = route.value.query.wall !== undefined;
  const page = pages.find(candidate => candidate.name === route.value.page);
  if (!signedIn.value) {
    const checking = key.value !== null && fault.value === null;
    return html`<${Banner} />${checking ? html`<main id="main"><h1 class="unseen">AlertFunctions</h1><${Loading} /></main>` : html`<${SignIn} fault=${fault.value} onRetry=${check} />`}`;
  }
  return html`
    <a class="skip" href="#main" onClick=${event => { event.preventDefault(); document.getElementById('main').focus(); }}>${t('shell.skip')}</a>
    ${!wall && html`<${Navigation} />`}
    <${Banner} />
    <main id="main" tabIndex="-1" class=${wall ? 'wall' : ''}><${PageView} key=${route.value.page} page=${page} query=${route.value.query} /></main>
    <${Toasts} />`;
}
