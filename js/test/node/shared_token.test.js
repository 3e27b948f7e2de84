// What becomes of a token when the store that it is shared by fails in the middle, or somebody else is faster.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { clientsIn } from '../../client.js';
import { createClient } from '../../node.js';
import { sealerOf, storeKeyOf } from '../../seal.js';
import { kvStore } from '../../stores/kv.js';
import { memoryStore } from '../../stores/memory.js';

/** @typedef {import('../../types.js').TokenStore} TokenStore */

const config = { tokenEndpoint: 'https://as.example/token', clientId: 'client', clientSecret: 'a secret' };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A client with a store, the requests that it sends and what it says.
 *
 * @param {TokenStore} store
 * @param {{ lifetime?: number } & import('../../types.js').TokenClientOptions} [options] `lifetime` of the tokens, in seconds
 */
function clientOf(store, { lifetime = 3600, ...options } = {}) {
  const seen = { requests: 0, events: /** @type {string[]} */ ([]) };
  const fetch = async () => Response.json({ access_token: `token-${++seen.requests}`, expires_in: lifetime });
  const client = createClient(config, { store, fetch, onEvent: ({ type }) => seen.events.push(type), ...options });
  return Object.assign(seen, { client });
}

/** @param {Partial<TokenStore>} methods that differ from a store in memory */
const storeWith = (methods) => ({ ...memoryStore(), ...methods });
const down = () => Promise.reject(new Error('down'));
const never = () => new Promise(() => {});

test('a token that comes between the look into the store and the lease is taken, and the lease is freed', async () => {
  const store = memoryStore();
  const faster = clientOf(store);
  const slower = clientOf({
    ...store,
    async lease(key, ttl) {
      await faster.client.getToken();
      return store.lease(key, ttl);
    },
  });
  assert.equal(await slower.client.getToken().then(({ access_token }) => access_token), 'token-1');
  assert.deepEqual([faster.requests, slower.requests, slower.events], [1, 0, ['shared']]);
  await faster.client.getToken({ force: true }); // would wait for a lease that is left behind
  assert.deepEqual(faster.events, ['requested', 'renewed', 'requested', 'renewed']);
});

// min(10 s, the time-out of a request), and no longer than others can wait with the token that they have, min(60 s, 25 %), but 3 s in any case
for (const [lifetime, timeout, lease] of [[3600, 30_000, 10_000], [20, 30_000, 5000], [5, 30_000, 3000], [5, 1000, 1000]]) {
  test(`the lease for a token that lives ${lifetime} s, with requests of at most ${timeout} ms`, async () => {
    const leases = /** @type {number[]} */ ([]);
    const inner = memoryStore();
    const store = storeWith({ ...inner, lease: (key, ttl) => (leases.push(ttl), inner.lease(key, ttl)) });
    const now = Math.floor(Date.now() / 1000) * 1000; // an end is told in whole seconds
    const { client } = clientOf(store, { lifetime, timeout, clock: { now: () => now } });
    await client.getToken();
    await client.getToken({ force: true });
    assert.deepEqual(leases, [Math.min(10_000, timeout), lease]);
  });
}

test('a token that the store does not take is handed out and kept, and the lease is freed', async () => {
  for (const set of [down, async () => { throw new TypeError('mine'); }]) {
    const inner = memoryStore();
    const first = clientOf({ ...inner, set });
    assert.equal((await first.client.getToken()).access_token, 'token-1');
    assert.equal((await first.client.getToken()).access_token, 'token-1');
    assert.deepEqual([first.requests, first.events], [1, ['requested', 'renewed', 'store_failed']]);
    const second = clientOf(inner);
    await second.client.getToken();
    assert.deepEqual([second.requests, second.events], [1, ['requested', 'renewed']]);
  }
});

