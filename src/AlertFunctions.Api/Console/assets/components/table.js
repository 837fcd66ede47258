import { html, useEffect, useLayoutEffect, useRef, useSignal } from '../view.js';
import { t } from '../texts/index.js';

/** Rows that are rendered above and below those in view, so that scrolling finds them there. */
const margin = 12;
const firstGuess = 44;

/**
 * A table of any length: only the rows in view are in the document, each as high as the others. On a narrow screen the rows are cards. The arrow keys, Home and
 * End move the focus from row to row within a column. Rows keep their identity by `keyOf`, so that the focus stays when the data is read again.
 * @param label What it is a table of.
 * @param columns `{ name, label, cell: row => content, sortable, width }` each. Foreign text goes in as text: preact never reads it as markup.
 * @param rows The rows.
 * @param keyOf A row's identity.
 * @param sort `{ by, order }` as the address has it; `onSort` gets the next.
 * @param selection A `Set` of keys; `onSelect` gets the next. Without it rows cannot be selected.
 */
export function Table({ label, columns, rows, keyOf, sort, onSort, selection, onSelect }) {
  const body = useRef(null);
  const height = useRef(firstGuess);
  const view = useSignal({ from: 0, to: 40 });
  const active = useSignal(null); // { key, control } of the row that has the focus, which stays in the document
  const place = useRef(0); // where that row was last
  const going = useRef(null); // { index, control } that a key moves the focus to, once the row is in the document

  const measure = () => {
    const row = body.current?.querySelector('tr[data-index]');
    if (row?.offsetHeight) height.current = row.offsetHeight + parseFloat(getComputedStyle(row).marginBottom);
    const top = body.current ? -body.current.getBoundingClientRect().top : 0;
    const from = Math.max(0, Math.floor(top / height.current) - margin);
    const to = Math.ceil((top + innerHeight) / height.current) + margin;
    if (from !== view.value.from || to !== view.value.to) view.value = { from, to };
  };
  useLayoutEffect(measure);
  useEffect(() => {
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, []);

  const focusRow = (index, control) => {
    const row = body.current?.querySelector(`tr[data-index="${index}"]`);
    const target = row?.querySelector(`[data-name="${control}"] :is(a, button, input)`) ?? row?.querySelector('a, button, input');
    target?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  };

  // As soon as the row is rendered, and so before the next key: a space that follows an arrow at once is for the row that the arrow leads to.
  useLayoutEffect(() => {
    if (!going.current) return;
    const { index, control } = going.current;
    going.current = null;
    focusRow(index, control);
  });

  // The row with the focus is gone, such as one that was cleared: the one in its place gets it.
  useLayoutEffect(() => {
    if (!active.value) return;
    const index = rows.findIndex(row => keyOf(row) === active.value.key);
    if (index >= 0) place.current = index;
    else if (document.activeElement === document.body) focusRow(Math.min(place.current, rows.length - 1), active.value.control);
  });

  const move = event => {
    const row = event.target.closest?.('tr[data-index]');
    if (!row || event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== 'checkbox') return;
    const index = Number(row.dataset.index);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined || !rows[next]) return;
    event.preventDefault();
    const control = event.target.closest('td, th').dataset.name;
    going.current = { index: next, control };
    active.value = { key: keyOf(rows[next]), control };
  };

  const shown = [];
  for (let index = view.value.from; index < Math.min(view.value.to, rows.length); index++) shown.push(index);
  if (active.value) {
    const index = rows.findIndex(row => keyOf(row) === active.value.key);
    if (index >= 0 && (index < view.value.from || index >= view.value.to)) {
      shown.push(index);
      shown.sort((one, other) => one - other);
    }
  }

  const parts = [];
  let next = 0;
  const gap = until => { if (until > next) parts.push(html`<tr key=${`gap ${next}`} class="gap" aria-hidden="true" style=${{ height: `${(until - next) * height.current}px` }}></tr>`); };
  for (const index of shown) {
    gap(index);
    const row = rows[index];
    const key = keyOf(row);
    parts.push(html`<${Row} key=${`row ${key}`} index=${index} row=${row} id=${key} columns=${columns} selected=${selection?.has(key)} onSelect=${selection && onSelect && (() => onSelect(toggled(selection, key)))} />`);
    next = index + 1;
  }
  gap(rows.length);

  const all = selection && rows.length > 0 && rows.every(row => selection.has(keyOf(row)));
  return html`
    <table class="data" aria-rowcount=${rows.length + 1} onKeyDown=${move}
      onFocusIn=${event => {
        const row = event.target.closest('tr[data-index]');
        active.value = row ? { key: row.dataset.key, control: event.target.closest('td')?.dataset.name } : null;
      }}
      onFocusOut=${event => { if (!event.currentTarget.contains(event.relatedTarget) && event.relatedTarget) active.value = null; }}>
      <caption class="unseen">${label}</caption>
      <thead>
        <tr aria-rowindex="1">
          ${selection && html`<th scope="col" class="select"><label class="check"><input type="checkbox" checked=${all} onChange=${() => onSelect(all ? new Set() : new Set(rows.map(keyOf)))} /> <span>${t('table.selectAll')}</span></label></th>`}
          ${columns.map(column => !column.label ? html`<td key=${column.name} class=${column.width ?? ''}></td>` : html`<th key=${column.name} scope="col" class=${column.width ?? ''} aria-sort=${sort?.by === column.name ? (sort.order === 'desc' ? 'descending' : 'ascending') : undefined}>
            ${column.sortable
              ? html`<button type="button" class="plain" onClick=${() => onSort({ by: column.name, order: sort?.by === column.name && sort.order !== 'desc' ? 'desc' : 'asc' })}>
                  ${column.label} <span aria-hidden="true">${sort?.by === column.name ? (sort.order === 'desc' ? '↓' : '↑') : '↕'}</span></button>`
              : column.label}
          </th>`)}
        </tr>
      </thead>
      <tbody ref=${body}>${parts}</tbody>
    </table>`;
}

function toggled(selection, key) {
  const next = new Set(selection);
  if (!next.delete(key)) next.add(key);
  return next;
}

const Row = ({ index, row, id, columns, selected, onSelect }) => html`
  <tr data-index=${index} data-key=${id} aria-rowindex=${index + 2} class=${selected ? 'selected' : ''}>
    ${onSelect && html`<td class="select" data-name="select"><input type="checkbox" aria-label=${t('table.select', { row: columns.slice(0, 3).map(column => column.text?.(row)).filter(Boolean).join(', ') })} checked=${selected} onChange=${onSelect} /></td>`}
    ${columns.map(column => html`<td key=${column.name} data-name=${column.name} data-label=${column.label} class=${column.width ?? ''} title=${column.text?.(row)}><div class="clip"><bdi>${column.cell(row)}</bdi></div></td>`)}
  </tr>`;
