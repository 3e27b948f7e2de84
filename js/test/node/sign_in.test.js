// Signing a user in, and revocation, as far as no provider is needed for it.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import {
  authorizationUrl, deviceAuthorization, fetchToken, parseCallback, revokeToken,
} from '../../node.js';

const config = {
  tokenEndpoint: 'https://as.example/token',
  authorizationEndpoint: 'https://as.example/authorize',
  deviceAuthorizationEndpoint: 'https://as.example/device',
  revocationEndpoint: 'https://as.example/revoke',
  clientId: 'client',
  clientSecret: 'a secret',
};
const redirectUri = 'https://app.example/callback';

/** A server that answers so, and what it was asked. @param {Response[]} answers */
function serverOf(...answers) {
  /** @type {{ url: string, method: string, headers: any, body: string }[]} */
  const requests = [];
  const fetch = async (/** @type {string} */ url, /** @type {any} */ init) => {
    requests.push({ url, ...init });
    return /** @type {Response} */ (answers.shift());
  };
  return { fetch, requests };
}

suite('authorizationUrl', () => {
  test('asks nobody where the endpoint is given, and puts nothing secret into the address', async () => {
    const request = await authorizationUrl(
      { ...config, scope: 'a b' },
      { redirectUri: new URL(redirectUri), parameters: { prompt: 'login' } },
    );
    const { origin, pathname, searchParams } = new URL(request.url);
    assert.equal(origin + pathname, config.authorizationEndpoint);
    const { code_challenge, state, ...rest } = Object.fromEntries(searchParams);
    assert.deepEqual(rest, {
      response_type: 'code',
      client_id: 'client',
      redirect_uri: redirectUri,
      code_challenge_method: 'S256',
      scope: 'a b',
      prompt: 'login',
    });
    assert.equal(state, request.state);
    // RFC 7636 section 4.2
    const hash = await crypto.subtle.digest('SHA-256', Buffer.from(request.codeVerifier));
    assert.equal(code_challenge, Buffer.from(hash).toString('base64url'));
    assert.equal(request.url.includes(request.codeVerifier), false);
    assert.equal(request.url.includes('secret'), false);
    assert.deepEqual(Object.keys(request), [
      'url', 'state', 'codeVerifier', 'redirectUri', 'issuerRequired',
    ]);
  });

  test('is another one each time', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => authorizationUrl(config, { redirectUri })));
    assert.notEqual(a.state, b.state);
    assert.notEqual(a.codeVerifier, b.codeVerifier);
  });

  test('refuses what it can’t use', async () => {
    const { authorizationEndpoint: _, ...without } = config;
    for (const [given, options, message] of /** @type {[any, any, RegExp][]} */ ([
      [without, { redirectUri }, /^authorizationEndpoint is missing/],
      [config, {}, /^redirectUri must be an absolute URI/],
      [config, undefined, /^redirectUri must be an absolute URI/],
      [config, { redirectUri, parameters: { state: 'mine' } }, /^parameters must not hold state/],
      [config, { redirectUri, prompt: 'login' }, /unknown option/],
      ['config', { redirectUri }, /config must be an object/],
    ])) {
      await assert.rejects(authorizationUrl(given, options), { code: 'invalid_config', message });
    }
  });
});

suite('parseCallback', () => {
  test('returns what sends the code', async () => {
    const request = await authorizationUrl(config, { redirectUri });
    const grant = await parseCallback(`${redirectUri}?code=a-code&state=${request.state}`, request);
    const { fetch, requests } = serverOf(Response.json({ access_token: 'a' }));
    await fetchToken({ ...config, scope: 'a b', ...grant }, { fetch });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(requests[0].body)), {
      grant_type: 'authorization_code',
      code: 'a-code',
      redirect_uri: redirectUri,
      code_verifier: request.codeVerifier,
    });
  });

  test('takes no callback without a request', async () => {
    for (const request of [undefined, null, {}, { state: '' }, { state: 7 }]) {
      await assert.rejects(
        parseCallback(`${redirectUri}?code=a&state=`, /** @type {any} */ (request)),
        { code: 'invalid_response' },
      );
    }
  });
});

