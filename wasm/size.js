// Prints the modules' sizes. With --check it fails above the budget, or 2 % above the recorded
// size, whichever is lower, so that no growth goes unnoticed. Record a new size in wasm/size.json
// on purpose, and justify it in RATIONALE.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const at = (path) => new URL(path, import.meta.url);
const readJSON = (path) => JSON.parse(readFileSync(at(path), 'utf8'));
const budgets = readJSON('size.json');

const measured = existsSync(at('../dist/size.json')) ? readJSON('../dist/size.json') : {};
const isStale = Object.keys(budgets).some((name) => measured[name] === undefined);
if (process.argv.includes('--measure') || isStale) {
  const sizes = {};
  for (const name of Object.keys(budgets)) {
    const module = readFileSync(at(`../dist/${name}`));
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: module.length,
    };
    sizes[name] = {
      raw: module.length,
      gzip: gzipSync(module, { level: 9 }).length,
      brotli: brotliCompressSync(module, { params }).length,
    };
  }
  writeFileSync(at('../dist/size.json'), JSON.stringify(sizes));
}
if (process.argv.includes('--measure')) {
  process.exit();
}

const sizes = readJSON('../dist/size.json');
for (const [name, { budget, brotli: recorded }] of Object.entries(budgets)) {
  const { raw, gzip, brotli } = sizes[name];
  console.log(`${name}: ${raw} bytes, gzip -9 ${gzip}, brotli 11 ${brotli}`);
  if (process.argv.includes('--check')) {
    const limit = Math.min(budget, Math.floor(recorded * 1.02));
    console.log(
      `  budget ${budget}, recorded ${recorded}, so at most ${limit}: ` +
      `${brotli <= limit ? 'fits' : 'TOO LARGE'}`,
    );
    process.exitCode ||= brotli > limit ? 1 : 0;
  }
}
