import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeJwt } from 'jose'

import { startTokenServer } from '../server.js'
import { basic, formEncoded, GRANT, post, useServer } from './client.js'

const server = useServer()

function assertRefused({ status, headers, body }, error) {
  assert.equal(status, 400)
  assert.equal(headers.get('content-type'), 'application/json;charset=UTF-8')
  assert.deepEqual(body, { error })
}

/** Posts to a system, right but for what `wrong` says. */
function ask(name, { authorization, form, ...request } = {}) {
  const { tokenEndpoint, clientId, clientSecret, scope } = server.systems[name]
  const right = { ...GRANT, scope, ...(name === 'iotspot' && { client_id: clientId }) }
  return server.post(tokenEndpoint, {
    form: form ? form(right) : right,
    headers: { authorization: authorization ?? basic(clientId, clientSecret) },
    ...request,
  })
}

for (const [name, lifetime] of Object.entries({ 'ota-connect': 86_400, iotspot: 3600 })) {
  describe(name, () => {
    test('gives a token', async () => {
      const { clientId, scope } = server.systems[name];
      const { status, body } = await ask(name);
      assert.equal(status, 200);
      assert.deepEqual(body, {
        access_token: body.access_token,
        expires_in: lifetime,
        token_type: 'Bearer',
      });
      const claims = decodeJwt(body.access_token);
      assert.deepEqual(
        [claims.sub, claims.client_id, claims.token_use, claims.exp - claims.iat],
        [clientId, clientId, 'access', lifetime],
      );
      assert.equal(claims.scope, name === 'iotspot' ? 'iotspot/outlook iotspot/production' : scope);
    });

    test('wants raw Basic credentials', async () => {
      const { clientId, clientSecret } = server.systems[name]
      const wrongs = [
        basic(clientId, 'wrong'),
        basic('wrong', clientSecret),
        basic(clientId, formEncoded(clientSecret)),
        basic(clientId, decodeURIComponent(clientSecret)),
        `Basic ${Buffer.from(clientId + clientSecret).toString('base64')}`,
        `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64url')}!`,
        `Bearer ${clientSecret}`,
      ];
      for (const authorization of wrongs)
        assertRefused(await ask(name, { authorization }), 'invalid_client');
      assertRefused(await ask(name, { headers: {} }), 'invalid_client');
      assertRefused(
        await ask(name, { form: (form) => ({ ...form, client_secret: clientSecret }) }),
        'invalid_request',
      );
    });

    test('wants a form', async () => {
      const { tokenEndpoint, clientId, clientSecret, scope } = server.systems[name];
      const headers = { authorization: basic(clientId, clientSecret) };
      assertRefused(
        await server.post(tokenEndpoint, {
          json: { ...GRANT, scope, client_id: clientId },
          headers,
        }),
        'invalid_request',
      );
      const body = Buffer.from(
        new URLSearchParams({ ...GRANT, scope, client_id: clientId }).toString(),
      );
      assertRefused(await server.post(tokenEndpoint, { body, headers }), 'invalid_request');
    });

    test('wants its grant type and one of its scopes', async () => {
      assertRefused(
        await ask(name, { form: ({ grant_type, ...form }) => form }),
        'invalid_request',
      );
      assertRefused(
        await ask(name, { form: (form) => ({ ...form, grant_type: 'password' }) }),
        'unsupported_grant_type',
      );
      assertRefused(
        await ask(name, { form: (form) => ({ ...form, scope: 'another/scope' }) }),
        'invalid_scope',
      );
      assert.equal((await ask(name, { form: ({ scope, ...form }) => form })).status, 200);
    });
  });
}

test('iotspot wants the client_id in the body, ota-connect does not mind it', async () => {
  assertRefused(
    await ask('iotspot', { form: ({ client_id, ...form }) => form }),
    'invalid_request',
  );
  assertRefused(
    await ask('iotspot', { form: (form) => ({ ...form, client_id: 'another' }) }),
    'invalid_client',
  );
  assertRefused(
    await ask('ota-connect', { form: (form) => ({ ...form, client_id: 'another' }) }),
    'invalid_client',
  );
  assert.equal(
    (
      await ask('ota-connect', {
        form: (form) => ({ ...form, client_id: server.systems['ota-connect'].clientId }),
      })
    ).status,
    200,
  );
});

test('credentials can be given', async () => {
  const clientSecret = 'a secret: é€😀 100%';
  const other = await startTokenServer({
    credentials: { iotspot: { clientId: 'given', clientSecret } },
  });
  try {
    const { tokenEndpoint, scope } = other.systems.iotspot;
    const form = { ...GRANT, scope, client_id: 'given' };
    assert.equal(
      (
        await post(tokenEndpoint, {
          form,
          headers: { authorization: basic('given', clientSecret) },
        })
      ).status,
      200,
    );
    assert.equal(
      (
        await post(tokenEndpoint, {
          form,
          headers: { authorization: basic('given', formEncoded(clientSecret)) },
        })
      ).status,
      400,
    );
  } finally {
    await other.close()
  }
  await assert.rejects(
    startTokenServer({ credentials: { iotspott: {} } }),
    /unknown system: iotspott/,
  );
});
