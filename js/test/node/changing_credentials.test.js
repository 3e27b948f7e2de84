// Credentials that change while a client lives: a function returns the current configuration.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { createClient, TokenError } from '../../node.js';
import { fileStore } from '../../stores/file.js';
import { memoryStore } from '../../stores/memory.js';
import { until } from '../support/until.js';
import { config, json, START } from '../support/world.js';

/** A server that takes the secrets that are valid now, and a clock that only the test moves. */
function world() {
  const w = {
    now: START,
    valid: ['s1'],
    /** The secret of each request. */
    sent: /** @type {string[]} */ ([]),
    events: /** @type {string[]} */ ([]),
    /** @type {any} */ options: {},
  };
  w.options = {
    clock: { now: () => w.now, sleep: async (/** @type {number} */ ms) => void (w.now += ms) },
    random: (/** @type {number} */ size) => new Uint8Array(size).fill(128),
    onEvent: (/** @type {any} */ { type }) => w.events.push(type),
    fetch: async (/** @type {any} */ _, /** @type {any} */ init) => {
      const [, basic] = new Headers(init.headers).get('authorization')?.split(' ') ?? [];
      const secret = atob(basic ?? '').split(':')[1];
      const number = w.sent.push(secret);
      return w.valid.includes(secret)
        ? json({ access_token: `token-${number}`, token_type: 'Bearer', expires_in: 3600 })
        : json({ error: 'invalid_client' }, { status: 401 }); // RFC 6749 section 5.2
    },
  };
  return w;
}

let number = 0;
/** A client of its own: the process remembers refusals. */
const identity = () => ({ ...config, clientId: `client-${++number}` });

const HOUR = 3_600_000;
const access = async (/** @type {any} */ client, /** @type {any} */ options) =>
  (await client.getToken(options)).access_token;

test('no call fails while a secret is rotated with both valid', async () => {
  const w = world();
  let [secret, asked] = ['s1', 0];
  const id = identity();
  const client = createClient(() => (asked++, { ...id, clientSecret: secret }), w.options);
  assert.equal(asked, 0);
  assert.equal(await access(client), 'token-1');
  assert.equal(await access(client), 'token-1');
  assert.equal(asked, 1);
  w.valid = ['s1', 's2'];
  w.now += HOUR;
  assert.equal(await access(client), 'token-2');
  secret = 's2';
  w.now += HOUR;
  assert.equal(await access(client), 'token-3');
  w.valid = ['s2'];
  w.now += HOUR;
  assert.equal(await access(client), 'token-4');
  assert.deepEqual(w.sent, ['s1', 's1', 's2', 's2']);
  assert.equal(asked, 4);
});

test('no call fails where the new secret comes while the old one is refused: one retry', async () => {
  const w = world();
  let asked = 0;
  const id = identity();
  const secrets = ['s1', 's1', 's2']; // the third time the file has been read anew
  const client = createClient(async () => ({ ...id, clientSecret: secrets[asked++] }), w.options);
  await client.getToken();
  w.valid = ['s2'];
  w.now += HOUR;
  const tokens = await Promise.all(Array.from({ length: 10 }, () => access(client)));
  assert.deepEqual(new Set(tokens), new Set(['token-3']));
  assert.deepEqual(w.sent, ['s1', 's1', 's2']);
  assert.equal(asked, 3);
});

test('a refused configuration is not sent again, another one is at once', async () => {
  const w = world();
  let [secret, asked] = ['wrong', 0];
  const id = identity();
  const client = createClient(() => (asked++, { ...id, clientSecret: secret }), w.options);
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.equal(asked, 2);
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.equal(asked, 3); // the error is from memory, so it is not asked for once more
  assert.deepEqual(w.sent, ['wrong']);
  secret = 's1';
  assert.equal(await access(client), 'token-2');
});

test('two other configurations are one retry, no loop', async () => {
  const w = world();
  let asked = 0;
  const id = identity();
  const client = createClient(() => ({ ...id, clientSecret: `wrong-${++asked}` }), w.options);
  await assert.rejects(client.getToken(), { error: 'invalid_client' });
  assert.deepEqual([w.sent, asked], [['wrong-1', 'wrong-2'], 2]);
});

test('any other error is not asked about', async () => {
  const w = world();
  let asked = 0;
  const id = identity();
  const client = createClient(() => (asked++, id), {
    ...w.options, fetch: async () => json({ error: 'invalid_scope' }, { status: 400 }),
  });
  await assert.rejects(client.getToken(), { error: 'invalid_scope' });
  assert.equal(asked, 1);
});

