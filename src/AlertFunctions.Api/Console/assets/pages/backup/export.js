import { html, useSignal } from '../../view.js';
import { save } from '../../components/download.js';
import { explain } from '../../components/errors.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { exportConfiguration } from './configuration.js';

/** Downloads the configuration, which a read key may do as well. */
export function Export() {
  const running = useSignal(false);
  const run = async () => {
    running.value = true;
    try {
      save(await exportConfiguration(), `alertfunctions-${new Date().toISOString().slice(0, 10)}.json`);
    } catch (error) {
      tell(explain(error), 'failed');
    } finally {
      running.value = false;
    }
  };
  return html`
    <section class="panel" aria-labelledby="export">
      <h2 id="export">${t('backup.export')}</h2>
      <p>${t('backup.exportHelp')}</p>
      <button type="button" aria-busy=${running.value} onClick=${run}>${t('backup.download')}</button>
    </section>`;
}
