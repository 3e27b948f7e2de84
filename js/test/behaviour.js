// What fetchToken does, whichever runtime it runs in and whichever sender it has: js/ with
// js/token/send.js, or the raw module with wasm/send_js.go. A runner starts the servers, and runs
// each behaviour with what it is handed:
//
//	fetchToken   the function under test
//	TokenError   its class, where it has one: the raw module only sets the name
//	assert       ok, equal (strict), deepEqual (strict) and match, as node:assert/strict has them
//	server       plain data, so that it can be sent to a page or to a Worker:
//	             url, systems   of the bundled token server
//	             configs        what systemsOf() of support/systems.js makes of it
//	             recorder       the url of support/recorder.js, and
//	             nowhere        an origin where nobody listens

/**
 * @typedef {{ fetchToken: any, TokenError?: any, assert: any, server: Record<string, any> }}
 *   Context
 */

/** @type {{ name: string, run: (t: Context) => Promise<void> }[]} */
export const behaviours = [];

const behaviour = (/** @type {string} */ name, /** @type {(t: Context) => Promise<void>} */ run) =>
  behaviours.push({ name, run });

const MIB = 1024 * 1024;

// ---- Tokens

behaviour(
  'a token from every system with every authentication',
  async ({ fetchToken, server, assert }) => {
    assert.ok(server.configs.length >= 25);
    for (const { name, config } of server.configs) {
      const { access_token } = await fetchToken(config);
      assert.ok(typeof access_token === 'string' && access_token.length >= 20, name);
    }
  },
);

behaviour(
  'the token is the one that the system gave out',
  async ({ fetchToken, server, assert }) => {
    for (const { name, config } of server.configs) {
      const [system, environment] = name.replace(/,.*/, '').split(' ');
      const { api, clientId, publicClientId } = systemOf(server, system, environment);
      const { access_token } = await fetchToken(config);
      const answer = await fetch(api, { headers: { authorization: `Bearer ${access_token}` } });
      const expected = config.clientAuth === 'none' ? publicClientId : clientId;
      assert.deepEqual(
        [name, answer.status, (await answer.json()).clientId],
        [name, 200, expected],
      );
    }
  },
);

behaviour(
  'the response is plain data with the names and types that are documented',
  async ({ fetchToken, server, assert }) => {
    // Lifetimes and spellings from the systems' documents. OS Data Hub sends its numbers as
    // strings.
    const documented = {
      here: { token_type: 'bearer', expires_in: 86399 },
      'ota-connect': { token_type: 'Bearer', expires_in: 86400 },
      cognito: { token_type: 'Bearer', expires_in: 86400 },
      iotspot: { token_type: 'Bearer', expires_in: 3600 },
      'os-data-hub': { token_type: 'Bearer', expires_in: 299 },
      apigee: { token_type: 'Bearer', expires_in: 299 },
      'high-mobility': {
        token_type: 'bearer',
        expires_in: 300,
        scope: 'fleet:clearance vehicle:eligibility-check vehicle:data',
      },
      oauth2: { token_type: 'Bearer', expires_in: 3600 },
    };
    const now = Date.now();
    for (const { name, config } of server.configs) {
      const token = await fetchToken(config, { clock: { now: () => now } });
      const { access_token, issued_at, ...rest } = token;
      const expected = documented[/^[\w-]+/.exec(name)[0]];
      assert.deepEqual(
        rest,
        { ...expected, expires_at: Math.floor(now / 1000) + expected.expires_in },
        name,
      );
      assert.equal(
        typeof issued_at,
        ['os-data-hub', 'apigee'].includes(name) ? 'string' : 'undefined',
        name,
      );
      assert.equal(Object.getPrototypeOf(token), Object.prototype);
      assert.deepEqual(JSON.parse(JSON.stringify(token)), token);
    }
  },
);

behaviour('whatever else the server sent is in the response', async (t) => {
  const sent = {
    access_token: 'token-1',
    token_type: 'DPoP',
    expires_in: '60.9',
    refresh_token: 'refresh-1',
    scope: 'a b',
    nested: { list: [1, 'two', null, true, { deep: -0.5 }], empty: {} },
    text: 'é€😀"\\\n\u2028',
    then: 'not a function',
    constructor: 'not a function either',
  };
  const { url } = await record(t, { body: JSON.stringify(sent) });
  const token = await t.fetchToken(basic(url), { clock: { now: () => 1_700_000_000_999 } });
  t.assert.deepEqual(token, { ...sent, expires_in: 60, expires_at: 1_700_000_060 });
});

behaviour(
  'without an expires_in there is no expires_at, and without a token_type it is Bearer',
  async (t) => {
    const { url } = await record(t, { body: '{"access_token":"token-1"}' });
    t.assert.deepEqual(await t.fetchToken(basic(url)), {
      access_token: 'token-1',
      token_type: 'Bearer',
    });
  },
);

behaviour('expires_at counts from before the request was sent', async (t) => {
  let now = 1_700_000_000_000;
  const fetch = async () => {
    now += 20_000;
    return new Response('{"access_token":"token-1","expires_in":60}');
  };
  const { expires_at } = await t.fetchToken(basic('https://as.example/token'), {
    fetch,
    clock: { now: () => now },
  });
  t.assert.equal(expires_at, 1_700_000_060);
});

behaviour("without an injected clock the time is the machine's own", async (t) => {
  const { url } = await record(t, { body: '{"access_token":"token-1","expires_in":1}' });
  const before = Math.floor(Date.now() / 1000);
  const { expires_at } = await t.fetchToken(basic(url));
  t.assert.ok(before <= expires_at - 1 && expires_at - 1 <= Math.floor(Date.now() / 1000));
});

// ---- The request on the wire

behaviour('client_secret_basic on the wire', async (t) => {
  const { url, requests } = await record(t);
  const clientId = 'client &=+%/~ "\':é€😀';
  const clientSecret = 'secret &=+%/~ "\':é€😀';
  await t.fetchToken({
    tokenEndpoint: `${url}?tenant=a%20b`,
    clientId,
    clientSecret,
    scope: ['a', 'b'],
    parameters: { x: ['1', '2'] },
  });
  const [request, ...others] = await requests();
  t.assert.equal(others.length, 0);
  t.assert.equal(request.method, 'POST');
  t.assert.ok(request.path.endsWith('/token?tenant=a%20b'));
  t.assert.deepEqual(wireHeaders(request), {
    accept: ['application/json'],
    // RFC 6749 section 2.3.1: form-encoded first.
    authorization: [`Basic ${btoa(`${form(clientId)}:${form(clientSecret)}`)}`],
    'content-type': ['application/x-www-form-urlencoded'],
  });
  t.assert.equal(request.body, 'grant_type=client_credentials&scope=a+b&x=1&x=2');
});

