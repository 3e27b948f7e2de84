// The token client: a clock and randomness of the test's own, so that every rule shows without a wait.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, afterEach, suite, test } from 'node:test';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { clientsIn } from '../../client.js';
import { createClient, TokenError } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';
import { systemsOf, withFault } from '../support/systems.js';

const server = await startTokenServer();
after(() => server.close());
afterEach(() => server.reset());

const config = { tokenEndpoint: 'https://as.example/token', clientId: 'client', clientSecret: 'a secret' };
const START = Date.parse('2026-11-20T12:00:00Z');

/** A server of the test's own: answers as it is told, counts, and has a clock that only the test moves. */
function world(answers = /** @type {any[]} */ ([])) {
  const w = {
    now: START,
    requests: 0,
    slept: /** @type {number[]} */ ([]),
    events: /** @type {any[]} */ ([]),
    sent: /** @type {any[]} */ ([]),
    /** @type {any} */ options: {},
  };
  w.options = {
    clock: {
      now: () => w.now,
      sleep: async (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => {
        signal?.throwIfAborted();
        w.slept.push(ms);
        w.now += ms;
      },
    },
    random: (/** @type {number} */ size) => new Uint8Array(size).fill(128),
    onEvent: (/** @type {any} */ event) => w.events.push(event),
    fetch: async (/** @type {any} */ url, /** @type {any} */ init) => {
      w.requests++;
      w.sent.push({ url: String(url), ...init });
      const answer = answers[Math.min(w.requests, answers.length) - 1] ?? {};
      return typeof answer === 'function' ? answer(init) : json({ access_token: `token-${w.requests}`, token_type: 'Bearer', expires_in: 3600, ...answer });
    },
  };
  return w;
}

/** @param {object} body @param {ResponseInit} [init] */
const json = (body, init) => Response.json(body, init);
const failing = (/** @type {number} */ status, headers = {}, body = {}) => () => json(body, { status, headers });
const types = (/** @type {any[]} */ events) => events.map(({ type }) => type);
const settled = () => new Promise((resolve) => setImmediate(resolve));

suite('a kept token', () => {
  test('is the same one until it is to be renewed', async () => {
    const w = world();
    const client = createClient(config, w.options);
    const first = await client.getToken();
    w.now += 3_530_000;
    assert.equal(await client.getToken(), first);
    assert.equal(w.requests, 1);
    assert.deepEqual(types(w.events), ['requested', 'renewed']);
  });

  test('is frozen, for everybody gets it', async () => {
    const token = await createClient(config, world().options).getToken();
    assert.throws(() => Object.assign(token, { access_token: 'another' }), TypeError);
  });

  // min(60 s, 25 %), with a random byte of 128: 0.9 + 0.2 · 128/256 = 1
  for (const [life, margin] of [[3600, 60], [300, 60], [200, 50], [40, 10], [4, 1]]) {
    test(`that lives ${life} s is renewed ${margin} s before its end, while callers get it at once`, async () => {
      const w = world([{ expires_in: life }]);
      const client = createClient(config, w.options);
      const first = await client.getToken();
      w.now = START + (life - margin) * 1000 - 1;
      assert.equal(await client.getToken(), first);
      assert.equal(w.requests, 1);
      w.now += 1;
      assert.equal(await client.getToken(), first, 'it still lives, so nobody waits');
      assert.equal(await client.getToken(), first);
      while (w.events.filter(({ type }) => type === 'renewed').length < 2) {
        await settled();
      }
      assert.equal(w.requests, 2, 'one renewal for both');
      assert.equal((await client.getToken()).access_token, 'token-2');
    });
  }

  test('jitter spreads the margin from 0.9 to 1.1', async () => {
    for (const [byte, before] of [[0, 54], [255, 65]]) {
      const w = world();
      const client = createClient(config, { ...w.options, random: (size) => new Uint8Array(size).fill(byte) });
      await client.getToken();
      w.now = START + (3600 - before - 1) * 1000;
      await client.getToken();
      await settled();
      assert.equal(w.requests, 1, `${byte}`);
      w.now += 2000;
      await client.getToken();
      while (w.requests < 2) {
        await settled();
      }
    }
  });

  test('without expires_in is kept for 300 s', async () => {
    const w = world([() => json({ access_token: 'x' }), () => json({ access_token: 'y' })]);
    const client = createClient(config, w.options);
    await client.getToken();
    w.now += 239_000;
    assert.equal((await client.getToken()).access_token, 'x');
    assert.equal(w.requests, 1);
    w.now += 61_000;
    assert.equal((await client.getToken()).access_token, 'y');
  });

  test('that is over on arrival is handed out, and not kept', async () => {
    const w = world([{ expires_in: 0 }]);
    const client = createClient(config, w.options);
    assert.equal((await client.getToken()).access_token, 'token-1');
    assert.equal((await client.getToken()).access_token, 'token-2');
  });

  test('is not served after its end, whichever way the clock jumps', async () => {
    for (const jump of [3_600_000, 86_400_000, -1000, -86_400_000]) {
      const w = world();
      const client = createClient(config, w.options);
      await client.getToken();
      w.now += jump;
      assert.equal((await client.getToken()).access_token, 'token-2', `${jump} ms`);
    }
  });

  test('whose renewal fails serves until its end, and the failure is reported; then the error is thrown', async () => {
    const w = world([{}, failing(500)]);
    const client = createClient(config, w.options);
    const first = await client.getToken();
    w.now = START + 3_560_000;
    assert.equal(await client.getToken(), first);
    while (!types(w.events).includes('renewal_failed')) {
      await settled();
    }
    const requests = w.requests;
    assert.equal(await client.getToken(), first);
    await settled();
    assert.equal(w.requests, requests, 'it rests for 5 s');
    w.now = START + 3_600_000;
    await assert.rejects(client.getToken(), { code: 'http_error', status: 500 });
  });

  test('is asked for anew by force, and forgotten by invalidate', async () => {
    const w = world();
    const client = createClient(config, w.options);
    const first = await client.getToken();
    assert.equal((await client.getToken({ force: true })).access_token, 'token-2');
    client.invalidate(first); // that was the last one
    assert.equal((await client.getToken()).access_token, 'token-2');
    client.invalidate();
    assert.equal((await client.getToken()).access_token, 'token-3');
  });
});

suite('many callers', () => {
  test('10,000 of them on a cold cache send one request', async () => {
    const w = world();
    const client = createClient(config, w.options);
    const tokens = await Promise.all(Array.from({ length: 10_000 }, () => client.getToken()));
    assert.equal(w.requests, 1);
    assert.equal(new Set(tokens).size, 1);
  });

  /** A client whose server answers when it is told to. */
  function slow() {
    /** @type {(response: Response) => void} */
    let answer = () => {};
    /** @type {AbortSignal | undefined} */
    let signal;
    const w = world();
    const client = createClient(config, {
      ...w.options,
      fetch: (_, init) => {
        w.requests++;
        signal = init?.signal ?? undefined;
        return new Promise((resolve) => (answer = resolve));
      },
    });
    const asked = async () => {
      while (w.requests === 0) {
        await settled();
      }
    };
    return { w, client, asked, answer: () => answer(json({ access_token: 'x', expires_in: 3600 })), signal: () => signal };
  }

  test("one caller's abort doesn't end the others' flight", async () => {
    const s = slow();
    const controller = new AbortController();
    const gone = s.client.getToken({ signal: controller.signal });
    const stays = s.client.getToken();
    await s.asked();
    controller.abort(new Error('gone'));
    await assert.rejects(gone, /^Error: gone$/);
    assert.equal(s.signal()?.aborted, false);
    s.answer();
    assert.equal((await stays).access_token, 'x');
    assert.equal(s.w.requests, 1);
  });

  test("the last caller's abort ends the flight, and the next one begins another", async () => {
    const s = slow();
    const controllers = [new AbortController(), new AbortController()];
    const callers = controllers.map(({ signal }) => s.client.getToken({ signal }).catch((error) => error));
    await s.asked();
    controllers[0].abort('first');
    await settled();
    assert.equal(s.signal()?.aborted, false);
    controllers[1].abort('second');
    assert.deepEqual(await Promise.all(callers), ['first', 'second']);
    await settled();
    assert.equal(s.signal()?.aborted, true);
    const next = s.client.getToken();
    while (s.w.requests < 2) {
      await settled();
    }
    s.answer();
    assert.equal((await next).access_token, 'x');
  });

  test('where a request ends with its timers, one that waits takes over from one that is gone', async () => {
    clientsIn({ requestsEnd: true });
    const { setInterval } = globalThis;
    try {
      let requests = 0;
      const client = createClient(config, {
        fetch: () => (++requests === 1 ? new Promise(() => {}) : Promise.resolve(json({ access_token: 'x', expires_in: 3600 }))),
      });
      globalThis.setInterval = /** @type {any} */ (() => 0); // the timers of the first caller never run
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

  test('a signal that is aborted already sends nothing', async () => {
    const s = slow();
    await assert.rejects(s.client.getToken({ signal: AbortSignal.abort('no') }), (reason) => reason === 'no');
    assert.equal(s.w.requests, 0);
  });
});

suite('repeated', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    test(`is a ${status}, at most twice, with full jitter`, async () => {
      const w = world([failing(status)]);
      await assert.rejects(createClient(config, w.options).getToken(), { code: 'http_error', status });
      assert.equal(w.requests, 3);
      assert.deepEqual(w.slept, [125, 250]); // half of 250 and of 500
      assert.equal(new Set(w.sent.map(({ headers }) => JSON.stringify(headers))).size, 1);
    });
  }

  for (const status of [400, 403]) {
    test(`is a ${status} with a page of HTML`, async () => {
      const w = world([() => new Response('<html>blocked</html>', { status }), {}]);
      assert.equal((await createClient(config, w.options).getToken()).access_token, 'token-2');
    });
  }

  test('is a network failure', async () => {
    const w = world([() => Promise.reject(new TypeError('fetch failed')), {}]);
    assert.equal((await createClient(config, w.options).getToken()).access_token, 'token-2');
    assert.deepEqual(types(w.events), ['requested', 'retried', 'requested', 'renewed']);
  });

  test('each request is signed anew', async () => {
    const w = world([failing(503), {}]);
    await createClient({ ...config, clientAuth: 'oauth1' }, { ...w.options, random: undefined }).getToken();
    assert.equal(new Set(w.sent.map(({ headers }) => /oauth_nonce="[^"]+"/.exec(headers.Authorization)?.[0])).size, 2);
  });

  for (const [status, body] of /** @type {[number, object][]} */ ([[401, {}], [404, {}], [401, { error: 'invalid_client' }], [400, { error: 'invalid_scope' }], [400, { error: 'invalid_grant' }]])) {
    test(`is never a ${status} ${JSON.stringify(body)}`, async () => {
      const w = world([failing(status, {}, body)]);
      await assert.rejects(createClient(config, w.options).getToken(), { status });
      assert.equal(w.requests, 1);
    });
  }

  test('Retry-After is obeyed, in seconds and as a date', async () => {
    for (const value of ['7', new Date(START + 7000).toUTCString()]) {
      const w = world([failing(429, { 'retry-after': value, date: new Date(START).toUTCString() }), {}]);
      await createClient(config, w.options).getToken();
      assert.deepEqual(w.slept, [7125]);
    }
  });

  test('no wait goes beyond the deadline, and a server that asks for more time is left alone until then', async () => {
    const w = world([failing(503, { 'retry-after': '90' }), {}]);
    const client = createClient(config, w.options);
    await assert.rejects(client.getToken(), { status: 503, retryAfter: 90 });
    await assert.rejects(client.getToken(), { status: 503 });
    assert.equal(w.requests, 1);
    w.now += 90_000;
    assert.equal((await client.getToken()).access_token, 'token-2');
  });

  test('a refusal is remembered for 30 s, so that a crash loop asks once', async () => {
    const w = world([failing(401, {}, { error: 'invalid_client' }), {}]);
    const client = createClient(config, w.options);
    for (let i = 0; i < 100; i++) {
      await assert.rejects(client.getToken(), { error: 'invalid_client' });
    }
    assert.equal(w.requests, 1);
    w.now += 30_000;
    assert.equal((await client.getToken()).access_token, 'token-2');
  });

  test('a configuration that can never work is an error each time, and nothing is sent', async () => {
    const w = world();
    await assert.rejects(createClient({ clientId: 'x' }, w.options).getToken(), { code: 'invalid_config' });
    assert.equal(w.requests, 0);
  });
});

suite('the clock', () => {
  const behind = 400;
  const date = new Date(START + behind * 1000).toUTCString();
  const refusal = failing(401, { date }, { errorCode: 401204, error: 'invalid_request' });

  test('that is off is corrected by the server’s Date, the request is signed anew, and the offset stays', async () => {
    const here = { provider: /** @type {const} */ ('here'), clientId: 'id', clientSecret: 'secret', tokenEndpoint: 'https://clock.example/oauth2/token' };
    const w = world([refusal, {}, {}]);
    const client = createClient(here, w.options);
    const token = await client.getToken();
    const stamps = w.sent.map(({ headers }) => Number(/oauth_timestamp="(\d+)"/.exec(headers.Authorization)?.[1]));
    assert.deepEqual(stamps, [START / 1000, START / 1000 + behind]);
    assert.equal(token.expires_at, START / 1000 + 3600, 'by our clock');
    assert.deepEqual(w.slept, []);
    assert.deepEqual(w.events[1], { type: 'clock_corrected', offset: behind });

    const other = world();
    await createClient({ ...here, clientId: 'another' }, other.options).getToken();
    assert.match(other.sent[0].headers.Authorization, new RegExp(`oauth_timestamp="${START / 1000 + behind}"`));
  });

  test('is corrected once: a server that still complains is believed', async () => {
    const w = world([refusal]);
    await assert.rejects(
      createClient({ provider: 'here', clientId: 'id', clientSecret: 's', tokenEndpoint: 'https://stubborn.example/oauth2/token' }, w.options).getToken(),
      { providerCode: '401204' },
    );
    assert.equal(w.requests, 2);
  });
});

suite('client.fetch', () => {
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

  test('sends the token, and the request as it is', async () => {
    const { client, calls } = api();
    const response = await client.fetch('https://api.example/x?y', { method: 'POST', body: 'a body', headers: { 'X-A': 'b' } });
    assert.equal(await response.text(), 'answer');
    assert.deepEqual(calls, [{ url: 'https://api.example/x?y', method: 'POST', authorization: 'Bearer token-1', body: 'a body' }]);
    await client.fetch(new Request('https://api.example/z', { method: 'PUT', body: 'another' }));
    assert.deepEqual([calls[1].method, calls[1].body], ['PUT', 'another']);
  });

  test('to no other origin, and no token is asked for', async () => {
    const { client, calls, issued } = api();
    for (const url of ['https://api.example.evil/', 'http://api.example/', 'https://api.example:444/', 'https://evil.example/?https://api.example']) {
      await assert.rejects(client.fetch(url), { code: 'invalid_config', message: /options\.origins/ });
    }
    assert.deepEqual([calls, issued()], [[], 0]);
  });

  test('after a 401 renews once and sends the request once more, body and all', async () => {
    const { client, calls, revoke, issued } = api();
    await client.getToken();
    revoke();
    const response = await client.fetch('https://api.example/', { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    assert.equal(response.status, 200);
    assert.deepEqual(calls.map(({ authorization, body }) => [authorization, body]), [['Bearer token-1', 'a=b'], ['Bearer token-2', 'a=b']]);
    assert.equal(issued(), 2);
  });

  test('a second 401 is the answer', async () => {
    const { client, calls } = api();
    const response = await client.fetch('https://api.example/');
    assert.equal(response.status, 200);
    const stubborn = api();
    stubborn.revoke();
    stubborn.revoke();
    await stubborn.client.getToken();
    await stubborn.client.getToken({ force: true });
    assert.equal((await stubborn.client.fetch('https://api.example/')).status, 401);
    assert.equal(stubborn.calls.length, 2);
    assert.equal(calls.length, 1);
  });

  test('a stream is not sent twice, and the next request has a new token', async () => {
    const { client, calls, revoke } = api();
    await client.getToken();
    revoke();
    const body = new ReadableStream({ start: (controller) => (controller.enqueue(new TextEncoder().encode('streamed')), controller.close()) });
    const response = await client.fetch('https://api.example/', /** @type {any} */ ({ method: 'POST', body, duplex: 'half' }));
    assert.equal(response.status, 401);
    assert.equal((await client.fetch('https://api.example/')).status, 200);
    assert.deepEqual(calls.map(({ body }) => body), ['streamed', '']);
  });

  test('many 401s at once cause one renewal', async () => {
    const { client, revoke, issued } = api();
    await client.getToken();
    revoke();
    const responses = await Promise.all(Array.from({ length: 50 }, () => client.fetch('https://api.example/')));
    assert.ok(responses.every(({ status }) => status === 200));
    assert.equal(issued(), 2);
  });

  test('redirects are followed within the origin, and never to another', async () => {
    const { client, calls } = api();
    assert.equal((await client.fetch('https://api.example/to/302/%2Fnext')).status, 200);
    assert.deepEqual(calls.map(({ url, authorization }) => [url, authorization]), [['https://api.example/to/302/%2Fnext', 'Bearer token-1'], ['https://api.example/next', 'Bearer token-1']]);
    await assert.rejects(client.fetch(`https://api.example/to/307/${encodeURIComponent('https://evil.example/')}`), { code: 'redirect', message: /the token does not go there/ });
    assert.ok(calls.every(({ url }) => url.startsWith('https://api.example/')));
    assert.equal((await client.fetch('https://api.example/to/302/%2Fnext', { redirect: 'manual' })).status, 302);
  });

  test('POST becomes GET after a 303, and stays with its body after a 308', async () => {
    const { client, calls } = api();
    await client.fetch('https://api.example/to/303/%2Fa', { method: 'POST', body: 'x' });
    await client.fetch('https://api.example/to/308/%2Fb', { method: 'POST', body: 'x' });
    assert.deepEqual(calls.map(({ method, body }) => [method, body]), [['POST', 'x'], ['GET', ''], ['POST', 'x'], ['POST', 'x']]);
  });

  test("the caller's abort is its own", async () => {
    const { client } = api();
    await assert.rejects(client.fetch('https://api.example/', { signal: AbortSignal.abort('no') }), (reason) => reason === 'no');
  });
});

suite('a store', () => {
  test('is asked before the server, and shares what the server sends', async () => {
    const store = memoryStore();
    const w = world();
    const first = await createClient(config, { ...w.options, store }).getToken();
    const other = world();
    const second = await createClient(config, { ...other.options, store }).getToken();
    assert.deepEqual([second, w.requests, other.requests, types(other.events)], [first, 1, 0, ['shared']]);
  });

  test('20 clients at once send one request', async () => {
    const store = memoryStore();
    const w = world();
    const clients = Array.from({ length: 20 }, () => createClient(config, { ...w.options, store, clock: undefined }));
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
    const store = { get: async (k) => records.get(k), set: async (k, v) => void records.set(k, v), delete: async (k) => void records.delete(k) };
    const w = world();
    await createClient(config, { ...w.options, store }).getToken();
    await createClient({ ...config, clientSecret: 'another' }, { ...w.options, store }).getToken();
    assert.deepEqual([w.requests, records.size], [2, 2]);
    assert.doesNotMatch(JSON.stringify([...records]), /token-|a secret/);
    for (const key of records.keys()) {
      records.set(key, records.get(key).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')));
    }
    assert.equal((await createClient(config, { ...w.options, store }).getToken()).access_token, 'token-3');
  });

  test('that fails is reported, and the client works on alone', async () => {
    const broken = () => Promise.reject(new Error('down'));
    const w = world();
    const client = createClient(config, { ...w.options, store: { get: broken, set: broken, delete: broken } });
    assert.equal((await client.getToken()).access_token, 'token-1');
    assert.deepEqual(types(w.events), ['store_failed', 'requested', 'store_failed', 'renewed']);
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

  test('a listener that throws is no concern of the token', async () => {
    const client = createClient(config, { ...world().options, onEvent: () => { throw new Error('mine'); } });
    assert.equal((await client.getToken()).access_token, 'token-1');
  });

  test('takes its configuration as it was', async () => {
    const w = world();
    const changing = { ...config };
    const client = createClient(changing, w.options);
    changing.clientId = 'another';
    await client.getToken();
    assert.match(Buffer.from(w.sent[0].headers.Authorization.slice(6), 'base64').toString(), /^client:/);
  });

  test('when closed, has no token and aborts what is under way', async () => {
    const w = world();
    const client = createClient(config, { ...w.options, fetch: (_, init) => new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))) });
    const waiting = client.getToken();
    await settled();
    client.close();
    client.close();
    await assert.rejects(waiting, { code: 'closed' });
    await assert.rejects(client.getToken(), { code: 'closed' });
    await assert.rejects(client.fetch('https://api.example/'), { code: 'closed' });
  });

  test('an option that can’t be used is an error at once', () => {
    for (const [options, message] of /** @type {[any, RegExp][]} */ ([
      [{ timout: 1 }, /unknown option "timout": known are fetch, timeout/], [{ timeout: '1' }, /timeout must be/], [{ origins: ['https://a.example/x'] }, /origins must be/],
      [{ store: {} }, /store must be/], [{ clock: {} }, /clock must be/], [null, /options must be an object/], [{ onEvent: 1 }, /onEvent must be/],
    ])) {
      assert.throws(() => createClient(config, options), { code: 'invalid_config', message });
    }
  });

  test('prints no secret', async () => {
    const client = createClient(config, world().options);
    await client.getToken();
    const { inspect } = await import('node:util');
    assert.doesNotMatch(inspect(client, { showHidden: true, depth: 9 }) + JSON.stringify(client), /a secret|token-1/);
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
    const client = createClient(withFault(systemsOf(server)[0].config, 'status/503'), { clock: { now: Date.now, sleep: async () => {} } });
    const error = await client.getToken().catch((e) => e);
    assert.ok(error instanceof TokenError);
    assert.deepEqual([error.status, server.requests.length], [503, 3]);
  });
});
