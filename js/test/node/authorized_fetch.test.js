// client.fetch, beyond the rules of client_table.test.js.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { createClient } from '../../node.js';
import { systemsOf } from '../support/systems.js';
import { config, json, world } from '../support/world.js';

const server = await startTokenServer();
after(() => server.close());

/** A client, and an API that takes the tokens of the last generation. */
function api(more = {}) {
  const calls = /** @type {any[]} */ ([]);
  let good = 1;
  let issued = 0;
  const client = createClient(config, {
    ...world().options,
    ...more,
    origins: ['https://api.example'],
    fetch: async (input, init) => {
      if (String(input) === config.tokenEndpoint) {
        return json({ access_token: `token-${++issued}`, expires_in: 3600 });
      }
      const request = new Request(input, init);
      calls.push({ url: request.url, method: request.method, authorization: request.headers.get('authorization'), body: await request.text() });
      const path = new URL(request.url).pathname;
      if (path.startsWith('/to/')) {
        return new Response(null, { status: Number(path.slice(4, 7)), headers: { location: decodeURIComponent(path.slice(8)) } });
      }
      return new Response('answer', { status: request.headers.get('authorization') === `Bearer token-${good}` ? 200 : 401 });
    },
  });
  return { client, calls, revoke: () => (good = issued + 1), issued: () => issued };
}

test('takes what fetch takes', async () => {
  const calls = /** @type {any[]} */ ([]);
  const client = createClient(config, {
    ...world().options,
    origins: ['https://api.example'],
    fetch: async (input, init) => {
      if (String(input) === config.tokenEndpoint) {
        return json({ access_token: `token-${calls.length + 1}`, expires_in: 3600 });
      }
      const request = new Request(input, init);
      const { url, method, headers } = request;
      calls.push([url, method, headers.get('authorization'), headers.get('x-a'), headers.get('content-type'), await request.text()]);
      return new Response('answer', { status: calls.length === 2 ? 401 : 200 });
    },
  });
  const first = await client.fetch(new Request('https://api.example/a', { method: 'PUT', body: 'text', headers: { 'X-A': 'b' } }));
  assert.equal(await first.text(), 'answer');
  await client.fetch(new URL('https://api.example/b'), { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
  const form = ['https://api.example/b', 'POST', null, 'application/x-www-form-urlencoded;charset=UTF-8', 'a=b'];
  assert.deepEqual(calls, [
    ['https://api.example/a', 'PUT', 'Bearer token-1', 'b', 'text/plain;charset=UTF-8', 'text'],
    form.toSpliced(2, 0, 'Bearer token-1'),
    form.toSpliced(2, 0, 'Bearer token-3'), // sent once more after the 401
  ]);
});

test('a body that is read only once is not sent again: one that is generated, and that of a Request', async () => {
  const { client, calls, revoke } = api();
  const generated = () => (async function* () { yield new TextEncoder().encode('x'); })();
  for (const send of [
    () => client.fetch('https://api.example/', /** @type {any} */ ({ method: 'POST', body: generated(), duplex: 'half' })),
    () => client.fetch(new Request('https://api.example/', { method: 'POST', body: 'x' })),
  ]) {
    await client.getToken();
    revoke();
    assert.equal((await send()).status, 401);
    await assert.rejects(client.fetch('https://api.example/to/307/%2Fa', /** @type {any} */ ({ method: 'POST', body: generated(), duplex: 'half' })), {
      code: 'redirect', message: /the body can't be sent again/,
    });
  }
  assert.ok(calls.every(({ body }) => body === 'x'));
  revoke();
  assert.equal((await client.fetch(new Request('https://api.example/'))).status, 200, 'a Request without a body is');
});

test('every other body is sent again as it was', async () => {
  const form = new FormData();
  form.set('a', 'b');
  for (const [body, text] of /** @type {[any, RegExp][]} */ ([
    ['x', /^x$/], [new TextEncoder().encode('x'), /^x$/], [new TextEncoder().encode('x').buffer, /^x$/], [new Blob(['x']), /^x$/], [new URLSearchParams({ a: 'b' }), /^a=b$/], [form, /name="a"/],
  ])) {
    const { client, calls, revoke } = api();
    await client.getToken();
    revoke();
    assert.equal((await client.fetch('https://api.example/', { method: 'post', body })).status, 200);
    assert.deepEqual(calls.map(({ method, body }) => [method, text.test(body)]), [['POST', true], ['POST', true]]);
  }
});

test("the caller's fetch gets what the caller gave", async () => {
  const got = /** @type {any[]} */ ([]);
  const options = { ...world().options, origins: ['https://api.example'] };
  const client = createClient(config, { ...options, fetch: async (...args) => (String(args[0]) === config.tokenEndpoint ? options.fetch(...args) : (got.push(args), new Response('x'))) });
  const dispatcher = {};
  await client.fetch(new URL('https://api.example/a'), /** @type {any} */ ({ dispatcher, cache: 'no-store', credentials: 'include', headers: [['X-A', 'b']] }));
  const [input, { headers, ...init }] = got[0];
  assert.deepEqual([String(input), init, [...headers]], ['https://api.example/a', { dispatcher, cache: 'no-store', credentials: 'include', redirect: 'manual' }, [['authorization', 'Bearer token-1'], ['x-a', 'b']]]);
  const request = new Request('https://api.example/b', { cache: 'no-cache', credentials: 'omit' });
  await client.fetch(request);
  assert.equal(got[1][0], request);
});

test('works with a fetch that has a class Request of its own', async () => {
  const { fetch: undici } = await import('undici');
  const { createServer } = await import('node:http');
  const requests = /** @type {any[]} */ ([]);
  const api = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.authorization]);
    response.writeHead(requests.length === 1 ? 401 : request.url === '/' ? 307 : 200, { location: '/b' }).end(request.url);
  });
  await new Promise((resolve) => api.listen(0, '127.0.0.1', () => resolve(0)));
  try {
    const origin = `http://127.0.0.1:${/** @type {any} */ (api.address()).port}`;
    const client = createClient(systemsOf(server)[0].config, { origins: [origin], fetch: /** @type {any} */ (undici) });
    const response = await client.fetch(`${origin}/`, { method: 'POST', body: 'x' });
    assert.deepEqual([await response.text(), response.url, requests.map(([method, url]) => `${method} ${url}`)], ['/b', `${origin}/b`, ['POST /', 'POST /', 'POST /b']]);
    assert.notEqual(requests[0][2], requests[1][2]);
  } finally {
    api.close();
    api.closeAllConnections();
  }
});

