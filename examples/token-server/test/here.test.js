import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { startTokenServer } from '../server.js';
import { basic, FORM, GRANT, oauth, post, useServer } from './client.js';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const PROJECT = 'hrn:here:authorization::org123:project/my-project';

const server = useServer({ oauthlib: PYTHON });
const here = () => server.systems.here;
const now = () => Math.trunc(Date.now() / 1000);

/** A right request, but for what `wrong` says. */
const header = (wrong = {}) =>
  oauth({
    url: here().tokenEndpoint,
    key: here().accessKeyId,
    secret: here().accessKeySecret,
    form: GRANT,
    ...wrong,
  });
const ask = (authorization, request = { form: GRANT }) =>
  server.post(here().tokenEndpoint, {
    ...request,
    headers: { ...(authorization && { authorization }), ...request.headers },
  });

function assertRefused({ status, body }, errorCode, httpStatus = 401) {
  assert.equal(status, httpStatus);
  assert.equal(body.httpStatus, httpStatus);
  assert.equal(body.errorCode, errorCode);
  assert.match(body.errorId, /^ERROR-[0-9a-f-]{36}$/);
  assert.equal(body.error_description, `errorCode: '${errorCode}'. ${body.message}`);
}

test('a signed form is answered in snake_case', async () => {
  const { status, headers, body } = await ask(header());
  assert.equal(status, 200);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.deepEqual(body, {
    access_token: body.access_token,
    token_type: 'bearer',
    expires_in: 86_399,
  });
});

test('a JSON body is not signed, and answered in camelCase', async () => {
  const json = { grantType: 'client_credentials', scope: PROJECT, expiresIn: 3600 };
  const { status, body } = await ask(header({ form: {} }), { json });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    accessToken: body.accessToken,
    tokenType: 'bearer',
    expiresIn: 3600,
    scope: PROJECT,
  });
  assertRefused(await ask(header({ form: json }), { json }), 401300);
});

test('form parameters are signed, and a lifetime and a project can be asked for', async () => {
  const form = { ...GRANT, expires_in: '3600', scope: PROJECT };
  const { body } = await ask(header({ form }), { form });
  assert.deepEqual([body.expires_in, body.scope], [3600, PROJECT]);
  assertRefused(await ask(header(), { form }), 401300);
  for (const expires_in of ['0', '86401']) {
    const other = { ...GRANT, expires_in };
    assert.equal((await ask(header({ form: other }), { form: other })).body.expires_in, 86_399);
  }
});

test('a wrong signature is refused', async () => {
  const { accessKeySecret } = here();
  const wrongs = {
    'another secret': { secret: 'wrong' },
    'another hash': { hash: 'sha1' },
    'another method': { method: 'GET' },
    'another URL': { url: `${here().tokenEndpoint}/` },
    'a secret percent-encoded twice': { secret: encodeURIComponent(accessKeySecret) },
  };
  for (const [name, wrong] of Object.entries(wrongs)) {
    const answer = await ask(header(wrong));
    assertRefused(answer, 401300);
    assert.equal(answer.body.error, 'invalid_client', name);
  }
});

test('the consumer key is the access key id', async () => {
  assertRefused(await ask(header({ key: here().appId })), 401310);
  assertRefused(await ask(header({ key: 'unknown' })), 401300);
});

test('the timestamp may be 300 s off', async () => {
  for (const off of [-290, 290])
    assert.equal((await ask(header({ oauth_timestamp: String(now() + off) }))).status, 200);
  for (const off of [-310, 310])
    assertRefused(await ask(header({ oauth_timestamp: String(now() + off) })), 401204);
  // Milliseconds, the classic mistake.
  assertRefused(await ask(header({ oauth_timestamp: String(now() * 1000).slice(0, 12) })), 401204);
});

