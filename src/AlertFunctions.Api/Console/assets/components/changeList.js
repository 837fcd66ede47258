import { html } from '../view.js';
import { number, t } from '../texts/index.js';

/** What an import would do, or has done: the names of what is added, changed and removed. */
export const ChangeList = ({ changes }) => html`
  <dl class="names">
    ${['added', 'changed', 'removed'].filter(kind => changes[kind]?.length).map(kind => html`
      <div key=${kind}><dt class=${kind === 'removed' ? 'wrong' : ''}>${t(`change.${kind}`)} (${number(changes[kind].length)})</dt><dd tabIndex="0"><bdi>${changes[kind].join(', ')}</bdi></dd></div>`)}
    <div><dt>${t('change.unchanged')} (${number(changes.unchanged)})</dt></div>
  </dl>`;

/** Everything that a file was refused for, where it is. */
export const FileFaults = ({ error }) => html`
  <div role="alert" class="wrong">
    <p>${t('change.refused')}</p>
    <ul class="faults">${Object.entries(error.errors).slice(0, 50).map(([place, messages]) => html`<li key=${place}><bdi>${place} ${messages.join(' ')}</bdi></li>`)}</ul>
  </div>`;
