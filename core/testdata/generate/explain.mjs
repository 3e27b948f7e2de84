// What explain shows: the request of rules.mjs with its secrets taken out by Node's own tools, the base string by oauthlib, and the
// choices by hand, from the documents of the systems.
import { createHash } from 'node:crypto'
import { fixed, judge, numbered, write } from './corpus.mjs'
import { X509Certificate } from 'node:crypto'
import { certificates, keys } from './keys.mjs'
import { expectRequest } from './rules.mjs'

const secretNames = ['client_secret', 'password', 'refresh_token', 'code', 'code_verifier', 'assertion', 'subject_token', 'actor_token', 'device_code', 'auth_req_id', 'id_token_hint']
const stand = 'z' + createHash('sha256').update('explain').digest('hex') // stands for a secret, and no encoding changes it
const shown = text => text.replaceAll(stand, '[redacted]')
const decode = part => JSON.parse(Buffer.from(part, 'base64url').toString())

async function explanation(config, { now, random }) {
  const { want } = await expectRequest({ config, now, random })
  const json = want.headers.some(([name, value]) => name === 'Content-Type' && value === 'application/json')
  let assertion
  const hide = (name, value) => {
    if (secretNames.includes(name)) return stand
    if (name !== 'client_assertion') return config.clientSecret?.length >= 4 && typeof value === 'string' ? value.replaceAll(config.clientSecret, stand) : value
    const [header, claims] = value.split('.')
    assertion = { header: decode(header), claims: decode(claims) }
    return `${header}.${claims}.${stand}`
  }
  const pairs = json ? Object.entries(JSON.parse(want.body)) : [...new URLSearchParams(want.body)]
  const hidden = pairs.map(([name, value]) => [name, hide(name, value)])
  const headers = Object.fromEntries(want.headers.map(([name, value]) => [
    name,
    Object.hasOwn(config.headers ?? {}, name) ? '[redacted]' : name !== 'Authorization' ? value : value.startsWith('Basic ') ? 'Basic [redacted]' : value.replace(/oauth_signature="[^"]*"/, 'oauth_signature="[redacted]"'),
  ]))
  const body = shown(json ? JSON.stringify(Object.fromEntries(hidden)) : new URLSearchParams(hidden).toString())
  let baseString
  if (headers.Authorization?.startsWith('OAuth ')) {
    const nonce = Buffer.from(random, 'hex').toString('base64url')
    const [judged] = judge([{
      method: 'POST', url: want.url, params: json ? [] : hidden, consumerKey: config.clientId, consumerSecret: 'any', pem: keys.rsa2048.pkcs8, nonce, timestamp: Math.floor(now / 1000),
      signatureMethod: config.signatureMethod ?? (config.clientSecret ? 'HMAC-SHA256' : 'RSA-SHA256'), version: '1.0',
    }])
    baseString = shown(judged.baseString)
  }
  return {
    request: { method: want.method, url: want.url, headers, body },
    ...(baseString && { baseString }),
    ...(assertion && { assertion }),
    singleUse: baseString !== undefined || assertion?.claims.jti !== undefined,
    ...(assertion?.claims.exp !== undefined && { expiresAt: assertion.claims.exp }),
  }
}

const here = { provider: 'here', clientId: '1tqA_sample1fLhs2z6_q1l', clientSecret: 'sTuYkSsXw0p1_vR4-8iQzLhN7mCeAbGf6dJkKxO2tPy' }
const hm = { provider: 'high-mobility', environment: 'sandbox', clientId: 'a92cf969-e8ff-4ad4-a45f-42930edde12d' }
const any = { tokenEndpoint: 'https://AS.example.com:443/oauth2/token', clientId: 'svc-0oa1x2' }
const endpoint = 'https://as.example.com/oauth2/token'
const bearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const given = (field, value) => [field, value, 'given']
const usual = (field, value) => [field, value, 'default']
const of = name => (field, value) => [field, value, `preset ${name}`]
const grant = usual('grantType', 'client_credentials')
const form = usual('bodyFormat', 'form')

