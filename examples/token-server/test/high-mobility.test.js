import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';

import { GRANT, jwt, JWT_BEARER, useServer } from './client.js';

const anotherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});

const server = useServer();
const now = () => Math.trunc(Date.now() / 1000);

function assertRefused({ status, body }, description) {
  assert.equal(status, 400);
  assert.deepEqual(body, { error: 'invalid_request', error_description: description });
}

function assertMalformed({ status, body }, source) {
  assert.equal(status, 401);
  assert.equal(body.errors.length, 1);
  assert.deepEqual(Object.keys(body.errors[0]), ['title', 'detail', 'source']);
  assert.equal(body.errors[0].source, source);
}

for (const [name, okStatus] of Object.entries({ sandbox: 200, live: 201 })) {
  describe(name, () => {
    const client = () => server.systems['high-mobility'][name];
    const withSecret = (wrong) => {
      const { tokenEndpoint, clientId: client_id, clientSecret: client_secret } = client();
      return server.post(tokenEndpoint, { json: { ...GRANT, client_id, client_secret, ...wrong } });
    };
    /**
     * An assertion that is right but for what `claims` and `header` say; undefined leaves a claim
     * out.
     */
    const assertion = (claims = {}, header = {}) =>
      jwt(
        {
          ver: 2,
          iss: client().keyId,
          aud: `${server.url}/v1`,
          iat: now(),
          jti: randomUUID(),
          ...claims,
        },
        { privateKey: client().privateKey, ...header },
      );
    const withAssertion = async (client_assertion, wrong) => {
      const json = {
        ...GRANT,
        client_id: client().clientId,
        client_assertion: await client_assertion,
        client_assertion_type: JWT_BEARER,
        ...wrong,
      };
      return server.post(client().tokenEndpoint, { json });
    };

    test('gives a token for the secret, in JSON or in a form', async () => {
      const { status, body } = await withSecret();
      assert.equal(status, okStatus);
      assert.deepEqual(body, {
        access_token: body.access_token,
        expires_in: 300,
        scope: 'fleet:clearance vehicle:eligibility-check vehicle:data',
        token_type: 'bearer',
      });
      assert.deepEqual(decodeProtectedHeader(body.access_token), { alg: 'ES256', typ: 'JWT' });
      assert.deepEqual(Object.keys(decodeJwt(body.access_token)).sort(), [
        'exp',
        'iat',
        'iss',
        'scope',
        'sub',
        'ver',
      ]);
      const form = { ...GRANT, client_id: client().clientId, client_secret: client().clientSecret };
      assert.equal((await server.post(client().tokenEndpoint, { form })).status, okStatus);
    });

    test('refuses a wrong secret, id or grant type', async () => {
      assertRefused(await withSecret({ client_secret: 'wrong' }), 'client_secret is invalid');
      assertRefused(await withSecret({ client_id: randomUUID() }), 'client_id is invalid');
      assertRefused(await withSecret({ grant_type: 'refresh_token' }), 'grant_type is invalid');
      assertRefused(
        await withSecret({ client_id: undefined, client_secret: '', grant_type: null }),
        "client_id can't be blank, client_secret can't be blank, grant_type can't be blank",
      );
    });

    test('refuses credentials in the header', async () => {
      const headers = {
        authorization: `Basic ${Buffer.from(`${client().clientId}:${client().clientSecret}`).toString('base64')}`,
      };
      assertMalformed(
        await server.post(client().tokenEndpoint, { json: GRANT, headers }),
        'authorization',
      );
    });

    test('gives a token for an assertion', async () => {
      const { status, body } = await withAssertion(assertion());
      assert.equal(status, okStatus);
      assert.equal(body.expires_in, 300);
    });

    test('refuses a wrong signature', async () => {
      const description = 'client_assertion is signed with an invalid key';
      assertRefused(await withAssertion(assertion({}, { privateKey: anotherKey })), description);
      assertRefused(
        await withAssertion(assertion({}, { secret: client().clientSecret, alg: 'HS256' })),
        description,
      );
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`;
      assertRefused(await withAssertion(unsigned), description);
      // DER instead of r || s, what many libraries give out.
      const input = (await assertion()).split('.').slice(0, 2).join('.');
      const der = sign('sha256', Buffer.from(input), client().privateKey).toString('base64url');
      assertRefused(await withAssertion(`${input}.${der}`), description);
      assertMalformed(await withAssertion('not a JWT'), 'client_assertion');
    });

    test('refuses wrong claims', async () => {
      const { clientId, tokenEndpoint, keyId } = client();
      const wrongs = {
        iss: [clientId, undefined, ''],
        aud: [tokenEndpoint, server.url, [`${server.url}/v1`], undefined],
        ver: [1, '2', undefined],
        iat: [now() - 35, now() + 35, String(now()), undefined],
        jti: [undefined, '', 1],
      };
      for (const [claim, values] of Object.entries(wrongs)) {
        for (const value of values)
          assertRefused(
            await withAssertion(assertion({ [claim]: value })),
            `client_assertion has an invalid ${claim}`,
          );
      }
      assertRefused(
        await withAssertion(assertion({ exp: now() - 1 })),
        'client_assertion has an invalid exp',
      );
      // What RFC 7523 would have.
      assertRefused(
        await withAssertion(assertion({ iss: clientId, sub: clientId, exp: now() + 60 })),
        'client_assertion has an invalid iss',
      );
      for (const iat of [now() - 25, now() + 25])
        assert.equal((await withAssertion(assertion({ iat, iss: keyId }))).status, okStatus);
    });

    test('takes a jti once', async () => {
      const once = await assertion();
      assert.equal((await withAssertion(once)).status, okStatus);
      assertRefused(await withAssertion(once), 'client_assertion has a jti that was used before');
    });

    test('wants the type of the assertion, the client_id, and one credential', async () => {
      const description = 'client_assertion_type is invalid';
      assertRefused(
        await withAssertion(assertion(), {
          client_assertion_type: JWT_BEARER.replace('jwt-bearer', 'jwtbearer'),
        }),
        description,
      );
      assertRefused(
        await withAssertion(assertion(), { client_assertion_type: undefined }),
        "client_assertion_type can't be blank",
      );
      assertRefused(
        await withAssertion(assertion(), { client_id: undefined }),
        "client_id can't be blank",
      );
      assertRefused(
        await withAssertion(assertion(), { client_secret: client().clientSecret }),
        'client_secret and client_assertion are both given',
      );
    });

    test('the audience follows the name that the client uses', async () => {
      const url = client().tokenEndpoint.replace('127.0.0.1', 'localhost');
      const post = async (aud) => {
        const client_assertion = await assertion({ aud });
        const json = {
          ...GRANT,
          client_id: client().clientId,
          client_assertion,
          client_assertion_type: JWT_BEARER,
        };
        return server.post(url, { json });
      };
      assert.equal((await post(`${new URL(url).origin}/v1`)).status, okStatus);
      assertRefused(await post(`${server.url}/v1`), 'client_assertion has an invalid aud');
    });
  });
}

test('what is not well-formed gets the JSON:API shape', async () => {
  const { tokenEndpoint } = server.systems['high-mobility'].sandbox;
  const headers = { 'content-type': 'application/json' };
  assertMalformed(await server.post(tokenEndpoint, { body: '{', headers }), 'body');
  assertMalformed(
    await server.post(tokenEndpoint, { body: '{"grant_type":"a","grant_type":"a"}', headers }),
    'body',
  );
  assertMalformed(
    await server.post(tokenEndpoint, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    'content-type',
  );
  assertMalformed(await server.post(tokenEndpoint, { body: Buffer.from('x') }), 'content-type');
});

test('one environment does not know the client of the other', async () => {
  const { sandbox, live } = server.systems['high-mobility'];
  const json = { ...GRANT, client_id: sandbox.clientId, client_secret: sandbox.clientSecret };
  assertRefused(await server.post(live.tokenEndpoint, { json }), 'client_id is invalid');
});
