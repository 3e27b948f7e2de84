// Makes THIRD_PARTY_NOTICES: the licences of what others wrote and this package hands on, in its
// modules and beside them. Run it, and commit what it writes, when a dependency changes;
// notices.test.js compares.
//
//   node wasm/notices.js

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ name: string, where: string[], licence: string }} Part a work of somebody else's, and
 *   what holds it
 */

const root = new URL('../', import.meta.url);
const inRoot = (/** @type {string} */ name) => readFileSync(new URL(name, root), 'utf8');

/** The modules, each with the tags that it is built with: see the Makefile. */
const COMPACT = 'dist/fetchtoken-compact.wasm';
const BUILDS = { 'dist/fetchtoken.wasm': '', [COMPACT]: 'compact' };

/**
 * What the compact module holds besides, with the version of its record. The licence stands beside
 * that, for what built the module isn't here. No library of C is linked.
 *
 * @returns {Part}
 */
function tinygo() {
  const { tools } = JSON.parse(inRoot('wasm/compact/record.json'));
  const licence = inRoot('wasm/compact/licences/tinygo.txt').trim();
  return { name: `TinyGo ${tools.tinygo.slice(1)}`, where: [COMPACT], licence };
}

/** Where the file is. */
export const path = fileURLToPath(new URL('THIRD_PARTY_NOTICES', root));

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function go(args, env) {
  const options = { cwd: fileURLToPath(root), env: { ...process.env, GOFLAGS: '', ...env } };
  return execFileSync('go', args, options).toString().trim();
}

/** Returns the text of the licence in the folder of a Go module. @param {string} dir */
function licenceIn(dir) {
  const names = readdirSync(dir)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort();
  if (names.length === 0) {
    throw new Error(`no licence in ${dir}`);
  }
  return names.map((name) => readFileSync(`${dir}/${name}`, 'utf8').trim()).join('\n\n');
}

/** @returns {Part[]} */
function parts() {
  const goVersion = inRoot('go.mod').match(/^toolchain go(.+)$/m)?.[1];
  const builds = Object.keys(BUILDS);
  const where = [...builds, 'dist/wasm_exec.js', 'dist/go.js'];
  /** @type {Map<string, Part>} */
  const modules = new Map([
    ['', { name: `Go ${goVersion}`, where, licence: licenceIn(go(['env', 'GOROOT'])) }],
  ]);
  const format = '{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}';
  for (const [file, tags] of Object.entries(BUILDS)) {
    const list = go(['list', '-deps', `-tags=${tags}`, '-f', format, './wasm'], {
      GOOS: 'js',
      GOARCH: 'wasm',
    });
    for (const line of new Set(list.split('\n').filter((line) => line !== ''))) {
      const [module, version, dir] = line.split('\t');
      const part = modules.get(module) ?? {
        name: `${module} ${version}`,
        where: [],
        licence: licenceIn(dir),
      };
      part.where.push(file);
      modules.set(module, part);
    }
  }
  const { version } = JSON.parse(inRoot('node_modules/fflate/package.json'));
  const licence = inRoot('node_modules/fflate/LICENSE').trim();
  const fflate = {
    name: `fflate ${version}`,
    where: ['js/credentials/fflate.js', 'dist/node/all.cjs'],
    licence,
  };
  const asText = (/** @type {string} */ file) =>
    file === COMPACT ? [file, 'dist/fetchtoken-compact.js'] : [file];
  const all = [...modules.values(), tinygo(), fflate];
  return all.map((part) => ({ ...part, where: part.where.flatMap(asText) }));
}

/** Returns what the file must be. */
export function notices() {
  const line = '-'.repeat(80);
  const texts = parts().map(
    ({ name, where, licence }) =>
      `${line}\n${name}, in ${where.join(', ')}\n${line}\n\n${licence}\n`,
  );
  return `fetchtoken is under the licence in LICENSE. It hands on these works of ` +
    `others:\n\n${texts.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path, notices());
}
