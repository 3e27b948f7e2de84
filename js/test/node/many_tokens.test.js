// Many tokens of one client: each request has its own, and none comes out under another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createClient, createClients } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';
import { echoServer, issuedFor } from '../support/echo_server.js';
import { until } from '../support/until.js';
import { config, world } from '../support/world.js';

const SCOPES = ['read', 'write', 'read write', 'admin', ''];

/**
 * Twenty requests that differ, each with what the server is to see of it: RFC 6749 section 3.3, RFC
 * 8707 and RFC 8693 section 2.1 name the parameters.
 *
 * @type {{ request: import('../../types.js').TokenRequest, body: Record<string, string[]> }[]}
 */
const REQUESTS = SCOPES.flatMap((scope) => {
  const scopes = scope === '' ? {} : { scope: [scope] };
  return [
    { request: { scope }, body: scopes },
    { request: { scope, audience: 'a' }, body: { ...scopes, audience: ['a'] } },
    { request: { scope, resource: 'https://a.example/' },
      body: { ...scopes, resource: ['https://a.example/'] } },
    { request: { scope, parameters: { audience_hint: 'a' } },
      body: { ...scopes, audience_hint: ['a'] } },
  ];
});

const TENANTS = ['t1', 't2', 't3', 't4', 't5'];

/** A generator of numbers below 1 that is the same in each run. @param {number} seed */
const chance = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;

/** @template T @param {T[]} list @param {() => number} random */
function shuffled(list, random) {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]);
}

/**
 * One call of each of ten callers, for each request of each tenant.
 *
 * @param {number} callers
 */
const callsOf = (callers) =>
  Array.from({ length: callers }, () =>
    TENANTS.flatMap((tenant) => REQUESTS.map((wanted) => ({ tenant, ...wanted }))),
  ).flat();

/** @type {Record<string, (calls: ReturnType<typeof callsOf>) => ReturnType<typeof callsOf>>} */
const ORDERS = {
  'caller by caller': (calls) => calls,
  'the other way round': (calls) => calls.toReversed(),
  'request by request': (calls) =>
    calls.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  'by chance, 1': (calls) => shuffled(calls, chance(1)),
  'by chance, 2': (calls) => shuffled(calls, chance(2)),
};

/** What each run adds. @type {Record<string, () => import('../../types.js').TokenClientOptions>} */
const KINDS = {
  'by themselves': () => ({}),
  'with a store': () => ({ store: memoryStore() }),
  'with room for seven': () => ({ maxTokens: 7 }),
};

