// oidc-provider, an authorization server that other people wrote and that is certified for OpenID
// Connect, exchanges tokens (RFC 8693) and rotates refresh tokens, for JavaScript and for Go. Its
// grant type for the exchange is made as its documentation shows; jose judges the actor's token.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import { exportJWK, exportPKCS8, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { errors } from 'oidc-provider';

import { authorizationUrl, createClient, fetchToken, parseCallback } from '../node.js';
import { browse, startProvider } from './support/oidc_provider.js';
import { buildTokenGo } from './support/token_go.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const API = 'https://api.example.com';
const PLATFORM = 'https://platform.example.com';
const redirectUri = 'http://127.0.0.1/callback'; // nobody listens there: the browser stops before

/** @type {Awaited<ReturnType<typeof startProvider>>} */ let its;
/** @type {Awaited<ReturnType<typeof buildTokenGo>>} */ let go;
/** @type {string} */ let folder;
/** @type {string} */ let privateKey;
/** The platform's key, which signs the actor's tokens. @type {any} */ let platform;
/** Who acts with each token. @type {Map<string, string | undefined>} */ const actors = new Map();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken-exchange-'));
  const own = await generateKeyPair('ES256', { extractable: true });
  privateKey = await exportPKCS8(own.privateKey);
  platform = await generateKeyPair('ES256');
  its = await startProvider(
    [
      { client_id: 'app', client_secret: 'app-secret', redirect_uris: [redirectUri] },
      {
        client_id: 'service',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'service-key' }] },
        grant_types: [EXCHANGE],
        redirect_uris: [],
        response_types: [],
      },
    ],
    { rotateRefreshToken: true },
  );
  its.provider.registerGrantType(EXCHANGE, exchange, [
    'audience', 'resource', 'scope', 'subject_token', 'subject_token_type', 'actor_token',
    'actor_token_type', 'requested_token_type',
  ]);
  go = await buildTokenGo();
});
after(async () => {
  go.close();
  await its.close();
  await rm(folder, { recursive: true });
});

/** The grant of RFC 8693: a user's access token of this provider, for the actor that a JWT names. */
async function exchange(ctx) {
  const { client, params } = ctx.oidc;
  const { AccessToken } = its.provider;
  const subject = await AccessToken.find(params.subject_token);
  if (params.subject_token_type !== ACCESS_TOKEN || subject === undefined) {
    throw new errors.InvalidRequest('the subject_token is no access token of this server');
  }
  if (params.audience !== API) {
    throw new errors.InvalidTarget('there is no such audience');
  }
  const actor = await jwtVerify(params.actor_token, platform.publicKey, {
    issuer: PLATFORM, audience: its.issuer,
  }).catch(() => {
    throw new errors.InvalidRequest('the actor_token is not valid');
  });
  assert.equal(params.actor_token_type, JWT);
  assert.equal(params.requested_token_type, ACCESS_TOKEN);
  const token = new AccessToken({
    accountId: subject.accountId,
    aud: API,
    client,
    grantId: subject.grantId,
    gty: 'token_exchange',
    scope: subject.scope,
  });
  const access_token = await token.save();
  actors.set(access_token, actor.payload.sub);
  ctx.body = {
    access_token,
    issued_token_type: ACCESS_TOKEN,
    token_type: token.tokenType,
    expires_in: token.expiration,
  };
}

const app = () => ({
  issuer: its.issuer,
  clientId: 'app',
  clientSecret: 'app-secret',
  scope: ['openid', 'offline_access'],
});

/** Signs a user in, and returns the grant. */
async function signIn() {
  const request = await authorizationUrl(app(), { redirectUri, parameters: { prompt: 'consent' } });
  return parseCallback(await browse(request.url, redirectUri), request);
}

const tokenOfAUser = async () =>
  (await fetchToken({ ...app(), .../** @type {any} */ (await signIn()) })).access_token;

/** A token of the platform for a program. @param {string} subject @param {string} [audience] */
const tokenOf = (subject, audience = its.issuer) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(PLATFORM)
    .setSubject(subject)
    .setAudience(audience)
    .setExpirationTime('5m')
    .sign(platform.privateKey);

const service = () => ({
  tokenEndpoint: `${its.issuer}/token`,
  clientId: 'service',
  privateKey,
  keyId: 'service-key',
  subjectTokenType: ACCESS_TOKEN,
  actorTokenType: JWT,
  requestedTokenType: ACCESS_TOKEN,
});

