// How js/ starts the module, and what becomes of a call when the module dies of it.

import assert from 'node:assert/strict';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { freshCopy } from '../support/fresh.js';
import { instances, kill } from '../support/instances.js';
import { systemsOf, withFault } from '../support/systems.js';
import { until } from '../support/until.js';

/** @typedef {Awaited<ReturnType<typeof freshCopy>>} Copy */

const MiB = 1024 * 1024;
const shipped = fileURLToPath(new URL('../../../dist/fetchtoken-lite.wasm', import.meta.url));

/** @type {Awaited<ReturnType<typeof startTokenServer>>} */
let server;
/** @type {ReturnType<typeof systemsOf>} */
let systems;
/** @type {Copy[]} */
const copies = [];
/** @type {unknown[]} */
const unhandled = [];

before(async () => {
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  server = await startTokenServer();
  systems = systemsOf(server);
});
afterEach(async () => {
  server.reset();
  await setImmediate();
  assert.deepEqual(unhandled, []);
});
after(() => Promise.all([server.close(), ...copies.map((copy) => copy.remove())]));

/** A copy of the package. Nothing of it is imported yet, and started() counts its instances: it is the only one that starts any. */
async function copyPackage() {
  const copy = await freshCopy();
  copies.push(copy);
  const others = instances.length;
  return { ...copy, started: () => instances.length - others };
}

/** @param {number} count @param {(config: any) => Promise<any>} call gets the configuration of one system after another */
function concurrently(count, call) {
  return Promise.all(Array.from({ length: count }, (_, i) => call(systems[i % systems.length].config)));
}

/** @param {{ access_token: string }[]} tokens */
function assertTokens(tokens) {
  for (const token of tokens) {
    assert.equal(typeof token.access_token, 'string');
  }
}

/** A client whose secret goes into the body. @type {import('../../types.js').Config} */
const GENERIC = { tokenEndpoint: 'https://idp.example.com/token', clientId: 'a', clientAuth: 'client_secret_post' };

/**
 * Gets a token without a server, which would not take a large request.
 *
 * @param {typeof import('../../node.js').fetchToken} fetchToken
 * @param {import('../../types.js').Config} config
 * @param {object} [answer]
 */
async function requestOf(fetchToken, config, answer = { access_token: 't', token_type: 'Bearer' }) {
  let body = '';
  const token = await fetchToken(config, {
    fetch: async (_, init) => {
      body = String(init?.body);
      return Response.json(answer);
    },
  });
  return { token, body };
}

/** The memory of the newest instance. */
function memory() {
  return /** @type {WebAssembly.Memory} */ (instances.at(-1)?.exports.mem).buffer;
}

/**
 * Has something done to the instances that start from now on before their next operations, when the message is written already.
 *
 * @param {number} count of the operations
 * @param {(instance: WebAssembly.Instance, imports: any) => void} interfere
 * @returns {() => void} to end it
 */
function beforeOperations(count, interfere) {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = /** @type {any} */ (async (/** @type {any} */ module, /** @type {any} */ imports) => {
    const instance = /** @type {any} */ (await instantiate(module, imports));
    const call = (/** @type {number} */ op, /** @type {number} */ length) => {
      if (count-- > 0) {
        interfere(instance, imports);
      }
      return instance.exports.call(op, length);
    };
    return Object.create(WebAssembly.Instance.prototype, { exports: { value: { ...instance.exports, call } } });
  });
  return () => {
    WebAssembly.instantiate = instantiate;
  };
}

/** Takes all the memory that Go could have grown into. @param {WebAssembly.Instance} instance @param {any} imports */
function exhaustMemory({ exports }, { gojs }) {
  const { mem } = /** @type {{ mem: WebAssembly.Memory }} */ (/** @type {unknown} */ (exports));
  mem.grow(65_536 - mem.buffer.byteLength / 65_536);
  gojs['runtime.resetMemoryDataView'](0); // wasm_exec.js must see that it has grown
}

/** Keeps what is printed from the terminal, and returns it when asked. @param {import('node:test').TestContext} t */
function listen(t) {
  const mocks = [t.mock.method(console, 'log', () => {}), t.mock.method(console, 'warn', () => {})];
  return () => mocks.flatMap(({ mock }) => mock.calls.map((call) => call.arguments.join(' '))).join('\n');
}

test('importing starts nothing; 50 concurrent calls start one instance', async () => {
  const copy = await copyPackage();
  const { fetchToken, ready } = await copy.load();
  assert.equal(copy.started(), 0);
  assertTokens(await concurrently(50, fetchToken));
  assert.equal(copy.started(), 1);
  await ready();
  assert.equal(copy.started(), 1);
});

test('ready() starts it once', async () => {
  const copy = await copyPackage();
  const { fetchToken, ready } = await copy.load();
  await Promise.all([ready(), ready(), ready()]);
  assert.equal(copy.started(), 1);
  assertTokens(await concurrently(5, fetchToken));
  assert.equal(copy.started(), 1);
});

