// The address that asks a user for an authorization, and the callback that answers. openid-client makes each address from the
// same parameters, oauth4webapi makes the code challenge and judges each callback. The verifier of RFC 7636 appendix B is its own.
import * as oauth from 'oauth4webapi'
import { buildAuthorizationUrl, Configuration } from 'openid-client'

import { numbered, write } from './corpus.mjs'

const issuer = 'https://server.example.com', clientId = 's6BhdRkqt3'
const redirectUri = 'https://client.example.com/cb'
const base64url = bytes => Buffer.from(bytes).toString('base64url')

// ---- addresses

/** RFC 7636 appendix B: these octets are the verifier, and then come those of the state and of the nonce. */
const rfc7636 = [
  116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186,
  22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
]
const published = [...rfc7636, ...Array.from({ length: 32 }, (_, i) => i)]
const others = Array.from({ length: 64 }, (_, i) => 255 - 3 * i)

/** What asks for the authorization: `members` are those of the config, `query` are their parameters in the order of the address. */
async function address(comment, members, query = [], { random = others, uri = redirectUri, metadata, ...more } = {}) {
  const endpoint = `${issuer}/authorize`
  const config = { ...(metadata ? { issuer } : { authorizationEndpoint: endpoint }), clientId, clientAuth: 'none', ...members }
  const codeVerifier = base64url(random.slice(0, 32)), state = base64url(random.slice(32, 48)), nonce = base64url(random.slice(48))
  const isOpenId = query.some(([name, value]) => name === 'scope' && value.split(' ').includes('openid'))
  const server = { issuer, authorization_endpoint: config.authorizationEndpoint ?? endpoint }
  const url = buildAuthorizationUrl(new Configuration(server, config.clientId, undefined, oauth.None()), new URLSearchParams([
    ['response_type', 'code'], ['client_id', config.clientId], ['redirect_uri', uri], ['state', state],
    ['code_challenge', await oauth.calculatePKCECodeChallenge(codeVerifier)], ['code_challenge_method', 'S256'],
    ...(isOpenId ? [['nonce', nonce]] : []), ...query,
  ]))
  return {
    comment, op: 'authorization', config, ...(metadata && { metadata: `1700003600000 ${JSON.stringify(metadata)}` }),
    redirectUri: uri, random: Buffer.from(random).toString('hex'),
    want: {
      url: url.href, state, codeVerifier, ...(isOpenId && { nonce }),
      issuerRequired: metadata?.authorization_response_iss_parameter_supported === true,
    },
    ...more,
  }
}

const refused = (comment, members, mentions, uri = redirectUri) => ({
  comment, source: 'by hand: RFC 6749 sections 3.1.2 and 4.1.1', op: 'authorization',
  config: { authorizationEndpoint: `${issuer}/authorize`, clientId, clientAuth: 'none', ...members },
  redirectUri: uri, random: Buffer.from(others).toString('hex'), wantError: { code: 'invalid_config', mentions },
})

