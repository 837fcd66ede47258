import { html } from '../view.js';
import { t } from '../texts/index.js';

/**
 * What somebody else has made of a thing meanwhile, beside what the reader wants.
 * @param now What it is; null when it was removed.
 * @param mine What the reader wants.
 * @param fields `[label, item => text]` each; those that differ are shown.
 */
export const Overtaken = ({ now, mine, fields }) => html`
  <div class="overtaken" role="alert">
    <p>${now ? t('edit.overtaken') : t('edit.removed')}</p>
    ${now && html`
      <table class="comparison">
        <thead><tr><th scope="col">${t('edit.field')}</th><th scope="col">${t('edit.now')}</th><th scope="col">${t('edit.mine')}</th></tr></thead>
        <tbody>
          ${fields.filter(([, text]) => text(now) !== text(mine)).map(([label, text]) => html`
            <tr key=${label}><th scope="row">${label}</th><td><bdi>${text(now) || '–'}</bdi></td><td><bdi>${text(mine) || '–'}</bdi></td></tr>`)}
        </tbody>
      </table>`}
  </div>`;
