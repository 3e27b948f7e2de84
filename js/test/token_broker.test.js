// The broker in workerd: a Worker that has the credentials, and others, each in an isolate of its
// own, that get its tokens. The token endpoint and the API are where the outbound requests of
// workerd end.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { after, afterEach, before, test } from 'node:test';
import { Response } from 'miniflare';

import { storeKeyOf } from './support/sealing.js';
import { until } from './support/until.js';
import { startWorkers } from './support/workerd.js';

const SECRET = 'the secret of the broker';
const ISOLATES = ['first', 'second', 'third', 'fourth'];
const CLASSES = { BROKER: 'TokenBroker', NAMED: 'Named', PUBLISHED: 'Published', FULL: 'Full' };

/**
 * How the token endpoint answers, by its path: the n-th request, from 1.
 *
 * @type {Record<string, (n: number, form: URLSearchParams) => any>}
 */
const ANSWERS = {
  cold: () => ({ wait: 1500 }),
  denied: () => ({ status: 401, error: 'invalid_client' }),
  flaky: (n) =>
    n === 1
      ? { status: 503 }
      : n === 2
        ? { status: 403, html: '<html>Attention required</html>' }
        : {},
  many: (n, form) => ({ access_token: `${form.get('scope')}-${form.get('p')}-${n}` }),
  short: (n) => ({ expires_in: n < 4 ? 4 : 3600 }),
  withdrawn: (n) => (n === 1 ? {} : { status: 503 }),
};

/** The paths that were asked for. @type {string[]} */
let asked = [];
/** What the API takes no more. */
const revoked = new Set();

/** @param {import('miniflare').Request} request */
async function outboundService(request) {
  const { host, pathname } = new URL(request.url);
  if (host === 'api.example') {
    const authorization = request.headers.get('authorization');
    return new Response(authorization, { status: revoked.has(authorization) ? 401 : 200 });
  }
  const path = pathname.slice(1);
  asked.push(path);
  const n = requests(path);
  const form = new URLSearchParams(await request.text());
  const { wait = 0, status = 200, html, ...members } = ANSWERS[path]?.(n, form) ?? {};
  await setTimeout(wait);
  return html === undefined
    ? Response.json(
        { access_token: `${path}-${n}`, token_type: 'Bearer', expires_in: 3600, ...members },
        { status },
      )
    : new Response(html, { status, headers: { 'content-type': 'text/html' } });
}

/** How often a path was asked for. @param {string} path */
const requests = (path) => asked.filter((other) => other === path).length;

const configOf = (/** @type {string} */ name) => ({
  tokenEndpoint: `https://as.example/${name}`,
  clientId: 'client',
  clientSecret: SECRET,
});
const CONFIGS = Object.fromEntries(
  [
    'cold',
    'refused',
    'denied',
    'flaky',
    'short',
    'kv',
    'full',
    'slept',
    'spied',
    'useless',
    'withdrawn',
    'many',
  ].map((name) => [name, configOf(name)]),
);

/** @type {string} */ let folder;
/** @type {import('./support/workerd.js').Workers} */ let workers;

function start() {
  const objects = (/** @type {string} */ scriptName) =>
    Object.fromEntries(
      Object.entries(CLASSES).map(([binding, className]) => [
        binding,
        { className, useSQLite: true, ...(scriptName && { scriptName }) },
      ]),
    );
  const common = { outboundService, kvNamespaces: ['TOKENS'] };
  const environment = {
    TOKEN_ENDPOINT: 'https://as.example/environment',
    CLIENT_ID: 'client',
    CLIENT_SECRET: SECRET,
  };
  return startWorkers(
    {
      owner: {
        ...common,
        kvNamespaces: ['TOKENS', 'TOKENS_KV'],
        entry: 'broker_worker.js',
        durableObjects: objects(''),
        bindings: {
          CONFIGS,
          ...Object.fromEntries(
            Object.entries(environment).map(([name, value]) => [`FETCHTOKEN_${name}`, value]),
          ),
        },
      },
      ...Object.fromEntries(
        ISOLATES.map((name) => [
          name,
          { ...common, entry: 'broker_client_worker.js', durableObjects: objects('owner') },
        ]),
      ),
      neighbour: {
        entry: 'broker_client_worker.js',
        outboundService,
        serviceBindings: { SERVICE: { name: 'owner', entrypoint: 'Tokens' } },
      },
    },
    { durableObjectsPersist: join(folder, 'objects'), kvPersist: join(folder, 'kv') },
  );
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken-broker-'));
  workers = await start();
});
afterEach(() => assert.deepEqual(workers.complaints(), []));
after(async () => {
  await workers?.stop();
  await rm(folder, { recursive: true });
});