const found = { authorization_endpoint: `${issuer}/authorize` }
const addresses = [
  await address('the verifier and the challenge of RFC 7636 appendix B', {}, [], {
    random: published, source: 'RFC 7636 appendix B: verifier and challenge; openid-client and oauth4webapi: the rest',
  }),
  await address('a scope', { scope: 'read write' }, [['scope', 'read write']]),
  await address('a list of scopes', { scope: ['read', 'write'] }, [['scope', 'read write']]),
  await address('the scope openid: a nonce', { scope: ['openid', 'email'] }, [['scope', 'openid email']]),
  await address('a scope that only begins with openid: no nonce', { scope: 'openid2' }, [['scope', 'openid2']]),
  await address('two resources (RFC 8707)', { resource: ['https://a.example/', 'https://b.example/'] },
    [['resource', 'https://a.example/'], ['resource', 'https://b.example/']]),
  await address('further parameters, and one of them twice', { parameters: { prompt: 'login consent', ui_locales: ['de', 'en'] } },
    [['prompt', 'login consent'], ['ui_locales', 'de'], ['ui_locales', 'en']]),
  await address('parameters with the characters of a query', { parameters: { login_hint: 'a&b=c+d %20 e#f?ü' } }, [['login_hint', 'a&b=c+d %20 e#f?ü']]),
  await address('an endpoint with a query of its own (RFC 6749 section 3.1)', { authorizationEndpoint: `${issuer}/authorize?tenant=a&x=y` }),
  await address('a redirect URI of this machine (RFC 8252 section 7.3)', {}, [], { uri: 'http://127.0.0.1:51004/callback' }),
  await address('the same by IPv6', {}, [], { uri: 'http://[::1]:61023/oauth2redirect/example-provider' }),
  await address('a redirect URI with a scheme of its own (RFC 8252 section 7.1)', {}, [], { uri: 'com.example.app:/oauth2redirect' }),
  await address('a redirect URI with a query', {}, [], { uri: `${redirectUri}?a=b&c=d%26e` }),
  await address('a client id with the characters of a query', { clientId: 'https://client.example.com/?a=b&c' }),
  await address('metadata name the endpoint', {}, [], { metadata: found }),
  await address('the server names its issuer in each answer (RFC 9207 section 3)', {}, [],
    { metadata: { ...found, authorization_response_iss_parameter_supported: true } }),
  refused('a redirect URI that is relative', {}, ['redirectUri'], '/cb'),
  refused('a redirect URI with a fragment', {}, ['redirectUri', 'fragment'], `${redirectUri}#f`),
  refused('no redirect URI', {}, ['redirectUri'], ''),
  refused('a redirect URI with a line break', {}, ['redirectUri'], `${redirectUri}\n`),
  refused('no client id', { clientId: undefined }, ['clientId']),
  refused('no endpoint', { authorizationEndpoint: undefined }, ['authorizationEndpoint']),
  refused('an endpoint with a fragment', { authorizationEndpoint: `${issuer}/authorize#f` }, ['authorizationEndpoint']),
  refused('an endpoint without TLS', { authorizationEndpoint: 'http://server.example.com/authorize' }, ['authorizationEndpoint']),
  ...['response_type', 'state', 'code_challenge', 'code_challenge_method', 'redirect_uri'].map(name =>
    refused(`a parameter ${name} of the caller's`, { parameters: { [name]: 'x' } }, ['parameters', name])),
  refused("a parameter nonce of the caller's beside the own one", { scope: 'openid', parameters: { nonce: 'x' } }, ['parameters', 'nonce']),
]

const [verifier, challenge] = ['dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM']
const { codeVerifier, url } = addresses[0].want
if (codeVerifier !== verifier || !url.includes(`code_challenge=${challenge}&`)) throw new Error('that is not RFC 7636 appendix B')

// ---- callbacks

/** Returns the code that oauth4webapi sends on, or its error. */
async function judged({ url, state, issuer: theirs = issuer, issuerRequired }) {
  const server = { issuer: theirs, token_endpoint: `${issuer}/token`, authorization_response_iss_parameter_supported: issuerRequired }
  const client = { client_id: clientId }
  try {
    let sent
    const fetch = async (_, { body }) => ((sent = new URLSearchParams(body)), new Response('{}', { status: 500 }))
    const parameters = oauth.validateAuthResponse(server, client, new URL(url), state)
    await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, redirectUri, 'v'.repeat(43), { [oauth.customFetch]: fetch })
    return { code: sent.get('code') }
  } catch (error) {
    return { error }
  }
}

const STATE = 'af0ifjsldkj'
async function callback(comment, url, wanted, more = {}) {
  const input = { url: url.includes(':') ? url : `${redirectUri}?${url}`, state: STATE, ...more }
  const { code, error } = await judged(input)
  if ((error === undefined) !== (wanted === undefined)) throw new Error(`${comment}: ${error ?? code}`)
  if (error === undefined) return { comment, op: 'callback', input, want: { code } }
  const answered = error instanceof oauth.AuthorizationResponseError
  if (answered !== (wanted.code === 'error_response')) throw new Error(`${comment}: ${error}`)
  const { error: name, error_description: description } = answered ? error : {}
  return {
    comment, op: 'callback', input,
    wantError: { ...wanted, ...(answered && { error: name, errorDescription: description ?? null }) },
  }
}

