import { html } from '../../view.js';
import { Dialog } from '../../components/dialog.js';
import { Severity } from '../../components/severity.js';
import { Time } from '../../components/time.js';
import { t } from '../../texts/index.js';

function valueText(value) {
  if (Array.isArray(value) && value.every(part => typeof part !== 'object')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}

/** A system event with all that is recorded of it. The names of its data are those of the API, for whoever searches by them. */
export const Details = ({ event, onClose }) => html`
  <${Dialog} title=${`${event.id} ${event.name}`} onClose=${onClose}>
    <p><${Severity} value=${event.level} /> <${Time} value=${event.time} form="long" /></p>
    <p class="event-text"><bdi>${event.description}</bdi></p>
    <dl class="event-data">
      ${event.target && html`<div><dt>${t('systemEvents.target')}</dt><dd><bdi>${event.target}</bdi></dd></div>`}
      ${Object.entries(event.data).map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd><bdi>${valueText(value)}</bdi></dd></div>`)}
    </dl>
  <//>`;
