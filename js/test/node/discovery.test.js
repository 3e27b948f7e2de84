// The issuer in place of the token endpoint: what the server says about itself.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createClient, explain, fetchToken } from '../../node.js';
import { loadRaw } from '../support/raw.js';

const issuer = 'https://as.example';
const config = { issuer, clientId: 'client', clientSecret: 'a secret' };
const PLACE = `${issuer}/.well-known/oauth-authorization-server`;
const OTHER_PLACE = `${issuer}/.well-known/openid-configuration`;

/**
 * A server of that metadata, and what it was asked.
 *
 * @param {Record<string, unknown>} more members of the metadata
 * @param {{ headers?: Record<string, string>, clientId?: string }} [how]
 */
function serverOf(more = {}, { headers } = {}) {
  /** @type {{ method: string, url: string, headers: any, body?: string, redirect: string }[]} */
  const requests = [];
  const metadata = { issuer, token_endpoint: `${issuer}/token`, ...more };
  const fetch = async (/** @type {string} */ url, /** @type {any} */ init) => {
    requests.push({ url, ...init });
    return init.method === 'GET'
      ? Response.json(metadata, { headers })
      : Response.json({ access_token: 'a-token', expires_in: 3600 });
  };
  return { fetch, requests, urls: () => requests.map(({ url }) => url) };
}

const senders = { fetchToken, 'the raw module': await loadRaw() };

for (const [name, fetchToken] of Object.entries(senders)) {
  suite(`${name} and an issuer`, () => {
    test('the metadata are asked for without credentials', async () => {
      const { fetch, requests } = serverOf();
      const { access_token } = await fetchToken(config, { fetch });
      assert.equal(access_token, 'a-token');
      const [{ method, url, headers, body, redirect }, { url: endpoint }] = requests;
      assert.deepEqual(
        { method, url, headers: { ...headers }, body, redirect },
        {
          method: 'GET',
          url: PLACE,
          headers: { Accept: 'application/json' },
          body: undefined,
          redirect: 'manual',
        },
      );
      assert.equal(endpoint, `${issuer}/token`);
      assert.equal(requests.length, 2);
    });

    test('the metadata are bounded', async () => {
      const { fetch, requests } = serverOf({ filler: 'x'.repeat(128 << 10) });
      await assert.rejects(fetchToken(config, { fetch }), {
        code: 'response_too_large',
        message: 'the metadata of https://as.example are too large',
      });
      assert.equal(requests.length, 1);
    });

    test('a redirect is not followed', async () => {
      /** @type {string[]} */
      const urls = [];
      const fetch = async (/** @type {string} */ url) => {
        urls.push(url);
        return new Response(null, { status: 302, headers: { location: 'https://evil.example/' } });
      };
      await assert.rejects(fetchToken(config, { fetch: /** @type {any} */ (fetch) }), {
        code: 'redirect',
        hint: /^check issuer/,
        message: /^the metadata of https:\/\/as\.example are elsewhere: a redirect to https:\/\/evil\.example is not followed/,
      });
      assert.deepEqual(urls, [PLACE, OTHER_PLACE]);
    });

    test('a byte of another issuer sends nothing more', async () => {
      const { fetch, requests } = serverOf({ issuer: 'https://as.example.org' });
      await assert.rejects(fetchToken(config, { fetch }), {
        code: 'invalid_response',
        message: /are those of another issuer: https:\/\/as\.example\.org/,
        hint: /^check issuer: it must be exactly/,
      });
      assert.deepEqual(requests.map(({ method }) => method), ['GET', 'GET']);
    });

    test('a slash of another issuer is said to be the difference', async () => {
      const { fetch } = serverOf({ issuer: 'https://as.example/' });
      await assert.rejects(fetchToken({ ...config, issuer: 'https://as.example' }, { fetch }), {
        message: new RegExp(
          '^the metadata of https://as.example are those of another issuer: https://as.example/, ' +
            'not https://as.example, which differs only in the last slash',
        ),
      });
    });
  });
}

