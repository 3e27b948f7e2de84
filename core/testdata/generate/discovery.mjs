// How a renewal finds the token endpoint by the issuer. The places of the metadata and the comparison of the issuer are
// those of RFC 8414 sections 3.1 to 3.3 and of OpenID Connect Discovery 1.0 section 4; what Cache-Control allows is that of
// RFC 9111. Each step says what it brings and what follows, by hand.
import { numbered, write } from './corpus.mjs'

const start = 1_700_000_000_000, HOUR = 3_600_000, RANDOM = '000000000000000000000000000000000000008080'
const usual = { timeout: 30_000, maxBody: 1_048_576, deadline: 60_000, attempts: 3, ahead: 0, proves: false }
const issuer = 'https://idp.example.com', tokenEndpoint = 'https://idp.example.com/token'
const client = { clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }

const answer = (status, body, headers = {}) => ({ outcome: { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) } })
const metadata = (more = {}, headers) => answer(200, { issuer, token_endpoint: tokenEndpoint, jwks_uri: `${issuer}/jwks`, ...more }, headers)
const missing = answer(404, 'Not Found')
const token = answer(200, { access_token: 't', token_type: 'Bearer', expires_in: 3600 })

/** What the host keeps: until when, and the members that are used. */
const keptFor = (ms, members = { token_endpoint: tokenEndpoint }) => `${start + ms} ${JSON.stringify(members)}`

const look = (url, more) => ({ do: 'send', attempt: 0, url, timeout: 30_000, maxBody: 131_072, ahead: 0, ...more })
const send = (kept, more) => ({ do: 'send', attempt: 1, url: tokenEndpoint, timeout: 30_000, maxBody: 1_048_576, ahead: 0, metadata: kept, ...more })
const keep = (ms, kept) => {
  const until = Math.floor((start + ms) / 1000) * 1000 + HOUR
  return {
    do: 'keep', token: { access_token: 't', token_type: 'Bearer', expires_in: 3600, expires_at: until / 1000 },
    until, margin: 60_000, renew: until - 60_000, ahead: 0, ...(kept && { metadata: kept }),
  }
}
const fail = (error, more) => ({ do: 'fail', hold: 0, ahead: 0, error, ...more })
const oauth = 'https://idp.example.com/.well-known/oauth-authorization-server'
const openid = 'https://idp.example.com/.well-known/openid-configuration'

/** A script is rows: after how many ms, what is told, and what follows. */
const script = (comment, rows, { config = {}, limits = {} } = {}) => ({
  comment, op: 'renewal', config: { issuer, ...client, ...config }, limits: { ...usual, ...limits },
  steps: rows.map(([ms, told]) => ({ now: start + ms, ...told, random: RANDOM })),
  want: rows.map(([, , want]) => want),
})

/** What happens if neither place has metadata that can be used. */
const unusable = (comment, told, error) => script(comment, [
  [0, {}, look(oauth)], [10, told, look(openid, { timeout: 30_000 })], [20, told, fail(error)],
], { limits: { deadline: 0, attempts: 1 } })

const found = (comment, told, kept, more) => script(comment, [
  [0, {}, look(oauth)], [10, told, send(kept)], [20, token, keep(10, kept)],
], more)

