import { t } from '../../texts/index.js';

export const bySeverity = () => ({ name: 'severity', label: t('alerts.severity'), type: 'select', options: ['critical', 'warning'].map(severity => [severity, t(`severity.${severity}`)]) });
export const byText = () => ({ name: 'search', label: t('alerts.search'), type: 'search' });

/** Whether one of some texts has another in it, whatever the case. */
export const hasText = (search, ...texts) => !search || texts.some(text => text.toLocaleLowerCase().includes(search.toLocaleLowerCase()));

/** Rows sorted by a column, where the server does not sort them. */
export function sorted(rows, { sort, order }, valueOf) {
  if (!sort || !valueOf[sort]) return rows;
  const direction = order === 'desc' ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [first, second] = [valueOf[sort](one), valueOf[sort](other)];
    return direction * (typeof first === 'number' ? first - second : String(first).localeCompare(String(second)));
  });
}

/** The order of severities, the worst first. */
export const weight = { critical: 0, warning: 1 };
