// What becomes of a token when the store that it is shared by fails in the middle, or somebody else
// is faster.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { clientsIn } from '../../client/runtime.js';
import { createClient } from '../../node.js';
import { sealerOf, storeKeyOf } from '../support/sealing.js';
import { kvStore } from '../../stores/kv.js';
import { memoryStore } from '../../stores/memory.js';

/** @typedef {import('../../types.js').TokenStore} TokenStore */

const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A client with a store, the requests that it sends and what it says.
 *
 * @param {TokenStore} store
 * @param {{ lifetime?: number } & import('../../types.js').TokenClientOptions} [options] `lifetime`
 *   of the tokens, in seconds
 */
function clientOf(store, { lifetime = 3600, ...options } = {}) {
  const seen = { requests: 0, events: /** @type {string[]} */ ([]) };
  const fetch = async () =>
    Response.json({ access_token: `token-${++seen.requests}`, expires_in: lifetime });
  const client = createClient(config, {
    store,
    fetch,
    onEvent: ({ type }) => seen.events.push(type),
    ...options,
  });
  return Object.assign(seen, { client });
}

/**
 * Returns the client's token once it is in the store, or could not be put there.
 *
 * @param {import('../../types.js').TokenClient} client
 */
const written = async (client) => (await /** @type {any} */ (client).record()).token;

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

// min(10 s, the time-out of a request), and no longer than others can wait with the token that they
// have, min(60 s, 25 %), but 3 s in any case
for (const [lifetime, timeout, lease] of [
  [3600, 30_000, 10_000],
  [20, 30_000, 5000],
  [5, 30_000, 3000],
  [5, 1000, 1000],
]) {
  test(`the lease for a token that lives ${lifetime} s, with requests of at most ${timeout} ms`, async () => {
    const leases = /** @type {number[]} */ ([]);
    const inner = memoryStore();
    const store = storeWith({
      ...inner,
      lease: (key, ttl) => (leases.push(ttl), inner.lease(key, ttl)),
    });
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
    assert.equal((await written(first.client)).access_token, 'token-1');
    assert.deepEqual([first.requests, first.events], [1, ['requested', 'renewed', 'store_failed']]);
    const second = clientOf(inner);
    await second.client.getToken();
    assert.deepEqual([second.requests, second.events], [1, ['requested', 'renewed']]);
  }
});

test('so with a write that Workers KV refuses', async () => {
  const namespace = {
    get: async () => null,
    put: () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests')),
    delete: async () => {},
  };
  const { client, events } = clientOf(kvStore(/** @type {any} */ (namespace)));
  assert.equal((await written(client)).access_token, 'token-1');
  assert.deepEqual(events, ['requested', 'renewed', 'store_failed']);
});

test('a lease that can not be freed fails nobody', async () => {
  const { client, events } = clientOf(storeWith({ lease: async () => ({ release: down }) }));
  assert.equal((await written(client)).access_token, 'token-1');
  assert.deepEqual(events, ['requested', 'renewed', 'store_failed']);
});

test('a token of the store that is due serves until its end, if nobody gets another', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await clientOf(store, { clock }).client.getToken();
  const failing = () => {
    const seen = clientOf(store, { clock });
    const fetch = async () => (
      seen.requests++,
      Response.json({ error: 'invalid_client' }, { status: 401 })
    );
    const client = createClient(config, {
      store,
      clock,
      fetch,
      onEvent: ({ type }) => seen.events.push(type),
    });
    return Object.assign(seen, { client });
  };
  now += 3_550_000;
  const late = failing();
  assert.equal((await late.client.getToken()).access_token, 'token-1');
  assert.equal((await late.client.getToken()).access_token, 'token-1');
  const events = ['requested', 'request_failed', 'renewal_failed', 'shared'];
  assert.deepEqual([late.requests, late.events], [1, events]);
  let attempts = 0;
  now += 30_000; // for so long the refusal is known by the store
  const down = createClient(config, {
    store,
    clock: { now: clock.now, sleep: async () => {} },
    fetch: () => (attempts++, Promise.reject(new TypeError('fetch failed'))),
  });
  for (let i = 0; i < 10; i++) {
    assert.equal((await down.getToken()).access_token, 'token-1');
    await turn();
  }
  assert.equal(attempts, 3, 'and then it rests');
  const refusing = failing();
  refusing.client.invalidate({ access_token: 'token-1' });
  await assert.rejects(refusing.client.getToken(), { error: 'invalid_client' });
  now += 20_000;
  await assert.rejects(failing().client.getToken(), { error: 'invalid_client' });
  await assert.rejects(late.client.getToken(), { error: 'invalid_client' });
});

