// A client that has its tokens from a broker: what it does when that fails, by a clock and
// randomness of the test's own.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient, TokenError } from '../../node.js';

const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
};
const START = Date.parse('2026-11-20T12:00:00Z');

/**
 * A broker and a token endpoint that answer as they are told.
 *
 * @param {(n: number) => import('../../types.js').TokenBrokerAnswer} answer of the broker, to the
 *   n-th call
 */
function world(answer) {
  const w = {
    now: START,
    requests: 0,
    slept: /** @type {number[]} */ ([]),
    events: /** @type {any[]} */ ([]),
    asked: /** @type {any[]} */ ([]),
  };
  const options = {
    broker: () => ({ getToken: async (/** @type {any} */ asked) => answer(w.asked.push(asked)) }),
    clock: {
      now: () => w.now,
      sleep: async (/** @type {number} */ ms) => {
        w.slept.push(ms);
        w.now += ms;
      },
    },
    random: (/** @type {number} */ size) => new Uint8Array(size).fill(128),
    onEvent: (/** @type {any} */ { type }) => w.events.push(type),
    fetch: async () =>
      Response.json({
        access_token: `own-${++w.requests}`,
        token_type: 'Bearer',
        expires_in: 3600,
      }),
  };
  return Object.assign(w, { options });
}

/** @param {string} access_token @param {number} until */
const recordOf = (access_token, until = START + 3_600_000) => ({
  record: { token: { access_token, token_type: 'Bearer' }, until, margin: 60_000 },
});
const down = () => {
  throw new Error('Durable Object is overloaded.');
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the token of the broker is kept as one of the client\'s own, with no request', async () => {
  const w = world((n) => recordOf(`token-${n}`, START + n * 3_600_000));
  const client = createClient(null, w.options);
  const tokens = await Promise.all([client.getToken(), client.getToken()]);
  assert.deepEqual(tokens.map(({ access_token }) => access_token), ['token-1', 'token-1']);
  assert.equal(await client.getToken(), tokens[0]);
  w.now = START + 3_540_000;
  assert.equal(
    (await client.getToken()).access_token,
    'token-1',
    'it still lives, so nobody waits',
  );
  await settled();
  assert.equal((await client.getToken()).access_token, 'token-2');
  assert.deepEqual([w.asked.length, w.requests, w.events], [2, 0, ['shared', 'shared']]);
});

test('a client with a grant that works once leaves it to the broker', async () => {
  const w = world(down);
  const session = { grantType: 'refresh_token', parameters: { refresh_token: 'the first' } };
  const client = createClient({ ...config, ...session }, w.options);
  await assert.rejects(client.getToken(), { code: 'network', retryable: true });
  assert.deepEqual([w.asked.length, w.requests], [3, 0]);
});

test('the broker is told which token is good no more', async () => {
  const w = world((n) => recordOf(`token-${n}`));
  const client = createClient(null, w.options);
  client.invalidate(await client.getToken());
  assert.equal((await client.getToken()).access_token, 'token-2');
  await client.getToken({ force: true });
  assert.deepEqual(w.asked.map(({ refused }) => refused), [undefined, 'token-1', 'token-2']);
});

test('neither a second invalidate nor force takes back which token is good no more', async () => {
  for (const more of [(/** @type {any} */ client) => client.invalidate(), () => {}]) {
    for (const options of [undefined, { force: true }]) {
      const w = world((n) => recordOf(`token-${n}`));
      const client = createClient(null, w.options);
      await client.getToken();
      client.invalidate();
      more(client);
      await client.getToken(options);
      assert.deepEqual(w.asked.map(({ refused }) => refused), [undefined, 'token-1']);
    }
  }
});

test('a token is kept for what the broker says is left of it, whatever the clock of the client says', async () => {
  for (const ahead of [-365 * 86_400_000, -600_000, 600_000]) { // the client's clock
    const w = world((n) => ({ record: { ...recordOf(`token-${n}`).record, left: 1_800_000 } }));
    w.now += ahead;
    const client = createClient(null, w.options);
    await client.getToken();
    w.now += 1_739_000;
    assert.equal((await client.getToken()).access_token, 'token-1', `${ahead}`);
    w.now += 61_000;
    assert.equal((await client.getToken()).access_token, 'token-2', `${ahead}`);
  }
});

test("one that can't be reached is asked three times, and then the token endpoint, for callers who wait", async () => {
  const w = world(down);
  assert.equal((await createClient(config, w.options).getToken()).access_token, 'own-1');
  assert.deepEqual(w.slept, [125, 250]); // half of 250 and 500 ms
  assert.deepEqual(w.events, [
    'broker_failed',
    'broker_failed',
    'broker_failed',
    'requested',
    'renewed',
  ]);
});

