// What a page or component is written with, in one import.
export { html, render } from './libraries/htm-preact.js';
export { Fragment } from './libraries/preact.js';
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from './libraries/preact-hooks.js';
export { batch, computed, effect, signal, useComputed, useSignal } from './libraries/signals.js';
