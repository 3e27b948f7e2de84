// client.fetch, beyond the rules of client_table.test.js.

import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';

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
      calls.push({
        url: request.url,
        method: request.method,
        a: request.headers.get('x-a'),
        authorization: request.headers.get('authorization'),
        body: await request.text(),
      });
      const path = new URL(request.url).pathname;
      if (path.startsWith('/to/')) {
        return new Response(null, {
          status: Number(path.slice(4, 7)),
          headers: { location: decodeURIComponent(path.slice(8)) },
        });
      }
      return new Response('answer', {
        status: request.headers.get('authorization') === `Bearer token-${good}` ? 200 : 401,
      });
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
      calls.push([
        url,
        method,
        headers.get('authorization'),
        headers.get('x-a'),
        headers.get('content-type'),
        await request.text(),
      ]);
      return new Response('answer', { status: calls.length === 2 ? 401 : 200 });
    },
  });
  const first = await client.fetch(
    new Request('https://api.example/a', { method: 'PUT', body: 'text', headers: { 'X-A': 'b' } }),
  );
  assert.equal(await first.text(), 'answer');
  await client.fetch(new URL('https://api.example/b'), {
    method: 'POST',
    body: new URLSearchParams({ a: 'b' }),
  });
  const form = [
    'https://api.example/b',
    'POST',
    null,
    'application/x-www-form-urlencoded;charset=UTF-8',
    'a=b',
  ];
  assert.deepEqual(calls, [
    ['https://api.example/a', 'PUT', 'Bearer token-1', 'b', 'text/plain;charset=UTF-8', 'text'],
    form.toSpliced(2, 0, 'Bearer token-1'),
    form.toSpliced(2, 0, 'Bearer token-3'), // sent once more after the 401
  ]);
});

/** Bytes in pieces, and how many of them were taken. @param {number} pieces @param {number} size */
function pieces(pieces, size) {
  const w = { taken: 0, cancelled: false, stream: /** @type {any} */ (undefined) };
  w.stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(size).fill(97 + w.taken++ % 26));
      if (w.taken === pieces) {
        controller.close();
      }
    },
    cancel: () => void (w.cancelled = true),
  }, { highWaterMark: 0 });
  return w;
}

const generated = (text = 'x') => (async function* () { yield text; })();

for (const [
  what,
  send,
] of /** @type {[string, (client: any, url: string) => Promise<Response>][]} */ ([
  [
    'a stream',
    (client, url) =>
      client.fetch(url, { method: 'POST', body: new Response('x').body, duplex: 'half' }),
  ],
  [
    'what is generated',
    (client, url) => client.fetch(url, { method: 'POST', body: generated(), duplex: 'half' }),
  ],
  [
    'that of a Request',
    (client, url) => client.fetch(new Request(url, { method: 'POST', body: 'x' })),
  ],
  [
    'that of a Request whose body is a stream',
    (client, url) =>
      client.fetch(
        new Request(
          url,
          /** @type {any} */ ({ method: 'POST', body: new Response('x').body, duplex: 'half' }),
        ),
      ),
  ],
  [
    'that of a Request with an init',
    (client, url) =>
      client.fetch(new Request(url, { method: 'PUT', body: 'x' }), { method: 'POST' }),
  ],
  [
    'that of a Request as init',
    (client, url) =>
      client.fetch(url, new Request('https://else.example/', { method: 'POST', body: 'x' })),
  ],
])) {
  test(`a body that can be read only once is kept while it is sent, and sent again: ${what}`, async () => {
    const { client, calls, revoke } = api();
    await client.getToken();
    revoke();
    assert.equal((await send(client, 'https://api.example/')).status, 200);
    assert.equal((await send(client, 'https://api.example/to/307/%2Fa')).status, 200);
    assert.deepEqual(calls.map(({ method, body }) => [method, body]), Array(4).fill(['POST', 'x']));
  });

  test(`unless it is longer than maxReplay: ${what}`, async () => {
    const { client, calls, revoke } = api({ maxReplay: 0 });
    await client.getToken();
    revoke();
    assert.equal((await send(client, 'https://api.example/')).status, 401);
    await assert.rejects(send(client, 'https://api.example/to/307/%2Fa'), {
      code: 'redirect',
      message: /the body can't be sent again/,
    });
    assert.deepEqual(
      calls.map(({ method, body }) => [method, body]),
      Array(2).fill(['POST', 'x']),
    );
  });
}