for (const [order, sort] of Object.entries(ORDERS)) {
  for (const [kind, more] of Object.entries(KINDS)) {
    test(`1,000 calls at once for 100 tokens are 100 requests, ${order}, ${kind}`, async () => {
      const random = chance(3);
      const server = echoServer({
        delay: async () => {
          for (let turns = Math.floor(random() * 20); turns > 0; turns--) {
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      });
      const options = { ...more(), fetch: server.fetch };
      const clients = createClients((tenant) => ({ ...config, clientId: tenant }), options);
      const calls = sort(callsOf(10));
      assert.equal(calls.length, 1000);
      await Promise.all(
        calls.map(async ({ tenant, request, body }) => {
          const token = await clients.get(tenant).getToken(request);
          const { client, body: asked } = issuedFor(token);
          assert.deepEqual({ client, asked }, { client: tenant, asked: body });
        }),
      );
      assert.equal(server.asked.length, 100);
    });
  }
}

test('requests are the same if they send the same', async () => {
  const server = echoServer();
  const own = {
    ...config, scope: ['b', 'a'], audience: 'x', parameters: { p: '1', q: ['2', '3'] },
  };
  const client = createClient(own, { fetch: server.fetch });
  for (const [requests, body] of /** @type {[any[], any][]} */ ([
    [
      [
        undefined, {}, { scope: 'a b' }, { scope: 'b  a a' }, { scope: ['a', 'b'] },
        { scope: undefined }, { audience: ['x'] }, { parameters: {} }, { parameters: { p: '1' } },
        { parameters: { q: ['2', '3'] }, audience: 'x', scope: 'b a' },
      ],
      { scope: ['b a'], audience: ['x'], p: ['1'], q: ['2', '3'] },
    ],
    [
      [{ scope: 'c a' }, { scope: ['a', 'c'], audience: 'x' }, { scope: 'a c c' }],
      { scope: ['a c'], audience: ['x'], p: ['1'], q: ['2', '3'] },
    ],
    [[{ scope: '' }, { scope: [] }], { audience: ['x'], p: ['1'], q: ['2', '3'] }],
    [
      [{ audience: ['x', 'y'] }],
      { scope: ['b a'], audience: ['x', 'y'], p: ['1'], q: ['2', '3'] },
    ],
    [
      [{ audience: ['y', 'x'] }],
      { scope: ['b a'], audience: ['y', 'x'], p: ['1'], q: ['2', '3'] },
    ],
    [
      [{ parameters: { q: '4', r: '5' } }, { parameters: { r: ['5'], q: ['4'], p: '1' } }],
      { scope: ['b a'], audience: ['x'], p: ['1'], q: ['4'], r: ['5'] },
    ],
    [
      [{ parameters: { p: 'q', q: 'p' } }],
      { scope: ['b a'], audience: ['x'], p: ['q'], q: ['p'] },
    ],
    [[{ parameters: { q: ['3', '2'] } }],
      { scope: ['b a'], audience: ['x'], p: ['1'], q: ['3', '2'] }],
    [[{ resource: 'https://x/' }],
      { scope: ['b a'], audience: ['x'], p: ['1'], q: ['2', '3'], resource: ['https://x/'] }],
  ])) {
    const before = server.asked.length;
    for (const request of requests) {
      assert.deepEqual(issuedFor(await client.getToken(request)).body, body);
    }
    assert.equal(server.asked.length, before + 1, JSON.stringify(requests));
  }
});

test('a request that can’t be used is an error, and nothing is asked', async () => {
  const server = echoServer();
  const client = createClient(config, { fetch: server.fetch });
  const polluted = JSON.parse('{"__proto__":{"scope":"admin"}}');
  for (const [request, message] of /** @type {[any, RegExp][]} */ ([
    [{ scope: 1 }, /options\.scope must be a string or a list of strings/],
    [{ scope: ['a', 1] }, /options\.scope must be/],
    [{ audience: {} }, /options\.audience must be/],
    [{ resource: null }, /options\.resource must be/],
    [{ parameters: 'x' }, /options\.parameters must be an object/],
    [{ parameters: { x: 1 } }, /options\.parameters must be an object/],
    [{ parameters: { refresh_token: 'r' } }, /must not hold refresh_token.*client of its own/],
    [{ parameters: { assertion: 'r' } }, /must not hold assertion/],
    [{ parameters: { code: 'r' } }, /must not hold code/],
    [{ parameters: { device_code: 'r' } }, /must not hold device_code/],
    [{ parameters: { scope: 'r' } }, /set scope/],
    [{ scope: 'a\nb' }, /line break|control|scope/],
    [{ audience: 'a'.repeat(65_536) }, /more than 65536 characters/],
    [{ scopes: 'a' }, /did you mean scope/],
    [polluted, /unknown option/],
  ])) {
    await assert.rejects(client.getToken(request), { code: 'invalid_config', message });
  }
  assert.equal(server.asked.length, 0);
});

test('at most so many are kept, and the one that was used least recently goes', async () => {
  const server = echoServer();
  const client = createClient(config, { fetch: server.fetch, maxTokens: 2 });
  const scopes = async (/** @type {string[]} */ ...list) => {
    for (const scope of list) {
      await client.getToken({ scope });
    }
    return server.asked.length;
  };
  await client.getToken();
  assert.equal(await scopes('a', 'b', 'a', 'b'), 3);
  assert.equal(await scopes('c'), 4); // a goes
  assert.equal(await scopes('b', 'c'), 4);
  assert.equal(await scopes('a', 'c'), 5); // b goes
  await client.getToken();
  assert.equal(server.asked.length, 5); // the client's own stays
  assert.equal(await scopes('b'), 6);
});

test('one that is dropped while it is asked for loses no caller, and is asked for once', async () => {
  /** @type {(() => void)[]} */
  const held = [];
  const server = echoServer({ delay: () => new Promise((resolve) => held.push(() => resolve(0))) });
  const client = createClient(config, { fetch: server.fetch, maxTokens: 1 });
  const scopes = Array.from({ length: 50 }, (_, i) => `s${i}`);
  const calls = [...scopes, ...scopes].map(async (scope) => [
    [scope],
    issuedFor(await client.getToken({ scope })).body.scope,
  ]);
  await until('50 requests', () => held.length === 50);
  held.reverse().forEach((release) => release());
  for (const [scope, got] of await Promise.all(calls)) {
    assert.deepEqual(got, scope);
  }
  assert.equal(server.asked.length, 50);
});

test('close ends what was dropped, too', async () => {
  const server = echoServer({ delay: () => new Promise(() => {}) });
  const client = createClient(config, { fetch: server.fetch, maxTokens: 1 });
  const calls = ['a', 'b', 'c', undefined].map((scope) => client.getToken({ scope }));
  await until('four requests', () => server.asked.length === 4);
  await client.close();
  for (const { status, reason } of /** @type {any[]} */ (await Promise.allSettled(calls))) {
    assert.deepEqual([status, reason?.code], ['rejected', 'closed']);
  }
  await assert.rejects(client.getToken({ scope: 'a' }), { code: 'closed' });
});

test('a signal ends the wait of its caller only, and force and minLifetime are for that token', async () => {
  const server = echoServer();
  const client = createClient(config, { fetch: server.fetch });
  await client.getToken({ scope: 'a' });
  await client.getToken({ scope: 'b' });
  const forced = await client.getToken({ scope: 'a', force: true });
  assert.deepEqual(issuedFor(forced), { client: 'client', body: { scope: ['a'] }, number: 3 });
  assert.equal(issuedFor(await client.getToken({ scope: 'b' })).number, 2);
  assert.equal(issuedFor(await client.getToken({ scope: 'b', minLifetime: 7_200_000 })).number, 2);
  const reason = new Error('the caller has gone');
  const gone = client.getToken({ scope: 'c', signal: AbortSignal.abort(reason) });
  await assert.rejects(gone, (error) => error === reason);
  assert.equal(server.asked.length, 3);
});

test('invalidate forgets that token, and without one all', async () => {
  const server = echoServer();
  const client = createClient(config, { fetch: server.fetch });
  const [own, a, b] = [
    await client.getToken(), await client.getToken({ scope: 'a' }),
    await client.getToken({ scope: 'b' }),
  ];
  await client.invalidate(a);
  await client.invalidate(a); // once more forgets no more
  assert.equal(await client.getToken(), own);
  assert.equal(await client.getToken({ scope: 'b' }), b);
  assert.equal(issuedFor(await client.getToken({ scope: 'a' })).number, 4);
  await client.invalidate();
  await client.getToken();
  await client.getToken({ scope: 'a' });
  await client.getToken({ scope: 'b' });
  assert.equal(server.asked.length, 7);
});

test('a refusal is of that request alone', async () => {
  const w = world([{}, () => Response.json({ error: 'invalid_scope' }, { status: 400 }), {}]);
  const client = createClient(config, w.options);
  await client.getToken({ scope: 'a' });
  await assert.rejects(client.getToken({ scope: 'b' }), { error: 'invalid_scope' });
  await assert.rejects(client.getToken({ scope: 'b' }), { error: 'invalid_scope' });
  assert.equal(w.requests, 2);
  await client.getToken();
  assert.equal(w.requests, 3);
});

test('events say of which request they are, without its parameters', async () => {
  const w = world();
  const client = createClient(config, w.options);
  await client.getToken();
  await client.getToken({
    scope: 'b a', audience: 'x', resource: ['y', 'z'], parameters: { p: 'a secret' },
  });
  const request = { scope: 'a b', audience: ['x'], resource: ['y', 'z'] };
  const expiresAt = w.now / 1000 + 3600;
  assert.deepEqual(w.events, [
    { type: 'requested', attempt: 1 },
    { type: 'renewed', expiresAt, duration: 0, served: 0 },
    { type: 'requested', attempt: 1, request },
    { type: 'renewed', expiresAt, duration: 0, served: 0, request },
  ]);
});

// ---- client.fetch

/** An API that says which token it got, and a client for it. @param {any} [more] */
function api(more = { origins: ['https://a.example', 'https://b.example'] }) {
  const server = echoServer();
  const refused = new Set();
  /** @type {any[]} */
  const got = [];
  const client = createClient(config, {
    ...more,
    fetch: async (/** @type {any} */ url, /** @type {any} */ init) => {
      if (String(url) === config.tokenEndpoint) {
        return server.fetch(url, init);
      }
      const { origin, pathname } = new URL(url);
      const header = new Headers(init.headers).get('authorization');
      const token = header === null ? null : header.replace('Bearer ', '');
      got.push([origin, token && (issuedFor({ access_token: token }).body.scope?.[0] ?? 'own')]);
      if (pathname.startsWith('/to/')) {
        const location = decodeURIComponent(pathname.slice(4));
        return new Response(null, { status: 307, headers: { location } });
      }
      return new Response('', { status: refused.has(token) ? 401 : 200 });
    },
  });
  return { client, server, got, refused };
}

test('client.fetch sends the token that it is told to', async () => {
  const { client, got } = api();
  await client.fetch('https://a.example/', {}, { token: { scope: 'read' } });
  await client.fetch('https://a.example/', undefined, { token: { scope: 'write' } });
  await client.fetch('https://a.example/');
  await client.fetch('https://a.example/', {}, { token: {} });
  await client.fetch('https://a.example/', {}, {});
  assert.deepEqual(got.map(([, scope]) => scope), ['read', 'write', 'own', 'own', 'own']);
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ scope: 'read' }, /unknown option "scope": known are token/],
    [{ token: 'read' }, /options\.token must be an object/],
    [{ token: { scopes: 'read' } }, /did you mean scope/],
    [{ token: { signal: undefined } }, /unknown option/],
  ])) {
    await assert.rejects(client.fetch('https://a.example/', {}, options), { message });
  }
});

