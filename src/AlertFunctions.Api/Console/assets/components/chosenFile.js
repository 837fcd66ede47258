import { html } from '../view.js';
import { Field } from './field.js';

/** A file that the reader chooses, handed over as it is. The same file may be chosen again after it was mended. */
export const ChosenFile = ({ label, help, accept, onChoose }) => html`
  <${Field} label=${label} help=${help} input=${tie => html`<input ...${tie} type="file" accept=${accept} onClick=${event => { event.target.value = ''; }} onChange=${event => event.target.files[0] && onChoose(event.target.files[0])} />`} />`;
