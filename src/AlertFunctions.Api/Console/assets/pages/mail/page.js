import { html } from '../../view.js';
import { addressOf } from '../../shell/router.js';
import { t } from '../../texts/index.js';
import { History } from './history.js';
import { Waiting } from './waiting.js';

/** The undelivered mail, and past mail. Mail can be attempted, and neither deleted nor changed (S9). */
export default function MailPage({ query }) {
  const past = query.view === 'history';
  return html`
    <nav class="views" aria-label=${t('mail.views')}>
      <a href=${addressOf('mail')} aria-current=${past ? undefined : 'true'}>${t('mail.waiting')}</a>
      <a href=${addressOf('mail', { view: 'history' })} aria-current=${past ? 'true' : undefined}>${t('mail.history')}</a>
    </nav>
    ${past ? html`<${History} query=${query} />` : html`<${Waiting} query=${query} />`}`;
}