behaviour('headers of the caller on the wire', async (t) => {
  const { url, requests } = await record(t);
  const config = {
    tokenEndpoint: url,
    clientId: 'id',
    clientSecret: 'secret',
    headers: { 'X-API-Key': 'a key; of "mine"', 'x-request-id': 'id-{uuid}' },
  };
  await t.fetchToken(config);
  await t.fetchToken(config);
  const ids = (await requests()).map((request) => {
    const headers = wireHeaders(request);
    t.assert.deepEqual(headers['x-api-key'], ['a key; of "mine"']);
    t.assert.equal(headers['x-request-id'].length, 1);
    return headers['x-request-id'][0];
  });
  t.assert.equal(new Set(ids).size, 2);
  for (const id of ids) {
    // RFC 9562 section 5.4: version 4
    t.assert.match(id, /^id-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

behaviour('client_secret_post on the wire, as a form and as JSON', async (t) => {
  const { url, requests } = await record(t);
  const config = {
    tokenEndpoint: url,
    clientId: 'id &="é',
    clientSecret: 'se+cr%et',
    clientAuth: 'client_secret_post',
  };
  await t.fetchToken(config);
  await t.fetchToken({ ...config, bodyFormat: 'json' });
  const [asForm, asJSON] = await requests();
  const fields = {
    grant_type: 'client_credentials',
    client_id: config.clientId,
    client_secret: config.clientSecret,
  };
  t.assert.deepEqual(wireHeaders(asForm), {
    accept: ['application/json'],
    'content-type': ['application/x-www-form-urlencoded'],
  });
  t.assert.equal(asForm.body, new URLSearchParams(fields).toString());
  t.assert.deepEqual(wireHeaders(asJSON), {
    accept: ['application/json'],
    'content-type': ['application/json'],
  });
  t.assert.equal(asJSON.body, JSON.stringify(fields));
});

behaviour('no authentication on the wire', async (t) => {
  const { url, requests } = await record(t);
  await t.fetchToken({ tokenEndpoint: url, clientId: 'public', clientAuth: 'none' });
  const [request] = await requests();
  t.assert.deepEqual(wireHeaders(request), {
    accept: ['application/json'],
    'content-type': ['application/x-www-form-urlencoded'],
  });
  t.assert.equal(request.body, 'grant_type=client_credentials&client_id=public');
});

behaviour(
  'oauth1 on the wire: one Authorization header, a nonce and a timestamp from the injected ' +
  'randomness and clock',
  async (t) => {
    const { url, requests } = await record(t);
    const random = (size) => Uint8Array.from({ length: size }, (_, i) => 16 * i);
    const config = {
      provider: 'here',
      tokenEndpoint: url,
      clientId: 'key',
      clientSecret: 'secret',
    };
    await t.fetchToken(config, { random, clock: { now: () => 1_700_000_000_999 } });
    const [request] = await requests();
    const {
      authorization: [header],
      ...others
    } = wireHeaders(request);
    t.assert.deepEqual(others, {
      accept: ['application/json'],
      'content-type': ['application/x-www-form-urlencoded'],
    });
    const { oauth_signature, ...params } = oauthParams(header);
    t.assert.deepEqual(params, {
      oauth_consumer_key: 'key',
      oauth_nonce: btoa(String.fromCharCode(...random(16)))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replace(/=+$/, ''),
      oauth_signature_method: 'HMAC-SHA256',
      oauth_timestamp: '1700000000',
      oauth_version: '1.0',
    });
    t.assert.match(oauth_signature, /^[\w+/]{43}=$/);
  },
);

behaviour(
  'private_key_jwt on the wire: iat, exp and jti from the injected clock and randomness',
  async (t) => {
    const { url, requests } = await record(t);
    const { privateKey, keyId } = t.server.systems.oauth2.keys.p256;
    const random = (size) => new Uint8Array(size).fill(0xff);
    const config = {
      tokenEndpoint: url,
      clientId: 'client',
      privateKey,
      keyId,
      assertion: { lifetime: 90 },
    };
    await t.fetchToken(config, { random, clock: { now: () => 1_700_000_000_999 } });
    const [request] = await requests();
    t.assert.deepEqual(wireHeaders(request), {
      accept: ['application/json'],
      'content-type': ['application/x-www-form-urlencoded'],
    });
    const { client_assertion, ...fields } = Object.fromEntries(new URLSearchParams(request.body));
    t.assert.deepEqual(fields, {
      grant_type: 'client_credentials',
      client_id: 'client',
      // RFC 7523 section 2.2
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    t.assert.deepEqual(jwtPart(client_assertion, 0), { alg: 'ES256', typ: 'JWT', kid: keyId });
    t.assert.deepEqual(jwtPart(client_assertion, 1), {
      iss: 'client',
      sub: 'client',
      aud: url,
      iat: 1_700_000_000,
      exp: 1_700_000_090,
      jti: 'ffffffff-ffff-4fff-bfff-ffffffffffff', // RFC 9562 section 5.4: version 4, variant 10
    });
  },
);

behaviour(
  'a private key in any form: text as it comes out of an environment, bytes, a set',
  async (t) => {
    const { tokenEndpoint, clientId, keys } = t.server.systems.oauth2;
    const { privateKey, keyId } = keys.p256;
    const base64 = privateKey.replace(/-----[^-]+-----|\s/g, '');
    const der = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const jwk = t.server.configs.find(({ name }) => name === 'oauth2 private_key_jwt p256, a JWK')
      .config.privateKey;
    const set = { keys: [{ ...jwk, d: undefined, kid: 'public' }, jwk] };
    const forms = {
      'escaped line breaks, in quotes': JSON.stringify(privateKey),
      'in one line': privateKey.replaceAll('\n', ' '),
      'base64 of PEM': btoa(privateKey),
      'base64 of DER': base64,
      DER: der,
      'DER within a larger buffer': new Uint8Array([1, 2, 3, ...der, 4]).subarray(
        3,
        3 + der.length,
      ),
      'the bytes of PEM': new TextEncoder().encode(privateKey),
      'a JWK set': set,
      'a JWK set as text': JSON.stringify(set),
    };
    for (const [name, form] of Object.entries(forms)) {
      const { access_token } = await t.fetchToken({
        tokenEndpoint,
        clientId,
        keyId,
        privateKey: form,
      });
      t.assert.ok(access_token, name);
    }
    await fails(
      t,
      t.fetchToken({ tokenEndpoint, clientId, privateKey: der.subarray(1) }, { fetch: unwanted }),
      { code: 'invalid_key' },
    );
  },
);

behaviour('a cookie that a server sets is not sent back', async (t) => {
  const { url, requests } = await record(t, { headers: { 'set-cookie': 'session=1; Path=/' } });
  await t.fetchToken(basic(url));
  await t.fetchToken(basic(url));
  for (const { headers } of await requests()) {
    t.assert.ok(!headers.some(([name]) => name === 'cookie'));
  }
});

behaviour(
  'two calls with one configuration send two requests, each with its own nonce or jti',
  async (t) => {
    const { url, requests } = await record(t);
    const { privateKey } = t.server.systems.oauth2.keys.p256;
    const oauth1 = {
      provider: 'here',
      tokenEndpoint: url,
      clientId: 'key',
      clientSecret: 'secret',
    };
    const jwt = { tokenEndpoint: url, clientId: 'client', privateKey };
    for (const config of [oauth1, oauth1, jwt, jwt]) {
      await t.fetchToken(config);
    }
    const [a, b, c, d] = await requests();
    const nonces = [a, b].map(
      (request) => oauthParams(wireHeaders(request).authorization[0]).oauth_nonce,
    );
    t.assert.equal(new Set(nonces).size, 2);
    const ids = [c, d].map(
      ({ body }) => jwtPart(new URLSearchParams(body).get('client_assertion'), 1).jti,
    );
    t.assert.equal(new Set(ids).size, 2);
    for (const id of ids) {
      t.assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }
  },
);

behaviour('fifty clients at once: every token is for the one who asked', async (t) => {
  const { url, requests } = await record(t, { echo: true });
  const clients = Array.from({ length: 50 }, (_, i) => ({
    tokenEndpoint: url,
    clientId: `client-${i}`,
    clientSecret: `secret-${50 - i}`,
  }));
  const tokens = await Promise.all(clients.map((config) => t.fetchToken(config)));
  const expected = clients.map(
    ({ clientId, clientSecret }) => `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
  );
  t.assert.deepEqual(
    tokens.map(({ access_token }) => access_token),
    expected,
  );
  t.assert.equal((await requests()).length, 50);
});

behaviour('every system at once', async ({ fetchToken, server, assert }) => {
  const tokens = await Promise.all(server.configs.map(({ config }) => fetchToken(config)));
  assert.equal(new Set(tokens.map(({ access_token }) => access_token)).size, server.configs.length);
});

// ---- The caller's own fetch

behaviour('options.fetch is called once, with a URL and an init', async (t) => {
  const calls = [];
  const signals = [];
  const fetch = async function (...args) {
    calls.push(args);
    signals.push(args[1].signal.aborted);
    return new Response('{"access_token":"token-1"}');
  };
  const { access_token } = await t.fetchToken(basic('https://as.example/token'), { fetch });
  t.assert.equal(access_token, 'token-1');
  t.assert.equal(calls.length, 1);
  const [[url, init, ...others]] = calls;
  t.assert.equal(others.length, 0);
  t.assert.equal(url, 'https://as.example/token');
  t.assert.equal(init.method, 'POST');
  t.assert.equal(init.body, 'grant_type=client_credentials');
  t.assert.equal(init.redirect, 'manual');
  t.assert.deepEqual(
    { ...init.headers },
    {
      Accept: 'application/json',
      Authorization: `Basic ${btoa('client-1:secret-1')}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  );
  t.assert.ok(init.signal instanceof AbortSignal);
  t.assert.deepEqual(signals, [false]);
});

behaviour(
  'options.fetch is never called for a configuration or options that are wrong',
  async (t) => {
    let calls = 0;
    const fetch = async () => {
      calls++;
      return new Response('{"access_token":"token-1"}');
    };
    const good = basic('https://as.example/token');
    for (const [config, options] of [
      [{}, {}],
      [{ ...good, clientID: 'x' }, {}],
      [good, { timeout: 0 }],
    ]) {
      await fails(t, t.fetchToken(config, { ...options, fetch }), { code: 'invalid_config' });
    }
    t.assert.equal(calls, 0);
  },
);

behaviour(
  'a fetch that returns no real Promise, and a response that is no real Response',
  async (t) => {
    const response = {
      status: 200,
      headers: new Headers(),
      body: new Response('{"access_token":"token-1"}').body,
    };
    const thenable = { then: (resolve) => void resolve(response) };
    const { access_token } = await t.fetchToken(basic('https://as.example/token'), {
      fetch: () => thenable,
    });
    t.assert.equal(access_token, 'token-1');
    const plain = await t.fetchToken(basic('https://as.example/token'), {
      fetch: () => new Response('{"access_token":"token-2"}'),
    });
    t.assert.equal(plain.access_token, 'token-2');
  },
);

behaviour('a body that comes in many chunks, with characters cut in two', async (t) => {
  const bytes = new TextEncoder().encode('{"access_token":"token-1","note":"é€😀"}');
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) {
        controller.enqueue(Uint8Array.of(byte));
      }
      controller.enqueue(new Uint8Array());
      controller.close();
    },
  });
  const token = await t.fetchToken(basic('https://as.example/token'), {
    fetch: async () => new Response(body),
  });
  t.assert.deepEqual(token, { access_token: 'token-1', token_type: 'Bearer', note: 'é€😀' });
});

// ---- Redirects

for (const status of [301, 302, 303, 307, 308]) {
  behaviour(`a redirect is refused and not followed: ${status}`, async (t) => {
    const { url, requests } = await record(t, { status, headers: { location: 'elsewhere' } });
    const error = await fails(t, t.fetchToken(basic(url)), {
      code: 'redirect',
      retryable: false,
      hint: /tokenEndpoint/,
    });
    t.assert.ok([status, undefined].includes(error.status)); // browsers don't tell
    const paths = (await requests()).map(({ path }) => path);
    t.assert.deepEqual(paths, [new URL(url).pathname]);
    await fails(t, t.fetchToken(withFault(t, 'os-data-hub', `redirect/${status}`)), {
      code: 'redirect',
    });
  });

  behaviour(
    `a redirect that the caller's own fetch has followed is refused: ${status}`,
    async (t) => {
      const target = await record(t);
      const { url } = await record(t, { status, headers: { location: target.url } });
      const follow = (input, init) => fetch(input, { ...init, redirect: 'follow' });
      await fails(t, t.fetchToken(basic(url), { fetch: follow }), {
        code: 'redirect',
        retryable: false,
        message: /with a redirect to another path of it,/,
      });
      t.assert.equal((await target.requests()).length, 1);
    },
  );
}

behaviour('a redirect is told by the origin that it leads to, and by no more of it', async (t) => {
  const { url } = await record(t, {
    status: 302,
    headers: { location: 'https://Login.example/signin?state=a-b-c' },
  });
  const { status, message } = await fails(t, t.fetchToken(basic(url)), { code: 'redirect' });
  t.assert.match(
    message,
    status === undefined
      ? /with a redirect, which/
      : /with a redirect to https:\/\/login\.example, which/,
  ); // browsers don't tell
  t.assert.doesNotMatch(message, /signin|a-b-c/);
});

behaviour('a redirect with a token in its body is refused', async (t) => {
  const { url } = await record(t, {
    status: 302,
    headers: { location: 'elsewhere' },
    body: '{"access_token":"token-1"}',
  });
  await fails(t, t.fetchToken(basic(url)), { code: 'redirect' });
});

// ---- Time-outs

const TIMEOUT = {
  code: 'timeout',
  retryable: true,
  status: undefined,
  error: undefined,
  retryAfter: undefined,
};

behaviour('a time-out before the headers', async (t) => {
  await fails(t, t.fetchToken(withFault(t, 'here', 'hang'), { timeout: 60 }), TIMEOUT);
});

behaviour('a time-out within the body', async (t) => {
  await fails(t, t.fetchToken(withFault(t, 'here', 'hang-body'), { timeout: 150 }), TIMEOUT);
});

behaviour('a time-out while the body still drips', async (t) => {
  await fails(t, t.fetchToken(withFault(t, 'here', 'slow-body/2000'), { timeout: 150 }), TIMEOUT);
});

behaviour('a time-out ends the connection, before the headers and within the body', async (t) => {
  for (const delivery of ['never', 'headers']) {
    const { url, ended } = await record(t, { delivery });
    await fails(t, t.fetchToken(basic(url), { timeout: 150 }), TIMEOUT);
    await ended();
  }
});

behaviour('slow, but in time', async (t) => {
  for (const fault of ['slow/80', 'slow-body/80']) {
    const { access_token } = await t.fetchToken(withFault(t, 'here', fault), { timeout: 20_000 });
    t.assert.ok(access_token);
  }
});

behaviour("a time-out ends the wait for a caller's fetch that ignores its signal", async (t) => {
  const config = basic('https://as.example/token');
  const never = new Promise(() => {});
  await fails(t, t.fetchToken(config, { timeout: 20, fetch: () => never }), TIMEOUT);
  const body = new ReadableStream({ pull: () => never });
  await fails(
    t,
    t.fetchToken(config, { timeout: 20, fetch: async () => new Response(body) }),
    TIMEOUT,
  );
});

behaviour('the signal that fetch is given aborts at the time-out', async (t) => {
  let signal;
  const fetch = (_, init) => {
    signal = init.signal;
    return new Promise(() => {});
  };
  await fails(t, t.fetchToken(basic('https://as.example/token'), { timeout: 20, fetch }), TIMEOUT);
  t.assert.ok(signal.aborted);
});

// ---- The caller's own signal

const REASONS = {
  'an error': () => new Error('the user left'),
  'an object': () => ({ why: 'the user left' }),
  'a text': () => 'the user left',
  null: () => null,
  'the default one': () => undefined,
};

for (const [name, makeReason] of Object.entries(REASONS)) {
  behaviour(`an abort rejects with the signal's own reason: ${name}`, async (t) => {
    const { url, requests } = await record(t, { delivery: 'never' });
    const { url: urlOfStart } = await record(t, { delivery: 'start' });
    const moments = {
      'before the call': ({ abort }) => (
        abort(),
        { fetch: () => t.assert.ok(false, 'fetch was called') }
      ),
      'right after the call': ({ abort }) => (queueMicrotask(abort), { tokenEndpoint: url }),
      'before the headers': ({ abort }) => ({
        fetch(input, init) {
          setTimeout(abort, 20);
          return fetch(input, init);
        },
      }),
      'within the body': ({ abort }) => ({
        tokenEndpoint: urlOfStart,
        async fetch(input, init) {
          const response = await fetch(input, init);
          setTimeout(abort, 5);
          return response;
        },
      }),
      'while a fetch ignores its signal': ({ abort }) => ({
        fetch: () => (setTimeout(abort, 5), new Promise(() => {})),
      }),
    };
    for (const [moment, prepare] of Object.entries(moments)) {
      const controller = new AbortController();
      const reason = makeReason();
      const abort = () => controller.abort(reason);
      const { tokenEndpoint = url, ...options } = prepare({ abort });
      const thrown = await rejection(
        t.fetchToken(basic(tokenEndpoint), { ...options, signal: controller.signal }),
      );
      t.assert.ok(Object.is(thrown, controller.signal.reason), `${moment}: ${thrown}`);
      t.assert.ok(reason === undefined || Object.is(thrown, reason), moment);
    }
    t.assert.ok((await requests()).length <= 2);
  });
}

behaviour('AbortSignal.timeout and AbortSignal.any as the signal', async (t) => {
  const { url } = await record(t, { delivery: 'never' });
  for (const signal of [
    AbortSignal.timeout(30),
    AbortSignal.any([AbortSignal.timeout(30), new AbortController().signal]),
  ]) {
    const thrown = await rejection(t.fetchToken(basic(url), { signal }));
    t.assert.ok(thrown === signal.reason);
    t.assert.equal(thrown.name, 'TimeoutError');
  }
});

behaviour('an abort ends the connection, before the headers and within the body', async (t) => {
  for (const delivery of ['never', 'headers']) {
    const { url, ended } = await record(t, { delivery });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await rejection(t.fetchToken(basic(url), { signal: controller.signal }));
    await ended();
  }
});

behaviour(
  'nothing is left on the signal after a call, and a later abort does nothing',
  async (t) => {
    const { url } = await record(t);
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    signal.addEventListener = function (...args) {
      listeners++;
      return AbortSignal.prototype.addEventListener.apply(this, args);
    };
    signal.removeEventListener = function (...args) {
      listeners--;
      return AbortSignal.prototype.removeEventListener.apply(this, args);
    };
    let given;
    const spy = (input, init) => {
      given = init.signal;
      return fetch(input, init);
    };
    const { access_token } = await t.fetchToken(basic(url), { signal, fetch: spy });
    await fails(t, t.fetchToken(basic(t.server.nowhere), { signal }), { code: 'network' });
    await fails(t, t.fetchToken(withFault(t, 'here', 'hang'), { signal, timeout: 30 }), {
      code: 'timeout',
    });
    t.assert.equal(listeners, 0);
    controller.abort();
    t.assert.ok(!given.aborted);
    t.assert.equal(access_token, 'recorded');
  },
);

// ---- The cap on the body

const TOO_LARGE = { code: 'response_too_large', status: 200, retryable: false };

behaviour('a body of exactly 1 MiB passes, and one of a byte more fails', async (t) => {
  for (const chunked of [false, true]) {
    const fits = await record(t, { size: MIB, chunked });
    t.assert.equal((await t.fetchToken(basic(fits.url))).access_token, 'recorded');
    const over = await record(t, { size: MIB + 1, chunked });
    await fails(t, t.fetchToken(basic(over.url)), { ...TOO_LARGE, message: /maxBody/ });
  }
});

behaviour('options.maxBody moves the cap, exactly', async (t) => {
  for (const size of [100, 3 * MIB]) {
    const { url } = await record(t, { size });
    t.assert.equal((await t.fetchToken(basic(url), { maxBody: size })).access_token, 'recorded');
    await fails(t, t.fetchToken(basic(url), { maxBody: size - 1 }), TOO_LARGE);
  }
});

behaviour('the cap counts bytes after decompression', async (t) => {
  const fits = await record(t, { size: MIB, gzip: true });
  t.assert.equal((await t.fetchToken(basic(fits.url))).access_token, 'recorded');
  const over = await record(t, { size: MIB + 1, gzip: true });
  await fails(t, t.fetchToken(basic(over.url)), TOO_LARGE);
  await fails(t, t.fetchToken(withFault(t, 'here', 'gzip-bomb')), TOO_LARGE);
  await fails(t, t.fetchToken(withFault(t, 'here', 'large')), TOO_LARGE);
});

behaviour('a body over the cap ends the connection', async (t) => {
  const { url, ended } = await record(t, { delivery: 'endless' });
  await fails(t, t.fetchToken(basic(url)), TOO_LARGE);
  await ended();
});

behaviour('the cap is for errors too', async (t) => {
  const { url } = await record(t, { status: 500, size: MIB + 1 });
  await fails(t, t.fetchToken(basic(url)), { code: 'response_too_large', status: 500 });
});

// ---- A network that fails

const NETWORK = { code: 'network', retryable: true, status: undefined };

behaviour('a connection that is refused, reset, or ended after the headers', async (t) => {
  const refused = { ...basic(`${t.server.nowhere}/token`) };
  for (const config of [
    refused,
    withFault(t, 'here', 'reset'),
    withFault(t, 'here', 'drop-after-headers'),
  ]) {
    const error = await fails(t, t.fetchToken(config), NETWORK);
    t.assert.ok(
      error.cause instanceof Error && error.cause.message.length > 2,
      String(error.cause),
    );
  }
});

behaviour('a fetch that throws, rejects or returns something else', async (t) => {
  const config = basic('https://as.example/token');
  const failed = (cause, code) =>
    new TypeError('fetch failed', { cause: Object.assign(cause, { code }) });
  const withCause = failed(new Error('connect ECONNREFUSED 192.0.2.1:443'), 'ECONNREFUSED');
  const aggregate = failed(new AggregateError([]), 'ETIMEDOUT');
  const broken = new ReadableStream({
    pull() {
      throw new Error('the body broke');
    },
  });
  const fetches = {
    'throws at once': [
      () => {
        throw new Error('no network here');
      },
      /no network here/,
    ],
    'rejects with an Error': [
      async () => {
        throw new Error('no network here');
      },
      /no network here/,
    ],
    'rejects with an error that has a cause': [
      async () => {
        throw withCause;
      },
      /ECONNREFUSED/,
    ],
    'rejects with an error whose cause has a code only': [
      async () => {
        throw aggregate;
      },
      /ETIMEDOUT/,
    ],
    'rejects with undefined': [() => Promise.reject(), undefined],
    'rejects with null': [() => Promise.reject(null), undefined],
    'rejects with a text': [() => Promise.reject('no network here'), undefined],
    'throws a text': [
      () => {
        throw 'no network here';
      },
      undefined,
    ],
    'throws undefined': [
      () => {
        throw undefined;
      },
      undefined,
    ],
    'returns undefined': [() => undefined, undefined],
    'returns null': [() => null, undefined],
    'returns a text': [async () => '{"access_token":"token-1"}', undefined],
    'returns an empty object': [async () => ({}), undefined],
    'returns a response with another body': [
      async () => ({ status: 200, headers: new Headers(), body: '{}' }),
      undefined,
    ],
    'returns a body that was read already': [
      async () => {
        const response = new Response('{}');
        await response.text();
        return response;
      },
      undefined,
    ],
    'returns a body that breaks': [async () => new Response(broken), /the body broke/],
    'returns an error response': [async () => Response.error(), undefined],
  };
  for (const [name, [fetch, cause]] of Object.entries(fetches)) {
    const error = await rejection(t.fetchToken(config, { fetch }));
    t.assert.deepEqual(
      [name, error?.name, error?.code, error?.retryable],
      [name, 'TokenError', 'network', true],
    );
    if (cause !== undefined) {
      t.assert.ok(error.cause instanceof Error);
      t.assert.match(error.cause.message, cause);
      t.assert.match(error.message, cause);
    }
  }
});

// ---- Errors that a server sends

const OTHER = 'of-another-client';

const HERE_SIGNATURE = {
  status: 401,
  error: 'invalid_client',
  providerCode: '401300',
  hint: /clientSecret/,
};
const APIGEE = { status: 401, providerCode: 'invalid_client' };
const APIGEE_FAULT = { status: 401, providerCode: 'oauth.v2.InvalidClientIdentifier' };
const HIGH_MOBILITY = { status: 400, error: 'invalid_request' };
const TEXTBOOK = {
  status: 401,
  error: 'invalid_client',
  hint: /^check clientId, its secret or key/,
};

const AUD = { assertion: { claims: { aud: 'https://other.example/' } } };

/**
 * What each system answers to wrong credentials, from its own documents; see the token server's
 * systems/.
 */
const REFUSALS = [
  [
    'here',
    { clientSecret: OTHER },
    { ...HERE_SIGNATURE, errorDescription: /^errorCode: '401300'\. / },
  ],
  [
    'here, a JSON body',
    { clientSecret: OTHER },
    { ...HERE_SIGNATURE, errorDescription: /Signature mismatch/ },
  ],
  [
    'here',
    ({ appId }) => ({ clientId: appId }),
    {
      ...HERE_SIGNATURE,
      errorDescription: /client ID/,
      providerCode: '401310',
      hint: /access key id/,
    },
  ],
  [
    'here',
    { scope: 'x' },
    { status: 400, error: 'invalid_request', errorDescription: /400200/, providerCode: '400200' },
  ],
  [
    'ota-connect',
    { clientSecret: OTHER },
    { status: 400, error: 'invalid_client', hint: /clientId and clientSecret/ },
  ],
  [
    'ota-connect',
    { clientSecret: 'a+b=c' },
    { status: 400, error: 'invalid_client', hint: /^check clientId and clientSecret$/ },
  ],
  ['ota-connect', { scope: 'x' }, { status: 400, error: 'invalid_scope', hint: /scope/ }],
  [
    'iotspot',
    { clientId: OTHER, clientSecret: OTHER },
    { status: 400, error: 'invalid_client', hint: /clientId and clientSecret/ },
  ],
  [
    'os-data-hub',
    { clientSecret: OTHER },
    {
      ...APIGEE,
      error: 'invalid_client',
      errorDescription: 'ClientId is Invalid',
      hint: /project API secret/,
    },
  ],
  [
    'os-data-hub',
    { clientId: OTHER },
    { ...APIGEE_FAULT, errorDescription: 'Invalid client identifier {0}', hint: /project API key/ },
  ],
  [
    'high-mobility sandbox, a secret',
    { clientSecret: OTHER },
    { ...HIGH_MOBILITY, errorDescription: 'client_secret is invalid', hint: /sandbox and live/ },
  ],
  [
    'high-mobility live, a key',
    { keyId: OTHER },
    {
      ...HIGH_MOBILITY,
      errorDescription: 'client_assertion has an invalid iss',
      hint: /from the same file/,
    },
  ],
  [
    'high-mobility live, a key',
    { assertion: { type: 'x' } },
    { ...HIGH_MOBILITY, errorDescription: /client_assertion_type/, hint: /assertion\.type/ },
  ],
  [
    'high-mobility live, a secret',
    { clientAuth: 'client_secret_basic' },
    { status: 401, errorDescription: /^Not authorized: / },
  ],
  [
    'oauth2 client_secret_basic',
    { clientSecret: OTHER },
    { ...TEXTBOOK, errorDescription: 'wrong id or secret' },
  ],
  [
    'oauth2 client_secret_basic',
    { clientId: 'a+b' },
    { ...TEXTBOOK, errorDescription: 'wrong id or secret', hint: /basicEncoding: 'raw'/ },
  ],
  [
    'oauth2 client_secret_post',
    { clientSecret: 'copied ' },
    {
      ...TEXTBOOK,
      errorDescription: 'wrong secret',
      hint: /clientSecret begins or ends with a blank/,
    },
  ],
  [
    'oauth2 client_secret_jwt',
    { clientSecret: OTHER },
    {
      ...TEXTBOOK,
      errorDescription: 'wrong assertion: signature',
      hint: /shorter than the 32 bytes for HS256/,
    },
  ],
  [
    'oauth2 client_secret_jwt',
    AUD,
    {
      ...TEXTBOOK,
      errorDescription: 'wrong assertion: aud',
      hint: /"https:\/\/other\.example\/", the token endpoint is http:.*\/oauth2\/token/,
    },
  ],
  [
    'oauth2 none',
    { grantType: 'password' },
    {
      status: 400,
      error: 'unsupported_grant_type',
      errorDescription: 'wrong grant_type',
      hint: /check grantType/,
    },
  ],
];

behaviour('what every system says about wrong credentials', async (t) => {
  for (const [name, change, want] of REFUSALS) {
    const { config } = t.server.configs.find((c) => c.name === name);
    const changed =
      typeof change === 'function' ? change(systemOf(t.server, name.split(',')[0])) : change;
    const error = await fails(t, t.fetchToken({ ...config, ...changed }), {
      code: 'error_response',
      retryable: false,
      error: undefined,
      errorDescription: undefined,
      providerCode: undefined,
      hint: undefined,
      retryAfter: undefined,
      ...want,
    });
    t.assert.ok(error.message.includes(error.errorDescription ?? error.error), error.message);
  }
});

behaviour('a clock that is off', async (t) => {
  const want = {
    code: 'error_response',
    hint: /clock of this machine is (999|1000|1001) s behind/,
    retryable: false,
  };
  await fails(t, t.fetchToken(withFault(t, 'here', 'skew/1000')), {
    ...want,
    providerCode: '401204',
  });
  for (const name of [
    'high-mobility live, a key',
    'oauth2 client_secret_jwt',
    'oauth2 private_key_jwt p256 ES256',
  ]) {
    await fails(t, t.fetchToken(withFault(t, name, 'skew/1000')), want);
  }
  const ahead = { ...want, hint: /clock of this machine is (999|1000|1001) s ahead/ };
  await fails(t, t.fetchToken(withFault(t, 'here', 'skew/-1000')), ahead);
});

behaviour('a status of 429 from every system', async (t) => {
  const wants = {
    here: { error: 'invalid_request', providerCode: '429002', hint: /keep the token/ },
    'ota-connect': { error: 'too_many_requests' },
    'os-data-hub': {
      providerCode: 'policies.ratelimit.QuotaViolation',
      errorDescription: /Quota limit exceeded/,
    },
    'high-mobility live, a secret': { errorDescription: 'Error 429: The request failed' },
    'oauth2 none': { error: 'invalid_request' },
  };
  for (const [name, want] of Object.entries(wants)) {
    await fails(t, t.fetchToken(withFault(t, name, 'status/429')), {
      code: 'error_response',
      status: 429,
      retryable: true,
      ...want,
    });
  }
});

behaviour('Retry-After, and the name of the request', async (t) => {
  const body = '{"error":"slow_down","error_description":"later"}';
  const { url } = await record(t, {
    status: 429,
    headers: { 'retry-after': '7', 'x-request-id': 'request-1' },
    body,
  });
  const want = {
    code: 'error_response',
    status: 429,
    error: 'slow_down',
    errorDescription: 'later',
    retryable: true,
  };
  await fails(t, t.fetchToken(basic(url)), { ...want, retryAfter: 7, requestId: 'request-1' });
  const page = await record(t, {
    status: 503,
    headers: { 'retry-after': '120', 'content-type': 'text/html' },
    body: '<html></html>',
  });
  await fails(t, t.fetchToken(basic(page.url)), {
    code: 'http_error',
    status: 503,
    retryable: true,
    retryAfter: 120,
  });
  const date = (/** @type {number} */ minutes) =>
    new Date(Math.floor(Date.now() / 1000 + 60 * minutes) * 1000).toUTCString();
  const dated = await record(t, {
    status: 503,
    headers: { 'retry-after': date(12), date: date(10) },
    body: '',
  });
  await fails(t, t.fetchToken(basic(dated.url)), {
    code: 'http_error',
    status: 503,
    retryable: true,
    retryAfter: /^1(19|20|21)$/,
  });
});

behaviour('a status without a body that is understood', async (t) => {
  for (const status of [204, 400, 404, 408, 425, 500, 502, 503, 504]) {
    const { url } = await record(t, { status, body: status === 204 ? '' : 'no JSON' });
    const want = {
      code: 'http_error',
      status,
      retryable: status >= 408,
      error: undefined,
      errorDescription: undefined,
      providerCode: undefined,
    };
    await fails(t, t.fetchToken(basic(url)), want);
  }
  for (const status of [502, 503]) {
    await fails(t, t.fetchToken(withFault(t, 'here', `status/${status}`)), {
      code: 'http_error',
      status,
      retryable: true,
    });
  }
});

behaviour('an error that only WWW-Authenticate names', async (t) => {
  const headers = {
    'www-authenticate':
      'Bearer realm="x", error="invalid_client", error_description="secret-1 is unknown"',
  };
  const { url } = await record(t, { status: 401, headers, body: '' });
  await fails(t, t.fetchToken(basic(url)), {
    code: 'error_response',
    error: 'invalid_client',
    errorDescription: '[redacted] is unknown',
  });
});

behaviour('an error within a 200 is an error', async (t) => {
  await fails(t, t.fetchToken(withFault(t, 'os-data-hub', 'status/200')), {
    code: 'error_response',
    status: 200,
    error: 'invalid_request',
  });
});

behaviour('a success without a usable token', async (t) => {
  for (const fault of ['html', 'empty', 'truncated']) {
    const want = { code: 'invalid_response', status: 200, retryable: false, error: undefined };
    await fails(t, t.fetchToken(withFault(t, 'here', fault)), {
      ...want,
      hint: fault === 'html' ? /login page/ : undefined,
    });
  }
});

behaviour('an error has no other properties than those that are documented', async (t) => {
  const known = [
    'cause',
    'code',
    'docs',
    'error',
    'docs',
    'errorDescription',
    'hint',
    'message',
    'name',
    'providerCode',
    'requestId',
    'retryAfter',
    'retryable',
    'stack',
    'status',
    // what some runtimes give every error
    'fileName',
    'lineNumber',
    'columnNumber',
    'line',
    'column',
    'originalLine',
    'originalColumn',
    'sourceURL',
  ];
  const errors = [
    await rejection(t.fetchToken({})),
    await rejection(t.fetchToken(withFault(t, 'here', 'status/429'))),
    await rejection(t.fetchToken(basic(`${t.server.nowhere}/token`))),
  ];
  for (const error of errors) {
    t.assert.deepEqual(
      Object.getOwnPropertyNames(error).filter((name) => !known.includes(name)),
      [],
    );
    t.assert.deepEqual(
      Object.values(error).filter((value) => value === undefined),
      [],
    );
    t.assert.equal(String(error), `TokenError: ${error.message}`);
  }
});

// ---- Configurations and options that are wrong

/** A configuration, or what is changed in a good one, and a text that the message must have. */
const WRONG_CONFIGS = [
  [
    'an unknown key, with the nearest known one',
    { client_id: 'x' },
    /unknown configuration key "client_id": did you mean clientId\?/,
  ],
  ['an unknown key with other capitals', { tokenendpoint: 'x' }, /did you mean tokenEndpoint\?/],
  [
    'an unknown key that nothing resembles',
    { colour: 'red' },
    /unknown configuration key "colour": known are provider, /,
  ],
  ['a member with a function, as a thenable has', { then: () => {} }, /"then"/],
  ['a BigInt', { clientId: 1n }, /clientId must be a string, not a bigint/],
  ['a number', { clientId: 1 }, /clientId must be a string, not a number/],
  ['NaN', { clientId: NaN }, /clientId must be a string/],
  ['a boolean', { clientId: true }, /clientId must be a string, not a boolean/],
  ['null', { clientId: null }, /clientId must be a string, not null/],
  ['a function', { clientSecret: () => 'x' }, /clientSecret must be a string, not a function/],
  ['a symbol', { clientSecret: Symbol('x') }, /clientSecret must be a string, not a symbol/],
  ['a Date', { scope: new Date(0) }, /scope must be a string or an array of strings, not a Date/],
  [
    'a String object',
    { clientSecret: new String('x') },
    /clientSecret must be a string, not a String/,
  ],
  ['an empty text', { tokenEndpoint: '' }, /tokenEndpoint is (empty|missing)/],
  ['bytes', { clientSecret: new Uint8Array(3) }, /clientSecret must be a string, not a Uint8Array/],
  ['no bytes', { privateKey: new Uint8Array(), clientSecret: undefined }, /privateKey is empty/],
  [
    'bytes of another kind',
    { privateKey: new ArrayBuffer(3), clientSecret: undefined },
    /privateKey must be a string, a Uint8Array.*, not a ArrayBuffer/,
  ],
  [
    'what only says that it is bytes',
    { privateKey: { [Symbol.toStringTag]: 'Uint8Array', length: 3 }, clientSecret: undefined },
    /privateKey must be a string.*, not a Uint8Array/,
  ],
  [
    'a list of keys',
    { privateKey: [{ kty: 'EC' }], clientSecret: undefined },
    /privateKey must be a string.*, not an array/,
  ],
  ['a Map', { parameters: new Map([['a', 'b']]) }, /parameters must be an object, not a Map/],
  [
    'a URL object',
    { tokenEndpoint: new URL('https://as.example/token') },
    /tokenEndpoint must be a string, not a URL/,
  ],
  [
    'a BigInt within',
    { parameters: { a: 1n } },
    /parameters must be an object, not an object that JSON can't hold/,
  ],
  [
    'an object that has no JSON',
    { parameters: { toJSON() {} } },
    /parameters must be an object, not an object that JSON can't hold/,
  ],
  [
    'a cycle',
    cyclic({ a: 'b' }),
    /parameters must be an object, not an object that JSON can't hold/,
  ],
  [
    'half a character',
    { clientSecret: 'a\ud800b' },
    /clientSecret must be a string, not text with half a character/,
  ],
  ['half a character in a list', { scope: ['a', '\udc00'] }, /scope/],
  ['half a character in an object', { parameters: { a: '\ud83d' } }, /parameters/],
  ['half a character in a name', { parameters: { '\ud83d': 'a' } }, /parameters/],
  [
    'half a character in a claim',
    { clientAuth: 'client_secret_jwt', assertion: { claims: { a: '\ud83d' } } },
    /assertion/,
  ],
  ['a line break', { clientId: 'a\nb' }, /clientId contains a line break/],
  [
    'http to another machine',
    { tokenEndpoint: 'http://as.example/token' },
    /tokenEndpoint must start with https/,
  ],
  [
    'a list that holds something else',
    { scope: ['a', 1] },
    /scope must hold strings only, not a number/,
  ],
];

for (const [name, change, message] of WRONG_CONFIGS) {
  behaviour(`a configuration that is wrong: ${name}`, async (t) => {
    const error = await fails(
      t,
      t.fetchToken({ ...basic('https://as.example/token'), ...change }, { fetch: unwanted }),
      {
        code: 'invalid_config',
        retryable: false,
        status: undefined,
      },
    );
    t.assert.match(error.message, message);
    t.assert.ok(!/\p{Surrogate}/u.test(error.message));
  });
}

for (const [name, config] of Object.entries({
  nothing: undefined,
  null: null,
  'a text': '{"clientId":"client-1"}',
  'a number': 1,
  'a function': () => ({}),
  'an array': [basic('https://as.example/token')],
  'an empty array': [],
})) {
  behaviour(`a configuration that is no object: ${name}`, async (t) => {
    const error = await fails(t, t.fetchToken(config, { fetch: unwanted }), {
      code: 'invalid_config',
      retryable: false,
    });
    t.assert.match(error.message, /^config must be an object, not (undefined|null|an? \w+)(: loadCredentials .+)?$/);
  });
}

/** Options, and a text that the message must have. */
const WRONG_OPTIONS = [
  [
    'an unknown name, with the nearest known one',
    { timeOut: 5 },
    /unknown option "timeOut": did you mean timeout\?/,
  ],
  [
    'an unknown name that nothing resembles',
    { retries: 3 },
    /unknown option "retries": known are fetch, /,
  ],
  ['fetch', { fetch: 'fetch' }, /options\.fetch must be a function/],
  ['fetch null', { fetch: null }, /options\.fetch must be a function/],
  ['signal', { signal: {} }, /options\.signal must be an AbortSignal/],
  [
    'a controller for a signal',
    { signal: new AbortController() },
    /options\.signal must be an AbortSignal, not an? AbortController/,
  ],
  [
    'another event target for a signal',
    { signal: new EventTarget() },
    /options\.signal must be an AbortSignal, not an? EventTarget/,
  ],
  ['signal null', { signal: null }, /options\.signal must be an AbortSignal, not null/],
  ['clock', { clock: Date.now }, /options\.clock must be an object with a function now/],
  [
    'clock, a number',
    { clock: 1_700_000_000_000 },
    /options\.clock must be an object with a function now/,
  ],
  ['clock without now', { clock: {} }, /options\.clock must be an object with a function now/],
  ['random', { random: 4 }, /options\.random must be a function/],
  ['random, bytes', { random: new Uint8Array(16) }, /options\.random must be a function/],
  [
    'random that returns too little',
    { random: (n) => new Uint8Array(n - 1) },
    /random must be as many bytes/,
  ],
  [
    'random that returns too much',
    { random: (n) => new Uint8Array(n + 1) },
    /random must be as many bytes/,
  ],
  ['random that returns nothing', { random: () => undefined }, /random/],
  ['random that returns a text', { random: () => '0123456789abcdef' }, /random/],
  ['random that returns a BigInt', { random: () => 1n }, /random/],
  ['random that returns an object', { random: () => ({}) }, /random/],
  ['clock that returns no number', { clock: { now: () => NaN } }, /clock/],
  ['clock that returns a BigInt', { clock: { now: () => 1n } }, /clock/],
  ['clock that returns a text', { clock: { now: () => 'soon' } }, /clock/],
  ['clock that returns nothing', { clock: { now: () => undefined } }, /clock/],
  ['a BigInt', { clock: 1n }, /options\.clock must be an object with a function now/],
];

for (const [name, options, message] of WRONG_OPTIONS) {
  behaviour(`an option that is wrong: ${name}`, async (t) => {
    let calls = 0;
    const count = async () => {
      calls++;
      return new Response('{"access_token":"token-1"}');
    };
    const config = { provider: 'here', clientId: 'client-1', clientSecret: 'secret-1' };
    const error = await fails(t, t.fetchToken(config, { fetch: count, ...options }), {
      code: 'invalid_config',
      retryable: false,
    });
    t.assert.match(error.message, message);
    t.assert.equal(calls, 0);
  });
}

for (const [name, most] of [
  ['timeout', 2 ** 31 - 1],
  ['maxBody', 2 ** 30],
]) {
  behaviour(`the bounds of options.${name}`, async (t) => {
    const config = basic('https://as.example/token');
    for (const value of [
      0,
      -1,
      1.5,
      most + 1,
      NaN,
      Infinity,
      -Infinity,
      '100',
      100n,
      null,
      [100],
      true,
    ]) {
      const error = await fails(t, t.fetchToken(config, { [name]: value, fetch: unwanted }), {
        code: 'invalid_config',
      });
      t.assert.match(
        error.message,
        new RegExp(`^options\\.${name} must be a whole number of \\w+ from 1 to ${most}$`),
      );
    }
    const token = await t.fetchToken(config, {
      [name]: most,
      fetch: async () => new Response('{"access_token":"token-1"}'),
    });
    t.assert.equal(token.access_token, 'token-1');
  });
}

for (const [name, options] of Object.entries({
  null: null,
  'a text': 'fast',
  'a number': 5,
  'a function': () => {},
})) {
  behaviour(`options that are no object: ${name}`, async (t) => {
    const error = await fails(t, t.fetchToken(basic('https://as.example/token'), options), {
      code: 'invalid_config',
    });
    t.assert.match(error.message, /^options must be an object, not (null|an? \w+)$/);
  });
}

behaviour('what is undefined is left out, in the configuration and in the options', async (t) => {
  const { url } = await record(t);
  const options = {
    fetch: undefined,
    signal: undefined,
    timeout: undefined,
    maxBody: undefined,
    clock: undefined,
    random: undefined,
  };
  const config = { ...basic(url), scope: undefined, privateKey: undefined, nonsense: undefined };
  t.assert.equal((await t.fetchToken(config, options)).access_token, 'recorded');
  t.assert.equal((await t.fetchToken(config, undefined)).access_token, 'recorded');
});

behaviour('a configuration is never changed', async (t) => {
  for (const { name, config } of t.server.configs.filter((c) => !/rsa|p384|p521/.test(c.name))) {
    const frozen = freeze(structuredClone(config));
    t.assert.ok(
      (await t.fetchToken(frozen, Object.freeze({ timeout: 20_000 }))).access_token,
      name,
    );
    t.assert.deepEqual(frozen, config);
  }
  const { url } = await record(t);
  const assertion = { claims: { x: { y: [1] } } };
  const rich = freeze({
    ...basic(url),
    scope: ['a'],
    parameters: { a: ['b', 'c'] },
    clientAuth: 'client_secret_jwt',
    assertion,
  });
  t.assert.equal((await t.fetchToken(rich)).access_token, 'recorded');
});

behaviour('a configuration that is changed after the call changes nothing', async (t) => {
  const { url, requests } = await record(t);
  const { p256, p384 } = t.server.systems.oauth2.keys;
  const config = {
    tokenEndpoint: url,
    clientId: 'before',
    privateKey: p256.privateKey,
    parameters: { a: 'before' },
  };
  const options = { timeout: 20_000 };
  const call = t.fetchToken(config, options);
  Object.assign(config, { clientId: 'after', privateKey: p384.privateKey });
  config.parameters.a = 'after';
  options.fetch = () => t.assert.ok(false, 'the options are read late');
  t.assert.equal((await call).access_token, 'recorded');
  const [{ body }] = await requests();
  t.assert.match(body, /a=before&client_id=before/);
});

behaviour(
  'an instance of a class, and an object without a prototype, are configurations too',
  async (t) => {
    const { url } = await record(t);
    class Settings {
      constructor() {
        Object.assign(this, basic(url));
      }
    }
    for (const config of [new Settings(), Object.assign(Object.create(null), basic(url))]) {
      t.assert.equal((await t.fetchToken(config)).access_token, 'recorded');
    }
  },
);

behaviour('a call after a hundred that failed works', async (t) => {
  const good = basic('https://as.example/token');
  const wrong = [
    null,
    {},
    'x',
    basic('x'),
    { ...good, ...cyclic({}) },
    { ...good, keyId: 1n },
    good,
  ];
  for (let i = 0; i < 100; i++) {
    await rejection(
      t.fetchToken(wrong[i % wrong.length], {
        fetch: () => {
          throw new Error('no');
        },
      }),
    );
  }
  const { url } = await record(t);
  t.assert.equal((await t.fetchToken(basic(url))).access_token, 'recorded');
});

// ---- Properties that throw: nothing of the caller's may end the module's instance, so each is
// followed by a call that works

/** An object with these properties, which throw. */
const throwing = (/** @type {unknown} */ thrown, /** @type {string[]} */ ...names) =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          enumerable: true,
          get() {
            throw thrown;
          },
        },
      ]),
    ),
  );