test('a token that another client would renew is not taken, so that not all come back for the next at the same moment', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await clientOf(store, { clock }).client.getToken();
  for (const [left, requests] of [[66_001, 0], [66_000, 1]]) {
    // the longest margin: a minute and a tenth
    now += 3_600_000 - left;
    const late = clientOf(store, { clock });
    await late.client.getToken();
    assert.equal(late.requests, requests, `${left}`);
    now -= 3_600_000 - left;
  }
});

test('a lifetime in a store is what is left by the clock of whoever reads it, and never longer than expires_in', async () => {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const year = 365 * 86_400_000;
  for (const ahead of [-year, -300_000, 0, 300_000, year]) { // the clock of who writes
    const inner = memoryStore();
    let set = 0;
    let elapsed = 0;
    /** Counts by its own clock what is left of a record. */
    const telling = storeWith({
      ...inner,
      set: (key, record, ttl) => ((set = ttl), inner.set(key, record, ttl)),
      find: async (key) => {
        const record = await inner.get(key);
        return record === undefined ? undefined : { record, left: set - elapsed };
      },
    });
    for (const [store, left] of /** @type {[TokenStore, number][]} */ ([
      [telling, 2_400_000],
      [inner, 3_600_000],
    ])) {
      elapsed = 0;
      await clientOf(telling, { clock: { now: () => now + ahead } }).client.getToken({
        force: true,
      });
      elapsed = 1_200_000;
      let time = now + elapsed;
      const reader = clientOf(store, { clock: { now: () => time } });
      const token = await reader.client.getToken();
      const end = Number(token.expires_at) * 1000;
      assert.ok(end <= time + left, `${ahead}: ${end - time}`);
      if (store === telling) {
        assert.equal(reader.requests, 0, `${ahead}: it is taken`);
        elapsed = 3_600_000;
        time = now + elapsed;
        await reader.client.getToken();
        assert.equal(reader.requests, 1, `${ahead}: not served after its end`);
      }
    }
  }
});

test('a record of a time that is still to come is not taken, for its age is not known', async () => {
  const start = Math.floor(Date.now() / 1000) * 1000;
  const day = 86_400_000;
  for (const lifetime of [3600, undefined]) {
    for (const [ahead, isTaken] of /** @type {[number, boolean][]} */ ([
      [300_000, true],
      [301_000, false],
      [365 * day, false],
    ])) {
      const records = new Map(); // which counts nothing
      const store = {
        get: async (/** @type {string} */ key) => records.get(key),
        delete: async () => {},
        set: async (/** @type {string} */ key, /** @type {string} */ record) =>
          void records.set(key, record),
      };
      const fetch = async () =>
        Response.json({ access_token: 'of the future', ...(lifetime && { expires_in: lifetime }) });
      await createClient(config, { store, fetch, clock: { now: () => start + ahead } }).getToken();
      const [key] = records.keys();
      const writtenAhead = records.get(key);
      let now = start;
      const reader = clientOf(store, { clock: { now: () => now } });
      const first = await reader.client.getToken();
      assert.equal(first.access_token === 'of the future', isTaken, `${ahead}`);
      for (now = start + day; now < start + 3 * day; now += day) {
        // neither by a client that has run all the time, nor by a new one
        records.set(key, writtenAhead);
        const fresh = clientOf(store, { clock: { now: () => now } });
        assert.notEqual(
          (await reader.client.getToken()).access_token,
          'of the future',
          `${ahead}, after ${now - start}`,
        );
        records.set(key, writtenAhead);
        assert.notEqual(
          (await fresh.client.getToken()).access_token,
          'of the future',
          `${ahead}, after ${now - start}`,
        );
      }
    }
  }
});

test('a refusal of a time that is still to come keeps nobody from asking', async () => {
  const store = memoryStore();
  const now = Date.now();
  const refuse = async () => Response.json({ error: 'invalid_client' }, { status: 401 });
  const year = 365 * 86_400_000;
  await assert.rejects(
    createClient(config, { store, fetch: refuse, clock: { now: () => now + year } }).getToken(),
    { code: 'error_response' },
  );
  const reader = clientOf(store, { clock: { now: () => now } });
  assert.equal((await reader.client.getToken()).access_token, 'token-1');
});

