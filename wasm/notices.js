// Makes THIRD_PARTY_NOTICES, the licences of foreign works in this package's modules and beside
// them, and sbom.cdx.json, the same as data (CycloneDX 1.6). Run it, and commit its output, when a
// dependency or the version changes; notices.test.js compares.
//
//   node wasm/notices.js

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ name: string, purl: string, where: string[], licence: string }} Part a foreign work,
 *   its package URL (purl), and the files that contain it
 */

const root = new URL('../', import.meta.url);
const inRoot = (/** @type {string} */ name) => readFileSync(new URL(name, root), 'utf8');

/** The modules, each with the tags that it is built with: see the Makefile. */
const COMPACT = 'dist/fetchtoken-compact.wasm';
const BUILDS = { 'dist/fetchtoken.wasm': '', [COMPACT]: 'compact' };

/**
 * Returns the tools that built the compact module, from its record.
 *
 * @returns {Record<string, string>}
 */
const compactTools = () => JSON.parse(inRoot('wasm/compact/record.json')).tools;

/**
 * The parts of TinyGo in the compact module. The licence is beside the record, because TinyGo isn't
 * installed here. No C library and no compiler-rt is linked: target.json names none.
 *
 * @returns {Part}
 */
function tinygo() {
  const version = compactTools().tinygo;
  return {
    name: `TinyGo ${version.slice(1)}`,
    purl: `pkg:golang/github.com/tinygo-org/tinygo@${version}`,
    where: [COMPACT],
    licence: inRoot('wasm/compact/licences/tinygo.txt').trim(),
  };
}

/**
 * Go's runtime and standard library. Its licence is the same in all versions.
 *
 * @param {string} version
 * @param {string[]} where
 * @returns {Part}
 */
const standard = (version, where) => ({
  name: `Go ${version}`,
  purl: `pkg:golang/std@${version}`,
  where,
  licence: licenceIn(go(['env', 'GOROOT'])),
});

/** The folders of the files. */
export const path = fileURLToPath(new URL('THIRD_PARTY_NOTICES', root));
export const sbomPath = fileURLToPath(new URL('sbom.cdx.json', root));

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
  const goVersion = inRoot('go.mod').match(/^toolchain go(.+)$/m)?.[1] ?? '';
  const compactGo = compactTools().go.replace(/^go/, '');
  /** @type {Map<string, Part>} */
  const modules = new Map();
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
        purl: `pkg:golang/${module}@${version}`,
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
    purl: `pkg:npm/fflate@${version}`,
    where: ['js/credentials/fflate.js', 'dist/node/all.cjs'],
    licence,
  };
  const asText = (/** @type {string} */ file) =>
    file === COMPACT ? [file, 'dist/fetchtoken-compact.js'] : [file];
  const all = [
    standard(goVersion, ['dist/fetchtoken.wasm', 'dist/wasm_exec.js', 'dist/go.js']),
    standard(compactGo, [COMPACT]),
    ...modules.values(),
    tinygo(),
    fflate,
  ];
  return all.map((part) => ({ ...part, where: part.where.flatMap(asText) }));
}

/** Returns the expected text of the file. */
export function notices() {
  const line = '-'.repeat(80);
  const texts = parts().map(
    ({ name, where, licence }) =>
      `${line}\n${name}, in ${where.join(', ')}\n${line}\n\n${licence}\n`,
  );
  return `fetchtoken is under the licence in LICENSE. It hands on these works of ` +
    `others:\n\n${texts.join('\n')}`;
}

/** Returns the name that SPDX has for a licence. @param {string} text @param {string} name */
function spdxOf(text, name) {
  if (text.includes('Permission is hereby granted, free of charge')) {
    return 'MIT';
  }
  if (/Redistribution and use in source and binary\s+forms/.test(text) &&
    /Neither the name/.test(text)) {
    return 'BSD-3-Clause';
  }
  throw new Error(`the licence of ${name} is none that is known here`);
}

/**
 * Returns the SBOM: the package, its components, and the tools that built the compact module. It
 * has no date and no serial number, so that the same sources make the same file.
 */
export function sbom() {
  const { name, version, license } = JSON.parse(inRoot('package.json'));
  const purl = `pkg:npm/${name}@${version}`;
  const components = parts().map((part) => ({
    type: 'library',
    'bom-ref': part.purl,
    name: part.name.replace(/ \S+$/, ''),
    version: part.name.replace(/^.* /, ''),
    purl: part.purl,
    licenses: [{ license: { id: spdxOf(part.licence, part.name) } }],
    properties: part.where.map((file) => ({ name: 'fetchtoken:file', value: file })),
  }));
  const tools = Object.entries(compactTools()).map(([tool, version]) => ({
    type: 'application',
    name: tool,
    version,
  }));
  const component = { type: 'library', 'bom-ref': purl, name, version, purl };
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: tools },
      component: { ...component, licenses: [{ license: { id: license } }] },
    },
    components,
    dependencies: [{ ref: purl, dependsOn: components.map((part) => part.purl) }],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path, notices());
  writeFileSync(sbomPath, sbom());
}
