// What checks options at once, while the module is asleep (js/lib/options.js), and the module give
// one answer. The table of hosts is that of TestLoopback in core/oauth1.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import {
  createClient, createClients, explain, fetchToken, loadCredentials, TokenError,
} from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const config = /** @type {const} */ ({
  tokenEndpoint: 'https://tokens.test/token',
  clientId: 'an-id',
  clientSecret: 'a-secret',
});

/** Answers with a token. */
const fetch = async () => Response.json({ access_token: 'a', token_type: 'Bearer' });

/**
 * Returns the message of a refusal; undefined if there is none, whatever became of the call.
 *
 * @param {() => unknown} call
 */
async function refusalOf(call) {
  try {
    await call();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error));
    return error.code === 'invalid_config' ? error.message : undefined;
  }
}

/** @param {object} options */
const byModule = (options) =>
  refusalOf(() => fetchToken(config, /** @type {any} */ ({ fetch, ...options })));
/** @param {object} options */
const byClient = (options) => refusalOf(() => createClient(config, /** @type {any} */ (options)));

suite('options are the same for whoever checks them', () => {
  test('the limits of a number', async () => {
    for (const name of ['timeout', 'maxBody']) {
      const most = { timeout: 2 ** 31 - 1, maxBody: 2 ** 30 }[name] ?? 0;
      for (const value of [0, 1, 1.5, -1, most, most + 1, NaN, Infinity, '1', null, true, 1n]) {
        const options = { [name]: value };
        const [module, client] = [await byModule(options), await byClient(options)];
        assert.equal(client === undefined, value === 1 || value === most, `${name}: ${value}`);
        assert.equal(client, module);
      }
    }
  });

  test('an unknown name: which one was meant, and nothing that may be a secret', async () => {
    const meant = { time_out: 'timeout', maxbody: 'maxBody', fetchh: 'fetch', clok: 'clock' };
    for (const [name, near] of Object.entries(meant)) {
      const expected = `unknown option ${JSON.stringify(name)}: did you mean ${near}?`;
      const options = /** @type {any} */ ({ [name]: 1 });
      assert.equal(await byModule(options), expected);
      assert.equal(await byClient(options), expected);
    }
    for (const call of [
      (/** @type {any} */ o) => explain(config, o),
      (/** @type {any} */ o) => loadCredentials('', o),
      (/** @type {any} */ o) => createClient(config).getToken(o),
      (/** @type {any} */ o) => memoryStore(o),
      (/** @type {any} */ o) => fetchToken(config, o),
    ]) {
      const shown = await refusalOf(() => call({ 'nothing-like-it': 1 }));
      assert.match(String(shown), /^unknown option "nothing-like-it": known are \w+/);
      const secret = await refusalOf(() => call({ client_secret_XyZ1: 1 }));
      assert.match(String(secret), /^unknown option: known are \w+/);
    }
  });

  test('which hosts are this machine', async () => {
    for (const [origin, isHere] of Object.entries({
      'http://localhost': true, 'http://localhost:8080': true, 'http://127.0.0.1': true,
      'http://127.255.0.9:81': true, 'http://[::1]': true, 'http://[::1]:82': true,
      'http://a.localhost': false, 'http://evil.localhost:81': false,
      'http://localhost.example': false, 'http://127.example.com': false,
      'http://notlocalhost': false, 'http://10.0.0.1': false, 'http://128.0.0.1': false,
    })) {
      const endpoint = { ...config, tokenEndpoint: `${origin}/token` };
      assert.equal((await refusalOf(() => explain(endpoint))) === undefined, isHere, origin);
      assert.equal((await byClient({ origins: [origin] })) === undefined, isHere, origin);
    }
  });
});

