import { html } from '../view.js';
import { t } from '../texts/index.js';

const shapes = { critical: '▲', error: '▲', warning: '◆', information: '●' };

/** The severity of an alert or the level of a system event: a shape and a word beside the colour, which not everybody sees. */
export const Severity = ({ value }) => html`<span class=${`badge ${value}`}><span aria-hidden="true">${shapes[value]}</span> ${t(`severity.${value}`)}</span>`;
