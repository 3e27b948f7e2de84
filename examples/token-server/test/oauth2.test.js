import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { startTokenServer } from '../server.js';
import { basic, formEncoded, GRANT, jwt, JWT_BEARER, useServer } from './client.js';

const server = useServer();
const client = () => server.systems.oauth2;
const now = () => Math.trunc(Date.now() / 1000);
const ask = (form, authorization) =>
  server.post(client().tokenEndpoint, {
    form: { ...GRANT, ...form },
    headers: { ...(authorization && { authorization }) },
  });

function assertRefused({ status, headers, body }, error) {
  assert.equal(status, error === 'invalid_client' ? 401 : 400);
  assert.equal(headers.has('www-authenticate'), error === 'invalid_client');
  assert.equal(body.error, error);
  assert.equal(typeof body.error_description, 'string');
}

test('client_secret_basic is form-encoded', async () => {
  const { clientId, clientSecret } = client();
  const { status, body } = await ask({}, basic(formEncoded(clientId), formEncoded(clientSecret)));
  assert.equal(status, 200);
  assert.deepEqual(body, {
    access_token: body.access_token,
    token_type: 'Bearer',
    expires_in: 3600,
  });

  const wrongs = [
    basic(clientId, clientSecret),
    basic(formEncoded(clientId), clientSecret),
    basic(formEncoded(formEncoded(clientId)), formEncoded(formEncoded(clientSecret))),
    basic(encodeURI(clientId), encodeURI(clientSecret)),
    basic(formEncoded(clientId), formEncoded('wrong')),
    `Basic ${Buffer.from(`${clientId}:${clientSecret}`, 'latin1').toString('base64')}`,
    'Basic',
    'Bearer x',
  ];
  for (const wrong of wrongs) assertRefused(await ask({}, wrong), 'invalid_client');
});

test('client_secret_post', async () => {
  const { clientId: client_id, clientSecret: client_secret } = client();
  assert.equal((await ask({ client_id, client_secret })).status, 200);
  assertRefused(await ask({ client_id, client_secret: 'wrong' }), 'invalid_client');
  assertRefused(await ask({ client_id: 'wrong', client_secret }), 'invalid_client');
  assertRefused(
    await ask({ client_id, client_secret: formEncoded(client_secret) }),
    'invalid_client',
  );
  assertRefused(await ask({ client_secret }), 'invalid_request');
});

test('one way of client authentication', async () => {
  const { clientId: client_id, clientSecret: client_secret } = client();
  const authorization = basic(formEncoded(client_id), formEncoded(client_secret));
  assert.equal((await ask({ client_id }, authorization)).status, 200);
  assertRefused(await ask({ client_id: 'another' }, authorization), 'invalid_client');
  assertRefused(await ask({ client_id, client_secret }, authorization), 'invalid_request');
  assertRefused(
    await ask({
      client_id,
      client_secret,
      client_assertion: 'x',
      client_assertion_type: JWT_BEARER,
    }),
    'invalid_request',
  );
  assertRefused(await ask({}), 'invalid_client');
});

test('a public client has an id only', async () => {
  const { clientId, publicClientId } = client();
  assert.equal((await ask({ client_id: publicClientId })).status, 200);
  assertRefused(await ask({ client_id: clientId }), 'invalid_client');
});

/** The claims of a right assertion (RFC 7523, section 3), but for what `wrong` says. */
const claims = (wrong = {}) => ({
  iss: client().clientId,
  sub: client().clientId,
  aud: client().tokenEndpoint,
  exp: now() + 60,
  iat: now(),
  jti: randomUUID(),
  ...wrong,
});
const withAssertion = async (assertion, wrong) =>
  ask({ client_assertion: await assertion, client_assertion_type: JWT_BEARER, ...wrong });

test('client_secret_jwt', async () => {
  const secret = client().clientSecret;
  for (const alg of ['HS256', 'HS384', 'HS512'])
    assert.equal((await withAssertion(jwt(claims(), { secret, alg }))).status, 200);
  assertRefused(
    await withAssertion(jwt(claims(), { secret: formEncoded(secret), alg: 'HS256' })),
    'invalid_client',
  );
});