suite('deviceAuthorization', () => {
  const codes = {
    device_code: 'a-device-code',
    user_code: 'WDJB-MJHT',
    verification_uri: 'https://as.example/device',
    expires_in: 1800,
  };

  test('sends the scope and the authentication, and shows no device_code', async () => {
    const { fetch, requests } = serverOf(Response.json(codes));
    const device = await deviceAuthorization(
      { ...config, scope: 'a b', parameters: { code: 'not for this' } },
      { fetch, clock: { now: () => 1_700_000_000_900 } },
    );
    const { device_code: _, ...shown } = codes;
    assert.deepEqual({ ...device }, { ...shown, interval: 5, expires_at: 1_700_001_800 });
    const [{ url, method, body }] = requests;
    assert.deepEqual([url, method, body], [config.deviceAuthorizationEndpoint, 'POST', 'scope=a+b']);
  });

  for (const [why, answer] of /** @type {[string, object][]} */ ([
    ['no device_code', { ...codes, device_code: undefined }],
    ['an address that is a program', { ...codes, verification_uri: 'javascript:alert(1)' }],
    ['an address without TLS', { ...codes, verification_uri: 'http://as.example/device' }],
    ['a user_code with a control character', { ...codes, user_code: 'A\u001b[2J' }],
  ])) {
    test(`takes no answer with ${why}`, async () => {
      const { fetch } = serverOf(Response.json(answer));
      await assert.rejects(deviceAuthorization(config, { fetch }), {
        code: 'invalid_response',
        message: /holds no (device_code|verification_uri|user_code) that can be used/,
      });
    });
  }

  test('drops a complete address that can’t be used', async () => {
    const answer = { ...codes, verification_uri_complete: 'javascript:alert(1)' };
    const { fetch } = serverOf(Response.json(answer));
    const device = await deviceAuthorization(config, { fetch });
    assert.equal('verification_uri_complete' in device, false);
  });

  test('poll ends with the reason of its signal', async () => {
    const { fetch } = serverOf(Response.json(codes));
    const device = await deviceAuthorization(config, { fetch });
    const reason = new Error('the user has gone');
    await assert.rejects(device.poll({ signal: AbortSignal.abort(reason) }), reason);
  });
});

suite('revokeToken', () => {
  test('sends the token to the revocation endpoint (RFC 7009 section 2.1)', async () => {
    const { fetch, requests } = serverOf(new Response(''));
    const got = await revokeToken({ ...config, scope: 'a', resource: 'https://api.example' }, '45ghiukldjahdnhzdauz', {
      fetch,
      tokenTypeHint: 'refresh_token',
    });
    assert.equal(got, undefined);
    const [{ url, method, headers, body }] = requests;
    assert.deepEqual([url, method, headers.Authorization, body], [
      config.revocationEndpoint,
      'POST',
      `Basic ${btoa('client:a+secret')}`,
      'token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token',
    ]);
  });

  test('of high-mobility is a DELETE with a JSON body', async () => {
    const { fetch, requests } = serverOf(new Response(null, { status: 204 }));
    const { clientId, clientSecret } = config;
    await revokeToken(
      { provider: 'high-mobility', environment: 'live', clientId, clientSecret },
      'a-refresh-token',
      { fetch, tokenTypeHint: 'refresh_token' },
    );
    const [{ url, method, body }] = requests;
    assert.deepEqual([url, method], ['https://api.high-mobility.com/v1/access_tokens', 'DELETE']);
    assert.deepEqual(JSON.parse(body), {
      grant_type: 'refresh_token',
      refresh_token: 'a-refresh-token',
      client_id: clientId,
      client_secret: clientSecret,
    });
  });

  test('tells what the server says, without the token', async () => {
    const token = 'the-token-that-is-revoked';
    const { fetch } = serverOf(
      Response.json(
        { error: 'unsupported_token_type', error_description: `no ${token}` },
        { status: 400 },
      ),
      new Response('', { status: 404 }),
    );
    await assert.rejects(revokeToken(config, token, { fetch }), {
      code: 'error_response',
      error: 'unsupported_token_type',
      errorDescription: 'no [redacted]',
    });
    await assert.rejects(revokeToken(config, token, { fetch }), {
      code: 'http_error',
      hint: /^there is no token endpoint at https:[^?]+: check revocationEndpoint$/,
    });
  });

  test('sends nothing without a token', async () => {
    const { fetch, requests } = serverOf();
    for (const token of ['', undefined, 7]) {
      await assert.rejects(revokeToken(config, /** @type {any} */ (token), { fetch }), {
        code: 'invalid_config',
      });
    }
    assert.equal(requests.length, 0);
  });
});