/**
 * A token by the package, or its error.
 *
 * @type {Record<string, (config: any) => Promise<any>>}
 */
const languages = {
  JavaScript: (config) => fetchToken(config).catch((error) => error),
  Go: ({ audience, actorToken: { file }, ...config }) =>
    go.start()({ config: { ...config, audience: [audience], actorTokenFrom: { file } } }),
};

for (const [language, get] of Object.entries(languages)) {
  suite(`token exchange, ${language}`, () => {
    test('a token of a user becomes one for an actor, whose token is in a file', async () => {
      const [subjectToken, file] = [await tokenOfAUser(), join(folder, `${language}-actor`)];
      for (const actor of ['pod-1', 'pod-2']) {
        await writeFile(file, `${await tokenOf(actor)}\n`);
        const config = { ...service(), audience: API, subjectToken, actorToken: { file } };
        const { access_token, token_type, issued_token_type } = await get(config);
        assert.deepEqual([token_type, issued_token_type], ['Bearer', ACCESS_TOKEN]);
        const kept = await its.provider.AccessToken.find(access_token);
        assert.deepEqual(
          [kept.clientId, kept.accountId, kept.aud, actors.get(access_token)],
          ['service', 'a-user', API, actor],
        );
      }
    });

    for (const [what, change, error] of /** @type {const} */ ([
      ['a subject token that the server never issued', { subjectToken: 'unknown-token-1' },
        'invalid_request'],
      ['an unknown audience', { audience: 'https://other.example.com' }, 'invalid_target'],
      ['an actor token for somebody else', { audienceOfActor: 'https://x.example' },
        'invalid_request'],
      ['a key of another client', { privateKey: 'other' }, 'invalid_client'],
    ])) {
      test(`${what} is refused, and no token is told`, async () => {
        const file = join(folder, `${language}-refused`);
        const { audienceOfActor, ...changes } = /** @type {any} */ (change);
        const actor = await tokenOf('pod-1', audienceOfActor);
        await writeFile(file, actor);
        if (changes.privateKey !== undefined) {
          const other = await generateKeyPair('ES256', { extractable: true });
          changes.privateKey = await exportPKCS8(other.privateKey);
        }
        const subjectToken = changes.subjectToken ?? (await tokenOfAUser());
        const answer = await get({
          ...service(), audience: API, actorToken: { file }, ...changes, subjectToken,
        });
        assert.deepEqual([answer.code, answer.error], ['error_response', error]);
        assert.ok(answer.hint, 'there is a hint');
        const told = `${answer.message} ${answer.hint} ${answer.printed ?? answer.stack}`;
        for (const secret of [subjectToken, actor]) {
          assert.ok(!told.includes(secret), told);
        }
      });
    }
  });
}

suite('refresh tokens that rotate', () => {
  /** Says whether the provider takes a refresh token. @param {string} refresh_token */
  const takes = (refresh_token) =>
    fetchToken({
      ...app(), scope: '', grantType: 'refresh_token', parameters: { refresh_token },
    }).then(() => true, ({ error }) => (error === 'invalid_grant' ? false : error));

  test('JavaScript: each renewal sends the one that came last', async () => {
    const client = createClient({ ...app(), ...(await signIn()) });
    try {
      const first = /** @type {any} */ (await client.getToken());
      const seen = [first.refresh_token];
      for (let i = 0; i < 3; i++) {
        seen.push(/** @type {any} */ (await client.getToken({ force: true })).refresh_token);
      }
      assert.equal(new Set(seen).size, 4);
      // the provider ends the session of a refresh token that comes a second time
      assert.deepEqual([await takes(seen[0]), await takes(seen[3])], [false, false]);
      await assert.rejects(client.getToken({ force: true }), { error: 'invalid_grant' });
    } finally {
      client.close();
    }
  });

  test('Go: each renewal sends the one that came last', async () => {
    const { parameters, ...grant } = /** @type {any} */ (await signIn());
    const lists = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, [value]]),
    );
    const ask = go.start();
    const tokens = [await ask({ config: { ...app(), ...grant, scope: [], parameters: lists } })];
    for (let i = 0; i < 3; i++) {
      tokens.push(await ask({}));
    }
    const [first, , , last] = tokens.map(({ refresh_token }) => refresh_token);
    assert.equal(new Set(tokens.map(({ refresh_token }) => refresh_token)).size, 4);
    assert.deepEqual([await takes(first), await takes(last)], [false, false]);
    assert.equal((await ask({})).error, 'invalid_grant');
  });
});
