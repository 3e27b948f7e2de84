// Assertions and tokens that somebody else issues: RFC 7521 section 4.2, RFC 7523 section 2.2 and RFC 8693 section 2.1,
// with URLSearchParams for the form. The examples of the RFCs are whole.
import { fixed, numbered, write } from './corpus.mjs'

const tokenEndpoint = 'https://as.example.com/as/token.oauth2'
const form = pairs => new URLSearchParams(pairs).toString()
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const type = name => `urn:ietf:params:oauth:token-type:${name}`
// RFC 7523 section 2.2 shows "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi[...omitted for brevity...].cC4hiUPo[...]"
const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo'
const subject = 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC' // RFC 8693 section 2.3
const client = { tokenEndpoint, clientId: 's6BhdRkqt3' }
const asserted = { ...client, clientAssertion: jwt }
const exchange = { ...client, subjectToken: subject, subjectTokenType: type('access_token') }

const headers = [['Accept', 'application/json'], ['Content-Type', 'application/x-www-form-urlencoded']]
const basic = (id, secret) => [headers[0], ['Authorization', 'Basic ' + btoa(`${id}:${secret}`)], headers[1]]
const posted = (pairs, sent = headers) => ({ method: 'POST', url: tokenEndpoint, headers: sent, body: form(pairs) })
const proof = [['client_assertion_type', TYPE], ['client_assertion', jwt]]
const id = ['client_id', 's6BhdRkqt3']

