import { html } from '../../view.js';
import { t } from '../../texts/index.js';
import { Export } from './export.js';
import { Import } from './import.js';

/** The configuration as a document: out and in. */
export default function BackupPage() {
  return html`
    <p class="notes quiet">${t('backup.notes')}</p>
    <div class="backup"><${Export} /><${Import} /></div>`;
}