for (const { what, spoil, cause } of [
  { what: 'is not there', spoil: () => {}, cause: /ENOENT/ },
  { what: 'is no module', spoil: (/** @type {string} */ path) => writeFile(path, '<!doctype html>'), cause: /CompileError/ },
  // The smallest module there is compiles, but is no Go program.
  { what: 'is another', spoil: (/** @type {string} */ path) => writeFile(path, Buffer.from('0061736d01000000', 'hex')), cause: /TypeError/ },
]) {
  test(`a .wasm that ${what} is loaded again by the next call`, async () => {
    const copy = await copyPackage();
    const { fetchToken, TokenError } = await copy.load();
    await rm(copy.wasm);
    await spoil(copy.wasm);
    await concurrently(5, (config) => assert.rejects(fetchToken(config), (error) => {
      assert.ok(error instanceof TokenError);
      assert.equal(error.code, 'module_failed');
      assert.match(String(error.cause), cause);
      return true;
    }));
    await rm(copy.wasm, { force: true });
    await symlink(shipped, copy.wasm);
    assertTokens(await concurrently(5, fetchToken));
    assert.equal(copy.started(), 1);
  });
}

test('50 requests that wait survive the death of the instance', { timeout: 60_000 }, async () => {
  const copy = await copyPackage();
  const { fetchToken } = await copy.load();
  let answered = 0;
  const { config } = systems[0]; // its requests are quick to sign, so that all of them are soon under way
  const waiting = concurrently(50, () => fetchToken(withFault(config, 'slow/4000')).finally(() => answered++));
  await until('every request has come in', () => server.requests.length === 50);
  kill();
  assert.equal(answered, 0, 'all of them wait as it dies');
  assertTokens(await waiting);
  assert.equal(copy.started(), 2);
});

test('the first call after the death of the instance gets a token', async () => {
  const copy = await copyPackage();
  const { fetchToken } = await copy.load();
  for (let deaths = 0; deaths < 3; deaths++) {
    assertTokens([await fetchToken(systems[0].config)]);
    kill();
  }
  assertTokens(await concurrently(50, fetchToken));
  assert.equal(copy.started(), 4);
});

test('an operation that the instance dies of is done again', async () => {
  const copy = await copyPackage();
  const { fetchToken } = await copy.load();
  const restore = beforeOperations(1, kill);
  assertTokens([await fetchToken(systems[0].config).finally(restore)]);
  assert.equal(copy.started(), 2);
});

test('an operation that every instance dies of is given up, and the next has a new one', async () => {
  const copy = await copyPackage();
  const { fetchToken, TokenError } = await copy.load();
  const restore = beforeOperations(2, kill);
  await assert.rejects(fetchToken(systems[0].config).finally(restore), (error) => error instanceof TokenError && error.code === 'internal');
  assert.equal(copy.started(), 2);
  assertTokens([await fetchToken(systems[0].config)]);
  assert.equal(copy.started(), 3);
});

test('an instance that Go itself ends is replaced', async (t) => {
  const copy = await copyPackage();
  const { fetchToken, ready } = await copy.load();
  await ready();
  const said = listen(t);
  // There is no such memory. Go says so and exits, and the export returns as if nothing had happened.
  /** @type {(size: number) => number} */ (instances.at(-1)?.exports.buffer)(0xffff_fff0);
  assert.match(said(), /exit code: 2/);
  assertTokens(await concurrently(10, fetchToken));
  assert.equal(copy.started(), 2);
});

test('an operation that Go ends in for want of memory is done again', async (t) => {
  const copy = await copyPackage();
  const { fetchToken } = await copy.load();
  const said = listen(t);
  const restore = beforeOperations(1, exhaustMemory);
  const clientSecret = 's'.repeat(8 * MiB);
  const { body } = await requestOf(fetchToken, { ...GENERIC, clientSecret }).finally(restore);
  assert.ok(new URLSearchParams(body).get('client_secret') === clientSecret);
  assert.match(said(), /exit code: 2/);
  assert.equal(copy.started(), 2);
});

test('no new globals', async () => {
  const copy = await copyPackage();
  const before = Object.getOwnPropertyNames(globalThis);
  const { fetchToken } = await copy.load();
  await fetchToken(systems[0].config);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name)), []);
});

test('large values grow the memory in the middle of a call', async () => {
  const copy = await copyPackage();
  const { fetchToken, ready } = await copy.load();
  await ready();
  const small = memory();
  const clientSecret = 'sécret&'.repeat(300_000); // 2.3 MiB
  const access_token = 'a'.repeat(900 * 1024);
  const { token, body } = await requestOf(fetchToken, { ...GENERIC, clientSecret }, { access_token, token_type: 'Bearer' });
  assert.ok(new URLSearchParams(body).get('client_secret') === clientSecret);
  assert.ok(token.access_token === access_token);
  assert.equal(copy.started(), 1);
  assert.ok(memory() !== small && memory().byteLength > small.byteLength + 2 * MiB);
  assertTokens([await fetchToken(systems[0].config)]);
  assert.equal(copy.started(), 1);
});