test('private_key_jwt, with every kind of key', async () => {
  const algorithms = {
    rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    p256: ['ES256'],
    p384: ['ES384'],
    p521: ['ES512'],
    ed25519: ['EdDSA', 'Ed25519'],
  };
  for (const [kind, names] of Object.entries(algorithms)) {
    const { privateKey, keyId: kid } = client().keys[kind];
    for (const alg of names) {
      assert.equal((await withAssertion(jwt(claims(), { privateKey, alg }))).status, 200, alg);
      assert.equal((await withAssertion(jwt(claims(), { privateKey, alg, kid }))).status, 200, alg);
      assertRefused(
        await withAssertion(jwt(claims(), { privateKey, alg, kid: 'another' })),
        'invalid_client',
      );
    }
  }
  const another = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  assertRefused(await withAssertion(jwt(claims(), { privateKey: another })), 'invalid_client');
});

test('the claims of an assertion', async () => {
  const { privateKey } = client().keys.p256;
  const wrongs = {
    iss: ['another', undefined],
    sub: ['another', undefined],
    aud: [server.url, undefined],
    exp: [now() - 1, undefined],
    nbf: [now() + 60],
    jti: [undefined, 1],
  };
  for (const [claim, values] of Object.entries(wrongs)) {
    for (const value of values)
      assertRefused(
        await withAssertion(jwt(claims({ [claim]: value }), { privateKey })),
        'invalid_client',
      );
  }
  const once = await jwt(claims(), { privateKey });
  assert.equal((await withAssertion(once)).status, 200);
  assertRefused(await withAssertion(once), 'invalid_client');
  assert.equal(
    (await withAssertion(jwt(claims(), { privateKey }), { client_id: client().clientId })).status,
    200,
  );
  assertRefused(
    await withAssertion(jwt(claims(), { privateKey }), { client_id: 'another' }),
    'invalid_client',
  );
  assertRefused(
    await withAssertion(jwt(claims(), { privateKey }), { client_assertion_type: 'jwtbearer' }),
    'invalid_request',
  );
  assertRefused(await withAssertion('not a JWT'), 'invalid_client');
});

test('what was asked for comes back', async () => {
  const public_ = ['client_id', client().publicClientId];
  const form = [
    ...Object.entries(GRANT),
    public_,
    ['scope', 'a b'],
    ['audience', 'é&='],
    ['resource', 'urn:1'],
    ['resource', 'urn:2'],
  ];
  const { body } = await server.post(client().tokenEndpoint, { form });
  assert.deepEqual([body.scope, body.audience, body.resource], ['a b', 'é&=', ['urn:1', 'urn:2']]);
  assertRefused(
    await server.post(client().tokenEndpoint, { form: [...form, ['scope', 'c']] }),
    'invalid_request',
  );
});

test('grant type and content type', async () => {
  const client_id = client().publicClientId;
  assertRefused(await ask({ client_id, grant_type: '' }), 'invalid_request');
  assertRefused(await ask({ client_id, grant_type: 'password' }), 'unsupported_grant_type');
  assertRefused(
    await server.post(client().tokenEndpoint, { json: { ...GRANT, client_id } }),
    'invalid_request',
  );
  const right = new URLSearchParams({ ...GRANT, client_id }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await server.post(client().tokenEndpoint, { body: right, headers })).status, 200);
  for (const wrong of [
    'scope',
    'scope=%zz',
    'scope=é',
    'scope=a b',
    '=a',
    '',
    Buffer.from([0xff]),
  ]) {
    const body = Buffer.concat([Buffer.from(`${right}&`), Buffer.from(wrong)]);
    assertRefused(await server.post(client().tokenEndpoint, { body, headers }), 'invalid_request');
  }
  assertRefused(
    await server.post(client().tokenEndpoint, { body: '', headers }),
    'invalid_request',
  );
});

test('registered keys can be given', async () => {
  const privateKey = generateKeyPairSync('ed25519').privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const other = await startTokenServer({
    credentials: { oauth2: { clientId: 'c', keys: { ed25519: { keyId: 'mine', privateKey } } } },
  });
  try {
    const { tokenEndpoint } = other.systems.oauth2;
    const assertion = await jwt(claims({ iss: 'c', sub: 'c', aud: tokenEndpoint }), {
      privateKey,
      alg: 'EdDSA',
      kid: 'mine',
    });
    const { status } = await server.post(tokenEndpoint, {
      form: { ...GRANT, client_assertion: assertion, client_assertion_type: JWT_BEARER },
    });
    assert.equal(status, 200);
  } finally {
    await other.close();
  }
});