const leaf = new X509Certificate(certificates.leaf)
const thumbprint = Buffer.from(leaf.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
const validUntil = `valid until ${new Date(leaf.validTo).toISOString().replace('.000', '')}`

const list = [
  ['OS Data Hub: Basic, raw', { provider: 'os-data-hub', clientId: 'key', clientSecret: 'secret' }, [
    of('os-data-hub')('tokenEndpoint', 'https://api.os.uk/oauth2/token/v1'), of('os-data-hub')('clientAuth', 'client_secret_basic'), given('clientId', 'key'),
    form, of('os-data-hub')('basicEncoding', 'raw'), grant,
  ]],
  ['HERE: the base string, without its secret', { ...here, scope: 'hrn:here:authorization::org123:project/my-project' }, [
    of('here')('tokenEndpoint', 'https://account.api.here.com/oauth2/token'), of('here')('clientAuth', 'oauth1'), given('clientId', here.clientId), form, grant,
    given('scope', 'hrn:here:authorization::org123:project/my-project'),
  ]],
  ['HERE, JSON: the body is not signed', { ...here, bodyFormat: 'json', parameters: { expires_in: '3600' } }, [
    of('here')('tokenEndpoint', 'https://account.api.here.com/oauth2/token'), of('here')('clientAuth', 'oauth1'), given('clientId', here.clientId),
    given('bodyFormat', 'json'), grant,
  ]],
  ['a secret among the parameters, in a base string too', { ...here, grantType: 'password', parameters: { username: 'u', password: 'p&ss wörd' } }, [
    of('here')('tokenEndpoint', 'https://account.api.here.com/oauth2/token'), of('here')('clientAuth', 'oauth1'), given('clientId', here.clientId), form,
    given('grantType', 'password'),
  ]],
  ['iotspot: client_id in the body', { provider: 'iotspot', clientId: 'id', clientSecret: 'secret' }, [
    of('iotspot')('tokenEndpoint', 'https://iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com/oauth2/token'), of('iotspot')('clientAuth', 'client_secret_basic'),
    given('clientId', 'id'), form, of('iotspot')('basicEncoding', 'raw'), of('iotspot')('client_id in the body', 'id'), grant, of('iotspot')('scope', 'iotspot/openapi'),
  ]],
  ['no scope, over the one of the preset', { provider: 'iotspot', clientId: 'id', clientSecret: 'secret', scope: '' }, [
    of('iotspot')('tokenEndpoint', 'https://iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com/oauth2/token'), of('iotspot')('clientAuth', 'client_secret_basic'),
    given('clientId', 'id'), form, of('iotspot')('basicEncoding', 'raw'), of('iotspot')('client_id in the body', 'id'), grant,
  ]],
  ['High Mobility: JSON with the secret in it', { ...hm, clientSecret: 'a short "one"' }, [
    ['tokenEndpoint', 'https://sandbox.api.high-mobility.com/v1/access_tokens', 'environment sandbox of preset high-mobility'],
    of('high-mobility')('clientAuth', 'client_secret_post'), given('clientId', hm.clientId), of('high-mobility')('bodyFormat', 'json'), grant,
  ]],
  ['High Mobility: the assertion, and what its preset changes in it', { ...hm, privateKey: keys.p256.pkcs8, keyId: 'f6c331c4', assertion: { claims: { note: ['x'], ver: 3 } } }, [
    ['tokenEndpoint', 'https://sandbox.api.high-mobility.com/v1/access_tokens', 'environment sandbox of preset high-mobility'],
    ['clientAuth', 'private_key_jwt', 'the key'], given('clientId', hm.clientId), of('high-mobility')('bodyFormat', 'json'), ['alg', 'ES256', 'the key'], given('keyId', 'f6c331c4'),
    usual('assertion.type', bearer), of('high-mobility')('assertion.header.kid', 'left out'), of('high-mobility')('assertion.claims.iss', 'f6c331c4'),
    of('high-mobility')('assertion.claims.sub', 'left out'), of('high-mobility')('assertion.claims.aud', 'https://sandbox.api.high-mobility.com/v1'),
    of('high-mobility')('assertion.claims.exp', 'left out'), given('assertion.claims.note', '["x"]'), given('assertion.claims.ver', '3'), grant,
  ]],
  ['no preset: what RFC 6749 says', { ...any, clientSecret: 'x+y' }, [
    given('tokenEndpoint', endpoint), usual('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
  ]],
  ['the secret in a form', { ...any, clientSecret: 'x+y', clientAuth: 'client_secret_post', audience: 'https://api.example.com/' }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'client_secret_post'), given('clientId', any.clientId), form, grant,
  ]],
  ['an assertion that is signed with the secret', { ...any, clientSecret: 'x'.repeat(32), clientAuth: 'client_secret_jwt', assertion: { lifetime: 30 } }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'client_secret_jwt'), given('clientId', any.clientId), form, usual('alg', 'HS256'),
    usual('assertion.type', bearer), given('assertion.lifetime', '30'), grant,
  ]],
  ['a JWK: its kid and its alg', { ...any, privateKey: { ...keys.p256.jwk, kid: 'k1', alg: 'ES256' }, resource: ['https://a.example/', 'https://b.example/'] }, [
    given('tokenEndpoint', endpoint), ['clientAuth', 'private_key_jwt', 'the key'], given('clientId', any.clientId), form, ['alg', 'ES256', 'the key'], ['keyId', 'k1', 'the key'],
    usual('assertion.type', bearer), usual('assertion.lifetime', '60'), grant,
  ]],
  ['a public client', { ...any, clientAuth: 'none', grantType: 'refresh_token', parameters: { refresh_token: 'a0d0-rt' } }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'none'), given('clientId', any.clientId), form, given('grantType', 'refresh_token'),
  ]],
  ['text that looks like what stands for a secret', { ...any, clientSecret: 's3cret', parameters: { note: '%00 \\u0000 %2500' } }, [
    given('tokenEndpoint', endpoint), usual('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
  ]],
  ['the secret where it does not belong', { ...here, scope: `of ${here.clientSecret}`, parameters: { note: here.clientSecret } }, [
    of('here')('tokenEndpoint', 'https://account.api.here.com/oauth2/token'), of('here')('clientAuth', 'oauth1'), given('clientId', here.clientId), form, grant,
    given('scope', 'of [redacted]'),
  ]],
  ['headers of the caller', { ...any, clientSecret: 'x+y', headers: { 'X-API-Key': 'a key', 'x-request-id': '{uuid}' } }, [
    given('tokenEndpoint', endpoint), usual('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
  ]],
  ['where the answer has what', { ...any, clientSecret: 'x+y', response: { scope: 'a.0.b', token: 'result.accessToken' } }, [
    given('tokenEndpoint', endpoint), usual('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
    given('response.token', 'result.accessToken'), given('response.scope', 'a.0.b'),
  ]],
  ['http in the clear', { ...any, clientAuth: 'none', tokenEndpoint: 'http://keycloak:8080/token', allowHttp: ['keycloak'] }, [
    given('tokenEndpoint', 'http://keycloak:8080/token'), given('allowHttp', 'http://keycloak: WITHOUT ENCRYPTION, everybody in between can read the credentials and the token'),
    given('clientAuth', 'none'), given('clientId', any.clientId), form, grant,
  ]],
  ['a broken configuration', { ...any, clientSecret: 'x', clientAuth: 'basic' }, null, { code: 'invalid_config', mentions: ['clientAuth'] }],
  ['oauth1 with a key', { ...any, clientAuth: 'oauth1', privateKey: keys.rsa2048.pkcs8 }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'oauth1'), given('clientId', any.clientId), form, ['signatureMethod', 'RSA-SHA256', 'the key'], grant,
  ]],
  ['oauth1 by RSA-SHA1, beside a secret', { ...any, clientAuth: 'oauth1', clientSecret: 's3cret', privateKey: keys.rsa2048.pkcs8, signatureMethod: 'RSA-SHA1' }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'oauth1'), given('clientId', any.clientId), form, given('signatureMethod', 'RSA-SHA1'), grant,
    ['clientSecret', 'not used', 'clientAuth oauth1'],
  ]],
  ['oauth1 by HMAC-SHA512, beside a key', { ...any, clientAuth: 'oauth1', clientSecret: 's3cret', privateKey: keys.p256.pkcs8, signatureMethod: 'HMAC-SHA512' }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'oauth1'), given('clientId', any.clientId), form, given('signatureMethod', 'HMAC-SHA512'), grant,
    ['privateKey', 'not used', 'clientAuth oauth1'],
  ]],
  ['a certificate', { ...any, privateKey: keys.rsa2048.pkcs8, certificate: certificates.leaf + certificates.issuer, x5c: true }, [
    given('tokenEndpoint', endpoint), ['clientAuth', 'private_key_jwt', 'the key'], given('clientId', any.clientId), form, given('certificate', validUntil), ['alg', 'RS256', 'the key'],
    usual('assertion.type', bearer), ['assertion.header.x5t#S256', thumbprint, 'the certificate'], given('assertion.header.x5c', 'certificates: 2'), usual('assertion.lifetime', '60'), grant,
  ]],
  ["a certificate, and the caller's own thumbprint", { ...any, privateKey: keys.rsa2048.pkcs8, certificate: certificates.leaf, assertion: { header: { 'x5t#S256': null } } }, [
    given('tokenEndpoint', endpoint), ['clientAuth', 'private_key_jwt', 'the key'], given('clientId', any.clientId), form, given('certificate', validUntil), ['alg', 'RS256', 'the key'],
    usual('assertion.type', bearer), given('assertion.header.x5t#S256', 'left out'), usual('assertion.lifetime', '60'), grant,
  ]],
  ['a certificate of a key that does not sign', { ...any, clientAuth: 'client_secret_basic', clientSecret: 's3cret', privateKey: keys.p256.pkcs8, certificate: keys.p256.certificate }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
    ['certificate', 'not used', 'clientAuth client_secret_basic'], ['privateKey', 'not used', 'clientAuth client_secret_basic'],
  ]],
  ['a key beside Basic', { ...any, clientAuth: 'client_secret_basic', clientSecret: 's3cret', privateKey: keys.p256.pkcs8 }, [
    given('tokenEndpoint', endpoint), given('clientAuth', 'client_secret_basic'), given('clientId', any.clientId), form, usual('basicEncoding', 'form'), grant,
    ['privateKey', 'not used', 'clientAuth client_secret_basic'],
  ]],
]

const tests = []
for (const [i, [comment, config, choices, wantError]] of list.entries()) {
  const moment = fixed(`explain-${i}`)
  const want = wantError ? undefined : { ...(await explanation(config, moment)), choices: choices.map(([field, value, from]) => ({ field, value, from })) }
  tests.push({ comment, op: 'explain', config, ...moment, want, wantError })
}
write('explain', 'rules.mjs without the secrets, python3-oauthlib 3.2.2, and the documents that core/provider names', numbered('explain', tests))