test('so with a write that Workers KV refuses', async () => {
  const namespace = { get: async () => null, put: () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests')), delete: async () => {} };
  const { client, events } = clientOf(kvStore(/** @type {any} */ (namespace)));
  assert.equal((await client.getToken()).access_token, 'token-1');
  assert.deepEqual(events, ['requested', 'renewed', 'store_failed']);
});

test('a lease that can not be freed fails nobody', async () => {
  const { client, events } = clientOf(storeWith({ lease: async () => ({ release: down }) }));
  assert.equal((await client.getToken()).access_token, 'token-1');
  assert.deepEqual(events, ['requested', 'renewed', 'store_failed']);
});

test('a token of the store that is due serves until its end, if nobody gets another', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await clientOf(store, { clock }).client.getToken();
  const failing = () => {
    const seen = clientOf(store, { clock });
    const fetch = async () => (seen.requests++, Response.json({ error: 'invalid_client' }, { status: 401 }));
    const client = createClient(config, { store, clock, fetch, onEvent: ({ type }) => seen.events.push(type) });
    return Object.assign(seen, { client });
  };
  now += 3_550_000;
  const late = failing();
  assert.equal((await late.client.getToken()).access_token, 'token-1');
  assert.equal((await late.client.getToken()).access_token, 'token-1');
  assert.deepEqual([late.requests, late.events], [1, ['requested', 'renewal_failed', 'shared']]);
  let attempts = 0;
  const down = createClient(config, {
    store, clock: { now: clock.now, sleep: async () => {} }, fetch: () => (attempts++, Promise.reject(new TypeError('fetch failed'))),
  });
  for (let i = 0; i < 10; i++) {
    assert.equal((await down.getToken()).access_token, 'token-1');
    await turn();
  }
  assert.equal(attempts, 3, 'and then it rests');
  const refusing = failing();
  refusing.client.invalidate({ access_token: 'token-1' });
  await assert.rejects(refusing.client.getToken(), { error: 'invalid_client' });
  now += 50_000;
  await assert.rejects(failing().client.getToken(), { error: 'invalid_client' });
  await assert.rejects(late.client.getToken(), { error: 'invalid_client' });
});

test('a token that another client would renew is not taken, so that not all come back for the next at the same moment', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await clientOf(store, { clock }).client.getToken();
  for (const [left, requests] of [[66_001, 0], [66_000, 1]]) { // the longest margin: a minute and a tenth
    now += 3_600_000 - left;
    const late = clientOf(store, { clock });
    await late.client.getToken();
    assert.equal(late.requests, requests, `${left}`);
    now -= 3_600_000 - left;
  }
});

test('who knows that its clock is off keeps a token in the store by the time of the server', async () => {
  const store = memoryStore();
  const now = Math.floor(Date.now() / 1000) * 1000;
  const ahead = 3_000_000; // the writer's clock
  const here = { provider: /** @type {const} */ ('here'), clientId: 'id', clientSecret: 'a secret', tokenEndpoint: 'https://written.example/oauth2/token' };
  const clientAt = (/** @type {number} */ time) => createClient(here, {
    store,
    clock: { now: () => time },
    fetch: async (_, init) => {
      const stamp = Number(/oauth_timestamp="(\d+)"/.exec(/** @type {any} */ (init).headers.Authorization)?.[1]) * 1000;
      return Math.abs(stamp - now) < 30_000
        ? Response.json({ access_token: 'token', expires_in: 3600 })
        : Response.json({ errorCode: 401204 }, { status: 401, headers: { date: new Date(now).toUTCString() } });
    },
  });
  assert.equal((await clientAt(now + ahead).getToken()).expires_at, (now + ahead) / 1000 + 3600, 'by its own clock');
  const key = await storeKeyOf(here);
  const { open } = await sealerOf(here, key);
  const { until, token } = /** @type {any} */ (await open(/** @type {string} */ (await store.get(key))));
  assert.deepEqual([until, token.expires_at], [now + 3_600_000, now / 1000 + 3600]);
  const taken = await clientAt(now + ahead).getToken();
  assert.equal(taken.expires_at, (now + ahead) / 1000 + 3600);
});