test('where a clock is set back while a renewal fails, the token of the store does not outlive its end', async () => {
  const store = memoryStore();
  const start = Math.floor(Date.now() / 1000) * 1000;
  let now = start;
  await clientOf(store, { clock: { now: () => now } }).client.getToken();
  const clock = { now: () => now, sleep: async () => {} };
  const client = createClient(config, {
    store,
    clock,
    fetch: async () => new Response('', { status: 503 }),
  });
  assert.equal((await client.getToken()).access_token, 'token-1');
  now = start - 86_400_000; // as old as before, or older
  await assert.rejects(client.getToken(), { code: 'http_error' });
});

test('an offset of the clock is in no record', async () => {
  const store = memoryStore();
  const now = Math.floor(Date.now() / 1000) * 1000;
  const here = {
    provider: /** @type {const} */ ('here'),
    clientId: 'id',
    clientSecret: 'a secret',
    tokenEndpoint: 'https://written.example/oauth2/token',
  };
  let requests = 0;
  const client = createClient(here, {
    store,
    clock: { now: () => now },
    fetch: async () =>
      ++requests === 1
        ? Response.json(
            { errorCode: 401204 },
            { status: 401, headers: { date: new Date(now + 3_600_000).toUTCString() } },
          )
        : Response.json({ access_token: 'token', expires_in: 3600 }),
  });
  await client.getToken();
  await client.close(); // it has written then
  const key = await storeKeyOf(here);
  const { until, token } = /** @type {any} */ (
    await (await sealerOf(here, key)).open(/** @type {string} */ (await store.get(key)))
  );
  assert.deepEqual([requests, until, token.expires_at], [2, now + 3_600_000, now / 1000 + 3600]);
});

test('processes with one wrong secret ask once, by the store, and a token that lives serves beside the refusal', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  let requests = 0;
  const denied = async () => (
    requests++,
    Response.json({ error: 'invalid_client' }, { status: 401 })
  );
  // each clock is a process of its own
  const process = () => createClient(config, { store, clock: { now: () => now }, fetch: denied });
  for (let i = 0; i < 5; i++) {
    const error = await process()
      .getToken()
      .catch((e) => e);
    assert.deepEqual(
      [error.name, error.code, error.error, error.status],
      ['TokenError', 'error_response', 'invalid_client', 401],
    );
  }
  assert.equal(requests, 1);
  await assert.rejects(process().getToken({ force: true }), { error: 'invalid_client' });
  assert.equal(requests, 2, 'a person decides');
  now += 30_000;
  await assert.rejects(process().getToken(), { error: 'invalid_client' });
  assert.equal(requests, 3, 'the rest is over');
  now += 30_000;
  await clientOf(store, { clock: { now: () => now } }).client.getToken();
  now += 3_550_000;
  for (let i = 0; i < 5; i++) {
    assert.equal((await process().getToken()).access_token, 'token-1');
  }
  assert.equal(requests, 4);
  now += 30_000;
  await clientOf(store, { clock: { now: () => now } }).client.getToken();
  assert.equal((await process().getToken()).access_token, 'token-1', 'a new one replaces both');
  assert.equal(requests, 4);
});

test('a refusal of the store is remembered no longer than it said, though its writer’s clock is ahead', async () => {
  const store = memoryStore();
  const start = 1_795_176_000_000;
  let requests = 0;
  const fetch = async () => (
    requests++,
    Response.json({ error: 'invalid_client' }, { status: 401 })
  );
  const processWith = (/** @type {{ now: number }} */ clock) =>
    createClient(config, { store, fetch, clock: { now: () => clock.now, sleep: async () => {} } });
  const [ahead, ours] = [{ now: start + 200_000 }, { now: start }];
  await assert.rejects(processWith(ahead).getToken(), { error: 'invalid_client' });
  const client = processWith(ours);
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.equal(requests, 1, 'by the store');
  ours.now += 29_000;
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.equal(requests, 1);
  await store.delete(await storeKeyOf(config)); // as it goes with its time
  ours.now += 2_000;
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.equal(requests, 2);
});

