import { html, useEffect, useLayoutEffect, useRef, useSignal } from '../view.js';
import { Empty, Loading } from '../components/states.js';
import { t } from '../texts/index.js';
import { addressOf } from './router.js';

/** Where the focus was before the first page: nowhere, and it stays there. */
let first = true;

/** A page, read from the server when it is first shown. */
export function PageView({ page, query }) {
  const Content = useSignal(null);
  const heading = useRef(null);
  useEffect(() => { page?.load().then(module => { Content.value = () => module.default; }); }, []);
  useLayoutEffect(() => {
    if (!first) heading.current?.focus(); // a reader of the screen hears which page has come; at once, so that no key goes elsewhere before
    first = false;
  }, []);
  const Page = Content.value?.();
  return html`
    <h1 ref=${heading} tabIndex="-1">${page ? t(page.title) : t('shell.noPage')}</h1>
    ${!page ? html`<${Empty} text=${t('shell.noPageText')}><a href=${addressOf('overview')}>${t('overview.title')}</a><//>`
      : Page ? html`<${Page} query=${query} />` : html`<${Loading} />`}`;
}
