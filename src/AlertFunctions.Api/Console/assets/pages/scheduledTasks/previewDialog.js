import { html } from '../../view.js';
import { post } from '../../data/client.js';
import { useResource } from '../../data/resource.js';
import { Dialog } from '../../components/dialog.js';
import { Empty, Loaded } from '../../components/states.js';
import { number, t } from '../../texts/index.js';
import { languageText } from '../users/people.js';
import { pathOf } from './tasks.js';

/** The mails as a run would send them now. They are shown as text, which nothing in them can break out of. */
export function PreviewDialog({ task, onClose }) {
  const preview = useResource(signal => post(`${pathOf(task.name)}/preview`, undefined, { signal }), [task.name]);
  return html`
    <${Dialog} title=${t('tasks.previewOf', { name: task.name })} onClose=${onClose}>
      <p class="quiet">${t('tasks.previewHelp')}</p>
      <${Loaded} resource=${preview}>${({ items }) => items.length === 0 ? html`<${Empty} text=${t('outcome.noRecipients')} />` : items.map(mail => html`
        <section key=${`${mail.culture} ${mail.timeZone}`} class="mail-preview" aria-label=${mail.subject}>
          <dl>
            <div><dt>${t('mail.subject')}</dt><dd lang=${mail.culture}><bdi>${mail.subject}</bdi></dd></div>
            <div><dt>${t('tasks.recipients')}</dt><dd><bdi>${mail.recipients.map(recipient => recipient.user ? `${recipient.user} <${recipient.address}>` : recipient.address).join(', ')}</bdi></dd></div>
            <div><dt>${t('users.culture')}</dt><dd>${[languageText(mail.culture), mail.timeZone].filter(Boolean).join(', ')}</dd></div>
            ${mail.attachments.length > 0 && html`<div><dt>${t('tasks.attachments')}</dt><dd>${mail.attachments.map(file => `${file.name} (${t('tasks.bytes', { bytes: number(file.bytes) })})`).join(', ')}</dd></div>`}
          </dl>
          <pre tabIndex="0" lang=${mail.culture} aria-label=${t('tasks.text')}>${mail.text}</pre>
        </section>`)}<//>
    <//>`;
}
