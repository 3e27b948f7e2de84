import assert from 'node:assert/strict'
import { test } from 'node:test'

import { basic, formEncoded, GRANT, useServer } from './client.js'

const server = useServer()
const project = () => server.systems['os-data-hub']
const ask = (authorization, request = { form: GRANT }) =>
  server.post(project().tokenEndpoint, {
    ...request,
    headers: { ...(authorization && { authorization }), ...request.headers },
  });
const right = () => basic(project().clientId, project().clientSecret);

test('gives a token, everything a string', async () => {
  const before = Date.now()
  const { status, body } = await ask(right())
  assert.equal(status, 200)
  assert.match(body.access_token, /^[A-Za-z0-9]{28}$/)
  assert.deepEqual([body.expires_in, body.token_type], ['299', 'Bearer'])
  assert.match(body.issued_at, /^\d{13}$/)
  assert.ok(Number(body.issued_at) >= before && Number(body.issued_at) <= Date.now())
})

test('a wrong key gets the fault shape', async () => {
  const { status, body } = await ask(basic('wrong', project().clientSecret));
  assert.equal(status, 401);
  assert.deepEqual(body, {
    fault: {
      faultstring: 'Invalid client identifier {0}',
      detail: { errorcode: 'oauth.v2.InvalidClientIdentifier' },
    },
  });
});

test('a wrong secret gets the capitalised shape, a form-encoded or decoded one too', async () => {
  const { clientId, clientSecret } = project();
  for (const secret of [
    'wrong',
    formEncoded(clientSecret),
    decodeURIComponent(clientSecret),
    `${clientSecret} `,
  ]) {
    const { status, body } = await ask(basic(clientId, secret));
    assert.equal(status, 401);
    assert.deepEqual(body, { ErrorCode: 'invalid_client', Error: 'ClientId is Invalid' });
  }
})

test('Basic credentials there must be', async () => {
  const { clientId: client_id, clientSecret: client_secret } = project();
  for (const answer of [
    await ask(undefined),
    await ask(undefined, { form: { ...GRANT, client_id, client_secret } }),
    await ask('Basic !'),
  ]) {
    assert.equal(answer.status, 400);
    assert.equal(answer.body.ErrorCode, 'invalid_request');
  }
})

test('grant type and content type', async () => {
  const wrongs = [
    [{ form: { scope: 'x' } }, 'Required param : grant_type'],
    [{ form: { grant_type: 'password' } }, 'Unsupported grant type'],
    [{ json: GRANT }, 'Unsupported Content-Type'],
    [{ body: Buffer.from('grant_type=client_credentials') }, 'Content-Type is required'],
  ]
  for (const [request, Error] of wrongs) {
    const { status, body } = await ask(right(), request)
    assert.equal(status, 400)
    assert.deepEqual(body, { ErrorCode: 'invalid_request', Error })
  }
})
