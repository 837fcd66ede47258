import { html } from '../view.js';
import { shownZone } from '../components/time.js';
import { t } from '../texts/index.js';
import { language, languages, theme, themes, zone, zones } from './preferences.js';

const Choice = ({ label, value, choices, words }) => html`
  <label class="field"><span>${label}</span>
    <select value=${value.value} onChange=${event => { value.value = event.target.value; }}>
      ${choices.map(choice => html`<option key=${choice} value=${choice}>${words(choice)}</option>`)}
    </select>
  </label>`;

/** The reader's language, time zone and theme. */
export const Switches = () => html`
  <${Choice} label=${t('shell.language')} value=${language} choices=${languages} words=${choice => ({ ja: '日本語', en: 'English' })[choice]} />
  <${Choice} label=${t('shell.zone')} value=${zone} choices=${zones} words=${choice => choice === zone.value ? `${t(`zone.${choice}`)} (${shownZone.value})` : t(`zone.${choice}`)} />
  <${Choice} label=${t('shell.theme')} value=${theme} choices=${themes} words=${choice => t(`theme.${choice}`)} />`;