test('of a long stream nothing but maxReplay is read ahead, and it is let go of', async () => {
  const options = { ...world().options, maxReplay: 1000, origins: ['https://api.example'] };
  const long = pieces(100, 100);
  let ahead = 0;
  const client = createClient(config, {
    ...options,
    fetch: async (input, init) => {
      if (String(input) === config.tokenEndpoint) {
        return options.fetch(input, init);
      }
      const reader = /** @type {any} */ (init).body.getReader();
      for (let read = 0; !(await reader.read()).done; read++) {
        await new Promise((resolve) => setImmediate(resolve));
        ahead = Math.max(ahead, long.taken - read);
      }
      return new Response('no', { status: 401 });
    },
  });
  assert.equal(
    (
      await client.fetch(
        'https://api.example/',
        /** @type {any} */ ({ method: 'POST', body: long.stream, duplex: 'half' }),
      )
    ).status,
    401,
  );
  assert.equal(long.taken, 100);
  // 1,000 bytes, the piece that is too many, and what waits in queues
  assert.ok(ahead <= 14, `${ahead} pieces of 100 bytes`);

  const unsent = pieces(100, 100);
  await assert.rejects(
    client.fetch(
      'https://evil.example/',
      /** @type {any} */ ({ method: 'POST', body: unsent.stream, duplex: 'half' }),
    ),
    { code: 'invalid_config' },
  );
  assert.deepEqual([unsent.taken, unsent.cancelled], [0, true]);
});

test('a 401 whose body never ends is let go of, and the caller may go while its own body is awaited', async () => {
  const options = { ...world().options, origins: ['https://api.example'] };
  let calls = 0;
  const open = () =>
    createClient(config, {
      ...options,
      fetch: async (input, init) =>
        String(input) === config.tokenEndpoint
          ? options.fetch(input, init)
          : new Response(
              ++calls % 2 ? new ReadableStream({ cancel: () => new Promise(() => {}) }) : 'answer',
              { status: calls % 2 ? 401 : 200 },
            ),
    });
  assert.equal(await (await open().fetch('https://api.example/')).text(), 'answer');
  const controller = new AbortController();
  const body = new ReadableStream(
    {
      pull: () => {
        controller.abort(new Error('gone'));
        return new Promise(() => {});
      },
    },
    { highWaterMark: 0 },
  );
  const sent = open().fetch(
    'https://api.example/',
    /** @type {any} */ ({ method: 'POST', body, duplex: 'half', signal: controller.signal }),
  );
  await assert.rejects(sent, { message: 'gone' });
});

suite('what is sent is what there was when fetch was called', () => {
  test('of one init, one URL and one body for several calls', async () => {
    const { client, calls } = api();
    const url = new URL('https://api.example/1');
    const headers = new Headers({ 'X-A': '1' });
    const bytes = new TextEncoder().encode('1');
    const init = /** @type {any} */ ({ method: 'DELETE', headers, body: bytes });
    const first = client.fetch(url, init);
    url.pathname = '/2';
    headers.set('X-A', '2');
    bytes[0] = 50;
    Object.assign(init, { method: 'PUT', body: new URLSearchParams('2') });
    const second = client.fetch(url, init);
    init.body.set('2', '3');
    url.href = 'https://evil.example/';
    init.method = 'POST';
    await Promise.all([first, second]);
    assert.deepEqual(
      calls.map(({ url, method, body, a }) => [url, method, body, a]),
      [
        ['https://api.example/1', 'DELETE', '1', '1'],
        ['https://api.example/2', 'PUT', '2=', '2'],
      ],
    );
  });

  test('of what answers differently each time', async () => {
    for (const make of /** @type {(() => any)[]} */ ([
      () => {
        let n = 0;
        return { toString: () => (n++ === 0 ? 'https://api.example/' : 'https://evil.example/') };
      },
      () => {
        let n = 0;
        return new Proxy(new URL('https://api.example/'), {
          get: (url, name) =>
            name === Symbol.toPrimitive
              ? () => (n++ === 0 ? 'https://api.example/' : 'https://evil.example/')
              : /** @type {any} */ (url)[name],
        });
      },
    ])) {
      const { client, calls } = api();
      await client.fetch(make());
      assert.deepEqual(calls.map(({ url }) => url), ['https://api.example/']);
    }
    const { client, calls, revoke } = api();
    await client.getToken();
    revoke(); // so that it is sent twice
    let reads = 0;
    await client.fetch('https://api.example/', {
      get method() {
        return ++reads === 1 ? 'PUT' : 'DELETE';
      },
      get body() {
        return ++reads === 2 ? 'a' : 'b';
      },
    });
    assert.deepEqual(
      [reads, calls.map(({ method, body }) => [method, body])],
      [
        2,
        [
          ['PUT', 'a'],
          ['PUT', 'a'],
        ],
      ],
    );
  });

  test('of a form, of bytes in a shared buffer, and of a Request', async () => {
    const { client, calls } = api();
    const form = new FormData();
    form.set('a', 'before');
    const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 3).fill(97);
    const view = new DataView(new ArrayBuffer(8), 1, 2);
    const request = new Request('https://api.example/r', { headers: { 'X-A': '1' } });
    const post = (/** @type {any} */ body) =>
      client.fetch('https://api.example/', { method: 'POST', body });
    const sent = [post(form), post(shared), post(view), client.fetch(request)];
    form.set('a', 'after');
    shared.fill(98);
    view.setUint8(0, 99);
    request.headers.set('Authorization', 'no');
    await Promise.all(sent);
    const bodies = calls.map(({ body }) => body); // in whichever order they were read
    assert.ok(
      bodies.some((body) => body.includes('before')) &&
        !bodies.some((body) => body.includes('after')),
    );
    assert.deepEqual(
      ['aaa', '\0\0', ''].filter((body) => !bodies.includes(body)),
      [],
    );
    assert.ok(calls.every(({ authorization }) => authorization === 'Bearer token-1'));
  });

  test('of origins and options', async () => {
    const origins = ['https://api.example'];
    const options = /** @type {any} */ ({ ...world().options, origins });
    const client = createClient(config, options);
    origins.push('https://evil.example');
    options.origins = ['https://evil.example'];
    await assert.rejects(client.fetch('https://evil.example/'), { code: 'invalid_config' });
    // one that changes after it was checked
    const texts = ['https://api.example', 'https://evil.example'];
    const changing = Object.defineProperty([''], 0, { get: () => texts.shift() });
    const other = createClient(config, { ...world().options, origins: changing });
    await assert.rejects(other.fetch('https://evil.example/'), { code: 'invalid_config' });
  });
});

