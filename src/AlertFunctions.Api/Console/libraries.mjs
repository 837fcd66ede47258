// Takes the console's libraries from npm as they are, with their licences: `npm run console:libraries`. With --check it changes nothing, and
// fails where the committed files are not the packages'. A browser knows no package names, so imports are rewritten to the files beside.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '../../../node_modules');
const target = join(here, 'assets/libraries');

const modules = {
  'preact': { file: 'preact/dist/preact.mjs', as: 'preact.js' },
  'preact/hooks': { file: 'preact/hooks/dist/hooks.mjs', as: 'preact-hooks.js' },
  'htm': { file: 'htm/dist/htm.mjs', as: 'htm.js' },
  'htm/preact': { file: 'htm/preact/index.mjs', as: 'htm-preact.js' },
  '@preact/signals-core': { file: '@preact/signals-core/dist/signals-core.mjs', as: 'signals-core.js' },
  '@preact/signals': { file: '@preact/signals/dist/signals.mjs', as: 'signals.js' },
  'uplot': { file: 'uplot/dist/uPlot.esm.js', as: 'uplot.js' },
  'uplot.css': { file: 'uplot/dist/uPlot.min.css', as: 'uplot.css' },
  'eventsource-parser': { file: 'eventsource-parser/dist/parse.js', as: 'eventSource/parse.js' },
  'eventsource-parser errors': { file: 'eventsource-parser/dist/errors.js', as: 'eventSource/errors.js' },
};
const licensed = ['preact', 'htm', '@preact/signals-core', '@preact/signals', 'uplot', 'eventsource-parser'];

function read(file) {
  return readFileSync(join(packages, file), 'utf8');
}

function withLocalImports(source) {
  return source
    .replace(/(from|import)(\s*)"([^"./][^"]*)"/g, (all, keyword, space, name) => modules[name] ? `${keyword}${space}"./${modules[name].as}"` : all)
    .replace(/\/\/# sourceMappingURL=.*\n?/, '');
}

const files = new Map(Object.values(modules).map(({ file, as }) => [as, withLocalImports(read(file))]));
files.set('LICENSES.txt', licensed.map(name => {
  const { version, license } = JSON.parse(read(`${name}/package.json`));
  return `${name} ${version} (${license})\n\n${read(`${name}/LICENSE`).trim()}\n`;
}).join(`\n${'-'.repeat(80)}\n\n`));

if (process.argv.includes('--check')) {
  const committed = readdirSync(target, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => relative(target, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const different = [...files.keys()].filter(name => !committed.includes(name) || readFileSync(join(target, name), 'utf8') !== files.get(name));
  const unknown = committed.filter(name => !files.has(name));
  if (different.length || unknown.length) {
    console.error(`Not as the packages have them: ${[...different, ...unknown].join(', ')}. Run: npm run console:libraries`);
    process.exit(1);
  }
} else {
  rmSync(target, { recursive: true, force: true });
  for (const [name, content] of files) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), content);
  }
}