/** What explain says of a field. @param {any} explanation @param {string} field */
const choice = ({ choices }, field) => {
  const { value, from } = choices.find((/** @type {any} */ c) => c.field === field) ?? {};
  return `${value} by ${from}`;
};

suite('what the metadata choose', () => {
  const methods = (/** @type {unknown} */ list) => ({
    token_endpoint_auth_methods_supported: list,
  });
  for (const [offered, chosen, from] of /** @type {[any, string, string][]} */ ([
    [undefined, 'client_secret_basic', 'default'], // RFC 8414 section 2
    ['client_secret_post', 'client_secret_basic', 'default'], // no array
    [['client_secret_post', 'client_secret_basic'], 'client_secret_basic', 'the metadata'],
    [['private_key_jwt', 'client_secret_post'], 'client_secret_post', 'the metadata'],
    [['client_secret_jwt', 'none'], 'client_secret_jwt', 'the metadata'],
  ])) {
    test(`of ${JSON.stringify(offered)} ${chosen}`, async () => {
      const explanation = await explain(config, {
        fetch: serverOf(methods(offered)).fetch,
      });
      assert.equal(choice(explanation, 'clientAuth'), `${chosen} by ${from}`);
    });
  }

  test('nothing that the caller or a preset has chosen', async () => {
    const { fetch } = serverOf(methods(['client_secret_post']));
    const given = await explain({ ...config, clientAuth: 'client_secret_basic' }, { fetch });
    assert.equal(choice(given, 'clientAuth'), 'client_secret_basic by given');
    const preset = await explain({ ...config, provider: 'cognito' }, { fetch });
    assert.equal(choice(preset, 'clientAuth'), 'client_secret_basic by preset cognito');
  });

  test('no method that the client has not', async () => {
    const { fetch, requests } = serverOf(methods(['private_key_jwt', 'tls_client_auth']));
    await assert.rejects(fetchToken(config, { fetch }), {
      code: 'invalid_config',
      message: 'clientAuth is missing, and the metadata of the server name no method for a ' +
        'clientSecret but private_key_jwt, tls_client_auth',
    });
    assert.equal(requests.length, 1);
  });

  test('the algorithm that a key can sign with', async () => {
    const { privateKey } = await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    );
    const { alg, key_ops, ext, ...jwk } = await crypto.subtle.exportKey('jwk', privateKey);
    const byKey = { issuer, clientId: 'client', privateKey: jwk };
    const algOf = async (/** @type {any} */ config, /** @type {unknown} */ offered) =>
      choice(
        await explain(config, {
          fetch: serverOf({ token_endpoint_auth_signing_alg_values_supported: offered }).fetch,
        }),
        'alg',
      );
    assert.equal(await algOf(byKey, undefined), 'RS256 by the key');
    assert.equal(await algOf(byKey, ['PS256', 'RS256']), 'RS256 by the key');
    assert.equal(await algOf(byKey, ['ES256', 'none', 'PS384', 'PS256']), 'PS384 by the metadata');
    assert.equal(await algOf(byKey, ['ES256']), 'RS256 by the key');
    assert.equal(await algOf({ ...byKey, alg: 'RS384' }, ['PS256']), 'RS384 by given');
    assert.equal(
      await algOf({ ...byKey, privateKey: { ...jwk, alg: 'RS256' } }, ['PS256']),
      'RS256 by the key',
    );
  });

  test('explain says where the endpoint is from, and sends no token request', async () => {
    const { fetch, requests } = serverOf();
    const explanation = await explain(config, { fetch });
    assert.equal(choice(explanation, 'issuer'), `${issuer} by given`);
    assert.equal(choice(explanation, 'tokenEndpoint'), `${issuer}/token by the metadata`);
    assert.equal(explanation.request.url, `${issuer}/token`);
    const { request } = await explain(config, { fetch, showSecrets: true });
    assert.equal(request.headers.Authorization, `Basic ${btoa('client:a+secret')}`);
    assert.ok(requests.every(({ method }) => method === 'GET'));
    assert.equal(requests.length, 2);
  });

  test('{issuer} is the issuer as it is given, also beside a token endpoint', async () => {
    const claims = { aud: '{issuer}' };
    const jwt = { ...config, clientAuth: /** @type {const} */ ('client_secret_jwt') };
    for (const more of [{}, { tokenEndpoint: 'https://as.example/token' }]) {
      const { assertion } = await explain(
        { ...jwt, ...more, assertion: { claims } },
        { fetch: serverOf().fetch },
      );
      assert.equal(assertion?.claims.aud, issuer);
    }
    const { issuer: _, ...without } = jwt;
    await assert.rejects(
      explain({ ...without, tokenEndpoint: 'https://as.example/token', assertion: { claims } }),
      { code: 'invalid_config', message: /needs issuer, which is missing/ },
    );
  });
});