test('an object that has no members of its own is no options and no configuration', async () => {
  const { signal } = new AbortController();
  const client = createClient(config, { fetch });
  /** @type {[() => unknown, string][]} */
  const rows = [
    [() => client.getToken(/** @type {any} */ (signal)), 'options must be an object, not an AbortSignal'],
    [() => fetchToken(config, /** @type {any} */ (signal)), 'options must be an object, not an AbortSignal'],
    [() => createClient(config, /** @type {any} */ (new Map())), 'options must be an object, not a Map'],
    [() => fetchToken(/** @type {any} */ (new Map())), 'config must be an object, not a Map'],
    [() => explain(/** @type {any} */ (new Headers())), 'config must be an object, not a Headers'],
    [() => createClients(() => config, /** @type {any} */ (null)), 'options must be an object, not null'],
    [
      () => createClients(() => config, /** @type {any} */ ({ maxClient: 1 })),
      'unknown option "maxClient": did you mean maxClients?',
    ],
  ];
  for (const [call, message] of rows) {
    assert.equal(await refusalOf(call), message);
  }
  class Settings {
    fetch = fetch;
    get [Symbol.toStringTag]() {
      return 'Settings';
    }
  }
  assert.equal((await fetchToken(config, new Settings())).access_token, 'a');
});

test('invalidate takes a token, not its text', async () => {
  const client = createClient(config, { fetch });
  const token = await client.getToken();
  const message = 'invalidate takes a token as getToken returns it, or nothing for all tokens';
  for (const wrong of /** @type {any[]} */ ([token.access_token, {}, null])) {
    assert.equal(await refusalOf(() => client.invalidate(wrong)), message);
  }
  await client.invalidate(token);
});

test('the methods of createClients work without their object', async () => {
  const { get, close } = createClients(() => config, { fetch });
  assert.equal((await get('a').getToken()).access_token, 'a');
  await close();
  assert.throws(() => get('a'), { code: 'closed' });
});

test('a store may answer at once, without a promise', { timeout: 10_000 }, async () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  /** @type {string[]} */
  const failed = [];
  let requests = 0;
  const store = /** @type {any} */ ({
    get: (/** @type {string} */ key) => kept.get(key),
    set: (/** @type {string} */ key, /** @type {string} */ record) => void kept.set(key, record),
    delete: (/** @type {string} */ key) => void kept.delete(key),
    lease: () => ({ release() {} }),
  });
  const own = {
    store,
    fetch: async () => Response.json({ access_token: `a-${++requests}`, token_type: 'Bearer' }),
    onEvent: (/** @type {any} */ { type, error }) => {
      if (type === 'store_failed') {
        failed.push(error.message);
      }
    },
  };
  const first = createClient(config, own);
  assert.equal((await first.getToken()).access_token, 'a-1');
  await first.close(); // waits for the store
  assert.equal((await createClient(config, own).getToken()).access_token, 'a-1');
  assert.deepEqual(failed, []);
});

test('a store may say null for nothing, and null or false for a lease that another client holds', async () => {
  for (const held of [null, false, undefined]) {
    /** @type {Map<string, string>} */
    const kept = new Map();
    /** @type {string[]} */
    const events = [];
    let [requests, leases] = [0, 0];
    const other = createClient(config, {
      fetch, store: /** @type {any} */ ({
        get: async () => null,
        set: async (/** @type {string} */ key, /** @type {string} */ record) => void kept.set(key, record),
        delete: async () => {},
      }),
    });
    const client = createClient(config, {
      fetch: async () => {
        requests++;
        return fetch();
      },
      store: /** @type {any} */ ({
        get: async (/** @type {string} */ key) => kept.get(key) ?? null,
        set: async () => {},
        delete: async (/** @type {string} */ key) => void kept.delete(key),
        async lease() {
          if (leases++ === 0) {
            await other.getToken(); // the holder gets the token, and writes it
            await other.close();
          }
          return held;
        },
      }),
      onEvent: ({ type }) => void events.push(type),
    });
    const token = await client.getToken();
    assert.deepEqual([token.access_token, requests, leases, events], ['a', 0, 1, ['shared']]);
    await client.invalidate(token);
    assert.deepEqual([kept.size, events.slice(1)], [0, ['invalidated']], String(held));
  }
});

test('a clock that tells no time is named, and nothing is sent', async () => {
  let requests = 0;
  for (const now of [() => NaN, () => new Date(), () => '5', async () => 5, () => undefined]) {
    const client = createClient(config, {
      clock: { now: /** @type {any} */ (now) },
      fetch: async () => {
        requests++;
        return fetch();
      },
    });
    await assert.rejects(client.getToken(), {
      code: 'invalid_config',
      message: 'options.clock must be an object with a function now, which returns milliseconds ' +
        'since the epoch',
    });
  }
  assert.equal(requests, 0);
});