// [comment, config, what is sent]
const built = [
  ['an assertion in place of a key', asserted, posted([['grant_type', 'client_credentials'], id, ...proof])],
  ['the example of RFC 7521 4.2.1', { ...asserted, grantType: 'authorization_code', parameters: { code: 'n0esc3NRze7LTCu7iYzS6a5acc3f0ogp4' } },
    posted([['grant_type', 'authorization_code'], ['code', 'n0esc3NRze7LTCu7iYzS6a5acc3f0ogp4'], id, ...proof])],
  ['another assertion type', { ...asserted, assertion: { type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' } },
    posted([['grant_type', 'client_credentials'], id, ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'], ['client_assertion', jwt]])],
  ['the assertion is the grant', { ...asserted, grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', scope: 'a' },
    posted([['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'], ['scope', 'a'], ['assertion', jwt]])],
  ['beside a secret, where clientAuth says which', { ...asserted, clientSecret: 'secret-1', clientAuth: 'private_key_jwt' },
    posted([['grant_type', 'client_credentials'], id, ...proof])],
  ['the example of RFC 8693 2.3', { tokenEndpoint, clientId: 'rs08', clientSecret: 'long-secure-random-secret', resource: 'https://backend.example.com/api', subjectToken: subject, subjectTokenType: type('access_token') },
    posted([['grant_type', EXCHANGE], ['resource', 'https://backend.example.com/api'], ['subject_token', subject], ['subject_token_type', type('access_token')]], basic('rs08', 'long-secure-random-secret'))],
  ['everything of RFC 8693 2.1', { ...exchange, clientSecret: 'secret-1', clientAuth: 'client_secret_post', scope: 'a b', audience: ['x', 'y'], requestedTokenType: type('jwt'), actorToken: jwt, actorTokenType: type('jwt') },
    posted([['grant_type', EXCHANGE], ['scope', 'a b'], ['audience', 'x'], ['audience', 'y'], ['requested_token_type', type('jwt')], ['subject_token', subject], ['subject_token_type', type('access_token')], ['actor_token', jwt], ['actor_token_type', type('jwt')], id, ['client_secret', 'secret-1']])],
  ['a client that is nobody', { tokenEndpoint, subjectToken: subject, subjectTokenType: type('access_token') },
    posted([['grant_type', EXCHANGE], ['subject_token', subject], ['subject_token_type', type('access_token')]])],
  ['a public client', { ...exchange, clientAuth: 'none' },
    posted([['grant_type', EXCHANGE], ['subject_token', subject], ['subject_token_type', type('access_token')], id])],
  ['an exchange with an assertion', { ...exchange, clientAssertion: jwt },
    posted([['grant_type', EXCHANGE], ['subject_token', subject], ['subject_token_type', type('access_token')], id, ...proof])],
  ['a grant of its own with a subject token', { ...exchange, clientAuth: 'none', grantType: 'urn:example:grant' },
    posted([['grant_type', 'urn:example:grant'], ['subject_token', subject], ['subject_token_type', type('access_token')], id])],
]

const entra = { provider: 'entra', tenant: 'contoso.onmicrosoft.com', clientId: 'app-1' }
const entraURL = 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token'
built.push(
  ['Entra: "First case: Access token request with a shared secret"', { ...entra, scope: 'https://graph.microsoft.com/.default', clientSecret: 'qWgdYAmab0YSkuL1qKv5bPX' },
    { ...posted([['grant_type', 'client_credentials'], ['scope', 'https://graph.microsoft.com/.default'], ['client_id', 'app-1'], ['client_secret', 'qWgdYAmab0YSkuL1qKv5bPX']]), url: entraURL }],
  ['Entra: "Third case: Access token request with a federated credential"', { ...entra, scope: 'https://graph.microsoft.com/.default', clientAssertion: jwt },
    { ...posted([['grant_type', 'client_credentials'], ['scope', 'https://graph.microsoft.com/.default'], ['client_id', 'app-1'], ...proof]), url: entraURL }],
  ['a tenant in an endpoint of the caller', { ...asserted, tenant: 'as.oauth2', tokenEndpoint: 'https://as.example.com/as/token.{tenant}'.replace('token.{tenant}', 'token.oauth2') + '?t={tenant}' },
    { ...posted([['grant_type', 'client_credentials'], id, ...proof]), url: tokenEndpoint + '?t=as.oauth2' }],
)

// [comment, config, ...texts that the message must contain]
const refused = [
  ['an assertion and a key', { ...asserted, privateKey: 'x' }, 'clientAssertion', 'privateKey'],
  ['an assertion and a secret, and no method', { ...asserted, clientSecret: 'x' }, 'clientAuth', 'clientAssertion'],
  ['an assertion for none', { ...asserted, clientAuth: 'none' }, 'clientAssertion'],
  ['claims for an assertion that is signed already', { ...asserted, assertion: { claims: { aud: 'x' } } }, 'assertion', 'clientAssertion'],
  ['an empty assertion', { ...client, clientAssertion: '' }, 'clientAssertion'],
  ['an assertion with a line break', { ...client, clientAssertion: jwt + '\n' }, 'clientAssertion', 'line break'],
  ['an assertion that was printed', { ...client, clientAssertion: '[redacted]' }, 'clientAssertion', '[redacted]'],
  ['an assertion of another type', { ...client, clientAssertion: 7 }, 'clientAssertion', 'a number'],
  ['no source', { ...client, clientAssertion: {} }, 'clientAssertion', 'file', 'url'],
  ['two sources', { ...client, clientAssertion: { file: 'a', url: 'https://a.example/' } }, 'clientAssertion'],
  ['an unknown member of a source', { ...client, clientAssertion: { path: 'a' } }, 'file'],
  ['headers for a file', { ...client, clientAssertion: { file: 'a', headers: { a: 'b' } } }, 'clientAssertion.headers'],
  ['a source by http', { ...client, clientAssertion: { url: 'http://metadata.example/token' } }, 'clientAssertion.url', 'https'],
  ['a name that begins like a link-local address', { ...client, clientAssertion: { url: 'http://169.254.169.254.example.com/' } }, 'clientAssertion.url', 'https'],
  ['a source with a user', { ...client, subjectToken: { url: 'https://u@a.example/' }, subjectTokenType: 'x' }, 'subjectToken.url'],
  ['a header with a line break', { ...client, clientAssertion: { url: 'https://a.example/', headers: { a: 'b\nc' } } }, 'clientAssertion.headers'],
  ['a header of the connection', { ...client, clientAssertion: { url: 'https://a.example/', headers: { Host: 'b' } } }, 'clientAssertion.headers'],
  ['a subject token without its type', { ...client, clientSecret: 'x', subjectToken: subject }, 'subjectTokenType'],
  ['an actor token without its type', { ...exchange, clientSecret: 'x', actorToken: subject }, 'actorTokenType'],
  ['a type without its token', { ...client, clientSecret: 'x', subjectTokenType: type('jwt') }, 'subjectToken'],
  ['a subject token twice', { ...exchange, clientSecret: 'x', parameters: { subject_token: 'x' } }, 'subject_token'],
  ['client_assertion as a parameter', { ...asserted, parameters: { client_assertion: 'x' } }, 'clientAssertion'],
  ['a client that is nobody without an exchange', { tokenEndpoint }, 'clientSecret'],
]
refused.push(
  ['Entra without a tenant', { provider: 'entra', clientId: 'a', clientSecret: 'b' }, 'tenant is missing'],
  ['a tenant for an endpoint without one', { ...asserted, tenant: 'a' }, 'tenant'],
  ['a tenant that is a path', { ...entra, tenant: 'a/b', clientSecret: 'b' }, 'tenant'],
)

// ---- Renewals

const limits = { timeout: 30_000, maxBody: 1_048_576, deadline: 60_000, attempts: 3, ahead: 0, proves: false }
const random = '00000000000000000000000000000000' + '00000080' + '80'
const now = 1_700_000_000_000
const at = (ms, more = {}) => ({ now: now + ms, random, ...more })
const json = (status, body) => ({ outcome: { status, headers: {}, body: JSON.stringify(body) } })
const token = json(200, { access_token: 't', token_type: 'Bearer', expires_in: 3600 })
const kept = ms => {
  const end = Math.floor((now + ms) / 1000) + 3600 // expires_at is in whole seconds, and the margin a quarter or a minute
  return { do: 'keep', token: { access_token: 't', token_type: 'Bearer', expires_in: 3600, expires_at: end }, until: end * 1000, margin: 60_000, renew: end * 1000 - 60_000, ahead: 0 }
}
const get = (timeout, more = {}) => ({ do: 'get', field: 'clientAssertion', audience: tokenEndpoint, timeout, ahead: 0, ...more })
const send = (attempt, timeout) => ({ do: 'send', attempt, timeout, maxBody: 1_048_576, ahead: 0 })
const fail = (code, more = {}) => ({ do: 'fail', hold: 0, ahead: 0, error: { code }, ...more })
const wait = (ms, error) => ({ do: 'wait', attempt: 1, wait: ms, ahead: 0, error })
const inFile = { ...client, clientAssertion: { file: '/run/token' } }
const inJSON = { ...client, clientAssertion: { file: '/run/token', member: 'value' } }
const fromURL = { ...client, clientAssertion: { url: 'https://idp.example.com/token?v=2&audience={audience}', headers: { authorization: 'bearer abc' }, member: 'value' } }
const url = 'https://idp.example.com/token?v=2&audience=' + encodeURIComponent(tokenEndpoint)
const fetched = timeout => ({ do: 'send', attempt: 0, url, timeout, maxBody: 65_536, ahead: 0 })
const file = (timeout) => get(timeout, { file: '/run/token' })

// [comment, config, steps, what follows from each]
const renewals = [
  ['a file has the assertion', inFile, [at(0), at(2_000, { text: ` ${jwt}\n` }), at(2_000, token)], [file(30_000), send(1, 28_000), kept(2_000)]],
  ['the JSON of a file has it', inJSON, [at(0), at(0, { text: JSON.stringify({ value: jwt }) }), at(0, token)], [file(30_000), send(1, 30_000), kept(0)]],
  ['the JSON of a file lacks it', inJSON, [at(0), at(0, { text: '{"token":"x"}' })], [file(30_000), fail('source_failed')]],
  ['the file is empty', inFile, [at(0), at(0, { text: '\n' })], [file(30_000), fail('source_failed')]],
  ['the file is binary', inFile, [at(0), at(0, { text: 'a\u0001b' })], [file(30_000), fail('source_failed')]],
  ['64 KiB', inFile, [at(0), at(0, { text: 'a'.repeat(65_536) })], [file(30_000), send(1, 30_000)]],
  ['more than 64 KiB', inFile, [at(0), at(0, { text: 'a'.repeat(65_537) })], [file(30_000), fail('source_failed')]],
  ['the file can not be read', inFile, [at(0), at(0, { failure: 'threw', detail: 'ENOENT' })], [file(30_000), fail('source_failed')]],
  ['it takes too long, and is asked again', inFile, [at(0), at(30_000, { failure: 'timeout' }), at(30_125), at(30_125, { text: jwt }), at(30_125, token)],
    [file(30_000), wait(125, { code: 'timeout' }), file(29_875), send(2, 29_875), kept(30_125)]],
  ['no text', inFile, [at(0), at(0, { failure: 'no_text', detail: 'object' })], [file(30_000), fail('source_failed')]],
  ['each request has one of its own', inFile, [at(0), at(0, { text: jwt }), at(0, json(503, {})), at(125), at(125, { text: jwt }), at(125, token)],
    [file(30_000), send(1, 30_000), wait(125, { code: 'http_error', status: 503 }), file(30_000), send(2, 30_000), kept(125)]],
  ['a URL brings it', fromURL, [at(0), at(500, json(200, { value: jwt })), at(500, token)], [fetched(30_000), send(1, 29_500), kept(500)]],
  ['the URL refuses', fromURL, [at(0), at(0, json(403, {}))], [fetched(30_000), fail('source_failed', { hold: 30_000, error: { code: 'source_failed', status: 403 } })]],
  ['the URL fails, and is asked again', fromURL, [at(0), at(0, json(503, {})), at(125), at(125, json(200, { value: jwt })), at(125, token)],
    [fetched(30_000), wait(125, { code: 'source_failed', status: 503 }), fetched(30_000), send(2, 30_000), kept(125)]],
  ['the URL is not there', fromURL, [at(0), at(0, { outcome: { failure: 'network', detail: 'ECONNREFUSED' } }), at(125)], [fetched(30_000), wait(125, { code: 'source_failed' }), fetched(30_000)]],
  ['the URL leads elsewhere', fromURL, [at(0), at(0, { outcome: { failure: 'redirect' } })], [fetched(30_000), fail('source_failed')]],
  ['the URL is silent', fromURL, [at(0), at(30_000, { outcome: { failure: 'timeout' } })], [fetched(30_000), wait(125, { code: 'timeout' })]],
  ['the response of the URL is too large', fromURL, [at(0), at(0, { outcome: { failure: 'too_large' } })], [fetched(30_000), fail('source_failed')]],
  ['two tokens, one after the other', { ...client, clientAuth: 'none', subjectToken: { file: '/s' }, subjectTokenType: 'x', actorToken: { file: '/a' }, actorTokenType: 'y' },
    [at(0), at(0, { text: 'subject' }), at(0, { text: 'actor' }), at(0, token)],
    [get(30_000, { field: 'subjectToken', file: '/s' }), get(30_000, { field: 'actorToken', file: '/a' }), send(1, 30_000), kept(0)]],
]

// ---- Refusals

// What servers say: Entra's and Keycloak's words as users report them, Google's STS, RFC 8693 section 2.2.2. The Date of
// the response is that of sentAt.
const sentAt = 1_700_000_000_000
const jwtOf = claims => [{ alg: 'RS256' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.c2lnbmF0dXJl'
const claims = { iss: 'https://oidc.example', sub: 'system:serviceaccount:a:b', aud: 'api://x', exp: sentAt / 1000 + 300 }
const of = (issuer, audience) => `from the issuer ${issuer} for the audience ${audience}: the server must trust that issuer, know its key`
const known = of('"https://oidc.example"', '"api://x"')
const [live, ended] = [jwtOf(claims), jwtOf({ ...claims, exp: sentAt / 1000 - 3600 })]
const google = { tokenEndpoint: 'https://sts.googleapis.com/v1/token', audience: '//iam.googleapis.com/p', subjectTokenType: type('jwt'), requestedTokenType: type('access_token') }
const acting = { ...client, clientSecret: 'secret-1', subjectToken: subject, subjectTokenType: type('access_token'), actorToken: live, actorTokenType: type('jwt') }
// [comment, config, status, body, what the hint has; null: there is none about a token, seconds that the server is ahead]
const refusals = [
  ['Entra: a federated token that has ended', { ...entra, clientAssertion: ended }, 401, { error: 'invalid_client', error_description: 'AADSTS700024: Client assertion is not within its valid time range.', error_codes: [700024] },
    'clientAssertion ended 3600 s ago: who issues it, or writes its file, must give a new one in time'],
  ['Entra: the issuer has another key now', { ...entra, clientAssertion: live }, 401, { error: 'invalid_client', error_description: 'AADSTS50013: Assertion failed signature validation. [Reason - The key was not found.]', error_codes: [50013] }, 'clientAssertion is ' + known],
  ['Entra: its own words count first', { ...entra, clientAssertion: live }, 401, { error: 'invalid_client', error_description: 'AADSTS700212: No matching federated identity record found for presented assertion audience.', error_codes: [700212] },
    'the app has no federated credential for this issuer, subject and audience'],
  ['Keycloak: the client is not taken', { ...client, clientAssertion: live }, 401, { error: 'unauthorized_client', error_description: 'Invalid client or Invalid client credentials' }, 'clientAssertion is ' + known],
  ['a list of audiences', { ...client, clientAssertion: jwtOf({ ...claims, aud: ['a', 'b'] }) }, 401, { error: 'invalid_client' }, of('"https://oidc.example"', '["a","b"]')],
  ['an end that is the moment of the request', { ...client, clientAssertion: jwtOf({ ...claims, exp: sentAt / 1000 }) }, 401, { error: 'invalid_client' }, 'clientAssertion ended 0 s ago'],
  ['the assertion is no JWT', { ...client, clientAssertion: 'an-opaque-assertion-1' }, 401, { error: 'invalid_client' }, 'the server refuses clientAssertion: check who issued it, for whom, and when it ends'],
  ['the assertion names no audience', { ...client, clientAssertion: jwtOf({ iss: 'a' }) }, 401, { error: 'invalid_client' }, 'the server refuses clientAssertion'],
  ['claims that are none', { ...client, clientAssertion: 'a.W10.c2ln' }, 401, { error: 'invalid_client' }, 'the server refuses clientAssertion'],
  ['the assertion is the grant', { ...asserted, clientAssertion: ended, grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }, 400, { error: 'invalid_grant' }, 'clientAssertion ended 3600 s ago'],
  ['a blank in the id counts first', { ...client, clientId: ' a', clientAssertion: live }, 401, { error: 'invalid_client' }, 'clientId begins or ends with a blank'],
  ['Google: the subject token has ended', { ...google, subjectToken: ended }, 400, { error: 'invalid_grant', error_description: 'ID Token issued at 1699992800 is stale to sign-in.' }, 'subjectToken ended 3600 s ago'],
  ['Google: another audience', { ...google, subjectToken: live }, 400, { error: 'invalid_grant', error_description: 'The audience in ID Token [api://x] does not match the expected audience.' }, 'subjectToken is ' + known],
  ['RFC 8693 2.2.2: the subject token is invalid', { ...exchange, clientSecret: 'secret-1' }, 400, { error: 'invalid_request', error_description: 'subject_token is invalid' }, 'the server refuses subjectToken'],
  ['Keycloak: the subject token is invalid', { ...exchange, clientSecret: 'secret-1' }, 400, { error: 'invalid_token', error_description: 'Invalid token' }, 'the server refuses subjectToken'],
  ['the actor token is invalid', acting, 400, { error: 'invalid_request', error_description: 'the actor token is not valid' }, 'actorToken is ' + known],
  ['a parameter that is missing', acting, 400, { error: 'invalid_request', error_description: 'Missing parameter: scope, beside the token' }, 'the request has no scope'],
  ['the client of an exchange is refused', { ...exchange, clientAssertion: live }, 401, { error: 'invalid_client' }, 'clientAssertion is ' + known],
  ['the target of an exchange is refused', { ...exchange, clientSecret: 'secret-1' }, 400, { error: 'invalid_target' }, 'check resource and audience'],
  ['the secret stands in the token', { ...exchange, clientSecret: 'Zx81-s3cr3t-Qq', subjectToken: jwtOf({ ...claims, iss: 'https://Zx81-s3cr3t-Qq.example' }) }, 400, { error: 'invalid_grant' }, 'from the issuer "https://[redacted].example"'],
  ['the end by the time of the server', { ...client, clientAssertion: live }, 401, { error: 'invalid_client' }, 'clientAssertion ended 3300 s ago', 3600],
  ['a request that is refused for something else', { ...exchange, clientSecret: 'secret-1' }, 400, { error: 'invalid_request', error_description: 'too long' }, null],
]

write('assertions', 'RFC 7521, 7523 and 8693, and the WHATWG form serialiser: URLSearchParams, by generate/assertions.mjs; the refusals and renewals by hand', [
  ...numbered('assertion-build', built.map(([comment, config, want]) => ({ comment, op: 'build', config, ...fixed(comment), want }))),
  ...numbered('assertion-config', refused.map(([comment, config, ...mentions]) => ({ comment, op: 'build', config, ...fixed(comment), wantError: { code: 'invalid_config', mentions } }))),
  ...numbered('assertion-refusal', refusals.map(([comment, config, status, body, hint, ahead = 0]) => ({
    comment, op: 'parse', config, sentAt, outcome: { status, headers: { date: new Date(sentAt + ahead * 1000).toUTCString() }, body: JSON.stringify(body) },
    wantError: { code: 'error_response', status, error: body.error, hints: hint === null ? null : [hint] },
  }))),
  ...numbered('assertion-renewal', renewals.map(([comment, config, steps, want]) => ({ comment, op: 'renewal', config, limits, steps, want }))),
])
