// What went wrong, in the reader's language, with what to do.
import { ApiError } from '../data/client.js';
import { t } from '../texts/index.js';

const known = ['unreachable', 'keyRequired', 'keyNotEnough', 'notFound', 'preconditionFailed', 'bodyTooLarge', 'storageUnavailable', 'invalidRequest', 'smtpNotConfigured', 'noFreeConnection', 'alertTypeInUse'];

/** A sentence or more for an error. The API's own words follow where the console has none that say the same. */
export function explain(error) {
  if (!(error instanceof ApiError)) throw error;
  const faults = Object.entries(error.errors ?? {}).map(([place, messages]) => `${place} ${messages.join(' ')}`);
  if (known.includes(error.code)) return [t(`error.${error.code}`), ...faults].join(' ');
  if (error.status === 401 || error.status === 403) return t('error.keyNotEnough');
  if (error.status === 503) return t('error.storageUnavailable');
  return [t('error.other', { status: error.status }), error.message, ...faults].join(' ');
}
