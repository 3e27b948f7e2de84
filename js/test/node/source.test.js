// Assertions and tokens of somebody else: where they come from, and how long they are kept.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';

import { createClient, explain, fetchToken } from '../../node.js';
import { memoryStore } from '../../stores/memory.js';

const ENDPOINT = 'https://as.example/token';
const CLIENT = { tokenEndpoint: ENDPOINT, clientId: 'client' };
const TOKEN = { access_token: 'token-1', token_type: 'Bearer', expires_in: 3600 };
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJlLW9mLXRoZS1wb2Q';

/** Records requests, and answers one after the other; the last answer again and again. */
function recorder(/** @type {object[]} */ ...answers) {
  /** @type {{ url: string, body: URLSearchParams, headers: Record<string, string> }[]} */
  const requests = [];
  const fetch = async (/** @type {string} */ url, /** @type {any} */ { body, headers }) => {
    const { status = 200, ...answer } = /** @type {any} */ (
      answers[Math.min(requests.length, answers.length - 1)] ?? TOKEN
    );
    requests.push({ url, body: new URLSearchParams(body), headers });
    return Response.json(answer, { status });
  };
  return { requests, fetch };
}

/** @param {ReturnType<typeof recorder>} recorder */
const assertionsOf = ({ requests }) => requests.map(({ body }) => body.get('client_assertion'));

suite('a function', () => {
  test('is told the audience, and its text is the assertion', async () => {
    const server = recorder();
    /** @type {unknown[]} */
    const told = [];
    await fetchToken(
      {
        ...CLIENT,
        clientAssertion({ audience, signal }) {
          told.push(audience, signal.aborted);
          return JWT;
        },
      },
      { fetch: server.fetch },
    );
    assert.deepEqual(told, [ENDPOINT, false]);
    const [{ body }] = server.requests;
    assert.deepEqual(Object.fromEntries(body), {
      grant_type: 'client_credentials',
      client_id: 'client',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: JWT,
    });
  });

  test('is asked anew before each request, also before one that is repeated', async () => {
    const server = recorder({ status: 503 }, TOKEN, TOKEN);
    let count = 0;
    const client = createClient(
      { ...CLIENT, clientAssertion: async () => `jwt-${++count}` },
      { fetch: server.fetch, clock: { now: () => 1e12, sleep: async () => {} } },
    );
    await client.getToken();
    await client.getToken({ force: true });
    assert.deepEqual(assertionsOf(server), ['jwt-1', 'jwt-2', 'jwt-3']);
  });

  test('that throws ends the call, and nothing is sent', async () => {
    const server = recorder();
    const thrown = Object.assign(new RangeError(`no ${JWT}`), { code: 'ENOPOD' });
    await assert.rejects(
      fetchToken(
        { ...CLIENT, clientAssertion: () => Promise.reject(thrown) },
        { fetch: server.fetch },
      ),
      ({ code, message, cause, retryable }) => {
        assert.equal(code, 'source_failed');
        assert.match(message, /^clientAssertion can't be had: RangeError: ENOPOD no /);
        assert.ok(!`${message} ${cause}`.includes('c2lnbmF0'), message);
        return retryable === false;
      },
    );
    assert.equal(server.requests.length, 0);
  });

  for (const [what, value, type] of /** @type {const} */ ([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', {}, 'object'],
  ])) {
    test(`that returns ${what} ends the call`, () =>
      assert.rejects(
        fetchToken({ ...CLIENT, clientAssertion: /** @type {any} */ (() => value) }),
        { code: 'source_failed', message: `clientAssertion must return a string, not ${type}` },
      ));
  }

  test('that never answers ends with the time of the request, and hears of it', async () => {
    /** @type {AbortSignal | undefined} */
    let heard;
    const clientAssertion = (/** @type {any} */ { signal }) => {
      heard = signal;
      return /** @type {Promise<string>} */ (new Promise(() => {}));
    };
    await assert.rejects(fetchToken({ ...CLIENT, clientAssertion }, { timeout: 5 }), {
      code: 'timeout', message: 'clientAssertion did not come in time', retryable: true,
    });
    assert.equal(heard?.aborted, true);
  });

  test("ends with the caller's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error('the caller is gone');
    /** @type {AbortSignal | undefined} */
    let heard;
    const call = fetchToken(
      {
        ...CLIENT,
        clientAssertion({ signal }) {
          heard = /** @type {AbortSignal} */ (signal);
          controller.abort(reason);
          return /** @type {Promise<string>} */ (new Promise(() => {}));
        },
      },
      { signal: controller.signal },
    );
    await assert.rejects(call, (error) => error === reason);
    assert.equal(heard?.aborted, true);
  });

  test('of one client shares no refusal with that of another', async () => {
    const server = recorder({ status: 401, error: 'invalid_client' });
    const make = () =>
      createClient({ ...CLIENT, clientAssertion: () => JWT }, { fetch: server.fetch });
    await assert.rejects(make().getToken(), { code: 'error_response' });
    await assert.rejects(make().getToken(), { code: 'error_response' });
    assert.equal(server.requests.length, 2);
  });
});

