import { html, useSignal } from '../../view.js';
import { post } from '../../data/client.js';
import { refresh } from '../../data/overview.js';
import { settings } from '../../data/settings.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { t } from '../../texts/index.js';

/** Registers the predefined alerts of Deep Security. A type that is there keeps its settings, so nothing can be lost by it. */
export function CatalogueDialog({ onClose }) {
  const language = useSignal(settings.value.mail.culture.value);
  const done = useSignal(null);
  const run = async () => {
    done.value = await post('api/alert-types/import', { catalogue: 'deep-security', language: language.value });
    await refresh({ changed: true });
  };
  return html`
    <${Dialog} title=${t('alertSettings.catalogue')} onClose=${onClose} actions=${!done.value && html`<${Action} kind="primary" onRun=${run}>${t('alertSettings.import')}<//>`}>
      ${done.value
        ? html`
          <p role="status">${t('alertSettings.imported', { added: done.value.added, unchanged: done.value.unchanged })}</p>
          <div><p>${t('alertSettings.sources')}</p><ul class="faults">${done.value.sources.map(source => html`<li key=${source.address}><a href=${source.address} target="_blank" rel="noreferrer">${source.title}</a></li>`)}</ul></div>`
        : html`
          <p>${t('alertSettings.catalogueHelp')}</p>
          <${Field} label=${t('alertSettings.catalogueLanguage')} help=${t('alertSettings.catalogueLanguageHelp')} input=${tie => html`
            <select ...${tie} value=${language.value} onChange=${event => { language.value = event.target.value; }}>
              <option value="ja">日本語</option><option value="en">English</option>
            </select>`} />`}
    <//>`;
}