suite('a client and an issuer', () => {
  test('keeps the metadata, and forgets them when it closes', async () => {
    const { fetch, urls } = serverOf();
    const client = createClient(config, { fetch });
    await client.getToken();
    await client.getToken({ force: true });
    assert.deepEqual(urls(), [PLACE, `${issuer}/token`, `${issuer}/token`]);
    client.close();
    await assert.rejects(client.getToken(), { code: 'closed' });
  });

  test('shares the metadata among its tokens', async () => {
    const { fetch, urls } = serverOf();
    const client = createClient(config, { fetch });
    await client.getToken({ scope: 'a' });
    await client.getToken({ scope: 'b' });
    client.close();
    assert.deepEqual(urls(), [PLACE, `${issuer}/token`, `${issuer}/token`]);
  });

  test('tells of token requests only', async () => {
    /** @type {string[]} */
    const events = [];
    const client = createClient(config, {
      fetch: serverOf().fetch,
      onEvent: ({ type }) => void events.push(type),
    });
    await client.getToken();
    client.close();
    assert.deepEqual(events, ['requested', 'renewed']);
  });

  test('proves its key to the token endpoint alone', async () => {
    const { fetch, requests } = serverOf();
    const bound = createClient(config, {
      dpop: await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']),
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        return init.method === 'GET'
          ? response
          : Response.json({ access_token: 'a', token_type: 'DPoP', expires_in: 60 });
      },
    });
    await bound.getToken();
    bound.close();
    assert.deepEqual(requests.map(({ headers }) => 'DPoP' in headers), [false, true]);
  });
});

suite('an issuer that no server can have', () => {
  for (const [wrong, why] of [
    ['http://as.example', /issuer must start with https/],
    ['https://as.example?a=b', /issuer has a query/],
    ['https://as.example#a', /issuer has a fragment/],
    ['https://user@as.example', /issuer has user information/],
    ['as.example', /issuer is not an absolute URL/],
    ['', /issuer is empty/],
  ]) {
    test(JSON.stringify(wrong), async () => {
      const { fetch, requests } = serverOf();
      await assert.rejects(fetchToken({ ...config, issuer: /** @type {string} */ (wrong) }, { fetch }), {
        code: 'invalid_config',
        message: why,
      });
      assert.equal(requests.length, 0);
    });
  }

  test('mtlsEndpointAliases without an issuer', async () => {
    const { issuer: _, ...rest } = config;
    await assert.rejects(
      fetchToken({ ...rest, tokenEndpoint: 'https://as.example/t', mtlsEndpointAliases: true }),
      { code: 'invalid_config', message: /^mtlsEndpointAliases is given, but no issuer/ },
    );
    await assert.rejects(
      fetchToken(/** @type {any} */ ({ ...config, mtlsEndpointAliases: 'yes' })),
      { code: 'invalid_config', message: 'mtlsEndpointAliases must be true or false, not a string' },
    );
  });
});