/** @param {string} isolate @param {object} what @param {string} [call] */
const ask = (isolate, what, call = 'token') => workers.ask(call, what, isolate);
const named = (/** @type {string} */ name) => ({ binding: 'NAMED', name });

test('200 overlapping requests in each of four isolates, while the endpoint is slow, are one request to it', async () => {
  const answers = await Promise.all(
    ISOLATES.flatMap((isolate) => Array.from({ length: 200 }, () => ask(isolate, named('cold')))),
  );
  assert.deepEqual([...new Set(answers.map(({ access_token }) => access_token))], ['cold-1']);
  assert.equal(answers.length, 800);
  assert.equal(requests('cold'), 1);
});

test('a Worker without credentials shares the token by a service binding', async () => {
  const own = await ask('first', { binding: 'BROKER', name: 'default' });
  const neighbours = await ask('neighbour', { binding: 'SERVICE' });
  assert.equal(own.access_token, 'environment-1');
  const namespace = await workers.miniflare.getKVNamespace('TOKENS_KV', 'owner');
  await until(
    'it is published where TOKENS_KV is bound',
    async () => (await namespace.list()).keys.length === 1,
  );
  assert.deepEqual(neighbours, own);
  assert.equal(requests('environment'), 1);
});

test('a token that the API takes no more is renewed once for all isolates', async () => {
  const call = (/** @type {string} */ isolate) => ask(isolate, named('refused'), 'fetch');
  assert.deepEqual(
    await Promise.all(ISOLATES.map(call)),
    ISOLATES.map(() => ({ status: 200, text: 'Bearer refused-1' })),
  );
  revoked.add('Bearer refused-1');
  assert.deepEqual(
    await Promise.all(ISOLATES.flatMap((isolate) => [call(isolate), call(isolate)])),
    Array(8).fill({ status: 200, text: 'Bearer refused-2' }),
  );
  assert.equal(requests('refused'), 2);
});

test('each request of a client has its own token in the object, in all isolates', async () => {
  const wanted = [
    undefined, { scope: 'a' }, { scope: 'b a' }, { scope: ['a', 'b'] }, { parameters: { p: '1' } },
    { scope: 'a', parameters: { p: '1' } },
  ];
  const expected = ['null-null', 'a-null', 'a b-null', 'a b-null', 'null-1', 'a-1'];
  const calls = ISOLATES.flatMap((isolate) => wanted.map((request) => [isolate, request]));
  const got = await Promise.all(
    calls.map(([isolate, request]) =>
      ask(/** @type {string} */ (isolate), { ...named('many'), request }),
    ),
  );
  got.forEach(({ access_token }, i) =>
    assert.equal(access_token.replace(/-\d+$/, ''), expected[i % wanted.length]),
  );
  assert.equal(requests('many'), 5);
  for (const [request, message] of /** @type {[any, RegExp][]} */ ([
    [{ scope: 1 }, /options\.scope must be/],
    [{ scopes: 'a' }, /unknown option/],
    [{ parameters: { refresh_token: 'r' } }, /must not hold refresh_token/],
    [{ scope: 'a'.repeat(70_000) }, /more than 65536 characters/],
    ['a', /options must be an object/],
  ])) {
    const options = { request };
    const steps = ['getToken', '()'];
    const { found } = await workers.ask('', { name: 'many', steps, options }, 'owner');
    const { code, message: said } = JSON.parse(found).error;
    assert.equal(code, 'invalid_config');
    assert.match(said, message);
  }
  assert.equal(requests('many'), 5);
});

test('an API that refuses every token has no more of them asked for, and its answer is seen', async () => {
  const call = (/** @type {string} */ isolate) => ask(isolate, named('useless'), 'fetch');
  assert.equal((await call('first')).status, 200);
  [1, 2, 3, 4, 5].forEach((n) => revoked.add(`Bearer useless-${n}`));
  for (let i = 0; i < 5; i++) {
    const answers = await Promise.all(ISOLATES.map(call));
    assert.deepEqual(answers.map(({ status }) => status), [401, 401, 401, 401]);
  }
  assert.equal(requests('useless'), 2, 'one more, and then a rest');
});