test('a token that is invalidated is removed from the store, and a newer one is not', async () => {
  const inner = memoryStore();
  for (const store of [inner, { ...inner, lease: undefined }]) {
    const first = clientOf(/** @type {any} */ (store));
    const token = await first.client.getToken();
    const late = clientOf(/** @type {any} */ (store));
    await late.client.getToken();
    first.client.invalidate();
    // at once, though the store may take its time
    const other = clientOf(/** @type {any} */ (store));
    assert.equal((await other.client.getToken()).access_token, 'token-1');
    assert.equal(other.requests, 1, 'it has asked for its own');
    const key = await storeKeyOf(config);
    const record = await inner.get(key);
    await late.client.invalidate({ ...token, access_token: 'another' });
    assert.equal(await inner.get(key), record);
    await other.client.invalidate();
    assert.equal(await inner.get(key), undefined);
  }
});

test('a token that is invalidated is removed though somebody else has the lease, and puts nothing there', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const inner = memoryStore();
    const { client } = clientOf(inner);
    await client.getToken();
    const key = await storeKeyOf(config);
    await inner.lease(key, 60_000); // a renewal that will fail
    let isDone = false;
    const invalidated = client.invalidate().then(() => (isDone = true));
    while (!isDone) {
      mock.timers.tick(150);
      await turn();
    }
    await invalidated;
    assert.equal(await inner.get(key), undefined);
  } finally {
    mock.timers.reset();
  }
});

test('a store that still shows a token that was discarded before the last one has none', async () => {
  const inner = memoryStore();
  const client = clientOf(inner);
  await client.client.getToken();
  const key = await storeKeyOf(config);
  const first = await inner.get(key);
  for (const [i, token] of ['token-1', 'token-2', 'token-3'].entries()) {
    assert.equal((await client.client.getToken()).access_token, token);
    await client.client.invalidate();
    await inner.set(key, /** @type {string} */ (first), 60_000 + i); // as KV does for a minute
  }
  assert.equal((await client.client.getToken()).access_token, 'token-4');
});

test('who removes a token waits for the one that somebody else is about to put there', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const inner = memoryStore();
    let [leases, deleted] = [0, 0];
    const { client } = clientOf(storeWith({
      ...inner,
      delete: async (key) => (deleted++, inner.delete(key)),
      lease: async (key, ttl) => (leases++, inner.lease(key, ttl)),
    }));
    await client.getToken();
    const key = await storeKeyOf(config);
    await inner.lease(key, 60_000); // a renewal that will work
    leases = 0;
    let isDone = false;
    const invalidated = client.invalidate().then(() => (isDone = true));
    while (leases === 0) {
      await turn();
    }
    await inner.set(key, 'a newer record', 60_000);
    while (!isDone) {
      mock.timers.tick(150);
      await turn();
    }
    await invalidated;
    assert.deepEqual([await inner.get(key), deleted], ['a newer record', 0]);
  } finally {
    mock.timers.reset();
  }
});

test('a token that is invalidated late leaves a newer one in the store', async () => {
  const inner = memoryStore();
  for (const store of [inner, /** @type {any} */ ({ ...inner, lease: undefined })]) {
    let issued = 0;
    const fetch = async () =>
      Response.json({ access_token: `issued-${++issued}`, expires_in: 3600 });
    const [early, late] = [
      createClient(config, { store, fetch }),
      createClient(config, { store, fetch }),
    ];
    await early.getToken();
    assert.equal((await late.getToken()).access_token, 'issued-1');
    await early.invalidate();
    assert.equal((await early.getToken()).access_token, 'issued-2');
    const key = await storeKeyOf(config);
    const record = await inner.get(key);
    await late.invalidate();
    assert.equal(await inner.get(key), record);
    assert.equal((await late.getToken()).access_token, 'issued-2');
    await inner.delete(key);
  }
});

test('a record is kept under the configuration as it was when the client was made', async () => {
  const store = memoryStore();
  const asItWas = () => ({ ...config, parameters: { tenant: 'one' } });
  const changing = asItWas();
  const client = createClient(changing, {
    store,
    fetch: async () => Response.json({ access_token: 'x', expires_in: 3600 }),
  });
  changing.parameters.tenant = 'another';
  await client.getToken();
  assert.equal(typeof (await store.get(await storeKeyOf(asItWas()))), 'string');
  assert.equal(await store.get(await storeKeyOf(changing)), undefined);
});