const invalid = { code: 'invalid_response', status: 200 }
const anHour = keptFor(10 + HOUR)
const list = [
  found('the metadata name the token endpoint, and serve for an hour', metadata(), anHour),
  ...[
    ['max-age=600', 600], ['public, max-age="120"', 120], ['max-age=10000000', 86_400], ['max-age=0', 0], ['no-store', 0], ['max-age=600, no-cache', 0],
    ['max-age=many', 3600], ['private', 3600],
  ].map(([control, seconds]) => found(`Cache-Control: ${control}`, metadata({}, { 'cache-control': control }), keptFor(10 + seconds * 1000))),
  found('Cache-Control and Age', metadata({}, { 'cache-control': 'max-age=600', age: '100' }), keptFor(10 + 500_000)),
  script('metadata that are kept serve', [[0, {}, send(keptFor(5_000))], [10, token, keep(0, keptFor(5_000))]], { limits: { metadata: keptFor(5_000) } }),
  script('metadata that are kept and over are fetched anew', [
    [5_000, {}, look(oauth)], [5_010, metadata(), send(keptFor(5_010 + HOUR))], [5_020, token, keep(5_010, keptFor(5_010 + HOUR))],
  ], { limits: { metadata: keptFor(5_000) } }),
  script('metadata of a clock that was set back are fetched anew', [[0, {}, look(oauth)]], { limits: { metadata: keptFor(86_400_001) } }),
  script('metadata that are kept and broken are fetched anew', [[0, {}, look(oauth)]], { limits: { metadata: keptFor(5_000, { token_endpoint: 'http://idp.example.com/token' }) } }),
  script('an issuer with a path: RFC 8414 puts the well-known part before it, OpenID Connect behind it', [
    [0, {}, look(`${oauth}/tenant/1`)],
    [10, missing, look('https://idp.example.com/tenant/1/.well-known/openid-configuration')],
    [20, metadata({ issuer: `${issuer}/tenant/1` }), send(keptFor(20 + HOUR))],
    [30, token, keep(20, keptFor(20 + HOUR))],
  ], { config: { issuer: `${issuer}/tenant/1` } }),
  script('an issuer that ends with a slash: it is not part of the address, but of the name', [
    [0, {}, look(`${oauth}/tenant`)],
    [10, missing, look('https://idp.example.com/tenant/.well-known/openid-configuration')],
    [20, metadata({ issuer: `${issuer}/tenant/` }), send(keptFor(20 + HOUR))],
  ], { config: { issuer: `${issuer}/tenant/` } }),
  script('an issuer whose host is in capitals is compared as it is', [
    [0, {}, look(oauth)], [10, metadata({ issuer: 'https://IDP.example.com' }), send(anHour)],
  ], { config: { issuer: 'https://IDP.example.com' } }),
  ...[[missing, '404'], [answer(500, ''), '500'], [answer(200, '<html></html>'), 'a page'], [{ outcome: { failure: 'redirect' } }, 'a redirect']].map(([told, what]) =>
    script(`${what} at the first place: the other is tried`, [[0, {}, look(oauth)], [10, told, look(openid)], [20, metadata(), send(keptFor(20 + HOUR))]])),
  unusable('neither place has metadata', missing, { code: 'http_error', status: 404 }),
  unusable('a page in both', answer(200, '<html></html>'), invalid),
  unusable('a redirect in both', { outcome: { failure: 'redirect', status: 302 } }, { code: 'redirect', status: 302 }),
  unusable('another issuer', metadata({ issuer: 'https://idp.example.org' }), invalid),
  unusable('the issuer with a slash', metadata({ issuer: `${issuer}/` }), invalid),
  unusable('no issuer', answer(200, { token_endpoint: tokenEndpoint }), invalid),
  unusable('an issuer that is no text', answer(200, { issuer: [issuer], token_endpoint: tokenEndpoint }), invalid),
  unusable('an issuer twice', answer(200, `{"issuer":"${issuer}","token_endpoint":"${tokenEndpoint}","issuer":"${issuer}"}`), invalid),
  unusable('a token endpoint twice', answer(200, `{"issuer":"${issuer}","token_endpoint":"${tokenEndpoint}","token_endpoint":"https://other.example/token"}`), invalid),
  unusable('an array', answer(200, [{ issuer }]), invalid),
  script('metadata that are too large', [[0, {}, look(oauth)], [10, { outcome: { failure: 'too_large', status: 200 } }, fail({ code: 'response_too_large', status: 200 })]]),
  script('a smaller maxBody counts', [[0, {}, look(oauth, { maxBody: 1000 })]], { limits: { maxBody: 1000 } }),
  ...[
    'http://idp.example.com/token', 'http://127.0.0.1/token', 'https://user@idp.example.com/token', 'https://idp.example.com/token#a', '/token', 'ftp://idp.example.com/', '', 7, null,
    'https://idp.example.com/../token', 'javascript:alert(1)', undefined,
  ].map(endpoint => script(`a token endpoint that can't be used: ${JSON.stringify(endpoint)}`, [
    [0, {}, look(oauth)], [10, metadata({ token_endpoint: endpoint }), fail({ code: 'invalid_response' })],
  ])),
  script('a token endpoint of another origin', [
    [0, {}, look(oauth)], [10, metadata({ token_endpoint: 'https://tokens.example.net/a?b=c' }), send(keptFor(10 + HOUR, { token_endpoint: 'https://tokens.example.net/a?b=c' }), { url: 'https://tokens.example.net/a?b=c' })],
  ]),
  script('an issuer on this machine may name an endpoint without TLS on this machine', [
    [0, {}, look('http://localhost:8080/.well-known/oauth-authorization-server')],
    [10, metadata({ issuer: 'http://localhost:8080', token_endpoint: 'http://127.0.0.1:8081/token' }), send(keptFor(10 + HOUR, { token_endpoint: 'http://127.0.0.1:8081/token' }), { url: 'http://127.0.0.1:8081/token' })],
  ], { config: { issuer: 'http://localhost:8080' } }),
  script('an issuer on this machine may name none without TLS elsewhere', [
    [0, {}, look('http://localhost:8080/.well-known/oauth-authorization-server')],
    [10, metadata({ issuer: 'http://localhost:8080', token_endpoint: 'http://idp.example.com/token' }), fail({ code: 'invalid_response' })],
  ], { config: { issuer: 'http://localhost:8080' } }),
  script('a time-out is repeated, from the first place on', [
    [0, {}, look(oauth)], [10, missing, look(openid)],
    [20, { outcome: { failure: 'timeout' } }, { do: 'wait', attempt: 1, wait: 125, ahead: 0, error: { code: 'timeout' } }],
    [145, {}, look(oauth)], [150, metadata(), send(keptFor(150 + HOUR), { attempt: 2 })],
  ]),
  script('a server that is busy is asked again, by the metadata that were found', [
    [0, {}, look(oauth)], [10, metadata({}, { 'cache-control': 'no-store' }), send(keptFor(10))],
    [20, answer(503, ''), { do: 'wait', attempt: 1, wait: 125, ahead: 0, error: { code: 'http_error', status: 503 }, metadata: keptFor(10) }],
    [145, {}, send(keptFor(10), { attempt: 2 })], [150, token, keep(145, keptFor(10))],
  ]),
  script('a server that stays busy leaves the metadata', [
    [0, {}, send(keptFor(5_000))], [10, answer(503, ''), fail({ code: 'http_error', status: 503 }, { metadata: keptFor(5_000) })],
  ], { limits: { metadata: keptFor(5_000), attempts: 1, deadline: 0 } }),
  script('an endpoint that is gone ends the metadata', [
    [0, {}, send(keptFor(5_000))], [10, missing, fail({ code: 'http_error', status: 404 })],
  ], { limits: { metadata: keptFor(5_000) } }),
  script('a host that is gone ends the metadata', [
    [0, {}, send(keptFor(5_000))], [10, { outcome: { failure: 'network', detail: 'ENOTFOUND' } }, fail({ code: 'network' })],
  ], { limits: { metadata: keptFor(5_000), attempts: 1, deadline: 0 } }),
  script('beside a token endpoint an issuer is not asked', [
    [0, {}, { do: 'send', attempt: 1, timeout: 30_000, maxBody: 1_048_576, ahead: 0 }], [10, token, keep(0)],
  ], { config: { tokenEndpoint } }),
  script('an alias for mutual TLS is taken where that is wanted (RFC 8705 section 5)', [
    [0, {}, look(oauth)],
    [10, metadata({ mtls_endpoint_aliases: { token_endpoint: 'https://mtls.idp.example.com/token' } }), send(keptFor(10 + HOUR, { token_endpoint: tokenEndpoint, mtls_endpoint_aliases: { token_endpoint: 'https://mtls.idp.example.com/token' } }), { url: 'https://mtls.idp.example.com/token' })],
  ], { config: { mtlsEndpointAliases: true } }),
  script('an alias for mutual TLS is not taken otherwise', [
    [0, {}, look(oauth)],
    [10, metadata({ mtls_endpoint_aliases: { token_endpoint: 'https://mtls.idp.example.com/token' } }), send(keptFor(10 + HOUR, { token_endpoint: tokenEndpoint, mtls_endpoint_aliases: { token_endpoint: 'https://mtls.idp.example.com/token' } }))],
  ]),
  script('without an alias the usual endpoint is that for mutual TLS', [[0, {}, look(oauth)], [10, metadata(), send(anHour)]], { config: { mtlsEndpointAliases: true } }),
  script('an alias for mutual TLS without TLS', [
    [0, {}, look(oauth)], [10, metadata({ mtls_endpoint_aliases: { token_endpoint: 'http://mtls.idp.example.com/token' } }), fail({ code: 'invalid_response' })],
  ], { config: { mtlsEndpointAliases: true } }),
  script('a method that the client has not', [
    [0, {}, look(oauth)], [10, metadata({ token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'] }), fail({ code: 'invalid_config' })],
  ]),
]

write('discovery', 'by hand, by generate/discovery.mjs: RFC 8414, OpenID Connect Discovery 1.0, RFC 8705, RFC 9111', numbered('discovery', list))
