// oidc-provider, an authorization server that other people wrote and that is certified for OpenID
// Connect, signs users in: by a code, and by a code on another device.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';

import { decodeJwt } from 'jose';
import Provider from 'oidc-provider';

import {
  authorizationUrl, createClient, deviceAuthorization, fetchToken, parseCallback, revokeToken,
} from '../node.js';

const run = promisify(execFile);
const redirectUri = 'http://127.0.0.1/callback'; // nobody listens there: the browser stops before

/** @type {import('node:http').Server} */
let server;
/** @type {any} */
let provider;
/** @type {string} */
let issuer;
/** @type {any} */
let config;

before(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  config = {
    issuer,
    clientId: 'app',
    clientSecret: 'app-secret',
    scope: ['openid', 'offline_access'],
  };
  provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'provider', alg: 'ES256' }] },
    cookies: { keys: ['a key of the cookies'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid offline_access');
      await grant.save();
      return grant;
    },
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        redirect_uris: [redirectUri],
        application_type: 'native',
        response_types: ['code'],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
    },
  });
});

after(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

/** The provider, and a user who agrees to everything, or to nothing. */
let agrees = true;
async function serve(request, response) {
  if (!request.url.startsWith('/interaction/')) {
    return provider.callback()(request, response);
  }
  const { prompt } = await provider.interactionDetails(request, response);
  const result = !agrees
    ? { error: 'access_denied', error_description: 'the user said no' }
    : prompt.name === 'login'
      ? { login: { accountId: 'a-user' } }
      : { consent: {} };
  await provider.interactionFinished(request, response, result);
}

/**
 * Follows an address as a browser does, with cookies, and sends each form that comes. Returns the
 * address of this application, or the last page.
 *
 * @param {string} address
 */
async function browse(address) {
  const cookies = new Map();
  let init = /** @type {RequestInit} */ ({});
  for (let steps = 0; steps < 30; steps++) {
    if (address.startsWith(redirectUri)) {
      return address;
    }
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /** @type {RegExpExecArray} */ (/^([^=]+)=([^;]*)/.exec(line));
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    init = {};
    if (location !== null) {
      address = new URL(location, address).href;
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) {
      return page;
    }
    const fields = Array.from(
      page.matchAll(/name="(\w+)"[^>]*value="([^"]*)"/g),
      ([, name, value]) => /** @type {[string, string]} */ ([name, value]),
    );
    address = new URL(action, address).href;
    init = { method: 'POST', body: new URLSearchParams([...fields, ['confirm', 'yes']]) };
  }
  throw new Error('the browser goes round in circles');
}

/** Whether the provider still takes a refresh token. @param {string} refresh_token */
const works = (refresh_token) =>
  fetchToken({ ...config, scope: '', grantType: 'refresh_token', parameters: { refresh_token } }).then(
    () => true,
    ({ error }) => error !== 'invalid_grant' && error,
  );

suite('a code', () => {
  const prompt = { parameters: { prompt: 'consent' } };

  test('brings a token, and its refresh token renews it', async () => {
    const request = await authorizationUrl(config, { redirectUri, ...prompt });
    const kept = JSON.parse(JSON.stringify(request)); // as a session keeps it
    const grant = await parseCallback(await browse(request.url), kept);
    const client = createClient({ ...config, ...grant });
    try {
      const first = /** @type {any} */ (await client.getToken());
      assert.equal(decodeJwt(first.id_token).nonce, request.nonce);
      const second = /** @type {any} */ (await client.getToken({ force: true }));
      assert.notEqual(second.access_token, first.access_token);
    } finally {
      client.close();
    }
  });

  test('is nobody else’s: without its verifier the provider refuses it', async () => {
    const request = await authorizationUrl(config, { redirectUri, ...prompt });
    const other = await authorizationUrl(config, { redirectUri, ...prompt });
    const callback = new URL(await browse(request.url));
    await assert.rejects(parseCallback(callback, other), { code: 'invalid_response' });
    const grant = await parseCallback(callback, {
      ...request,
      codeVerifier: other.codeVerifier,
    });
    await assert.rejects(fetchToken({ ...config, ...grant }), { error: 'invalid_grant' });
  });

  test('is only taken from the issuer, which the provider always names', async () => {
    const request = await authorizationUrl(config, { redirectUri, ...prompt });
    assert.equal(request.issuerRequired, true);
    const callback = new URL(await browse(request.url));
    assert.equal(callback.searchParams.get('iss'), issuer);
    callback.searchParams.delete('iss');
    await assert.rejects(parseCallback(callback, request), { code: 'invalid_response' });
  });

  test('is not there if the user refuses', async () => {
    agrees = false;
    try {
      const request = await authorizationUrl(config, { redirectUri, ...prompt });
      await assert.rejects(parseCallback(await browse(request.url), request), {
        code: 'error_response',
        error: 'access_denied',
        errorDescription: 'the user said no',
      });
    } finally {
      agrees = true;
    }
  });
});

suite('a device', () => {
  test('gets a token once its user has approved it', async () => {
    const device = await deviceAuthorization(config);
    assert.equal(JSON.stringify(device).includes('device_code'), false);
    assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
    assert.equal(device.verification_uri, `${issuer}/device`);
    assert.match(
      await browse(/** @type {string} */ (device.verification_uri_complete)),
      /Sign-in Success/,
    );
    const { access_token } = await device.poll();
    assert.ok(access_token);
  });
});

suite('a token that is taken back', () => {
  test('is refused from then on', async () => {
    const request = await authorizationUrl(config, {
      redirectUri,
      parameters: { prompt: 'consent' },
    });
    const grant = await parseCallback(await browse(request.url), request);
    const { refresh_token } = /** @type {any} */ (await fetchToken({ ...config, ...grant }));
    await revokeToken(config, refresh_token, { tokenTypeHint: 'refresh_token' });
    assert.equal(await works(refresh_token), false);
    await assert.rejects(revokeToken({ ...config, clientSecret: 'wrong' }, refresh_token), {
      error: 'invalid_client',
    });
  });
});

suite('Go', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fetchtoken-'));
  const program = join(folder, 'sign_in_go');
  before(() =>
    run('go', ['build', '-o', program, './js/test/support/sign_in_go'], {
      cwd: join(import.meta.dirname, '../..'),
    }),
  );
  after(() => rmSync(folder, { recursive: true }));

  for (const way of ['code', 'device']) {
    test(`signs in by a ${way}, and takes the token back`, async () => {
      const child = spawn(program, [way, issuer, redirectUri], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const told = async () => JSON.parse((await lines.next()).value);
      const callback = await browse((await told()).url);
      if (way === 'code') {
        child.stdin.write(`${callback}\n`);
      }
      const { access_token, refresh_token } = await told();
      assert.ok(access_token);
      child.stdin.end('\n');
      assert.deepEqual(await told(), { revoked: true });
      assert.equal(await works(refresh_token), false);
    });
  }
});