/** How such a property can get there, and what the call then fails with. */
const THROWING = {
  'of the configuration': (thrown) => ({
    config: throwing(thrown, 'clientSecret'),
    rejectsWith: thrown,
  }),
  'of the configuration, which is a Proxy': (thrown) => ({
    config: new Proxy(
      {},
      {
        ownKeys() {
          throw thrown;
        },
      },
    ),
    rejectsWith: thrown,
  }),
  'of the options': (thrown) => ({ options: throwing(thrown, 'timeout'), rejectsWith: thrown }),
  'of the clock': (thrown) => ({
    options: {
      clock: {
        now() {
          throw thrown;
        },
      },
    },
    rejectsWith: thrown,
  }),
  'of the randomness': (thrown) => ({
    options: {
      random() {
        throw thrown;
      },
    },
    rejectsWith: thrown,
  }),
  'of the response': (thrown) => ({
    options: { fetch: async () => throwing(thrown, 'status', 'type', 'headers', 'body') },
  }),
  'of the headers': (thrown) => ({
    options: {
      fetch: async () => ({
        status: 200,
        headers: {
          forEach() {
            throw thrown;
          },
        },
      }),
    },
  }),
  'of the body': (thrown) => ({
    options: {
      fetch: async () => ({
        status: 200,
        headers: new Headers(),
        body: {
          getReader() {
            throw thrown;
          },
        },
      }),
    },
  }),
  'of the error': (thrown) => ({
    options: { fetch: () => Promise.reject(throwing(thrown, 'cause', 'message', 'code')) },
  }),
};

