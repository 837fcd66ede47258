import { html } from '../../view.js';
export default function AlertPage({ query }) {
  return html`<p>${query.alert} ${query.computer}</p>`;
}