test('a nonce can be used once', async () => {
  const again = header({ oauth_nonce: 'one' });
  assert.equal((await ask(again)).status, 200);
  assertRefused(await ask(again), 401207);
  assertRefused(
    await ask(header({ oauth_nonce: 'one', oauth_timestamp: String(now() - 1) })),
    401207,
  );
});

test('a wrong signature does not use up the nonce', async () => {
  assertRefused(await ask(header({ oauth_nonce: 'two', secret: 'wrong' })), 401300);
  assert.equal((await ask(header({ oauth_nonce: 'two' }))).status, 200);
});

test('a nonce is remembered for as long as its timestamp could pass, and no longer', async () => {
  let time = Date.now();
  const other = await startTokenServer({ now: () => time });
  const { tokenEndpoint: url, accessKeyId: key, accessKeySecret: secret } = other.systems.here;
  const send = (wrong) => {
    const authorization = oauth({
      url,
      key,
      secret,
      form: GRANT,
      oauth_nonce: 'n',
      oauth_timestamp: String(Math.trunc(time / 1000)),
      ...wrong,
    });
    return post(url, { form: GRANT, headers: { authorization } });
  };
  try {
    assert.equal((await send()).status, 200);
    time += 599_000;
    assertRefused(await send(), 401207);
    time += 2_000;
    assert.equal((await send()).status, 200);
  } finally {
    await other.close();
  }
});

test('method and version', async () => {
  assertRefused(await ask(header({ oauth_signature_method: 'HMAC-SHA1', hash: 'sha1' })), 401205);
  assertRefused(await ask(header({ oauth_version: '2.0' })), 401206);
});

test('the Authorization header', async () => {
  const good = header();
  assertRefused(await ask(undefined), 401200);
  const malformed = [
    basic(here().accessKeyId, here().accessKeySecret),
    good.replaceAll('"', ''),
    good.replace(/oauth_version="1.0"/, ''),
    good.replace(/, oauth_version="1.0"/, ''),
    `${good}, oauth_version="1.0"`,
    `${good}, oauth_token="x"`,
    good.replace('%3D"', '="'),
    good.replace(/oauth_timestamp="\d+"/, 'oauth_timestamp="now"'),
    good.replace(/oauth_nonce="[^"]+"/, 'oauth_nonce=""'),
    good.replace(/oauth_nonce="[^"]+"/, 'oauth_nonce="%ff"'),
  ];
  for (const authorization of malformed) assertRefused(await ask(authorization), 401202);
  assert.equal((await ask(good.replace('OAuth ', 'OAuth realm="here", '))).status, 200);
});

test('parameters of OAuth 1 belong in the header', async () => {
  const form = { ...GRANT, oauth_version: '1.0' };
  assertRefused(await ask(header({ form }), { form }), 401202);
});

test('content types', async () => {
  const body = new URLSearchParams(GRANT).toString();
  assert.equal(
    (await ask(header(), { body, headers: { 'content-type': `${FORM}; charset=UTF-8` } })).status,
    200,
  );
  assertRefused(await ask(header(), { body: Buffer.from(body) }), 400003, 400);
  assertRefused(
    await ask(header(), { body, headers: { 'content-type': 'text/plain' } }),
    400004,
    400,
  );
  assertRefused(
    await ask(header(), { body, headers: { 'content-type': `${FORM}; charset=latin1` } }),
    400004,
    400,
  );
  assertRefused(
    await ask(header(), { body: '{', headers: { 'content-type': 'application/json' } }),
    400002,
    400,
  );
  assertRefused(
    await ask(header(), { body: '[]', headers: { 'content-type': 'application/json' } }),
    400002,
    400,
  );
});

