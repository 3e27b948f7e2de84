// What is JavaScript's own of the token client; client_table.test.js has the rules.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, afterEach, suite, test } from 'node:test';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { clientsIn } from '../../client/runtime.js';
import { createClient, fetchToken, TokenError } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';
import { systemsOf, withFault } from '../support/systems.js';
import { START, config, json, settled, types, world } from '../support/world.js';

const server = await startTokenServer();
after(() => server.close());
afterEach(() => server.reset());

suite('a token', () => {
  test('is the same object for everybody, and frozen', async () => {
    const client = createClient(config, world().options);
    const token = await client.getToken();
    assert.equal(await client.getToken(), token);
    assert.throws(() => Object.assign(token, { access_token: 'another' }), TypeError);
  });

  test('where a request ends with what it began, a renewal that was cut off rests', async () => {
    clientsIn({ requestsEnd: true });
    const { setInterval } = globalThis;
    const { now } = Date;
    let time = now();
    let requests = 0;
    try {
      Date.now = () => time;
      // nothing beats: each request ends at once
      globalThis.setInterval = /** @type {any} */ (() => 0);
      const client = createClient(config, {
        fetch: () =>
          ++requests === 1
            ? Promise.resolve(json({ access_token: 'x', expires_in: 3600 }))
            : new Promise(() => {}),
        clock: { now: () => time },
      });
      await client.getToken();
      time += 3_570_000;
      for (let second = 0; second < 15; second++, time += 1000) {
        assert.equal((await client.getToken()).access_token, 'x');
        await settled();
      }
      assert.ok(requests > 2 && requests <= 1 + 15 / 5, `${requests} requests`);
      client.close();
    } finally {
      Date.now = now;
      globalThis.setInterval = setInterval;
      clientsIn({ requestsEnd: false });
    }
  });

  test('a waitUntil that throws costs nobody the token', async () => {
    const w = world();
    let now = Date.now();
    const client = createClient(config, {
      ...w.options,
      clock: { now: () => now },
      waitUntil: () => {
        throw new TypeError('Illegal invocation');
      },
    });
    const token = await client.getToken();
    now += (Number(token.expires_in) - 30) * 1000;
    assert.equal(await client.getToken(), token);
  });

  test('using closes the client', async () => {
    for (const symbol of [Symbol.dispose, Symbol.asyncDispose]) {
      const client = createClient(config, world().options);
      await client.getToken();
      await client[symbol]();
      await assert.rejects(client.getToken(), { code: 'closed' });
    }
  });

  test('where a request ends with its timers, one that waits takes over from one that is gone', async () => {
    clientsIn({ requestsEnd: true });
    const { setInterval } = globalThis;
    try {
      let requests = 0;
      const client = createClient(config, {
        fetch: () =>
          ++requests === 1
            ? new Promise(() => {})
            : Promise.resolve(json({ access_token: 'x', expires_in: 3600 })),
        timeout: 2000, // of the first request, for which this process waits
      });
      // the timers of the first caller never run
      globalThis.setInterval = /** @type {any} */ (() => 0);
      client.getToken();
      while (requests === 0) {
        await settled();
      }
      globalThis.setInterval = setInterval;
      const tokens = await Promise.all([client.getToken(), client.getToken()]);
      assert.deepEqual([tokens[0].access_token, tokens[1], requests], ['x', tokens[0], 2]);
    } finally {
      globalThis.setInterval = setInterval;
      clientsIn({ requestsEnd: false });
    }
  });
});

