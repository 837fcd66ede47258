import { html } from '../../view.js';
import { t } from '../../texts/index.js';

const signs = { sent: '✓', failed: '◆', givenUp: '✕' };
const colours = { sent: 'good', failed: 'warning', givenUp: 'critical' };

/** What came of an attempt: a sign and a word beside the colour, which not everybody sees. */
export const Outcome = ({ value }) => html`<span class=${`badge ${colours[value]}`}><span aria-hidden="true">${signs[value]}</span> ${t(`mailOutcome.${value}`)}</span>`;