suite('a file', () => {
  /** @type {string} */
  let folder;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'fetchtoken-source-'))));
  after(() => rm(folder, { recursive: true }));

  test('is read again before each request', async () => {
    const server = recorder();
    const [first, file] = ['first', 'token'].map((name) => join(folder, name));
    await writeFile(first, 'jwt-1\n');
    await symlink(first, file); // as Kubernetes projects them
    const client = createClient({ ...CLIENT, clientAssertion: { file } }, { fetch: server.fetch });
    await client.getToken();
    await writeFile(first, 'jwt-2\n');
    await client.getToken({ force: true });
    assert.deepEqual(assertionsOf(server), ['jwt-1', 'jwt-2']);
  });

  test('may be JSON', async () => {
    const server = recorder();
    const file = join(folder, 'json');
    await writeFile(file, JSON.stringify({ token: JWT }));
    const clientAssertion = { file, member: 'token' };
    await fetchToken({ ...CLIENT, clientAssertion }, { fetch: server.fetch });
    assert.deepEqual(assertionsOf(server), [JWT]);
  });

  for (const [what, name, words] of /** @type {const} */ ([
    ['that is not there', 'none', /ENOENT/],
    ['that is a folder', '.', /EISDIR/],
  ])) {
    test(`${what} ends the call`, () =>
      assert.rejects(
        fetchToken({ ...CLIENT, clientAssertion: { file: join(folder, name) } }),
        ({ code, message }) => code === 'source_failed' && words.test(message),
      ));
  }
});

suite('a URL', () => {
  test('brings the assertion that the server verifies', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a' }] });
    const server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const answer = (/** @type {object} */ body) => response.end(JSON.stringify(body));
      if (pathname === '/oidc') {
        assert.equal(request.headers.authorization, 'bearer of-the-job');
        assert.equal(request.headers.dpop, undefined);
        const value = await new SignJWT({})
          .setProtectedHeader({ alg: 'ES256', kid: 'a' })
          .setIssuer('https://ci.example')
          .setSubject('repo:a/b')
          .setAudience(searchParams.get('audience') ?? '')
          .setExpirationTime('5m')
          .sign(privateKey);
        answer({ value });
        return;
      }
      let text = '';
      for await (const chunk of request) {
        text += chunk;
      }
      const body = new URLSearchParams(text);
      const { payload } = await jwtVerify(body.get('client_assertion') ?? '', keys, {
        issuer: 'https://ci.example',
        audience: `${base}/token`,
      });
      answer({ ...TOKEN, sub: payload.sub });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const base = `http://127.0.0.1:${port}`;
    try {
      const { sub } = await fetchToken({
        tokenEndpoint: `${base}/token`,
        clientId: 'client',
        clientAssertion: {
          url: `${base}/oidc?v=2&audience={audience}`,
          headers: { authorization: 'bearer of-the-job' },
          member: 'value',
        },
      });
      assert.equal(sub, 'repo:a/b');
    } finally {
      server.close();
    }
  });

  test('is asked by the fetch of the caller, and its headers stay secret', async () => {
    const server = recorder({ status: 403, message: 'bearer-of-the-job' });
    const clientAssertion = {
      url: 'https://ci.example/oidc?key=abc', headers: { authorization: 'bearer-of-the-job' },
    };
    await assert.rejects(
      fetchToken({ ...CLIENT, clientAssertion }, { fetch: server.fetch }),
      ({ code, message, status }) => {
        assert.equal(message, "clientAssertion can't be had: its URL answers with status 403");
        return code === 'source_failed' && status === 403;
      },
    );
    assert.deepEqual(server.requests.map(({ url }) => url), ['https://ci.example/oidc?key=abc']);
  });
});