suite('a store', () => {
  test('is asked before the server, and shares what the server sends', async () => {
    const store = memoryStore();
    const w = world();
    const client = createClient(config, { ...w.options, store });
    const first = await client.getToken();
    await client.close(); // then what was on its way to the store is there
    const other = world();
    const second = await createClient(config, { ...other.options, store }).getToken();
    assert.deepEqual(
      [second, w.requests, other.requests, types(other.events)],
      [first, 1, 0, ['shared']],
    );
  });

  test('20 clients at once send one request', async () => {
    const store = memoryStore();
    const w = world();
    const clients = Array.from({ length: 20 }, () =>
      createClient(config, { ...w.options, store, clock: undefined }),
    );
    const tokens = await Promise.all(clients.map((client) => client.getToken()));
    assert.equal(w.requests, 1);
    assert.equal(new Set(tokens.map(({ access_token }) => access_token)).size, 1);
  });

  test('a token that was refused is not taken from it again', async () => {
    const store = memoryStore();
    const w = world();
    const client = createClient(config, { ...w.options, store });
    await client.getToken();
    client.invalidate();
    assert.equal((await client.getToken()).access_token, 'token-2');
  });

  test('another secret shares nothing, and what is in the store is sealed', async () => {
    const records = new Map();
    const store = {
      get: async (k) => records.get(k),
      set: async (k, v) => void records.set(k, v),
      delete: async (k) => void records.delete(k),
    };
    const w = world();
    for (const each of [config, { ...config, clientSecret: 'another' }]) {
      const client = createClient(each, { ...w.options, store });
      await client.getToken();
      await client.close(); // then what was on its way to the store is there
    }
    assert.deepEqual([w.requests, records.size], [2, 2]);
    assert.doesNotMatch(JSON.stringify([...records]), /token-|a secret/);
    for (const key of records.keys()) {
      records.set(key, records.get(key).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
    }
    assert.equal(
      (await createClient(config, { ...w.options, store }).getToken()).access_token,
      'token-3',
    );
  });

  test('that fails is reported, and the client works on alone', async () => {
    const broken = () => Promise.reject(new Error('down'));
    const w = world();
    const client = createClient(config, {
      ...w.options,
      store: { get: broken, set: broken, delete: broken },
    });
    assert.equal((await client.getToken()).access_token, 'token-1');
    await client.close();
    assert.deepEqual(types(w.events), ['store_failed', 'requested', 'renewed', 'store_failed']);
  });
});

suite('the client', () => {
  test('tells the truth to a subscriber of the diagnostics channel', async () => {
    const heard = /** @type {any[]} */ ([]);
    const listen = (/** @type {any} */ event) => heard.push(event.type);
    subscribe('fetchtoken', listen);
    await createClient(config, world().options).getToken();
    unsubscribe('fetchtoken', listen);
    assert.deepEqual(heard, ['requested', 'renewed']);
  });

  test('nor is one whose promise is rejected', async () => {
    const token = await createClient(config, {
      ...world().options,
      onEvent: async () => Promise.reject(new Error('mine')),
    }).getToken();
    await settled();
    assert.equal(token.access_token, 'token-1');
  });

  test('a listener that throws is no concern of the token', async () => {
    const client = createClient(config, {
      ...world().options,
      onEvent: () => {
        throw new Error('mine');
      },
    });
    assert.equal((await client.getToken()).access_token, 'token-1');
  });

  test('takes its configuration as it was', async () => {
    const w = world();
    const changing = { ...config };
    const client = createClient(changing, w.options);
    changing.clientId = 'another';
    await client.getToken();
    assert.match(
      Buffer.from(w.sent[0].headers.Authorization.slice(6), 'base64').toString(),
      /^client:/,
    );
  });

  test('an option that can’t be used is an error at once', () => {
    for (const [options, message] of /** @type {[any, RegExp][]} */ ([
      [{ timout: 1 }, /unknown option "timout": did you mean timeout\?/],
      [{ colour: 1 }, /unknown option "colour": known are fetch, timeout/],
      [{ maxBody: 2 ** 31 - 1 }, /maxBody must be a whole number of bytes from 1 to 1073741824/],
      [{ maxReplay: -1 }, /maxReplay must be/],
      [{ timeout: '1' }, /timeout must be/],
      [{ origins: 'https://a.example' }, /options\.origins must be a list of origins/],
      [
        { origins: ['https://a.example', 'https://b.example/x'] },
        /^options\.origins\[1\] has a path: write "https:\/\/b\.example"$/,
      ],
      [
        { origins: { 'https://b.example/?key=hunter2': {} } },
        /^options\.origins: a name has a query: write "https:\/\/b\.example"$/,
      ],
      [{ origins: { 'https://a.example': {}, 'https://A.example/': {} } }, /has https:\/\/a\.example twice/],
      [{ origins: [undefined] }, /options\.origins\[0\] is not a string but undefined: write an origin/],
      [{ origins: [new URL('https://a.example')] }, /options\.origins\[0\] is not a string but URL/],
      ...[
        'http://evil.localhost',
        'http://localhost.',
        'http://[::ffff:127.0.0.1]',
        'http://2130706433',
        'http://0177.0.0.1',
        'http://127.1',
        'http://0.0.0.0',
      ].map(
        (origin) =>
          /** @type {[any, RegExp]} */ ([{ origins: [origin] }, /http, which is only for this|another spelling/]),
      ),
      [{ store: {} }, /store must be/],
      [{ clock: {} }, /clock must be/],
      [null, /options must be an object/],
      [{ onEvent: 1 }, /onEvent must be/],
    ])) {
      assert.throws(() => createClient(config, options), { code: 'invalid_config', message });
    }
  });

  test('the name of an unknown option is repeated only if no secret can have been put into it', async () => {
    const names = [
      'client-secretHUNTER2',
      'clientSecret_HUNTER2',
      'clientSecretHunter',
      'client_secret-hunter',
      'passphraseHUNTER',
      'private_key_hunter',
      '-pHUNTER2',
      'HUNTER2',
      'timeoutHUNTER',
      'x=HUNTER',
      'hunter pass',
      'hunter'.repeat(10),
    ];
    for (const name of names) {
      assert.throws(
        () => createClient(config, { [name]: 1 }),
        (/** @type {Error} */ { message }) =>
          /^unknown option: (did|known)/.test(message) && !/hun/i.test(message),
        name,
      );
      await assert.rejects(
        fetchToken(config, { [name]: 1 }),
        (/** @type {Error} */ { message }) =>
          /^unknown option: (did|known)/.test(message) && !/hun/i.test(message),
        name,
      );
    }
  });

  test('prints no secret', async () => {
    const client = createClient(config, world().options);
    await client.getToken();
    const { inspect } = await import('node:util');
    assert.doesNotMatch(
      inspect(client, { showHidden: true, depth: 9 }) + JSON.stringify(client),
      /a secret|token-1/,
    );
  });
});

suite('against the token server', () => {
  for (const { name, config: real } of systemsOf(server)) {
    test(`a token that is kept: ${name}`, async () => {
      const client = createClient(real);
      const [first, second] = [await client.getToken(), await client.getToken()];
      assert.equal(first, second);
      assert.equal(server.requests.length, 1);
    });
  }

  test('a 503 is repeated, and an error that stays is thrown', async () => {
    const client = createClient(withFault(systemsOf(server)[0].config, 'status/503'), {
      clock: { now: Date.now, sleep: async () => {} },
    });
    const error = await client.getToken().catch((e) => e);
    assert.ok(error instanceof TokenError);
    assert.deepEqual([error.status, server.requests.length], [503, 3]);
  });
});