for (const [challenge, renews] of /** @type {[string | undefined, boolean][]} */ ([
  [undefined, true],
  ['Bearer', true],
  ['Bearer realm="example", error="invalid_token", error_description="The access token expired"', true], // RFC 6750 section 3
  ['Basic realm="a, Bearer", bearer', true],
  ['Bearer error=token_expired', true], // of no RFC
  ['Basic realm="a, Bearer b"', false],
  ['Negotiate YII==, ApiKey', false],
  ['Bearer error="insufficient_scope", scope="a"', false],
  ['Bearer error="invalid_request"', false],
])) {
  test(`a 401 with ${challenge ?? 'no challenge'} ${renews ? 'renews the token' : 'is the answer, and the token stays'}`, async () => {
    const options = { ...world().options, origins: ['https://api.example'] };
    let issued = 0;
    const client = createClient(config, {
      ...options,
      fetch: async (input) => (String(input) === config.tokenEndpoint
        ? json({ access_token: `token-${++issued}`, expires_in: 3600 })
        : new Response('no', { status: 401, headers: challenge === undefined ? {} : { 'WWW-Authenticate': challenge } })),
    });
    const first = await client.getToken();
    const response = await client.fetch('https://api.example/');
    assert.deepEqual([response.status, await response.text(), issued], [401, 'no', renews ? 2 : 1]);
    assert.equal(await client.getToken() === first, !renews);
  });
}

test('a redirect that leads nowhere is the answer, and one to no URL an error', async () => {
  const answers = [new Response('choose', { status: 302 }), new Response(null, { status: 302, headers: { location: 'https://[' } })];
  const options = world().options;
  const client = createClient(config, { ...options, origins: ['https://api.example'], fetch: async (input, init) => (String(input) === config.tokenEndpoint ? options.fetch(input, init) : answers.shift()) });
  assert.equal(await (await client.fetch('https://api.example/')).text(), 'choose');
  await assert.rejects(client.fetch('https://api.example/'), { code: 'redirect' });
});

test('redirects may be an error, and may not go on for ever', async () => {
  const { client, calls } = api();
  await assert.rejects(client.fetch('https://api.example/to/302/%2Fnext', { redirect: 'error' }), { code: 'redirect', message: /redirects are an error/ });
  calls.length = 0;
  const round = `https://api.example/to/302/${encodeURIComponent('?again')}`;
  await assert.rejects(client.fetch(round), { code: 'redirect', message: /too often/ });
  assert.equal(calls.length, 21);
});