const invalid = (...mentions) => ({ code: 'invalid_response', retryable: false, mentions })
const forged = { ...invalid('state'), hints: ['begin again'] }
const mixedUp = { ...invalid('issuer'), hints: ['RFC 9207'] }
const denied = { code: 'error_response', retryable: false, mentions: ['access_denied'] }
const iss = `iss=${encodeURIComponent(issuer)}`
const good = `code=SplxlOBeZQQYbYS6WxSbIA&state=${STATE}`
const callbacks = [
  await callback('the example of RFC 6749 section 4.1.2', `https://client.example.com/cb?${good}`),
  await callback('a code with escapes', `code=4%2F0Ab%2B_%3D%7e&state=${STATE}`),
  await callback('further parameters', `session_state=1&${good}&scope=a+b&state2=x`),
  await callback('no value, no name, empty pairs', `${good}&&x&=y&`),
  await callback('a fragment behind the query', `${redirectUri}?${good}#_=_`),
  await callback('a redirect URI with a query', `${redirectUri}?a=b&${good}`),
  await callback('a scheme of its own', `com.example.app:/oauth2redirect?${good}`),
  await callback('a state with escapes', 'code=c&state=a%2Bb%20c', undefined, { state: 'a+b c' }),
  await callback('the issuer', `${good}&${iss}`, undefined, { issuer }),
  await callback('the issuer, which the server names always', `${good}&${iss}`, undefined, { issuer, issuerRequired: true }),
  await callback('no issuer, which the server need not name', good, undefined, { issuer, issuerRequired: false }),
  await callback('another state', 'code=c&state=af0ifjsldkk', forged),
  await callback('a state that begins alike', `code=c&state=${STATE}x`, forged),
  await callback('no state', 'code=c', forged),
  await callback('an empty state', 'code=c&state=', forged),
  await callback('a state in the fragment alone', `${redirectUri}?code=c#state=${STATE}`, forged),
  await callback('a state twice', `${good}&state=${STATE}`, invalid('twice')),
  await callback('a code twice', `${good}&code=x`, invalid('twice')),
  await callback('an issuer twice', `${good}&${iss}&${iss}`, invalid('twice'), { issuer }),
  await callback('another issuer (RFC 9207 section 2.4)', `${good}&iss=https%3A%2F%2Fattacker.example`, mixedUp, { issuer }),
  await callback('the issuer with a slash more', `${good}&${iss}%2F`, mixedUp, { issuer }),
  await callback('no issuer, though the server names it always', good, mixedUp, { issuer, issuerRequired: true }),
  await callback('an empty issuer, though the server names it always', `${good}&iss=`, mixedUp, { issuer, issuerRequired: true }),
  await callback('an error of another issuer', `error=access_denied&state=${STATE}&iss=https%3A%2F%2Fattacker.example`, mixedUp, { issuer }),
  await callback('an error with another state', 'error=access_denied&state=x', forged),
  await callback('the user refuses (RFC 6749 section 4.1.2.1)', `error=access_denied&state=xyz`, denied, { state: 'xyz' }),
  await callback('with a description', `error=access_denied&error_description=The+user+said%20no&state=${STATE}&${iss}`,
    { ...denied, mentions: ['access_denied', 'The user said no'] }, { issuer, issuerRequired: true }),
  await callback('an error twice', `error=a&error=b&state=${STATE}`, invalid('twice')),
  await callback('an error beside a code', `${good}&error=access_denied`, denied),
  await callback('no code', `state=${STATE}`, invalid('no code')),
  await callback('an empty code', `code=&state=${STATE}`, invalid('no code')),
]

write('authorization', 'openid-client 6.8.9 and oauth4webapi 3.8.8, by generate/authorization.mjs', [
  ...numbered('authorization', addresses), ...numbered('callback', callbacks),
])
