// How js/ starts the module, and what becomes of a call when the module dies of it.

import assert from 'node:assert/strict';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { freshCopy } from '../support/fresh.js';
import { instances, kill, memoryOf } from '../support/instances.js';
import { systemsOf, withFault } from '../support/systems.js';
import { until } from '../support/until.js';
import { NEXT, fieldsOf } from '../../module/wire.js';

/** @typedef {Awaited<ReturnType<typeof freshCopy>>} Copy */

const MiB = 1024 * 1024;
const shipped = fileURLToPath(new URL('../../../dist/fetchtoken-compact.wasm', import.meta.url));

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

/**
 * A copy of the package. Nothing of it is imported yet, and started() counts its instances: it is
 * the only one that starts any.
 */
async function copyPackage() {
  const copy = await freshCopy();
  copies.push(copy);
  const others = instances.length;
  return { ...copy, started: () => instances.length - others };
}

/**
 * @param {number} count
 * @param {(config: any) => Promise<any>} call gets the configuration of one system after another
 */
function concurrently(count, call) {
  return Promise.all(
    Array.from({ length: count }, (_, i) => call(systems[i % systems.length].config)),
  );
}

/** @param {{ access_token: string }[]} tokens */
function assertTokens(tokens) {
  for (const token of tokens) {
    assert.equal(typeof token.access_token, 'string');
  }
}

/** A client whose secret goes into the body. @type {import('../../types.js').Config} */
const GENERIC = {
  tokenEndpoint: 'https://idp.example.com/token',
  clientId: 'a',
  clientAuth: 'client_secret_post',
};

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
const memory = () => memoryOf().buffer;

/**
 * Has something done to the instances that start from now on before their next operations, when the
 * message is written already.
 *
 * @param {number} count of the operations
 * @param {(instance: WebAssembly.Instance) => void} interfere
 * @returns {() => void} to end it
 */
function beforeOperations(count, interfere) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = /** @type {any} */ (function (/** @type {WebAssembly.Module} */ module) {
    const instance = /** @type {any} */ (new Instance(module));
    const call = (/** @type {number} */ op, /** @type {number} */ length) => {
      if (count-- > 0) {
        interfere(instance);
      }
      return instance.exports.call(op, length);
    };
    return { exports: { ...instance.exports, call } };
  });
  return () => {
    WebAssembly.Instance = Instance;
  };
}

/**
 * Takes all the memory that an instance could have grown into.
 *
 * @param {WebAssembly.Instance} instance
 */
function exhaustMemory(instance) {
  const memory = memoryOf(instance);
  memory.grow(65_536 - memory.buffer.byteLength / 65_536);
}

/**
 * Calls it at every depth of the stack, from the deepest on. Nothing that it throws comes out.
 *
 * @param {() => void} call
 */
function atEveryDepth(call) {
  try {
    atEveryDepth(call);
  } catch {
    // no deeper
  }
  try {
    call();
  } catch {
    // too deep for it
  }
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
  {
    what: 'is no module',
    spoil: (/** @type {string} */ path) => writeFile(path, '<!doctype html>'),
    cause: /CompileError/,
  },
  // The smallest module there is compiles, but exports nothing.
  {
    what: 'is another',
    spoil: (/** @type {string} */ path) => writeFile(path, Buffer.from('0061736d01000000', 'hex')),
    cause: /TypeError/,
  },
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
  // its requests are quick to sign, so that all of them are soon under way
  const { config } = systems[0];
  const waiting = concurrently(50, () =>
    fetchToken(withFault(config, 'slow/4000')).finally(() => answered++),
  );
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
  await assert.rejects(
    fetchToken(systems[0].config).finally(restore),
    (error) => error instanceof TokenError && error.code === 'internal',
  );
  assert.equal(copy.started(), 2);
  assertTokens([await fetchToken(systems[0].config)]);
  assert.equal(copy.started(), 3);
});

test('an operation that ends for want of memory is done again', async () => {
  const copy = await copyPackage();
  const { fetchToken } = await copy.load();
  const restore = beforeOperations(1, exhaustMemory);
  const clientSecret = 's'.repeat(8 * MiB);
  const { body } = await requestOf(fetchToken, { ...GENERIC, clientSecret }).finally(restore);
  assert.ok(new URLSearchParams(body).get('client_secret') === clientSecret);
  assert.ok(copy.started() >= 2, String(copy.started()));
});

test('a call that finds no stack left leaves an instance that works', async () => {
  const copy = await copyPackage();
  const { performNow } = await copy.load();
  const body = JSON.stringify({
    access_token: 'a',
    token_type: 'Bearer',
    deep: JSON.parse('['.repeat(60) + ']'.repeat(60)),
  });
  const begin = [
    ...fieldsOf('config', { ...GENERIC, clientSecret: 's' }),
    'a',
    'now',
    '1',
    'a',
    'random',
    new Uint8Array(21),
  ];
  const { state } = performNow(NEXT, () => begin).values;
  const fields = [...begin, 'a', 'state', state, 'a', 'status', '200', 'a', 'body', body];
  const parse = () => performNow(NEXT, () => fields).values.token;
  const want = parse();
  const before = copy.started();
  atEveryDepth(parse);
  assert.ok(copy.started() > before, 'an instance has died of it');
  assert.equal(parse(), want);
});

test('no new globals', async () => {
  const copy = await copyPackage();
  const before = Object.getOwnPropertyNames(globalThis);
  const { fetchToken } = await copy.load();
  await fetchToken(systems[0].config);
  assert.deepEqual(
    Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name)),
    [],
  );
});

test('large values grow the memory in the middle of a call', async () => {
  const copy = await copyPackage();
  const { fetchToken, ready } = await copy.load();
  await ready();
  const small = memory();
  const clientSecret = 'sécret&'.repeat(300_000); // 2.3 MiB
  const access_token = 'a'.repeat(900 * 1024);
  const { token, body } = await requestOf(
    fetchToken,
    { ...GENERIC, clientSecret },
    { access_token, token_type: 'Bearer' },
  );
  assert.ok(new URLSearchParams(body).get('client_secret') === clientSecret);
  assert.ok(token.access_token === access_token);
  assert.ok(memory() !== small && memory().byteLength > small.byteLength + 2 * MiB);
  const grown = copy.started();
  assertTokens([await fetchToken(systems[0].config)]);
  assert.equal(copy.started(), grown + 1, 'an instance that has grown so much is replaced');
  assert.ok(memory().byteLength <= 4 * MiB);
  assertTokens([await fetchToken(systems[0].config)]);
  assert.equal(copy.started(), grown + 1);
});