test('whoever is slow to remove a token does not remove the one that came meanwhile', async () => {
  const inner = memoryStore();
  let newer = '';
  const store = storeWith({
    ...inner,
    async lease(key, ttl) {
      if (newer !== '') {
        await inner.set(key, newer, 60_000); // between the look and the lease
      }
      return inner.lease(key, ttl);
    },
  });
  const { client } = clientOf(store);
  await client.getToken();
  newer = 'a newer record';
  await client.invalidate();
  assert.equal(await inner.get(await storeKeyOf(config)), newer);
});

test('one deadline holds for the store, the lease, requests and pauses', async () => {
  for (const [latency, deadline] of [[300, 2_000], [150, 2_000], [300, 700]]) {
    let now = Date.now();
    const began = now;
    const inner = memoryStore();
    const slow =
      (/** @type {any} */ method) =>
      async (/** @type {any[]} */ ...args) => ((now += latency), method(...args));
    const store = /** @type {any} */ ({
      get: slow(inner.get),
      set: slow(inner.set),
      delete: slow(inner.delete),
      lease: slow(async () => undefined),
    });
    const client = createClient(config, {
      store, deadline, fetch: async () => ((now += latency), new Response('', { status: 503 })),
      clock: { now: () => now, sleep: async (ms) => void (now += ms) },
    });
    await assert.rejects(
      client.getToken(),
      ({ code, status }) => code === 'timeout' || status === 503,
    );
    // what has begun in time is not known to be late before it ends
    assert.ok(now - began <= deadline + latency, `${now - began} ms`);
  }
});

test('after close everybody gets the code closed, whatever is slow', async () => {
  for (const method of /** @type {const} */ (['get', 'lease', 'fetch', 'sign'])) {
    let reached = false;
    const stuck = () => ((reached = true), /** @type {Promise<any>} */ (never()));
    const inner = memoryStore();
    const { client } = clientOf(
      method === 'fetch' || method === 'sign' ? inner : storeWith({ [method]: stuck }),
      method === 'fetch' ? { fetch: stuck } : {},
    );
    const signing = createClient({
      tokenEndpoint: config.tokenEndpoint,
      clientId: 'client',
      keyId: 'k',
      alg: 'ES256',
      sign: stuck,
    });
    const closing = method === 'sign' ? signing : client;
    const waiting = [
      closing.getToken(),
      closing.getToken({ force: true }),
      closing.getToken({ signal: new AbortController().signal }),
    ];
    waiting.forEach((call) => call.catch(() => {}));
    while (!reached) {
      await turn();
    }
    closing.close();
    for (const call of [
      ...waiting,
      closing.getToken(),
      closing.getToken({ force: true }),
      closing.fetch('https://api.example/'),
    ]) {
      await assert.rejects(call, { code: 'closed' }, method);
    }
  }
});

test('a token that was refused is not taken up again once the one after it is refused, too', async () => {
  const store = memoryStore();
  await clientOf(store).client.getToken();
  let issued = 1;
  const losing = {
    ...store,
    get: async (/** @type {string} */ key) => (issued === 1 ? store.get(key) : undefined),
    set: down,
  };
  const client = createClient(config, {
    store: losing,
    clock: { now: Date.now, sleep: async () => {} },
    fetch: async () =>
      ++issued === 2
        ? Response.json({ access_token: 'token-2', expires_in: 3600 })
        : new Response('', { status: 503 }),
  });
  for (const token of ['token-1', 'token-2']) {
    assert.equal((await client.getToken()).access_token, token);
    client.invalidate();
  }
  await assert.rejects(
    client.getToken(),
    ({ code, status }) => code === 'timeout' || status === 503,
  );
});

test('what is no record of ours is replaced', async () => {
  for (const garbage of [
    '',
    '1',
    'null',
    '{"token":{"access_token":"x"},"until":9e15,"margin":0}',
    `1.${'A'.repeat(16)}.${'A'.repeat(64)}`,
    null,
    5,
    {},
  ]) {
    let record = /** @type {any} */ (garbage);
    const store = storeWith({
      get: async () => record,
      set: async (_, text) => void (record = text),
    });
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
      const { client, events } = clientOf(
        storeWith({ [method]: () => ((called = true), never()) }),
      );
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
      await client.close();
      assert.deepEqual(
        events,
        method === 'set'
          ? ['requested', 'renewed', 'store_failed']
          : ['store_failed', 'requested', 'renewed'],
      );
    } finally {
      mock.timers.reset();
    }
  });
}