for (const [name, make] of Object.entries(THROWING)) {
  behaviour(`a property that throws: ${name}`, async (t) => {
    const { url } = await record(t);
    const thrown = new Error('not to be read');
    const { config, options, rejectsWith } = make(thrown);
    const call = t.fetchToken(config ?? basic(url), options);
    if (rejectsWith !== undefined) {
      t.assert.equal(await rejection(call), rejectsWith);
    } else {
      await fails(t, call, { code: 'network', retryable: true });
    }
    t.assert.equal((await t.fetchToken(basic(url))).access_token, 'recorded');
  });
}

// ---- Helpers

/** The smallest configuration. */
function basic(tokenEndpoint) {
  return { tokenEndpoint, clientId: 'client-1', clientSecret: 'secret-1' };
}

/** A fetch for what must fail before it. */
function unwanted() {
  throw new Error('a request was sent');
}

/** The configuration of that name, behind a fault of the token server. */
function withFault({ server }, name, fault) {
  const { config } = server.configs.find((c) => c.name === name);
  const url = new URL(config.tokenEndpoint);
  return { ...config, tokenEndpoint: `${url.origin}/fault/${fault}${url.pathname}` };
}

/** What the token server says of a system: `cognito` and `apigee` are other names of two. */
function systemOf({ systems }, name, environment) {
  const system = systems[{ cognito: 'ota-connect', apigee: 'os-data-hub' }[name] ?? name];
  return name === 'high-mobility' ? system[environment] : system;
}

