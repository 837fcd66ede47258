// A task as a form has it, with lists of names as lines of text.
import { systemZone } from '../../data/settings.js';

const lines = text => text.split('\n').map(line => line.trim()).filter(Boolean);

/** The form of a task, or of a new one. */
export const formOf = task => ({
  name: task?.name ?? '',
  type: task?.type ?? 'sendAlertSummary',
  schedule: task?.schedule ?? '0 9 * * 1-5',
  timeZone: task?.timeZone ?? systemZone.value,
  allUsers: task?.recipients.allUsers ?? true,
  users: task?.recipients.users.join('\n') ?? '',
  addresses: task?.recipients.addresses.join('\n') ?? '',
  period: task?.report?.period ?? 'P7D',
  enabled: task?.enabled ?? true,
});

/** The task that a form describes. */
export const taskOf = ({ type, schedule, timeZone, allUsers, users, addresses, period, enabled }) => ({
  type,
  schedule: schedule.trim(),
  timeZone: timeZone.trim() || systemZone.value,
  recipients: { allUsers, users: lines(users), addresses: lines(addresses) },
  enabled,
  report: type === 'generateReport' ? { period: period.trim() } : null,
});

/** Which fields were refused, each with the values that were, where it has several. */
export function refusedFields(errors, task) {
  const refused = {};
  for (const place of Object.keys(errors ?? {})) {
    const [, field, list, index] = /^\$\.(\w+)(?:\.(\w+)(?:\[(\d+)\])?)?/.exec(place) ?? [];
    const name = field === 'recipients' && list ? list : field;
    if (name) (refused[name] ??= []).push(index === undefined ? '' : task.recipients[list]?.[index] ?? '');
  }
  return refused;
}
