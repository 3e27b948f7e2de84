// oidc-provider, an authorization server that other people wrote and that is certified for OpenID
// Connect, accepts what is sent.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { constants, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';

import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, importPKCS8, jwtVerify } from 'jose';
import { allowInsecureRequests, validateJwtAccessToken } from 'oauth4webapi';
import Provider from 'oidc-provider';

import { createClient, fetchToken, TokenError } from '../node.js';
import { loadRaw } from './support/raw.js';

const run = promisify(execFile);

/** Signs as a key service does: ECDSA comes as DER. */
function keyService(alg, key, data) {
  const padding = alg.startsWith('PS')
    ? constants.RSA_PKCS1_PSS_PADDING
    : constants.RSA_PKCS1_PADDING;
  const hash = alg.startsWith('Ed') ? null : `sha${alg.slice(2)}`;
  return sign(
    hash,
    data,
    key.asymmetricKeyType === 'rsa'
      ? { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : key,
  );
}

const HMAC = ['HS256', 'HS384', 'HS512'];
const KINDS = {
  rsa: {
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    type: ['rsa', { modulusLength: 2048 }],
  },
  p256: { algorithms: ['ES256'], type: ['ec', { namedCurve: 'P-256' }] },
  p384: { algorithms: ['ES384'], type: ['ec', { namedCurve: 'P-384' }] },
  p521: { algorithms: ['ES512'], type: ['ec', { namedCurve: 'P-521' }] },
  ed25519: { algorithms: ['EdDSA', 'Ed25519'], type: ['ed25519'] },
};

// RFC 6749 appendix A.1 and A.2 allow every printable ASCII character in an id and in a secret;
// oidc-provider refuses any other.
const DIFFICULT = '&=+%/~ "\'<>\\:;,?#[]{}|^`!$*().-_@';
const SECRET = `a secret of more than 64 characters, as HS512 wants it: ${DIFFICULT}%2B%20+`;
const RESOURCE = 'https://api.example.com/v1?a=b&c=d';

/** @type {import('node:http').Server} */
let server;
/** @type {Provider} */
let provider;
let issuer;
let keys;
let signingKeys;
/** Whether the provider wants its nonce in a DPoP proof. */
let requiresNonce = false;

before(async () => {
  keys = Object.fromEntries(
    Object.entries(KINDS).map(([kind, { type }]) => [kind, generateKeyPairSync(...type)]),
  );
  const jwkOf = (key, more) => ({ ...key.export({ format: 'jwk' }), ...more });
  const jwks = {
    keys: Object.entries(keys).map(([kid, { publicKey }]) => jwkOf(publicKey, { kid })),
  };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  signingKeys = { keys: [jwkOf(publicKey, { kid: 'provider', alg: 'ES256' })] };

  const client = (clientId, method, more) => ({
    client_id: clientId,
    token_endpoint_auth_method: method,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256', // the only key that the provider has
    scope: 'read write',
    ...more,
  });
  const asymmetric = Object.values(KINDS).flatMap(({ algorithms }) => algorithms);

  server = createServer((request, response) => provider.callback()(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    jwks: { keys: [jwkOf(privateKey, { kid: 'provider', alg: 'ES256' })] },
    scopes: ['read', 'write', 'admin'],
    ttl: { ClientCredentials: 600 },
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
    ],
    enabledJWA: {
      clientAuthSigningAlgValues: [...HMAC, ...asymmetric],
      dPoPSigningAlgValues: asymmetric,
    },
    clients: [
      ...['client_secret_basic', 'client_secret_post'].flatMap((method) => [
        client(method, method, { client_secret: 'plain-secret' }),
        client(`${method} ${DIFFICULT}`, method, { client_secret: SECRET }),
      ]),
      ...HMAC.map((alg) =>
        client(`${alg} ${DIFFICULT}`, 'client_secret_jwt', {
          client_secret: SECRET,
          token_endpoint_auth_signing_alg: alg,
        }),
      ),
      ...asymmetric.map((alg) =>
        client(`${alg} ${DIFFICULT}`, 'private_key_jwt', {
          jwks,
          token_endpoint_auth_signing_alg: alg,
        }),
      ),
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => requiresNonce },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'read write',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
});

after(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

const senders = { 'js/': fetchToken, 'the raw module': await loadRaw() };

for (const [sender, fetchToken] of Object.entries(senders)) {
  suite(`${sender} finds the token endpoint by the issuer`, () => {
    test('with the secret, by the method that the metadata choose', async () => {
      const config = { issuer, clientId: 'client_secret_basic', clientSecret: 'plain-secret' };
      assert.equal((await fetchToken(config)).token_type, 'Bearer');
    });

    test('with a private key, and the issuer as the audience', async () => {
      const clientId = `ES256 ${DIFFICULT}`;
      const privateKey = keys.p256.privateKey.export({ type: 'pkcs8', format: 'pem' });
      const assertion = { claims: { aud: '{issuer}' } };
      const token = await fetchToken({ issuer, clientId, privateKey, keyId: 'p256', assertion });
      assert.equal(token.token_type, 'Bearer');
      await assert.rejects(fetchToken({ issuer: `${issuer}/`, clientId, privateKey }), {
        code: 'invalid_response',
        message: /are those of another issuer/,
      });
    });
  });

  /** Gets a token and returns it with what the server keeps of it. */
  const get = async (config) => {
    const token = await fetchToken({ tokenEndpoint: `${issuer}/token`, ...config });
    return { token, kept: await provider.ClientCredentials.find(token.access_token) };
  };
  const accepts = async (config) => {
    const { token, kept } = await get(config);
    assert.equal(token.token_type, 'Bearer');
    assert.equal(token.expires_in, 600);
    assert.equal(kept.clientId, config.clientId);
    return { token, kept };
  };
  const keyOf = (kind) => keys[kind].privateKey.export({ type: 'pkcs8', format: 'pem' });

  suite(sender, () => {
    for (const clientAuth of ['client_secret_basic', 'client_secret_post']) {
      test(`${clientAuth} is accepted`, () =>
        accepts({ clientId: clientAuth, clientSecret: 'plain-secret', clientAuth }));

      test(`${clientAuth} with every printable character in the id and in the secret is accepted`, () =>
        accepts({ clientId: `${clientAuth} ${DIFFICULT}`, clientSecret: SECRET, clientAuth }));

      test(`${clientAuth} with a wrong secret is refused`, () =>
        refuses(get({ clientId: clientAuth, clientSecret: 'another-secret', clientAuth })));
    }

    for (const alg of HMAC) {
      const config = {
        clientId: `${alg} ${DIFFICULT}`,
        clientSecret: SECRET,
        clientAuth: 'client_secret_jwt',
        alg,
      };

      test(`client_secret_jwt ${alg} is accepted`, () => accepts(config));

      test(`client_secret_jwt ${alg} with a wrong secret is refused`, () =>
        refuses(get({ ...config, clientSecret: SECRET.slice(1) })));
    }

    for (const [kind, { algorithms }] of Object.entries(KINDS)) {
      for (const alg of algorithms) {
        const clientId = `${alg} ${DIFFICULT}`;

        test(`private_key_jwt ${alg} is accepted, from PEM and from a JWK`, async () => {
          await accepts({ clientId, privateKey: keyOf(kind), keyId: kind, alg });
          const jwk = {
            ...createPrivateKey(keyOf(kind)).export({ format: 'jwk' }),
            kid: kind,
            alg,
          };
          await accepts({ clientId, privateKey: jwk });
        });

        if (sender === 'js/') {
          test(`private_key_jwt ${alg} is accepted, from a CryptoKey that can not be exported, and from a key service`, async () => {
            await accepts({
              clientId,
              privateKey: await importPKCS8(keyOf(kind), alg),
              keyId: kind,
              alg,
            });
            await accepts({
              clientId,
              alg,
              keyId: kind,
              sign: (data) => keyService(alg, keys[kind].privateKey, data),
            });
          });
        }

        test(`private_key_jwt ${alg} with another's key is refused`, async () => {
          const { privateKey } = generateKeyPairSync(...KINDS[kind].type);
          await refuses(
            get({
              clientId,
              privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
              keyId: kind,
              alg,
            }),
          );
        });
      }
    }

    test('an assertion is accepted for the issuer too, and for a list, and refused for anyone else', async () => {
      const config = { clientId: `ES256 ${DIFFICULT}`, privateKey: keyOf('p256') };
      for (const aud of [
        issuer,
        '{origin}',
        '{tokenEndpoint}',
        ['https://other.example', issuer],
      ]) {
        await accepts({ ...config, assertion: { claims: { aud } } });
      }
      await refuses(get({ ...config, assertion: { claims: { aud: 'https://other.example' } } }));
    });

    test('an assertion is accepted for as long as it says', async () => {
      const config = {
        clientId: `ES256 ${DIFFICULT}`,
        privateKey: keyOf('p256'),
        assertion: { lifetime: 30 },
      };
      await accepts(config);
      const late = await fetchToken(
        { tokenEndpoint: `${issuer}/token`, ...config },
        { clock: { now: () => Date.now() - 60_000 } },
      ).catch((e) => e);
      assert.equal(late.error, 'invalid_client');
    });

    test('an assertion with the same jti is refused', async () => {
      const config = {
        tokenEndpoint: `${issuer}/token`,
        clientId: `ES256 ${DIFFICULT}`,
        privateKey: keyOf('p256'),
      };
      const bytes = crypto.getRandomValues(new Uint8Array(64));
      const options = { random: (size) => bytes.subarray(0, size) };
      await fetchToken(config, options);
      await refuses(fetchToken(config, options));
    });

    test('scope', async () => {
      const config = { clientId: 'client_secret_basic', clientSecret: 'plain-secret' };
      for (const [scope, granted] of [
        ['read', 'read'],
        [['read', 'write'], 'read write'],
        [undefined, undefined],
      ]) {
        const { token, kept } = await accepts({ ...config, scope });
        assert.deepEqual([token.scope, kept.scope], [granted, granted]);
      }
      const error = await get({ ...config, scope: 'admin' }).catch((e) => e);
      assert.deepEqual(
        [error.code, error.status, error.error],
        ['error_response', 400, 'invalid_scope'],
      );
    });

    test('resource', async () => {
      const config = {
        clientId: 'client_secret_post',
        clientSecret: 'plain-secret',
        clientAuth: 'client_secret_post',
      };
      const { token } = await get({ ...config, resource: RESOURCE, scope: 'read' });
      const options = { issuer, audience: RESOURCE, typ: 'at+jwt' };
      const { payload } = await jwtVerify(
        token.access_token,
        createLocalJWKSet(signingKeys),
        options,
      );
      assert.deepEqual([payload.client_id, payload.scope], ['client_secret_post', 'read']);
    });
  });

  const refuses = async (call) => {
    const error = await call.catch((e) => e);
    assert.equal(error.name, 'TokenError');
    assert.ok(sender !== 'js/' || error instanceof TokenError);
    assert.deepEqual(
      [error.code, error.status, error.error, error.retryable],
      ['error_response', 401, 'invalid_client', false],
    );
  };
}

suite('DPoP', () => {
  const config = () => ({
    tokenEndpoint: `${issuer}/token`,
    clientId: 'client_secret_basic',
    clientSecret: 'plain-secret',
    resource: RESOURCE,
    scope: 'read',
  });
  const ALGORITHMS = {
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    ES384: { name: 'ECDSA', namedCurve: 'P-384' },
    ES512: { name: 'ECDSA', namedCurve: 'P-521' },
    EdDSA: { name: 'Ed25519' },
    RS256: {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    PS512: {
      name: 'RSA-PSS',
      hash: 'SHA-512',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
  };
  const generate = (algorithm = ALGORITHMS.ES256) =>
    crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);

  for (const [alg, algorithm] of Object.entries(ALGORITHMS)) {
    for (const nonce of [false, true]) {
      test(`the provider binds a token to an ${alg} key${nonce ? ', and wants its nonce' : ''}`, async () => {
        requiresNonce = nonce;
        try {
          const keys = await generate(algorithm);
          const events = [];
          const { access_token, token_type } = await createClient(config(), {
            dpop: keys,
            onEvent: ({ type }) => events.push(type),
          }).getToken();
          const { payload } = await jwtVerify(access_token, createLocalJWKSet(signingKeys), {
            issuer,
            audience: RESOURCE,
          });
          assert.deepEqual(
            [token_type, payload.cnf],
            ['DPoP', { jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)) }],
          );
          assert.deepEqual(
            events,
            nonce ? ['requested', 'requested', 'renewed'] : ['requested', 'renewed'],
          );
        } finally {
          requiresNonce = false;
        }
      });
    }
  }

  /** An API that wants nonces, and proofs that oauth4webapi takes. */
  async function startAPI() {
    const seen = [];
    const revoked = new Set();
    const state = {
      nonce: 'first',
      revokesFirst: false,
      origin: '',
      seen,
      revoked,
      end: () => {
        api.close();
        api.closeAllConnections();
      },
    };
    const api = createServer(async (incoming, response) => {
      const request = new Request(`${state.origin}${incoming.url}`, {
        method: incoming.method,
        headers: incoming.headers,
      });
      const proof = JSON.parse(
        Buffer.from(incoming.headers.dpop.split('.')[1], 'base64url').toString(),
      );
      response.setHeader('DPoP-Nonce', state.nonce);
      try {
        await validateJwtAccessToken({ issuer, jwks_uri: `${issuer}/jwks` }, request, RESOURCE, {
          requireDPoP: true,
          [allowInsecureRequests]: true,
        });
        assert.ok(!seen.includes(proof.jti), 'a proof is used twice');
        seen.push(proof.jti);
      } catch (error) {
        response.writeHead(400).end(String(error));
        return;
      }
      if (state.revokesFirst && revoked.size === 0) {
        revoked.add(incoming.headers.authorization);
      }
      const error =
        proof.nonce !== state.nonce
          ? 'use_dpop_nonce'
          : revoked.has(incoming.headers.authorization)
            ? 'invalid_token'
            : undefined;
      if (error !== undefined) {
        response
          .writeHead(401, { 'WWW-Authenticate': `DPoP algs="ES256", error="${error}"` })
          .end();
      } else if (incoming.url.startsWith('/from')) {
        response.writeHead(307, { Location: '/to?a=b' }).end();
      } else {
        response.end(incoming.url);
      }
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    state.origin = `http://127.0.0.1:${api.address().port}`;
    return state;
  }

  test('an API that wants nonces takes requests, redirected ones and those after a 401, as oauth4webapi judges', async () => {
    const api = await startAPI();
    const { origin, seen } = api;
    try {
      const client = createClient(config(), { dpop: await generate(), origins: [origin] });
      assert.equal(
        await (await client.fetch(`${origin}/from?x=y`, { method: 'POST', body: 'x' })).text(),
        '/to?a=b',
      );
      assert.equal(seen.length, 3, 'a nonce, a redirect, an answer');
      api.nonce = 'second';
      const { access_token } = await client.getToken();
      api.revoked.add(`DPoP ${access_token}`);
      assert.equal((await client.fetch(`${origin}/`)).status, 200);
      assert.equal(seen.length, 6, 'a nonce, a new token, an answer');
      assert.notEqual((await client.getToken()).access_token, access_token);
    } finally {
      api.end();
    }
  });

  suite('in Go', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fetchtoken-'));
    const program = join(folder, 'dpop_go');
    before(() =>
      run('go', ['build', '-o', program, './js/test/support/dpop_go'], {
        cwd: join(import.meta.dirname, '../..'),
      }),
    );
    after(() => rmSync(folder, { recursive: true }));
    const go = async (...parameters) =>
      JSON.parse((await run(program, [`${issuer}/token`, ...parameters])).stdout);

    for (const alg of Object.keys(ALGORITHMS)) {
      for (const nonce of [false, true]) {
        test(`the provider binds a token to an ${alg} key${nonce ? ', and wants its nonce' : ''}`, async () => {
          requiresNonce = nonce;
          try {
            const { access_token, token_type, jwk, events } = await go(alg);
            const { payload } = await jwtVerify(access_token, createLocalJWKSet(signingKeys), {
              issuer,
              audience: RESOURCE,
            });
            assert.deepEqual(
              [token_type, payload.cnf],
              ['DPoP', { jkt: await calculateJwkThumbprint(jwk) }],
            );
            assert.deepEqual(
              events,
              nonce ? ['requested', 'requested', 'renewed'] : ['requested', 'renewed'],
            );
          } finally {
            requiresNonce = false;
          }
        });
      }
    }

    test('an API that wants nonces takes requests, redirected ones and those after a 401', async () => {
      const api = await startAPI();
      try {
        api.revokesFirst = true;
        const told = await go('ES256', `${api.origin}/from?x=y`, `${api.origin}/last`);
        assert.deepEqual(told.answers, ['200 OK /to?a=b', '200 OK /last']);
        assert.equal(
          api.seen.length,
          5,
          'a nonce, a token that is refused, a redirect, an answer; an answer',
        );
        assert.notEqual(told.renewed, told.access_token);
      } finally {
        api.end();
      }
    });
  });

  test('a proof by a clock that is off is answered with a nonce, which the provider takes for the time', async () => {
    const events = [];
    const client = createClient(config(), {
      dpop: await generate(),
      clock: { now: () => Date.now() - 400_000 },
      onEvent: ({ type }) => events.push(type),
    });
    await client.getToken();
    assert.deepEqual(events, ['requested', 'requested', 'renewed']);
  });
});
