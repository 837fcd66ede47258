import { html, useSignal } from '../../view.js';
import { useItems } from '../../data/resource.js';
import { Action } from '../../components/action.js';
import { SeverityCell, SwitchCell, TextCell } from '../../components/cells.js';
import { Filters } from '../../components/filters.js';
import { Empty, Loaded } from '../../components/states.js';
import { Table } from '../../components/table.js';
import { language } from '../../shell/preferences.js';
import { t } from '../../texts/index.js';
import { titleLanguages } from './alertTypes.js';
import { Bulk } from './bulk.js';
import { CatalogueDialog } from './catalogueDialog.js';
import { Conflict } from './conflict.js';
import { TryDialog } from './tryDialog.js';
import { TypeDialog } from './typeDialog.js';
import { useTypeEdits } from './typeEdits.js';

const dialogs = { add: TypeDialog, catalogue: CatalogueDialog, try: TryDialog };

/** The settings of each alert type (S1). */
export default function AlertSettingsPage({ query }) {
  const types = useItems('api/alert-types');
  const open = useSignal(null);
  const Open = dialogs[open.value];
  const close = () => { open.value = null; };
  return html`
    <p class="notes quiet">${t('alertSettings.notes')}</p>
    <${Filters} fields=${[
      { name: 'search', label: t('alertSettings.search'), type: 'search' },
      { name: 'severity', label: t('alerts.severity'), type: 'select', options: ['critical', 'warning'].map(severity => [severity, t(`severity.${severity}`)]) },
      { name: 'enabled', label: t('alertSettings.enabled'), type: 'select', options: [['true', t('alertSettings.on')], ['false', t('alertSettings.off')]] },
    ]}>
      <${Action} onRun=${() => { open.value = 'try'; }}>${t('tryEvent.title')}<//>
      <${Action} onRun=${() => { open.value = 'catalogue'; }}>${t('alertSettings.catalogue')}<//>
      <${Action} kind="primary" onRun=${() => { open.value = 'add'; }}>${t('alertSettings.add')}<//>
    <//>
    <${Loaded} resource=${types}>${items => html`<${Types} types=${items} query=${query} />`}<//>
    ${Open && html`<${Open} types=${types.data ?? []} onClose=${close} />`}`;
}

const matches = query => {
  const text = query.search?.toLowerCase();
  return type => (!query.severity || type.severity === query.severity)
    && (!query.enabled || String(type.enabled) === query.enabled)
    && (!text || [type.alert, type.title.ja, type.title.en].some(name => name.toLowerCase().includes(text)));
};

function Types({ types, query }) {
  const { shown, edit, conflict, settle, writeOver } = useTypeEdits(types);
  const selection = useSignal(new Set());
  const rows = shown.filter(matches(query));
  const selected = shown.filter(type => selection.value.has(type.alert));
  if (types.length === 0) return html`<${Empty} text=${t('alertSettings.none')} />`;

  const named = (setting, row) => `${setting}: ${row.alert}`;
  const flag = (name, short, whole) => ({
    name, label: short, width: 'switch-cell', cell: row => html`<${SwitchCell} label=${named(whole, row)} value=${row[name]} onChange=${value => edit(row, { [name]: value })} />`,
  });
  // The reader's own language first, so that it stands beside the name.
  const languages = language.value === 'ja' ? titleLanguages : titleLanguages.toReversed();
  const titles = { ja: t('alertSettings.titleJa'), en: t('alertSettings.titleEn') };
  return html`
    <p class="quiet" role="status">${t('alertSettings.count', { shown: rows.length, total: types.length })}</p>
    ${selected.length > 0 && html`<${Bulk} types=${selected} onDone=${() => { selection.value = new Set(); }} />`}
    ${rows.length === 0 ? html`<${Empty} text=${t('alertSettings.noMatch')} />` : html`
      <${Table} label=${t('alertSettings.title')} rows=${rows} keyOf=${row => row.alert} selection=${selection.value} onSelect=${next => { selection.value = next; }}
        columns=${[
          { name: 'alert', label: t('alertSettings.name'), cell: row => row.alert, text: row => row.alert },
          ...languages.map(name => ({
            name: `title-${name}`, label: titles[name],
            cell: row => html`<${TextCell} label=${named(titles[name], row)} value=${row.title[name]} language=${name} maximum=${256} onChange=${value => edit(row, { title: { [name]: value || null } })} />`,
          })),
          { name: 'severity', label: t('alerts.severity'), width: 'switch-cell', cell: row => html`<${SeverityCell} label=${named(t('alerts.severity'), row)} value=${row.severity} onChange=${severity => edit(row, { severity })} />` },
          flag('enabled', t('alertSettings.enabled'), t('alertSettings.enabled')),
          flag('mailWhenRaised', t('alertSettings.raisedShort'), t('alertSettings.mailWhenRaised')),
          flag('mailWhenCleared', t('alertSettings.clearedShort'), t('alertSettings.mailWhenCleared')),
        ]} />`}
    ${conflict && html`<${Conflict} conflict=${conflict} onClose=${settle} onWrite=${() => {
      settle();
      return writeOver(conflict);
    }} />`}`;
}