test('a refusal reaches every isolate as the error that it is, and is asked for once', async () => {
  const errors = await Promise.all(
    ISOLATES.flatMap((isolate) => [ask(isolate, named('denied')), ask(isolate, named('denied'))]),
  );
  for (const error of errors) {
    assert.deepEqual([error.name, error.code, error.status], ['TokenError', 'error_response', 401]);
    assert.ok(error.hint.length > 0);
  }
  await ask('first', named('denied'));
  assert.equal(requests('denied'), 1);
  assert.ok(!JSON.stringify(errors).includes(SECRET));
});

test('the object repeats what may work later', async () => {
  assert.equal((await ask('first', named('flaky'))).access_token, 'flaky-3');
});

test('a token in use is renewed by the alarm, while nobody asks; one that is not in use ends', async () => {
  assert.equal((await ask('first', named('short'))).access_token, 'short-1');
  await until('the alarm renews the token', () => requests('short') === 2);
  await setTimeout(4500); // the life of that one, for which nobody comes
  assert.equal(requests('short'), 2);
  assert.equal((await ask('second', named('short'))).access_token, 'short-3');
  await until('the alarm renews it again', () => requests('short') === 4);
});

test('with KV, an isolate reads the token there, and the object is not asked', async () => {
  const config = configOf('kv');
  assert.equal((await ask('first', { binding: 'PUBLISHED', name: 'kv' })).access_token, 'kv-1');
  const namespace = await workers.miniflare.getKVNamespace('TOKENS', 'first');
  const key = `fetchtoken:${await storeKeyOf(config)}`;
  await until('the token is published', async () => (await namespace.get(key)) !== null);
  const published = /** @type {string} */ (await namespace.get(key));
  assert.ok(!published.includes('kv-1') && !published.includes(SECRET));
  assert.equal((await ask('second', { binding: 'unreachable', config })).access_token, 'kv-1');
  assert.equal(requests('kv'), 1);
  // One who seals by another secret reads nothing there, and is alone.
  assert.equal(
    (
      await ask('second', {
        binding: 'unreachable',
        config: { ...config, clientSecret: 'another secret' },
      })
    ).access_token,
    'kv-2',
  );
});

test('a token that the API refuses, and that no other replaces, is taken back from KV', async () => {
  const where = { binding: 'PUBLISHED', name: 'withdrawn' };
  assert.equal((await ask('first', where, 'fetch')).status, 200);
  const namespace = await workers.miniflare.getKVNamespace('TOKENS', 'first');
  const key = `fetchtoken:${await storeKeyOf(configOf('withdrawn'))}`;
  await until('it is published', async () => (await namespace.get(key)) !== null);
  revoked.add('Bearer withdrawn-1');
  assert.equal((await ask('first', where, 'fetch')).code, 'http_error');
  await until('it is taken back', async () => (await namespace.get(key)) === null);
});

test('KV that takes no more changes nothing but that it is reported', async () => {
  await workers.ask('events', {});
  assert.equal((await ask('first', { binding: 'FULL', name: 'full' })).access_token, 'full-1');
  assert.equal((await ask('second', { binding: 'FULL', name: 'full' })).access_token, 'full-1');
  const events = /** @type {string[]} */ ([]);
  await until(
    'it is reported',
    async () =>
      events.push(...(await workers.ask('events', {}))) > 0 &&
      events.some((event) => event.startsWith('store_failed')),
  );
  assert.ok(events.includes('store_failed: KV PUT failed: 429 Too Many Requests'), events.join());
});

test('whoever has the binding gets tokens, and nothing else', async () => {
  await ask('first', named('spied'));
  for (const steps of [
    ['configOf', '()'],
    ['kvOf', '()'],
    ['optionsOf', '()'],
    ['constructor', 'configOf', '()'],
    ['constructor'],
    ['env'],
    ['env', 'CONFIGS'],
    ['ctx', 'storage'],
    ['#open', '()'],
    ['client'],
    ['__proto__', 'constructor', 'configOf', '()'],
  ]) {
    const { found, message } = await workers.ask('spy', { name: 'spied', steps });
    assert.ok(found === undefined || found === 'undefined', `${steps}: ${found}`);
    assert.ok(!`${message}`.includes(SECRET));
  }
});

test('an object that was away has its token from its storage', async () => {
  assert.equal((await ask('first', named('slept'))).access_token, 'slept-1');
  await workers.stop();
  workers = await start();
  assert.equal((await ask('first', named('slept'))).access_token, 'slept-1');
  assert.equal(requests('slept'), 1);
  assert.equal((await ask('second', { binding: 'PUBLISHED', name: 'kv' })).access_token, 'kv-1');
});
