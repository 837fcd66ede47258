// What can be set of a scheduled task (S15), and how it is written.
import { get, patch, put, remove } from '../../data/client.js';
import { readTagged, writeSeen } from '../../data/edit.js';
import { t } from '../../texts/index.js';

/** What people set of a task. Its runs change by themselves, and are no reason to refuse a change. */
export const settable = ['type', 'schedule', 'timeZone', 'recipients', 'enabled', 'report'];

export const pathOf = name => `api/scheduled-tasks/${encodeURIComponent(name)}`;
const underVersion = (name, seen, write) => writeSeen({ seen, fields: settable, read: () => readTagged(pathOf(name)), write });

/** Reads one task, with its next five runs. */
export const readTask = (name, signal) => get(pathOf(name), {}, { signal });

/** Writes a task as a whole, and gives it as it is now. `seen` is the task as the reader has seen it; null for a new one. */
export const writeTask = (name, seen, settings) => underVersion(name, seen, headers => put(pathOf(name), settings, { headers }));

/** Changes some settings of a task. */
export const changeTask = (seen, change) => underVersion(seen.name, seen, headers => patch(pathOf(seen.name), change, { headers }));

/** Removes a task. */
export const removeTask = seen => underVersion(seen.name, seen, headers => remove(pathOf(seen.name), { headers }));

/** Who gets a task's mail, in a line. */
export const recipientsText = ({ allUsers, users, addresses }) => [allUsers && t('tasks.allUsers'), ...users, ...addresses].filter(Boolean).join(', ');

/** What a comparison of two versions shows. */
export const comparedFields = () => [
  [t('tasks.type'), task => t(`taskType.${task.type}`)],
  [t('tasks.schedule'), task => task.schedule],
  [t('users.timeZone'), task => task.timeZone],
  [t('tasks.recipients'), task => recipientsText(task.recipients)],
  [t('tasks.period'), task => task.report?.period ?? ''],
  [t('alertSettings.enabled'), task => task.enabled ? t('alertSettings.on') : t('alertSettings.off')],
];
