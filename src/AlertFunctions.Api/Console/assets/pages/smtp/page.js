import { html } from '../../view.js';
import { get } from '../../data/client.js';
import { useResource } from '../../data/resource.js';
import { Loaded } from '../../components/states.js';
import { Settings } from './settings.js';
import { TestForm } from './testForm.js';

/** The settings in force, and whether they work. */
export default function SmtpPage() {
  const settings = useResource(signal => get('api/settings', {}, { signal }));
  return html`<${Loaded} resource=${settings}>${({ smtp, mail }) => html`
    <div class="smtp">
      <${TestForm} />
      <${Settings} smtp=${smtp} mail=${mail} />
    </div>`}<//>`;
}