/** A token endpoint of its own on the recorder, which answers like that. */
async function record({ server, assert }, answer = {}) {
  const key = crypto.randomUUID();
  const control = `${server.recorder}/control/${key}`;
  assert.equal((await fetch(control, { method: 'PUT', body: JSON.stringify(answer) })).status, 200);
  return {
    url: `${server.recorder}/${key}/token`,
    /** Everything that came. */
    requests: async () => (await fetch(control)).json(),
    /** Resolves when the connection of an answer has been ended by the client. */
    ended: async () => assert.ok((await (await fetch(`${control}/ended`)).json()).ended),
  };
}

/** Returns what a promise rejects with. */
async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error(`it did not reject, but got ${JSON.stringify(value)}`);
}

/**
 * Returns the TokenError that a call rejects with, which has these members; undefined is for one
 * that it has not.
 */
async function fails({ assert, TokenError }, call, want) {
  const error = await rejection(call);
  assert.ok(error instanceof Error, `${error} is no Error`);
  if (TokenError !== undefined && !(error instanceof TokenError)) {
    throw error;
  }
  assert.equal(error.name, 'TokenError', error.stack);
  assert.equal(typeof error.retryable, 'boolean');
  for (const [name, value] of Object.entries(want)) {
    if (value instanceof RegExp) {
      assert.match(String(error[name]), value, `${name}: ${error.message}`);
    } else {
      assert.equal(error[name], value, `${name} is ${error[name]}, not ${value}: ${error.message}`);
      assert.equal(name in error, value !== undefined, name);
    }
  }
  return error;
}

/** The values of the headers that matter, by name. */
function wireHeaders({ headers }) {
  const values = {};
  const names = ['accept', 'authorization', 'content-type', 'cookie', 'x-api-key', 'x-request-id'];
  for (const name of names) {
    const found = headers.filter(([n]) => n === name).map(([, value]) => value);
    if (found.length > 0) {
      values[name] = found;
    }
  }
  return values;
}

/** The parameters of an OAuth 1.0 header (RFC 5849 section 3.5.1). */
function oauthParams(header) {
  const pairs = header
    .replace(/^OAuth /, '')
    .split(', ')
    .map((pair) => /^(\w+)="(.*)"$/.exec(pair));
  return Object.fromEntries(pairs.map(([, name, value]) => [name, decodeURIComponent(value)]));
}

/** The header (0) or the claims (1) of a JWT. */
function jwtPart(jwt, part) {
  const base64 = jwt.split('.')[part].replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(
    new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))),
  );
}

/** A text as application/x-www-form-urlencoded has it. */
function form(text) {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function cyclic(object) {
  object.self = object;
  return { parameters: object };
}

function freeze(value) {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