suite('a token exchange', () => {
  const exchange = {
    ...CLIENT,
    clientSecret: 'secret-1',
    subjectTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    actorTokenType: 'urn:ietf:params:oauth:token-type:jwt',
  };

  test('has both tokens, and says what was issued', async () => {
    const issued = { ...TOKEN, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
    const server = recorder(issued);
    const token = await fetchToken(
      { ...exchange, subjectToken: () => 'of the subject', actorToken: () => 'of the actor' },
      { fetch: server.fetch },
    );
    assert.equal(token.issued_token_type, issued.issued_token_type);
    const [{ body }] = server.requests;
    assert.equal(body.get('grant_type'), 'urn:ietf:params:oauth:grant-type:token-exchange');
    assert.equal(body.get('subject_token'), 'of the subject');
    assert.equal(body.get('actor_token'), 'of the actor');
  });

  test('that brings no access token sends it nowhere', async () => {
    const server = recorder({ ...TOKEN, token_type: 'N_A' });
    const client = createClient(
      { ...exchange, actorTokenType: undefined, subjectToken: 'subject' },
      { fetch: server.fetch, origins: ['https://api.example'] },
    );
    await assert.rejects(client.fetch('https://api.example/'), { code: 'invalid_response' });
    assert.equal(server.requests.length, 1);
  });

  for (const subjectToken of [() => 'subject', { file: '/run/token' }]) {
    test(`of a ${typeof subjectToken} has no store, where subjects would share a token`, () =>
      assert.rejects(
        createClient(
          { ...exchange, actorTokenType: undefined, subjectToken },
          { store: memoryStore() },
        ).getToken(),
        ({ code, message }) => code === 'invalid_config' && /subjectToken.*store/.test(message),
      ));
  }
});

test('clients of one id share a token, whoever gives their assertion', async () => {
  const server = recorder();
  const store = memoryStore();
  const sealingKey = 'k'.repeat(32);
  const make = (/** @type {string} */ jwt) =>
    createClient(
      { ...CLIENT, clientAssertion: () => jwt },
      { fetch: server.fetch, store, sealingKey },
    );
  await make('a').getToken();
  await make('b').getToken();
  assert.deepEqual(assertionsOf(server), ['a']);
  const unsealed = createClient({ ...CLIENT, clientAssertion: () => 'c' }, { store });
  await assert.rejects(unsealed.getToken(), { code: 'invalid_config' });
});

test('a store is given neither an assertion nor a subject token, in no form', async () => {
  const subjectToken = 'subject-Zp4Wm8rJc3Bf-0123456789';
  const inner = memoryStore();
  /** @type {string[]} */
  const given = [];
  /** @type {import('../../types.js').TokenStore} */
  const store = {
    ...inner,
    set(key, record, ttl) {
      given.push(key, record);
      return inner.set(key, record, ttl);
    },
    lease: async (key, ttl) => {
      given.push(key);
      return inner.lease?.(key, ttl);
    },
  };
  const sealingKey = 'k'.repeat(32);
  for (const config of [
    { ...CLIENT, clientAssertion: () => JWT },
    { ...CLIENT, clientAssertion: JWT },
    { ...CLIENT, clientAuth: /** @type {const} */ ('none'), subjectToken, subjectTokenType: 'x' },
  ]) {
    const client = createClient(config, { fetch: recorder().fetch, store, sealingKey });
    await client.getToken();
    await client.close();
  }
  assert.equal(new Set(given.filter((text) => text.startsWith('2.'))).size, 3);
  for (const secret of [JWT, subjectToken]) {
    for (const form of ['utf8', 'hex', 'base64', 'base64url']) {
      // what stands before it may shift it by some bits
      const text = Buffer.from(secret).toString(/** @type {BufferEncoding} */ (form)).slice(4, -4);
      assert.deepEqual(given.filter((each) => each.includes(text)), []);
    }
  }
});

test('explain shows none of it, but with showSecrets', async () => {
  const config = { ...CLIENT, clientAssertion: () => JWT };
  const { request, choices } = await explain(config);
  assert.match(request.body, /client_assertion=\[redacted\]$/);
  const from = Object.fromEntries(choices.map(({ field, value, from }) => [field, [value, from]]));
  assert.deepEqual(from.clientAuth, ['private_key_jwt', 'the assertion']);
  assert.deepEqual(from.clientAssertion, ['a function', 'given']);
  const shown = await explain(config, { showSecrets: true });
  assert.equal(new URLSearchParams(shown.request.body).get('client_assertion'), JWT);
  await assert.rejects(
    explain(
      { ...CLIENT, clientAssertion: { url: 'https://a.example/' } },
      { showSecrets: true },
    ),
    { code: 'invalid_config' },
  );
});

test('a server that repeats an assertion is not repeated', async () => {
  const opaque = 'opaque-assertion-0123456789';
  const server = recorder({ status: 400, error: 'invalid_client', error_description: opaque });
  await assert.rejects(
    fetchToken({ ...CLIENT, clientAssertion: () => opaque }, { fetch: server.fetch }),
    ({ message }) => !message.includes('0123456789'),
  );
});