test('a function that fails is an error, and the kept token serves', async () => {
  const w = world();
  const id = identity();
  const thrown = Object.assign(new RangeError('vault https://u:p@vault.example/x is sealed'), {
    headers: { authorization: 'a secret' },
  });
  for (const [fails, code, message] of /** @type {[any, string, RegExp][]} */ ([
    [() => { throw thrown; }, 'invalid_config', /failed with the error RangeError/],
    [async () => { throw thrown; }, 'invalid_config', /failed with the error RangeError/],
    [() => null, 'invalid_config', /must return an object/],
    [async () => undefined, 'invalid_config', /must return an object/],
    [() => () => id, 'invalid_config', /must return an object/],
    [() => ({ ...id, clientsecret: 1 }), 'invalid_config', /unknown configuration key/],
    [() => { throw new TokenError('invalid_credentials', 'no file'); }, 'invalid_credentials',
      /no file/],
  ])) {
    await assert.rejects(createClient(fails, w.options).getToken(), (/** @type {any} */ error) => {
      assert.ok(error instanceof TokenError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      const shown = `${error.message}${error.cause}${JSON.stringify(error.cause)}`;
      assert.ok(!shown.includes('a secret') && !shown.includes('u:p@'), shown);
      return true;
    });
    let works = true;
    const client = createClient(
      () => (works ? { ...id, clientSecret: 's1' } : fails()), w.options,
    );
    const token = await client.getToken();
    works = false;
    w.now += HOUR - 30_000; // within the margin
    const before = w.events.length;
    assert.equal(await client.getToken(), token);
    await until('renewal_failed', () => w.events.slice(before).includes('renewal_failed'));
    works = true;
    w.now += 10_000;
    await client.getToken();
    await until('renewed', () => w.events.slice(before).includes('renewed'));
    assert.notEqual(await client.getToken(), token);
  }
});

test('a function that hangs ends with the deadline, with the signal and with close', async () => {
  const hangs = () => /** @type {Promise<any>} */ (new Promise(() => {}));
  await assert.rejects(createClient(hangs, { deadline: 20 }).getToken(), {
    code: 'timeout', retryable: true, message: /the function that returns the configuration/,
  });
  const reason = new Error('gone');
  const controller = new AbortController();
  const client = createClient(hangs);
  const waiting = client.getToken({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  const closed = client.getToken();
  await client.close();
  await assert.rejects(closed, { code: 'closed' });
});

test('what the function returned is not changed afterwards, and each token asks for itself', async () => {
  const w = world();
  const returned = { ...identity(), clientSecret: 's1' };
  let asked = 0;
  const client = createClient(() => (asked++, returned), w.options);
  const first = client.getToken({ scope: 'a' });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  await first;
  returned.clientSecret = 'wrong';
  await assert.rejects(client.getToken({ scope: 'b' }), { error: 'invalid_client' });
  assert.equal(await access(client, { scope: 'a' }), 'token-1');
});

test('a refresh token that the server replaced is asked with, though the function still returns the first', async () => {
  const sent = /** @type {(string | null)[]} */ ([]);
  let [now, secret] = [START, 's1'];
  const client = createClient(
    () => ({
      ...config, grantType: 'refresh_token', parameters: { refresh_token: 'r0' },
      clientSecret: secret,
    }),
    {
      clock: { now: () => now },
      fetch: async (/** @type {any} */ _, /** @type {any} */ { body }) => {
        const number = sent.push(new URLSearchParams(body).get('refresh_token'));
        return json({ access_token: `t${number}`, expires_in: 60, refresh_token: `r${number}` });
      },
    },
  );
  await client.getToken();
  secret = 's2';
  now += 60_000;
  await client.getToken();
  now += 60_000;
  await client.getToken();
  assert.deepEqual(sent, ['r0', 'r1', 'r2']);
});

/** @type {Record<string, () => Promise<[any, () => unknown]>>} */
const STORES = {
  memory: async () => [memoryStore(), () => {}],
  file: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
    return [fileStore(folder), () => rm(folder, { recursive: true })];
  },
};

for (const [kind, open] of Object.entries(STORES)) {
  test(`the key and the seal of a store follow the configuration: ${kind}`, async () => {
    const [store, end] = await open();
    const w = world();
    let secret = 's1';
    const id = identity();
    const make = (/** @type {any} */ given) => createClient(given, { ...w.options, store });
    const [one, two] = [1, 2].map(() => make(() => ({ ...id, clientSecret: secret })));
    const old = make({ ...id, clientSecret: 's1' });
    await one.getToken();
    assert.equal(await access(two), 'token-1'); // from the store
    secret = 's2';
    w.valid = ['s1', 's2'];
    w.now += HOUR;
    assert.equal(await access(one), 'token-2');
    await one.close();
    assert.equal(await access(two), 'token-2');
    assert.equal(await access(old), 'token-3'); // which is in a record of its own
    assert.deepEqual(w.sent, ['s1', 's2', 's1']);
    // one retry, of which the other has the token
    w.valid = ['s3'];
    w.now += HOUR;
    let asked = 0;
    const late = make(() => ({ ...id, clientSecret: asked++ === 0 ? 's2' : 's3' }));
    assert.equal(await access(late), 'token-5');
    secret = 's3';
    await late.close();
    assert.equal(await access(two), 'token-5');
    assert.deepEqual(w.sent, ['s1', 's2', 's1', 's2', 's3']);
    await end();
  });
}

test('a watched file is a function', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  const file = join(folder, 'secret');
  await writeFile(file, 's1\n');
  const w = world();
  const id = identity();
  const client = createClient(
    async () => ({ ...id, clientSecret: (await readFile(file, 'utf8')).trim() }), w.options,
  );
  await client.getToken();
  await writeFile(file, 's2\n');
  w.valid = ['s2'];
  w.now += HOUR;
  assert.equal(await access(client), 'token-2');
  await rm(folder, { recursive: true });
});
