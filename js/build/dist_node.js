// Makes dist/node/, the package in the form that Node loads. all.cjs contains all of it, so require
// and import get the same objects; it also loads in half the time of some forty files. Beside it,
// each export of package.json has one file for require() and one for import.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'dist/node');
const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/**
 * Each export of Node: its ES module, its types, and its two files. An export may have two names.
 */
const doors = Object.values(exports).flatMap(({ types, node, default: source }, i, all) => {
  const isKnown = all.findIndex((other) => other.node?.require === node?.require) < i;
  if (node === undefined || isKnown) {
    return [];
  }
  const path = node.module === undefined ? source : 'js/node.js';
  return [
    { source: join(root, path), types: join(root, types.default), door: join(root, node.require) },
  ];
});

/**
 * If a bundler makes an ES module of this, there is neither require nor __dirname. Tools that trace
 * the files of a program understand `require('path').join(__dirname, …)`. A module of Node is
 * loaded at its first use: loading util, net and fs/promises would take longer than all of this
 * file. jest's environment jsdom lacks the globals of the last line.
 */
const BANNER = `'use strict';
const { getBuiltinModule = require } = process;
const here = typeof __dirname === 'string'
  ? getBuiltinModule('node:url').pathToFileURL(
    require('path').join(__dirname, '../fetchtoken-compact.wasm')).href
  : undefined;
const lazyModule = (name) => new Proxy({}, { get: (_, member) => getBuiltinModule(name)[member] });
const { TextDecoder, TextEncoder } =
  globalThis.TextEncoder === undefined ? lazyModule('node:util') : globalThis;`;

await rm(folder, { recursive: true, force: true });
const {
  outputFiles: [{ text: all }],
} = await build({
  stdin: {
    contents: doors.map(({ source }, i) => `export * as door${i} from '${source}';`).join('\n'),
    resolveDir: root,
  },
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  banner: { js: BANNER },
  define: { 'import.meta.url': 'here' },
  plugins: [{
    name: 'the text stays outside',
    setup({ onResolve }) {
      const outside = { path: '../../js/module/text.js', external: true };
      onResolve({ filter: /\/text\.js$/ }, () => outside);
    },
  }],
});
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'all.cjs'), all.replaceAll('require("node:', 'lazyModule("node:'));

for (const [i, { source, types, door }] of doors.entries()) {
  const names = Object.keys(await import(source)).join(', ');
  await mkdir(dirname(door), { recursive: true });
  // In one line, Node would search the whole of all.cjs for the names of its exports at each
  // import, for forty milliseconds.
  await writeFile(
    door,
    `'use strict';\nconst { door${i} ` +
    `} = require('${pathTo(door, join(folder, 'all.cjs'))}');\nmodule.exports = door${i};\n`,
  );
  await writeFile(
    door.replace(/\.cjs$/, '.mjs'),
    `import door from '${pathTo(door, door)}';\n\nexport const { ${names} } = door;\n`,
  );
  const text = await readFile(types, 'utf8');
  await writeFile(
    door.replace(/\.cjs$/, '.d.cts'),
    text.replaceAll(/'(\.\.?\/)types\.js'/g, "'$1index.cjs'"),
  );
}

/** @param {string} from @param {string} to */
function pathTo(from, to) {
  return relative(dirname(from), to).replace(/^(?!\.)/, './');
}
