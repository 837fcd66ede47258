import { html } from '../../view.js';
import { tell } from '../../components/toasts.js';
import { notifying } from '../../shell/preferences.js';
import { changeQuery } from '../../shell/router.js';
import { t } from '../../texts/index.js';

async function askToNotify(event) {
  if (!event.target.checked) {
    notifying.value = 'off';
  } else if (await globalThis.Notification?.requestPermission() === 'granted') {
    notifying.value = 'on';
  } else {
    event.target.checked = false;
    tell(t('overview.notifyRefused'), 'failed');
  }
}

function showOnWall(shown) {
  changeQuery({ wall: shown ? 'on' : null }, { replace: false });
  if (shown) document.documentElement.requestFullscreen?.().catch(() => {}); // larger still where it is allowed
  else if (document.fullscreenElement) document.exitFullscreen();
}

/** The wall board and notifications. */
export const Tools = ({ wall }) => html`
  <div class="tools">
    ${!wall && html`<label class="check"><input type="checkbox" checked=${notifying.value === 'on'} onChange=${askToNotify} /> ${t('overview.notify')}</label>`}
    <button type="button" onClick=${() => showOnWall(!wall)}>${wall ? t('overview.leaveWall') : t('overview.wall')}</button>
  </div>`;
