// The console reads the API that everybody has. It can neither delete nor change mail (S9).
import { html, render } from './view.js';
import { Shell } from './shell/shell.js';

render(html`<${Shell} />`, document.body);