test('fields, of both dialects', async () => {
  const wrongs = [
    [{ json: {} }, 'grantType', 400201],
    [{ json: GRANT }, 'grantType', 400201],
    [{ json: { grantType: '' } }, 'grantType', 400202],
    [{ json: { grantType: 'password' } }, 'grantType', 400203],
    [{ json: { grantType: 1 } }, 'grantType', 400217],
    [{ json: { grantType: 'client_credentials', expiresIn: '3600' } }, 'expiresIn', 400203],
    [{ json: { grantType: 'client_credentials', expiresIn: -1 } }, 'expiresIn', 400203],
    [{ json: { grantType: 'client_credentials', scope: ['a'] } }, 'scope', 400217],
    [{ form: {} }, 'grant_type', 400201],
    [{ form: { scope: PROJECT } }, 'grant_type', 400201],
    [{ form: { grant_type: '' } }, 'grant_type', 400202],
    [{ form: { grantType: 'client_credentials' } }, 'grant_type', 400201],
    [{ form: { ...GRANT, expires_in: '1h' } }, 'expires_in', 400203],
    [{ form: { ...GRANT, scope: '' } }, 'scope', 400202],
    [{ form: { ...GRANT, scope: 'openid' } }, 'scope', 400203],
  ];
  for (const [request, name, errorCode] of wrongs) {
    const answer = await ask(header({ form: request.form ?? {} }), request);
    assertRefused(answer, 400200, 400);
    assert.deepEqual(
      [answer.body.errorFields[0].name, answer.body.errorFields[0].errorCode],
      [name, errorCode],
    );
  }
});

test('the clock can be asked', async () => {
  const { status, body } = await post(here().timestampEndpoint, { method: 'GET' });
  assert.equal(status, 200);
  assert.ok(Math.abs(body.timestamp - now()) <= 1);
  assertRefused(await post(here().timestampEndpoint), 405000, 405);
});

test('a query is judged by oauthlib, where oauth-1.0a would be wrong', async () => {
  const sign = `
import json, sys
from oauthlib.oauth1 import Client
url, key, secret, body = json.loads(sys.argv[1])
headers = {"Content-Type": "${FORM}"} if body else None
print(Client(key, secret, signature_method="HMAC-SHA256").sign(url, "POST", body or None, headers)[1]["Authorization"])`;
  const signed = async (url, body, secret = here().accessKeySecret) =>
    (
      await promisify(execFile)(PYTHON, [
        '-c',
        sign,
        JSON.stringify([url, here().accessKeyId, secret, body]),
      ])
    ).stdout.trim();
  const body = new URLSearchParams(GRANT).toString();

  for (const query of ['?sentWith=OLP-TS-SDK-1.0', '?a=b%3Dc&a=+&b', '?a=b%20c&a=b%26c']) {
    const url = here().tokenEndpoint + query;
    const headers = { authorization: await signed(url, body), 'content-type': FORM };
    assert.equal((await server.post(url, { body, headers })).status, 200, query);
  }
  const url = `${here().tokenEndpoint}?sentWith=OLP-TS-SDK-1.0`;
  const json = { grantType: 'client_credentials' };
  const authorization = await signed(url, '');
  assertRefused(await server.post(`${url}1`, { json, headers: { authorization } }), 401300);
  assert.equal((await server.post(url, { json, headers: { authorization } })).status, 200);
  assertRefused(
    await server.post(url, { json, headers: { authorization: await signed(url, '', 'wrong') } }),
    401300,
  );
  assertRefused(
    await server.post(`${here().tokenEndpoint}?a=%zz`, {
      json,
      headers: { authorization: await signed(url, '') },
    }),
    401300,
  );
});

test('without oauthlib a query is not judged', async () => {
  const other = await startTokenServer();
  try {
    const url = `${other.systems.here.tokenEndpoint}?sentWith=x`;
    const authorization = oauth({
      url,
      key: other.systems.here.accessKeyId,
      secret: other.systems.here.accessKeySecret,
      form: GRANT,
    });
    const answer = await post(url, { form: GRANT, headers: { authorization } });
    assertRefused(answer, 400000, 400);
    assert.match(answer.body.message, /start it with --oauthlib/);
  } finally {
    await other.close();
  }
  await assert.rejects(startTokenServer({ oauthlib: '/nowhere/python3' }), /does not run/);
});
