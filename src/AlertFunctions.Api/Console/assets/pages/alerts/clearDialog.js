import { html, useEffect, useRef, useSignal } from '../../view.js';
import { refresh } from '../../data/overview.js';
import { Action } from '../../components/action.js';
import { Dialog } from '../../components/dialog.js';
import { explain } from '../../components/errors.js';
import { tell } from '../../components/toasts.js';
import { readerName } from '../../shell/preferences.js';
import { t } from '../../texts/index.js';
import { clearAlerts } from './clearing.js';

/**
 * Asks before alerts are cleared: how many, why, and by whom.
 * @param one `{ alert, computer }` where it is one alert.
 * @param collect Finds them, so that the number asked for is that of what is cleared.
 */
export function ClearDialog({ one, collect, onClose }) {
  const alerts = useSignal(null);
  const fault = useSignal(null);
  const note = useSignal('');
  const done = useSignal(null);
  const ending = useRef(new AbortController());

  useEffect(() => {
    collect(ending.current.signal).then(found => { alerts.value = found; }, error => { if (error.name !== 'AbortError') fault.value = error; });
    return () => ending.current.abort();
  }, []);

  const count = alerts.value?.length ?? 0;
  const clear = async () => {
    done.value = 0;
    try {
      const { cleared, notFound } = await clearAlerts(alerts.value, { note: note.value, by: readerName.value }, number => { done.value = number; }, ending.current.signal);
      tell([t('alerts.cleared', { count: cleared }), notFound && t('alerts.notFound', { count: notFound })].filter(Boolean).join(' '));
    } finally {
      refresh({ changed: true });
    }
    onClose();
  };

  return html`
    <${Dialog} title=${t('alerts.clearTitle')} onClose=${onClose} actions=${html`
      <${Action} kind="danger" disabled=${count === 0} onRun=${clear}>${t('alerts.clearNow', { count })}<//>`}>
      <p role="status">${fault.value ? explain(fault.value)
        : alerts.value === null ? t('alerts.counting')
        : done.value !== null ? t('alerts.clearing', { done: done.value, total: count })
        : one ? t('alerts.questionOne', one) : count === 0 ? t('alerts.nothingToClear') : t('alerts.question', { count })}</p>
      <label class="field"><span>${t('alerts.note')}</span><textarea name="note" autofocus maxlength="4096" value=${note.value} onInput=${event => { note.value = event.target.value; }}></textarea></label>
      <label class="field"><span>${t('alerts.by')}</span><input name="by" maxlength="256" autocomplete="name" value=${readerName.value} onInput=${event => { readerName.value = event.target.value; }} /></label>
      <p class="quiet">${t('alerts.clearHelp')}</p>
    <//>`;
}