test('a store that never answers is given up when the deadline is over, if that is sooner', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let called = false;
    const store = storeWith({ get: () => ((called = true), never()) });
    const { client, events } = clientOf(store, {
      deadline: 700,
      clock: { now: () => 1_795_176_000_000, sleep: async () => {} },
    });
    const token = client.getToken();
    while (!called) {
      await turn();
    }
    await turn();
    mock.timers.tick(699);
    await turn();
    assert.ok(!events.includes('store_failed'));
    mock.timers.tick(1);
    for (let turns = 0; turns < 1000 && !events.includes('store_failed'); turns++) {
      await turn();
    }
    assert.ok(events.includes('store_failed'));
    assert.equal((await token).access_token, 'token-1');
  } finally {
    mock.timers.reset();
  }
});

test('a lease that comes when nobody waits for it any more is freed', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    /** @type {((lease: import('../../types.js').TokenLease) => void) | undefined} */
    let grant;
    const { client } = clientOf(
      storeWith({ lease: () => new Promise((resolve) => (grant = resolve)) }),
    );
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
      fetch: () =>
        ++requests === 1
          ? /** @type {Promise<Response>} */ (never())
          : Promise.resolve(Response.json({ access_token: 'x', expires_in: 3600 })),
      clock: { now: Date.now, sleep: async () => void waits++ },
      timeout: 5000,
    });
    // the timers of the first caller never run
    globalThis.setInterval = /** @type {any} */ (() => 0);
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

/** A store in memory in which a method waits until it is told. @param {'set' | 'release'} method */
function heldStore(method) {
  const inner = memoryStore();
  const held = { waiting: 0, go: () => {} };
  const gone = new Promise((resolve) => (held.go = () => resolve(undefined)));
  const wait = async () => (held.waiting++, gone);
  const store = {
    ...inner,
    async set(/** @type {string} */ key, /** @type {string} */ record, /** @type {number} */ ttl) {
      await (method === 'set' && wait());
      return inner.set(key, record, ttl);
    },
    async lease(/** @type {string} */ key, /** @type {number} */ ttl) {
      const lease = await inner.lease(key, ttl);
      return (
        lease && { release: async () => (await (method === 'release' && wait()), lease.release()) }
      );
    },
  };
  return { inner, store, held };
}

for (const method of /** @type {const} */ (['set', 'release'])) {
  test(`callers have the token before the store has done with it: ${method}`, async () => {
    const { inner, store, held } = heldStore(method);
    const kept = /** @type {Promise<unknown>[]} */ ([]);
    const { client, events } = clientOf(store, { waitUntil: (promise) => kept.push(promise) });
    const tokens = await Promise.all([client.getToken(), client.getToken()]);
    assert.deepEqual(
      [tokens[0].access_token, tokens[1], events],
      ['token-1', tokens[0], ['requested', 'renewed']],
    );
    while (held.waiting === 0) {
      await turn();
    }
    assert.equal(kept.length, 1, 'what a Worker has to keep going');
    held.go();
    await kept[0];
    const other = clientOf(inner);
    assert.equal((await other.client.getToken()).access_token, 'token-1');
    assert.equal(other.requests, 0);
  });
}

test('a caller whose token was found has it before the lease is freed', async () => {
  const { inner, store, held } = heldStore('release');
  let looks = 0;
  const late = clientOf({
    ...store,
    get: async (key) => (looks++ === 0 ? undefined : inner.get(key)),
  });
  await written(clientOf(inner).client);
  assert.equal((await late.client.getToken()).access_token, 'token-1');
  assert.deepEqual([late.requests, held.waiting], [0, 1]);
  held.go();
});

test('where a request ends with what it began, and nothing outlives it, the caller waits for the store', async () => {
  clientsIn({ requestsEnd: true });
  try {
    const { store, held } = heldStore('set');
    const { client } = clientOf(store);
    let isThere = false;
    const token = client.getToken().finally(() => (isThere = true));
    while (held.waiting === 0) {
      await turn();
    }
    await turn();
    assert.equal(isThere, false);
    held.go();
    assert.equal((await token).access_token, 'token-1');
  } finally {
    clientsIn({ requestsEnd: false });
  }
});

