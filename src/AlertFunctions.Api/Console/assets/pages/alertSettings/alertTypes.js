// What can be set of an alert type (S1), and how it is written.
import { patch } from '../../data/client.js';
import { readTagged, writeSeen } from '../../data/edit.js';
import { t } from '../../texts/index.js';

/** What people set of an alert type. */
export const settable = ['severity', 'title', 'mailWhenRaised', 'mailWhenCleared', 'enabled'];

/** The languages of its title. */
export const titleLanguages = ['ja', 'en'];

/** An alert type with some of its settings changed. */
export const changed = (type, change) => ({ ...type, ...change, title: { ...type.title, ...change.title } });

/** Changes some settings of a type as the reader has seen it; null for a type that is new. */
export const writeType = (alert, seen, change) => writeSeen({
  seen,
  fields: settable,
  read: () => readTagged('api/alert-types', { alert }, body => body.items[0]),
  write: headers => patch('api/alert-types', { alert, ...change }, { headers }),
});

const onOrOff = value => value ? t('alertSettings.on') : t('alertSettings.off');

/** What a comparison of two versions shows. */
export const comparedFields = () => [
  [t('alertSettings.enabled'), type => onOrOff(type.enabled)],
  [t('alerts.severity'), type => t(`severity.${type.severity}`)],
  [t('alertSettings.titleJa'), type => type.title.ja],
  [t('alertSettings.titleEn'), type => type.title.en],
  [t('alertSettings.mailWhenRaised'), type => onOrOff(type.mailWhenRaised)],
  [t('alertSettings.mailWhenCleared'), type => onOrOff(type.mailWhenCleared)],
];