test('a token that was refused is not taken up again once the one after it is refused, too', async () => {
  const store = memoryStore();
  await clientOf(store).client.getToken();
  let issued = 1;
  const losing = { ...store, get: async (/** @type {string} */ key) => (issued === 1 ? store.get(key) : undefined), set: down };
  const client = createClient(config, {
    store: losing, clock: { now: Date.now, sleep: async () => {} },
    fetch: async () => (++issued === 2 ? Response.json({ access_token: 'token-2', expires_in: 3600 }) : new Response('', { status: 503 })),
  });
  for (const token of ['token-1', 'token-2']) {
    assert.equal((await client.getToken()).access_token, token);
    client.invalidate();
  }
  await assert.rejects(client.getToken(), { status: 503 });
});

test('what is no record of ours is replaced', async () => {
  for (const garbage of ['', '1', 'null', '{"token":{"access_token":"x"},"until":9e15,"margin":0}', `1.${'A'.repeat(16)}.${'A'.repeat(64)}`, null, 5, {}]) {
    let record = /** @type {any} */ (garbage);
    const store = storeWith({ get: async () => record, set: async (_, text) => void (record = text) });
    const first = clientOf(store);
    assert.equal((await first.client.getToken()).access_token, 'token-1', String(garbage));
    assert.deepEqual([first.requests, first.events], [1, ['requested', 'renewed']]);
    const second = clientOf(store);
    assert.deepEqual(await second.client.getToken(), await first.client.getToken());
    assert.deepEqual([second.requests, second.events], [0, ['shared']]);
  }
});

for (const method of /** @type {const} */ (['get', 'lease', 'set'])) {
  test(`a ${method} that never answers is given up after 2 s`, async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let called = false;
      const { client, events } = clientOf(storeWith({ [method]: () => ((called = true), never()) }));
      const token = client.getToken();
      while (!called) {
        await turn();
      }
      await turn();
      mock.timers.tick(1999);
      await turn();
      assert.ok(!events.includes('store_failed'));
      mock.timers.tick(1);
      assert.equal((await token).access_token, 'token-1');
      assert.deepEqual(events, method === 'set' ? ['requested', 'renewed', 'store_failed'] : ['store_failed', 'requested', 'renewed']);
    } finally {
      mock.timers.reset();
    }
  });
}

test('a lease that comes when nobody waits for it any more is freed', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    /** @type {((lease: import('../../types.js').TokenLease) => void) | undefined} */
    let grant;
    const { client } = clientOf(storeWith({ lease: () => new Promise((resolve) => (grant = resolve)) }));
    const token = client.getToken();
    while (grant === undefined) {
      await turn();
    }
    await turn();
    mock.timers.tick(2000);
    await token;
    await new Promise((resolve) => grant?.({ release: async () => resolve(undefined) }));
  } finally {
    mock.timers.reset();
  }
});

test('who takes over from a request that is gone has its lease', async () => {
  clientsIn({ requestsEnd: true });
  const { setInterval } = globalThis;
  try {
    const store = memoryStore();
    let requests = 0;
    let waits = 0;
    const { client, events } = clientOf(store, {
      fetch: () => (++requests === 1 ? /** @type {Promise<Response>} */ (never()) : Promise.resolve(Response.json({ access_token: 'x', expires_in: 3600 }))),
      clock: { now: Date.now, sleep: async () => void waits++ },
      timeout: 5000,
    });
    globalThis.setInterval = /** @type {any} */ (() => 0); // the timers of the first caller never run
    client.getToken();
    while (requests === 0) {
      await turn();
    }
    globalThis.setInterval = setInterval;
    assert.equal((await client.getToken()).access_token, 'x');
    assert.deepEqual([events, waits], [['requested', 'requested', 'renewed'], 0]);
  } finally {
    globalThis.setInterval = setInterval;
    clientsIn({ requestsEnd: false });
  }
});