test('every method works without its client beside it', async () => {
  const { client, calls } = api();
  const { fetch, getToken, invalidate, close } = client;
  const first = await getToken();
  assert.equal((await fetch('https://api.example/')).status, 200);
  invalidate(first);
  assert.notEqual(await getToken(), first);
  // token-1 alone is good there
  assert.equal((await { fetch }.fetch('https://api.example/')).status, 401);
  close();
  await assert.rejects(getToken(), { code: 'closed' });
  await assert.rejects(fetch('https://api.example/'), { code: 'closed' });
  assert.ok(calls.length > 1);
});

test('options of getToken that are not known are errors', async () => {
  const { client } = api();
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ tenant: 'a' }, /unknown option "tenant": known are signal, force/],
    [{ scope: 1 }, /options\.scope must be a string or a list of strings/],
    [{ forced: true }, /did you mean force\?/],
    [{ force: 1 }, /options\.force must be true or false/],
    [{ signal: {} }, /options\.signal must be an AbortSignal/],
    [null, /options must be an object, not null/],
    ['x', /not a string/],
    [[], /not an array/],
  ])) {
    await assert.rejects(client.getToken(options), { code: 'invalid_config', message });
  }
});

test('refusesToken decides in place of the rule, by the body, too', async () => {
  const options = { ...world().options, origins: ['https://api.example'] };
  const answers = [
    new Response('{"code":"expired"}', { status: 419 }),
    new Response('renewed'),
    new Response('no', { status: 401 }),
  ];
  let issued = 0;
  const client = createClient(config, {
    ...options,
    refusesToken: async (response) =>
      response.status === 419 && (await response.clone().text()).includes('expired'),
    fetch: async (input) =>
      String(input) === config.tokenEndpoint
        ? json({ access_token: `token-${++issued}`, expires_in: 3600 })
        : /** @type {any} */ (answers.shift()),
  });
  assert.equal(await (await client.fetch('https://api.example/')).text(), 'renewed');
  assert.deepEqual([(await client.fetch('https://api.example/')).status, issued], [401, 2]);
});

test('a redirect to a URL with credentials, or to no http, is an error', async () => {
  for (const target of [
    'https://a:b@api.example/',
    'https://a@evil.example/',
    'data:,x',
    'file:///etc/passwd',
    'ftp://api.example/',
  ]) {
    const { client, calls } = api();
    await assert.rejects(client.fetch(`https://api.example/to/302/${encodeURIComponent(target)}`), {
      code: 'redirect',
    });
    assert.equal(calls.length, 1);
  }
});

test('every other body is sent again as it was', async () => {
  const form = new FormData();
  form.set('a', 'b');
  for (const [body, text] of /** @type {[any, RegExp][]} */ ([
    ['x', /^x$/],
    [new TextEncoder().encode('x'), /^x$/],
    [new TextEncoder().encode('x').buffer, /^x$/],
    [new Blob(['x']), /^x$/],
    [new URLSearchParams({ a: 'b' }), /^a=b$/],
    [form, /name="a"/],
  ])) {
    const { client, calls, revoke } = api();
    await client.getToken();
    revoke();
    assert.equal(
      (await client.fetch('https://api.example/', { method: 'post', body })).status,
      200,
    );
    assert.deepEqual(
      calls.map(({ method, body }) => [method, text.test(body)]),
      [
        ['POST', true],
        ['POST', true],
      ],
    );
  }
});