test('without credentials that is an error', async () => {
  const w = world(down);
  await assert.rejects(createClient(null, w.options).getToken(), (error) => {
    assert.ok(error instanceof TokenError);
    assert.deepEqual(
      [error.code, error.retryable, /** @type {any} */ (error.cause).message],
      ['network', true, 'Durable Object is overloaded.'],
    );
    return true;
  });
  assert.equal(w.asked.length, 3);
});

test('behind a token that lives it is left alone for 5 s, and nobody else is asked', async () => {
  const w = world((n) => (n === 1 ? recordOf('token-1') : down()));
  const client = createClient(config, w.options);
  await client.getToken();
  w.now = START + 3_540_000;
  for (let i = 0; i < 5; i++) {
    assert.equal((await client.getToken()).access_token, 'token-1');
    await settled();
  }
  assert.deepEqual(w.events, ['shared', 'broker_failed', 'renewal_failed']);
  w.now += 5_000;
  await client.getToken();
  await settled();
  assert.deepEqual([w.asked.length, w.requests], [3, 0]);
});

test('a caller who comes when the token has ended makes that renewal urgent', async () => {
  let fail = () => {};
  const w = world((n) =>
    n === 1
      ? recordOf('token-1')
      : /** @type {any} */ (
          new Promise((_, reject) => (fail = () => reject(new Error('overloaded'))))
        ),
  );
  const client = createClient(config, w.options);
  await client.getToken();
  w.now = START + 3_590_000;
  await client.getToken();
  w.now = START + 3_600_000;
  const token = client.getToken();
  for (let asked = 2; asked <= 4; asked++) {
    while (w.asked.length < asked) {
      await settled();
    }
    fail();
  }
  assert.equal((await token).access_token, 'own-1');
});

test("an error that it answers is the caller's, and is remembered for a moment", async () => {
  const error = {
    code: 'error_response',
    message: 'the server refused it',
    retryable: false,
    status: 401,
    error: 'invalid_client',
  };
  const w = world((n) => (n === 1 ? { error } : recordOf('token-2')));
  const client = createClient(config, w.options);
  for (let i = 0; i < 2; i++) {
    await assert.rejects(client.getToken(), (thrown) => {
      assert.ok(thrown instanceof TokenError);
      assert.deepEqual({ message: thrown.message, ...thrown }, error);
      return true;
    });
  }
  assert.deepEqual([w.asked.length, w.requests], [1, 0]);
  w.now += 5_000;
  assert.equal((await client.getToken()).access_token, 'token-2');
});

test('one look in a hundred goes past a store, so that the broker sees that its token is in use', async () => {
  for (const [byte, looks] of [[0, 1], [2, 1], [3, 2], [255, 2]]) {
    const w = world((n) => recordOf(`token-${n}`, START + n * 3_600_000));
    let found = 0;
    const store = {
      get: async () => void found++,
      set: async () => assert.fail('the broker publishes'),
      delete: async () => {},
    };
    const client = createClient(config, {
      ...w.options,
      store,
      random: (size) => new Uint8Array(size).fill(byte),
    });
    await client.getToken(); // who waits looks there first
    w.now = START + 3_550_000;
    await client.getToken();
    while (w.events.length < 2) {
      await settled();
    }
    assert.deepEqual([found, w.asked.length], [looks, 2], `${byte}`);
  }
});

test('what is no broker is the caller\'s mistake: nobody else is asked', async () => {
  for (const [broker, message] of /** @type {[any, RegExp][]} */ ([
    [
      () => /** @type {any} */ (undefined).getByName('default'),
      /options\.broker throws a TypeError: is the binding in wrangler\.jsonc/,
    ],
    [() => ({ getByName() {} }), /must return what has getToken/],
    [() => {}, /must return what has getToken/],
    [async () => ({}), /no promise/],
  ])) {
    const w = world(down);
    await assert.rejects(createClient(config, { ...w.options, broker }).getToken(), {
      code: 'invalid_config',
      message,
    });
    assert.deepEqual([w.requests, w.events, w.slept], [0, [], []]);
  }
});

test('a client without a configuration needs a broker, and has no store', () => {
  const { broker } = world(() => recordOf('token')).options;
  for (const options of [
    {},
    { broker, store: { get: async () => undefined, set: async () => {}, delete: async () => {} } },
  ]) {
    assert.throws(() => createClient(null, /** @type {any} */ (options)), {
      code: 'invalid_config',
      message: /options\.broker, and without options\.store/,
    });
  }
});
