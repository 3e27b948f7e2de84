// oidc-provider, an authorization server that other people wrote and that is certified for OpenID
// Connect, signs users in: by a code, and by a code on another device.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';

import { decodeJwt } from 'jose';

import {
  authorizationUrl, createClient, deviceAuthorization, fetchToken, parseCallback, revokeToken,
} from '../node.js';
import { browse as browseTo, startProvider } from './support/oidc_provider.js';

const run = promisify(execFile);
const redirectUri = 'http://127.0.0.1/callback'; // nobody listens there: the browser stops before

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let its;
/** @type {string} */
let issuer;
/** @type {any} */
let config;

before(async () => {
  its = await startProvider([
    { client_id: 'app', client_secret: 'app-secret', redirect_uris: [redirectUri] },
  ]);
  ({ issuer } = its);
  config = {
    issuer,
    clientId: 'app',
    clientSecret: 'app-secret',
    scope: ['openid', 'offline_access'],
  };
});

after(() => its.close());

/** @param {string} address */
const browse = (address) => browseTo(address, redirectUri);

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
    its.user.agrees = false;
    try {
      const request = await authorizationUrl(config, { redirectUri, ...prompt });
      await assert.rejects(parseCallback(await browse(request.url), request), {
        code: 'error_response',
        error: 'access_denied',
        errorDescription: 'the user said no',
      });
    } finally {
      its.user.agrees = true;
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