test("the caller's fetch gets the URL as text, and of init whatever it had", async () => {
  const got = /** @type {any[]} */ ([]);
  const options = { ...world().options, origins: ['https://api.example'] };
  const client = createClient(config, {
    ...options,
    fetch: async (...args) =>
      String(args[0]) === config.tokenEndpoint
        ? options.fetch(...args)
        : (got.push(args), new Response('x')),
  });
  const dispatcher = {};
  await client.fetch(
    new URL('https://api.example/a'),
    /** @type {any} */ ({
      dispatcher,
      cache: 'no-store',
      credentials: 'include',
      headers: [['X-A', 'b']],
    }),
  );
  const [input, { headers, ...init }] = got[0];
  assert.deepEqual(
    [input, init, [...headers]],
    [
      'https://api.example/a',
      { dispatcher, cache: 'no-store', credentials: 'include', method: 'GET', redirect: 'manual' },
      [
        ['authorization', 'Bearer token-1'],
        ['x-a', 'b'],
      ],
    ],
  );
  assert.equal(got[0][1].dispatcher, dispatcher);
  await client.fetch(
    new Request('https://api.example/b', { cache: 'no-cache', credentials: 'omit' }),
    { keepalive: true },
  );
  const [url, { cache, credentials, keepalive }] = got[1];
  assert.deepEqual(
    [url, cache, credentials, keepalive],
    ['https://api.example/b', 'no-cache', 'omit', true],
  );
});

test('works with a fetch that has a class Request of its own', async () => {
  const { fetch: undici } = await import('undici');
  const { createServer } = await import('node:http');
  const requests = /** @type {any[]} */ ([]);
  const api = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.authorization]);
    response
      .writeHead(requests.length === 1 ? 401 : request.url === '/' ? 307 : 200, { location: '/b' })
      .end(request.url);
  });
  await new Promise((resolve) => api.listen(0, '127.0.0.1', () => resolve(0)));
  try {
    const origin = `http://127.0.0.1:${/** @type {any} */ (api.address()).port}`;
    const client = createClient(systemsOf(server)[0].config, {
      origins: [origin],
      fetch: /** @type {any} */ (undici),
    });
    const response = await client.fetch(`${origin}/`, { method: 'POST', body: 'x' });
    assert.deepEqual(
      [await response.text(), response.url, requests.map(([method, url]) => `${method} ${url}`)],
      ['/b', `${origin}/b`, ['POST /', 'POST /', 'POST /b']],
    );
    assert.notEqual(requests[0][2], requests[1][2]);
  } finally {
    api.close();
    api.closeAllConnections();
  }
});

for (const [challenge, renews] of /** @type {[string | undefined, boolean][]} */ ([
  [undefined, true],
  ['Bearer', true],
  // RFC 6750 section 3
  [
    'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
    true,
  ],
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
      fetch: async (input) =>
        String(input) === config.tokenEndpoint
          ? json({ access_token: `token-${++issued}`, expires_in: 3600 })
          : new Response('no', {
              status: 401,
              headers: challenge === undefined ? {} : { 'WWW-Authenticate': challenge },
            }),
    });
    const first = await client.getToken();
    const response = await client.fetch('https://api.example/');
    assert.deepEqual([response.status, await response.text(), issued], [401, 'no', renews ? 2 : 1]);
    assert.equal(await client.getToken() === first, !renews);
  });
}

test('a redirect that leads nowhere is the answer, and one to no URL an error', async () => {
  const answers = [
    new Response('choose', { status: 302 }),
    new Response(null, { status: 302, headers: { location: 'https://[' } }),
  ];
  const options = world().options;
  const client = createClient(config, {
    ...options,
    origins: ['https://api.example'],
    fetch: async (input, init) =>
      String(input) === config.tokenEndpoint ? options.fetch(input, init) : answers.shift(),
  });
  assert.equal(await (await client.fetch('https://api.example/')).text(), 'choose');
  await assert.rejects(client.fetch('https://api.example/'), { code: 'redirect' });
});

test('redirects may be an error, and may not go on for ever', async () => {
  const { client, calls } = api();
  await assert.rejects(client.fetch('https://api.example/to/302/%2Fnext', { redirect: 'error' }), {
    code: 'redirect',
    message: /redirects are an error/,
  });
  calls.length = 0;
  const round = `https://api.example/to/302/${encodeURIComponent('?again')}`;
  await assert.rejects(client.fetch(round), { code: 'redirect', message: /too often/ });
  assert.equal(calls.length, 21);
});