test('each origin has its token, also after a redirect', async () => {
  const origins = {
    'https://a.example': { scope: 'a' }, 'https://b.example': { scope: 'b' },
    'https://c.example': {},
  };
  const { client, got, server } = api({ origins });
  origins['https://a.example'].scope = 'changed';
  const to = (/** @type {string} */ url) => `to/${encodeURIComponent(url)}`;
  await client.fetch(
    `https://a.example/${to(`https://b.example/${to(`https://c.example/${to('https://a.example/')}`)}`)}`,
  );
  await client.fetch(
    `https://a.example/${to(`https://b.example/${to('https://a.example/')}`)}`, {},
    { token: { scope: 'own wish' } },
  );
  await client.fetch(`https://a.example/${to(`https://d.example/${to('https://b.example/')}`)}`);
  assert.deepEqual(got, [
    ['https://a.example', 'a'], ['https://b.example', 'b'], ['https://c.example', 'own'],
    ['https://a.example', 'a'],
    ['https://a.example', 'own wish'], ['https://b.example', 'b'], ['https://a.example', 'a'],
    ['https://a.example', 'a'], ['https://d.example', null], ['https://b.example', null],
  ]);
  assert.equal(server.asked.length, 4);
});

test('a wish of the caller’s goes to all of a list of origins', async () => {
  const { client, got } = api();
  const url = `https://a.example/to/${encodeURIComponent('https://b.example/')}`;
  await client.fetch(url, {}, { token: { scope: 'read' } });
  assert.deepEqual(got, [['https://a.example', 'read'], ['https://b.example', 'read']]);
});

test('a 401 renews the token that was refused, and no other', async () => {
  const { client, server, got, refused } = api();
  const own = await client.getToken();
  const write = await client.getToken({ scope: 'write' });
  refused.add((await client.getToken({ scope: 'read' })).access_token);
  const { status } = await client.fetch('https://a.example/', {}, { token: { scope: 'read' } });
  assert.equal(status, 200);
  assert.deepEqual(got.map(([, scope]) => scope), ['read', 'read']);
  assert.equal(server.asked.length, 4);
  assert.equal(await client.getToken(), own);
  assert.equal(await client.getToken({ scope: 'write' }), write);
});

test('origins that can’t be used are an error', () => {
  for (const origins of /** @type {any[]} */ ([
    { 'https://a.example/path': {} }, { 'http://a.example': {} }, 'https://a.example', 7,
    { 'https://a.example': { scope: 1 } }, { 'https://a.example': { secret: 'x' } },
    { 'https://a.example': 'read' }, new Map([['https://a.example', {}]]),
  ])) {
    assert.throws(() => createClient(config, { origins }), { code: 'invalid_config' });
  }
});

// ---- Grants that work once

test('tokens of one refresh token take turns, and each asks with the newest', async () => {
  /** @type {string[]} */
  const sent = [];
  let [now, current] = [0, 'r0'];
  const fetch = async (/** @type {any} */ _, /** @type {any} */ { body }) => {
    const form = new URLSearchParams(body);
    sent.push(`${form.get('refresh_token')} ${form.get('scope')}`);
    if (form.get('refresh_token') !== current) { // RFC 6749 section 5.2
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    }
    current = `r${++now}`;
    await new Promise((resolve) => setImmediate(resolve));
    const access_token = `token of ${form.get('scope')}`;
    return Response.json({ access_token, expires_in: 3600, refresh_token: current });
  };
  const client = createClient(
    { ...config, grantType: 'refresh_token', scope: 'a b', parameters: { refresh_token: 'r0' } },
    { fetch },
  );
  const tokens = await Promise.all([
    client.getToken(), client.getToken({ scope: 'a' }), client.getToken({ scope: 'b' }),
    client.getToken({ scope: 'a' }),
  ]);
  assert.deepEqual(
    tokens.map(({ access_token }) => access_token),
    ['token of a b', 'token of a', 'token of b', 'token of a'],
  );
  assert.deepEqual(sent.map((text) => text.slice(0, 2)), ['r0', 'r1', 'r2']);
  assert.deepEqual(new Set(sent.map((text) => text.slice(3))), new Set(['a b', 'a', 'b']));
});

test('a caller who leaves while another token is asked for leaves the turn to the next', async () => {
  let answer = () => {};
  const answered = new Promise((resolve) => (answer = () => resolve(0)));
  let requests = 0;
  const fetch = async () => {
    requests++;
    await answered;
    return Response.json({ access_token: `token-${requests}`, expires_in: 3600 });
  };
  const client = createClient(
    { ...config, grantType: 'refresh_token', parameters: { refresh_token: 'r0' } }, { fetch },
  );
  const first = client.getToken({ scope: 'a' });
  await until('a request', () => requests === 1);
  const controller = new AbortController();
  const second = client.getToken({ scope: 'b', signal: controller.signal });
  const third = client.getToken({ scope: 'c' });
  controller.abort();
  await assert.rejects(second, { name: 'AbortError' });
  answer();
  await Promise.all([first, third]);
  assert.equal(requests, 2);
});

// ---- A broker

test('a broker is told the request, and one that doesn’t repeat it is not believed', async () => {
  /** @type {any[]} */
  const asked = [];
  let repeats = true;
  const broker = () => ({
    async getToken(/** @type {any} */ options) {
      asked.push(options);
      const token = { access_token: `token-${asked.length}`, token_type: 'Bearer' };
      return {
        record: { token, until: Date.now() + 3_600_000, margin: 60_000 },
        ...(repeats && { request: structuredClone(options.request) }),
      };
    },
  });
  const client = createClient(null, { broker });
  await client.getToken();
  await client.getToken({ scope: 'b a', audience: 'x' });
  await client.getToken({ audience: ['x'], scope: ['a', 'b'] });
  assert.deepEqual(asked, [
    { refused: undefined },
    { refused: undefined, request: { scope: 'a b', audience: ['x'] } },
  ]);
  repeats = false;
  await assert.rejects(client.getToken({ scope: 'c' }), {
    code: 'invalid_config', message: /the broker doesn't know scope/,
  });
  await client.getToken();
});

// ---- Tenants

test('at most so many clients are kept, and the one that was got least recently goes', async () => {
  const server = echoServer();
  const options = { fetch: server.fetch, maxClients: 2 };
  const clients = createClients((tenant) => ({ ...config, clientId: tenant }), options);
  const dropped = clients.get('a');
  for (const tenant of ['a', 'b', 'a', 'c', 'a', 'b']) {
    assert.equal(issuedFor(await clients.get(tenant).getToken()).client, tenant);
  }
  assert.deepEqual(server.asked.map(({ client }) => client), ['a', 'b', 'c', 'b']);
  assert.equal(clients.get('a'), dropped);
  await clients.close();
  await assert.rejects(dropped.getToken(), { code: 'closed' });
  assert.throws(() => clients.get('a'), { code: 'closed' });
});

test('a client that is dropped while callers wait for it loses none, and asks once', async () => {
  let answer = () => {};
  const answered = new Promise((resolve) => (answer = () => resolve(0)));
  const server = echoServer({ delay: () => answered });
  const options = { fetch: server.fetch, maxClients: 1 };
  const clients = createClients((tenant) => ({ ...config, clientId: tenant }), options);
  const tenants = ['a', 'b', 'c', 'a', 'b', 'c'];
  const calls = tenants.map((tenant) => clients.get(tenant).getToken());
  await until('three requests', () => server.asked.length === 3);
  answer();
  assert.deepEqual((await Promise.all(calls)).map((token) => issuedFor(token).client), tenants);
  assert.equal(server.asked.length, 3);
});

test('names of tenants are names and nothing else', async () => {
  const server = echoServer();
  const clients = createClients((tenant) => ({ ...config, clientId: tenant }), {
    fetch: server.fetch,
  });
  for (const tenant of ['__proto__', 'constructor', 'a', 'A', 'a.']) {
    assert.equal(issuedFor(await clients.get(tenant).getToken()).client, tenant);
  }
  for (const tenant of /** @type {any[]} */ ([undefined, null, 1, {}, ['a']])) {
    assert.throws(() => clients.get(tenant), { code: 'invalid_config' });
  }
});

test('options of createClients that can’t be used are errors', () => {
  for (const [configOf, options, message] of /** @type {[any, any, RegExp][]} */ ([
    [config, {}, /takes a function/],
    [() => config, { maxClients: 0 }, /options\.maxClients must be a whole number/],
    [() => config, { timeout: 'x' }, /options\.timeout must be/],
    [() => config, { store: {} }, /options\.store must be/],
    [() => config, { maxClient: 1 }, /unknown option/],
  ])) {
    assert.throws(() => createClients(configOf, options), { code: 'invalid_config', message });
  }
});

test('a tenant takes a few kilobytes', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const clients = createClients((tenant) => ({ ...config, clientId: tenant }), {
    fetch: echoServer().fetch, maxClients: 10_000,
  });
  const made = (/** @type {number} */ from) => {
    for (let n = from; n < from + 4_000; n++) {
      clients.get(`tenant-${n}`);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = made(0);
  const each = (made(4_000) - before) / 4_000;
  assert.ok(each < 4_096, `${each} bytes`);
});

test('each token is of the configuration as it was when the client was made', async () => {
  const w = world([{}, {}]);
  const changing = { ...config, parameters: { tenant: 'one' } };
  const client = createClient(changing, w.options);
  await client.getToken();
  changing.parameters.tenant = 'another';
  await client.getToken({ scope: 'write' });
  assert.deepEqual(w.sent.map(({ body }) => new URLSearchParams(body).get('tenant')), ['one', 'one']);
  await client.close();
});
