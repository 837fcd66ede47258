import { useMemo, useRef, useSignal } from '../../view.js';
import { OvertakenError } from '../../data/edit.js';
import { refresh } from '../../data/overview.js';
import { explain } from '../../components/errors.js';
import { tell } from '../../components/toasts.js';
import { t } from '../../texts/index.js';
import { changed, writeType } from './alertTypes.js';

/**
 * Changes of single settings, one after the other and shown at once. What the server has confirmed is shown until the list is read again.
 * @param types The alert types as they were read last.
 * @returns `shown` (the types with the changes), `edit(type, change)`, `conflict` (a change that somebody else's came before) and `settle()`, which closes it.
 */
export function useTypeEdits(types) {
  const waiting = useSignal([]);
  const confirmed = useSignal({ of: types, byName: new Map() });
  const conflict = useSignal(null);
  const last = useRef(Promise.resolve());
  const read = useRef(types);
  read.current = types;

  const answers = () => confirmed.value.of === read.current ? confirmed.value.byName : new Map();

  const write = async (edit, seen) => {
    try {
      const written = await writeType(edit.alert, seen, edit.change);
      confirmed.value = { of: read.current, byName: new Map(answers()).set(edit.alert, written) };
      tell(t('alertSettings.saved', { alert: edit.alert }));
    } catch (error) {
      if (error instanceof OvertakenError) conflict.value = { ...edit, now: error.now };
      else tell(explain(error), 'failed');
    } finally {
      waiting.value = waiting.value.filter(other => other !== edit);
      if (waiting.value.length === 0) refresh({ changed: true });
    }
  };

  const edit = (type, change) => {
    const one = { alert: type.alert, change };
    waiting.value = [...waiting.value, one];
    last.current = last.current.then(() => write(one, answers().get(type.alert) ?? read.current.find(other => other.alert === type.alert) ?? type));
    return last.current;
  };

  const shown = useMemo(() => types.map(type => waiting.value.filter(one => one.alert === type.alert).reduce((so, one) => changed(so, one.change), answers().get(type.alert) ?? type)),
    [types, waiting.value, confirmed.value]);

  return { shown, edit, conflict: conflict.value, settle: () => { conflict.value = null; }, writeOver: ({ alert, change, now }) => write({ alert, change }, now) };
}
