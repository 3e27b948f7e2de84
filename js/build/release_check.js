// Checks the conditions of a release, and prints the result of each. It ends with status 0 if none
// failed.
//
//   node js/build/release_check.js [vX.Y.Z] the tag of the release

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { auditOf, versionsOf, vulnerabilitiesOf } from './release.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ name) => readFileSync(root + name, 'utf8');
const GOVULNCHECK = 'golang.org/x/vuln/cmd/govulncheck@v1.9.0';

/** @typedef {import('./release.js').Answer} Answer */

/** @type {[what: string, check: () => Answer | Promise<Answer>][]} */
const CHECKS = [
  ['the version is one, and CHANGELOG.md has it', () => ({ wrong: versions() })],
  ['the compact module comes out of the sources', () => passes('make', ['compact-check'])],
  [
    'licences, SBOM, list and size of the tarball, publint, attw',
    () => passes(process.execPath, [
      '--test',
      'js/test/notices.test.js',
      'js/test/package.test.js',
      'js/test/types.test.js',
    ]),
  ],
  [
    'the modules are within their budget',
    () => passes(process.execPath, ['wasm/size.js', '--check']),
  ],
  ['govulncheck knows nothing of the Go code', govulncheck],
  ['npm audit knows nothing of the npm packages', npmAudit],
];

let failed = 0;
for (const [what, check] of CHECKS) {
  const { wrong, away } = await check();
  failed += wrong.length === 0 ? 0 : 1;
  const verdict = wrong.length > 0 ? 'FAIL' : away === undefined ? 'ok  ' : 'not reachable';
  console.log([`${verdict} ${what}`, ...wrong, ...(away === undefined ? [] : [away])].join('\n  '));
}
console.log(failed === 0 ? 'nothing failed' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function versions() {
  const docs = readdirSync(`${root}docs`).filter((name) => name.endsWith('.md'));
  return versionsOf({
    tag: process.argv[2],
    manifest: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    sbom: JSON.parse(read('sbom.cdx.json')),
    changelog: read('CHANGELOG.md'),
    pages: Object.fromEntries(
      ['README.md', ...docs.map((name) => `docs/${name}`)].map((name) => [name, read(name)]),
    ),
  });
}

/**
 * Runs a command, and returns its exit status and its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ status: number | null, stdout: string, stderr: string }>}
 */
function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', (error) => resolve({ status: null, stdout, stderr: String(error) }));
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** @param {string} command @param {string[]} args @returns {Promise<Answer>} */
async function passes(command, args) {
  const { status, stdout, stderr } = await run(command, args);
  return { wrong: status === 0 ? [] : [`${stdout}${stderr}`.trim()] };
}

async function govulncheck() {
  const GOBIN = `${root}node_modules/.bin`;
  const installed = await run('go', ['install', GOVULNCHECK], { GOBIN });
  return installed.status === 0
    ? vulnerabilitiesOf(await run(`${GOBIN}/govulncheck`, ['./...']))
    : { wrong: [], away: `${GOVULNCHECK}: ${installed.stderr.trim()}` };
}

async function npmAudit() {
  return auditOf(await run('npm', ['audit', '--json']));
}
