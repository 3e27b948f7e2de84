// Makes js/credentials/fflate.js: the part of fflate that inflates, so that the package needs no
// other. Run it, and commit what it writes, when fflate changes; archive.test.js compares.
//
//	node js/test/support/bundle_fflate.js

import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('node_modules/fflate/package.json', root), 'utf8'));

/** Where the file is. */
export const path = fileURLToPath(new URL('js/credentials/fflate.js', root));

/** Returns what the file must be. */
export async function bundle() {
  const licence = readFileSync(new URL('node_modules/fflate/LICENSE', root), 'utf8').trim();
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents: "export { Inflate } from 'fflate';", resolveDir: fileURLToPath(root) },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 140,
  });
  const comment = licence.split('\n').map((line) => ` * ${line}`.trimEnd()).join('\n');
  return `// @ts-nocheck\n/*!\n * Made by js/test/support/bundle_fflate.js of fflate ${version}: edit nothing here.\n *\n${comment}\n */\n${text}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path, await bundle());
}
