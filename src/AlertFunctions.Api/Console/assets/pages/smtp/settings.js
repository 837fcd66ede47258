import { html } from '../../view.js';
import { t } from '../../texts/index.js';

/** Each setting with the name by which it is set, in the order of the documentation. */
const smtpNames = {
  server: 'Smtp__Server', from: 'Smtp__From', bounceAddress: 'Smtp__BounceAddress', security: 'Smtp__Security', authentication: 'Smtp__Authentication', userName: 'Smtp__UserName', password: 'Smtp__Password',
  oauth2Scope: 'Smtp__OAuth2__Scope', maxConnections: 'Smtp__MaxConnections', timeoutSeconds: 'Smtp__TimeoutSeconds',
};
const mailNames = { alertEmailAddress: 'Mail__AlertEmailAddress', culture: 'Mail__Culture', timeZone: 'Mail__TimeZone', consoleUrl: 'Mail__ConsoleUrl', collectSeconds: 'Mail__CollectSeconds' };

/** Which settings say something, given how the server is signed in to. */
const matters = authentication => name => ({ userName: authentication === 'Password', password: authentication === 'Password', oauth2Scope: authentication === 'OAuth2' })[name] ?? true;

function valueText(name, { value, configured }) {
  if (name === 'password') return configured ? t('smtp.secret') : t('smtp.none');
  return value === null ? t('smtp.none') : String(value);
}

const Setting = ({ name, setting, code }) => html`
  <div>
    <dt>${t(`smtpSetting.${name}`)} <code>${code}</code></dt>
    <dd><bdi>${valueText(name, setting)}</bdi> <span class=${`badge ${setting.configured ? 'information' : ''}`}>${setting.configured ? t('smtp.configured') : t('smtp.default')}</span></dd>
  </div>`;

/** The settings in force and where each comes from. They cannot be changed here. */
export const Settings = ({ smtp, mail }) => html`
  <section class="panel" aria-labelledby="smtp-settings">
    <h2 id="smtp-settings">${t('smtp.settings')}</h2>
    <p class="quiet">${t('smtp.settingsHelp')}</p>
    <dl class="smtp-settings">
      ${Object.keys(smtpNames).filter(matters(smtp.authentication.value)).map(name => html`<${Setting} key=${name} name=${name} setting=${smtp[name]} code=${smtpNames[name]} />`)}
    </dl>
    <h3>${t('smtp.mailSettings')}</h3>
    <dl class="smtp-settings">${Object.keys(mailNames).map(name => html`<${Setting} key=${name} name=${name} setting=${mail[name]} code=${mailNames[name]} />`)}</dl>
    <p class="quiet">${t('smtp.fixed')}</p>
  </section>`;