test('close resolves when what was on its way to the store is there', async () => {
  const { inner, store, held } = heldStore('set');
  const { client, events } = clientOf(store);
  await client.getToken();
  while (held.waiting === 0) {
    await turn();
  }
  let isFlushed = false;
  const closed = client.close().then(() => (isFlushed = true));
  await assert.rejects(client.getToken(), { code: 'closed' });
  await turn();
  assert.equal(isFlushed, false);
  held.go();
  await closed;
  const other = clientOf(inner);
  assert.equal((await other.client.getToken()).access_token, 'token-1');
  assert.deepEqual([other.requests, events], [0, ['requested', 'renewed']]);
});

test('close resolves though the store fails', async () => {
  const { client, events } = clientOf(storeWith({ set: down }));
  await client.getToken();
  await client.close();
  assert.deepEqual(events, ['requested', 'renewed', 'store_failed']);
});

test('a token that is invalidated while it is written is not left in the store', async () => {
  const { inner, store, held } = heldStore('set');
  const { client } = clientOf(store);
  await client.getToken();
  while (held.waiting === 0) {
    await turn();
  }
  const gone = client.invalidate();
  held.go();
  await gone;
  assert.equal(await inner.get(await storeKeyOf(config)), undefined);
});

test('tokens come into a store without leases in their order', async () => {
  const inner = memoryStore();
  /** @type {(() => void)[]} */
  const waiting = [];
  const store = {
    ...inner, lease: undefined,
    async set(/** @type {string} */ key, /** @type {string} */ record, /** @type {number} */ ttl) {
      await new Promise((resolve) => waiting.push(() => resolve(undefined)));
      return inner.set(key, record, ttl);
    },
  };
  const { client } = clientOf(/** @type {any} */ (store));
  await client.getToken();
  const second = client.getToken({ force: true });
  for (const n of [0, 1]) {
    while (waiting.length <= n) {
      await turn();
    }
    await turn();
    assert.equal(waiting.length, n + 1, 'one after the other');
    waiting[n]();
  }
  assert.equal((await second).access_token, 'token-2');
  await client.close();
  const other = clientOf(inner);
  assert.equal((await other.client.getToken()).access_token, 'token-2');
});

test('a token of the store that lasts for less than is wanted is not taken, but by who can get no other', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await written(clientOf(store, { clock }).client);
  now += 1_800_000;
  const taking = clientOf(store, { clock });
  assert.equal((await taking.client.getToken({ minLifetime: 1_800_000 })).access_token, 'token-1');
  const asking = clientOf(store, { clock });
  const [longer, plain] = await Promise.all([
    asking.client.getToken({ minLifetime: 1_800_001 }),
    asking.client.getToken(),
  ]);
  assert.deepEqual([longer.expires_at, plain, asking.requests], [now / 1000 + 3600, longer, 1]);
  await written(asking.client);
  now += 1_800_000;
  const failing = createClient(config, {
    store,
    clock: { now: clock.now, sleep: async () => {} },
    fetch: async () => new Response('', { status: 503 }),
  });
  assert.equal((await failing.getToken({ minLifetime: 3_600_000 })).expires_at, longer.expires_at);
});

test('who joins a renewal for somebody who wants less has one of its own, if that brings too little', async () => {
  const store = memoryStore();
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  await written(clientOf(store, { clock }).client);
  now += 1_800_000;
  const both = clientOf(store, { clock });
  const [plain, longer] = await Promise.all([
    both.client.getToken(),
    both.client.getToken({ minLifetime: 3_000_000 }),
  ]);
  assert.deepEqual(
    [plain.expires_at, longer.expires_at, both.requests],
    [now / 1000 + 1800, now / 1000 + 3600, 1],
  );
});

test('a token of an unknown lifetime is shared for as long as the option says', async () => {
  const store = memoryStore();
  const lifetime = 3_600_000;
  let now = Math.floor(Date.now() / 1000) * 1000;
  const clock = { now: () => now };
  const fetch = async () => Response.json({ access_token: 'timeless' });
  await written(createClient(config, { store, clock, fetch, lifetime: 3_600_000 }));
  now += 1_800_000;
  const same = createClient(config, {
    store,
    clock,
    lifetime,
    fetch: async () => assert.fail('it is in the store'),
  });
  assert.equal((await same.getToken()).access_token, 'timeless');
});
