// What can be set of a user (S2), and how it is written.
import { patch, put, remove } from '../../data/client.js';
import { readTagged, writeSeen } from '../../data/edit.js';
import { t } from '../../texts/index.js';

/** What people set of a user. */
export const settable = ['email', 'receiveAlertMail', 'culture', 'timeZone'];

const pathOf = name => `api/users/${encodeURIComponent(name)}`;
const underVersion = (user, write) => writeSeen({ seen: user.seen, fields: settable, read: () => readTagged(pathOf(user.name)), write });

/** Writes a user as a whole. `seen` is the user as the reader has seen it; null for a new one. */
export const writeUser = (name, seen, settings) => underVersion({ name, seen }, headers => put(pathOf(name), settings, { headers }));

/** Changes some settings of a user. */
export const changeUser = (seen, change) => underVersion({ name: seen.name, seen }, headers => patch(pathOf(seen.name), change, { headers }));

/** Removes a user. */
export const removeUser = seen => underVersion({ name: seen.name, seen }, headers => remove(pathOf(seen.name), { headers }));

/** The language of a user's mail. */
export const languageText = culture => ({ ja: '日本語', en: 'English' })[culture] ?? t('users.systemLanguage');

/** What a comparison of two versions shows. */
export const comparedFields = () => [
  [t('users.email'), user => user.email ?? ''],
  [t('users.receiveAlertMail'), user => user.receiveAlertMail ? t('alertSettings.on') : t('alertSettings.off')],
  [t('users.culture'), user => languageText(user.culture)],
  [t('users.timeZone'), user => user.timeZone ?? t('users.systemZone')],
];
