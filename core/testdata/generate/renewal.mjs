// What a renewal does, step by step, by the rules of docs/client.md: a second
// implementation, with whole numbers of BigInt where the core shifts and divides. Each script says of its
// inputs what they mean; the core has to find that out.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const HOLD = 30_000, MOST_HELD = 300_000, FIRST = 250n, MOST = 8_000n, DAY_AND_ZONE = 26 * 3_600_000
const usual = { timeout: 30_000, maxBody: 1_048_576, deadline: 60_000, attempts: 3, ahead: 0, proves: false }

// ---- The model

function play(kind, limits, inputs) {
  const { timeout, maxBody, deadline, attempts } = limits
  let began, until, attempt = 0, ahead = limits.ahead, corrected = false, proved = false, held, sentAt
  const signs = kind === here
  const elapsed = now => Math.max(now - began, 0)
  const left = now => Math.max(1, deadline > 0 ? Math.min(timeout, deadline - elapsed(now)) : timeout)
  const credible = ms => Math.abs(ahead + ms) <= DAY_AND_ZONE
  const send = now => {
    const request = { do: 'send', attempt, timeout: Math.min(timeout, Math.max(until - now, 1)), maxBody, ahead }
    return signs ? { ...request, signedAt: Math.floor(sentAt / 1000) } : request
  }
  const begin = now => {
    began ??= now
    attempt++
    until = now + left(now)
    sentAt = now + ahead
    return kind === byKey ? { do: 'sign', alg: 'ES256', timeout: until - now, ahead } : send(now)
  }
  const fail = (error, hold) => ({ do: 'fail', hold: Number(hold), ahead, error: named(error) })
  const named = ({ code, status = 0 }) => (status === 0 ? { code } : { code, status })
  const grants = grantsOf(kind, limits.grant)
  const after = (error, { now, random, outcome }) => {
    if (!grants.mayRepeat && outcome !== undefined && mayHaveArrived(outcome)) {
      grants.now = 'u'
      return fail(error, error.code === 'error_response' && attempts > 1 ? HOLD : 0)
    }
    if (attempts <= 1) return fail(held ?? error, 0)
    const { code, status, retryable = false, retryAfter, clock = 0, timeEndpoint, nonce = false } = error
    if (elapsed(now) < deadline) {
      if (clock !== 0 && !corrected && credible(clock * 1000)) {
        corrected = true
        ahead += clock * 1000
        held = undefined
        return begin(now)
      }
      if (timeEndpoint && !corrected) {
        held = error
        return { do: 'send', attempt: 0, url: timeEndpoint, timeout: left(now), maxBody: 4096, ahead }
      }
      if (nonce && limits.proves && !proved) {
        proved = true
        return begin(now)
      }
    }
    if (!retryable) return fail(held ?? error, code === 'error_response' || status === 401 || status === 403 ? HOLD : 0)
    const backoff = [FIRST << BigInt(attempt - 1), MOST].reduce((a, b) => (a < b ? a : b))
    const wait = Number((backoff * BigInt(random)) / 2n ** 32n) + (retryAfter ?? 0) * 1000
    if (attempt >= attempts || elapsed(now) + wait >= deadline) return fail(error, Math.min((retryAfter ?? 0) * 1000, MOST_HELD))
    return { do: 'wait', attempt, wait, ahead, error: named(error) }
  }
  const step = input => {
    const { now, jitter, means } = input
    if (began === undefined && limits.grant === 'u') return fail({ code: 'grant_used' }, 0)
    if (began === undefined && limits.grant === 'l') return fail({ code: 'session_lost' }, 0)
    if (means === undefined) return begin(now)
    if (means === 'signed') return send(now)
    if (means.told !== undefined) return after({ ...held, timeEndpoint: undefined, clock: means.told }, input)
    if (means.token === undefined) return after(means, input)
    const { expires_in, issuedAhead = 0, ...rest } = means.token
    const end = !(expires_in > 0) ? undefined : Math.floor(sentAt / 1000) + expires_in - ahead / 1000
    const ends = end === undefined ? now + (limits.lifetime ?? 300_000) : end * 1000
    const margin = Math.max(0, Math.min(60_000, Math.floor((ends - now) / 4)))
    if (issuedAhead !== 0 && !corrected && credible(issuedAhead * 1000)) ahead += issuedAhead * 1000
    const spread = Number((BigInt(margin) * 90n) / 100n + (BigInt(margin) * 20n * BigInt(jitter)) / (100n * 256n))
    const token = { access_token: 't', token_type: 'Bearer', ...(end === undefined ? {} : { expires_in, expires_at: end }), ...rest }
    grants.take(rest.refresh_token)
    return { do: 'keep', token, until: ends, margin, renew: ends - spread, ahead }
  }
  return inputs.map(input => {
    const action = step(input)
    const grant = action.do === 'send' && action.attempt > 0 && !grants.mayRepeat ? 'u' : grants.now
    return grant === '' ? action : { ...action, grant }
  })
}

/**
 * What has become of a grant: 'u', it may be used up; 'l', so it may by another process, which has ended; 'r' and a
 * refresh token that replaces the one before; 's' and one that the server took without replacing it, so that it may be
 * used again. Only that may be sent twice.
 */
function grantsOf({ parameters = {} }, before = '') {
  const sent = before.slice(1) || parameters.refresh_token
  const worksOnce = sent !== undefined || parameters.code !== undefined || parameters.assertion !== undefined
  return {
    now: before,
    mayRepeat: !worksOnce || before[0] === 's',
    take(given) {
      if (!worksOnce) return
      if (given !== undefined && given !== sent) this.now = `r${given}`
      else if (sent === undefined) this.now = parameters.assertion === undefined ? 'u' : ''
      else if (before[0] !== 'r') this.now = `s${sent}`
    },
  }
}

/** Whether a server may have acted on the request that this is the outcome of. */
function mayHaveArrived({ failure, detail = '', status }) {
  if (failure === undefined) return status < 300 || status >= 500
  return failure !== 'redirect' && !(failure === 'network' && /ECONNREFUSED|ENOTFOUND/.test(detail))
}

// ---- What is put in

const start = 1_700_000_000_000
const at = (ms, input = {}, { random = 2 ** 31, jitter = 128 } = {}) => ({ now: start + ms, random, jitter, ...input })
const answer = (status, body, headers, means) => ({ outcome: { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, means })
const after = seconds => (seconds === undefined ? {} : { 'retry-after': String(seconds) })

const seconds = more => start / 1000 + more
const token = (more = {}, means = more) => answer(200, { access_token: 't', token_type: 'Bearer', ...more }, {}, { token: means })
const hour = token({ expires_in: 3600 })
const busy = (status = 503, retryAfter) => answer(status, '', after(retryAfter), { code: 'http_error', status, retryable: true, retryAfter })
const refused = (status = 401, error = 'invalid_client') => answer(status, { error }, {}, { code: 'error_response', status })
const silent = status => answer(status, '', {}, { code: 'http_error', status })
const failed = (failure, retryable, detail) => ({ outcome: { failure, detail }, means: { code: failure === 'too_large' ? 'response_too_large' : failure, retryable } })
const date = ms => ({ date: new Date(Math.floor((start + ms) / 1000) * 1000).toUTCString() })
const stamp = { errorCode: 401204, message: 'Invalid timestamp' }
/** A refusal because of the time, beside a Date. `behind` is by how many seconds the clock that signed it is behind that. */
const late = (dateAt, behind) => answer(401, stamp, date(dateAt), { code: 'error_response', status: 401, clock: behind })
/** The same, without one: then the server's time can be asked for. */
const untold = answer(401, stamp, {}, { code: 'error_response', status: 401, timeEndpoint: 'https://account.api.here.com/timestamp' })
const time = (ms, told) => answer(200, { timestamp: Math.floor((start + ms) / 1000) }, {}, { told })
const nonce = answer(400, { error: 'use_dpop_nonce' }, {}, { code: 'error_response', status: 400, nonce: true })

const basic = { tokenEndpoint: 'https://idp.example.com/oauth2/token', clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }
const here = { provider: 'here', clientId: 'accessKeyId', clientSecret: 'accessKeySecret-abc' }
const byKey = { tokenEndpoint: 'https://idp.example.com/oauth2/token', clientId: 'client-1', privateKey: keys.p256.pkcs8 }
const apigee = { provider: 'apigee', tokenEndpoint: 'https://api.apigee.example/oauth/token', clientId: 'id', clientSecret: 'apigee-secret-1' }
const byRefreshToken = { ...basic, grantType: 'refresh_token', parameters: { refresh_token: 'refresh-1' } }
const byCode = { ...basic, grantType: 'authorization_code', parameters: { code: 'code-1', redirect_uri: 'https://client.example/cb' } }
const byAssertion = { ...basic, grantType: 'urn:ietf:params:oauth:grant-type:saml2-bearer', parameters: { assertion: 'PHNhbWw+' } }
const signature = { signature: Buffer.alloc(64, 1).toString('base64url'), means: 'signed' }
const unsigned = (failure, means) => ({ failure, detail: 'the key service is away', means })

// ---- The scripts

const script = (comment, config, inputs, limits = {}) => ({ comment, config, limits: { ...usual, ...limits }, inputs })
const half = 2 ** 31
const list = [
  script('a token', basic, [at(0), at(120, hour)]),
  script('the margin is a quarter of a short life', basic, [at(0), at(0, token({ expires_in: 40 }))]),
  script('no expires_in', basic, [at(0), at(50, token())]),
  script('a token that is over when it comes', basic, [at(0), at(9_000, token({ expires_in: 5 }))]),
  ...[0, 1, 255].map(jitter => script(`the margin of a host that drew ${jitter}`, basic, [at(0), at(0, hour, { jitter })])),
  script('a private key signs', byKey, [at(0), at(400, signature), at(500, hour)]),
  script('the signature took the time of the request', byKey, [at(0), at(31_000, signature), at(31_002, failed('timeout', true))]),
  script('the clock was set back while something signed', byKey, [at(0), at(-50_000, signature), at(-49_000, hour)]),
  script('sign did not answer in time', byKey, [at(0), at(30_000, unsigned('timeout', { code: 'timeout', retryable: true })), at(30_125)]),
  script('sign failed', byKey, [at(0), at(10, unsigned('threw', { code: 'invalid_key' }))]),
  script('WebCrypto refuses the key', byKey, [at(0), at(10, unsigned('refused', { code: 'invalid_key' }))]),

  ...[0, 1, half, 2 ** 32 - 1].map(random => script(`full jitter: ${random} of 2^32`, basic, [at(0), at(100, busy(), { random })])),
  script('three requests, then no fourth', basic, [at(0), at(100, busy()), at(225), at(300, busy(502)), at(550), at(700, busy())]),
  script('a token at the third', basic, [at(0), at(100, busy()), at(225), at(300, busy()), at(550), at(700, hour)]),
  ...[408, 425, 429, 500, 502, 504].map(status => script(`status ${status}`, basic, [at(0), at(100, busy(status))])),
  script('a page of HTML with a 403', basic, [at(0), at(100, answer(403, '<!DOCTYPE html><html></html>', { 'content-type': 'text/html' }, { code: 'http_error', status: 403, retryable: true }))]),
  script('a network failure', basic, [at(0), at(100, failed('network', true))]),
  script('a time-out, and half of the deadline is left', basic, [at(0), at(30_000, failed('timeout', true)), at(30_125)]),
  script('a redirect', basic, [at(0), at(100, failed('redirect', false))]),
  script('a response that is too large', basic, [at(0), at(100, failed('too_large', false))]),
  script('a success without a token', basic, [at(0), at(100, answer(200, {}, {}, { code: 'invalid_response', status: 200 }))]),

  script('a refusal is held', basic, [at(0), at(100, refused())]),
  script('a refusal with status 400 is held', basic, [at(0), at(100, refused(400, 'invalid_scope'))]),
  script('a 401 that says nothing is held', basic, [at(0), at(100, silent(401))]),
  script('a 403 that says nothing is held', basic, [at(0), at(100, silent(403))]),
  script('a 404 is not held', basic, [at(0), at(100, silent(404))]),
  script('Retry-After in full, and jitter', basic, [at(0), at(0, busy(503, 7))]),
  script('Retry-After: 0', basic, [at(0), at(0, busy(429, 0))]),
  script('Retry-After just within the deadline', basic, [at(0), at(0, busy(429, 59), { random: 0 })]),
  script('Retry-After beyond the deadline is held', basic, [at(0), at(0, busy(429, 60))]),
  script('Retry-After of an hour is held for five minutes', basic, [at(0), at(0, busy(429, 3600))]),
  script('an epoch as Retry-After is held for five minutes', basic, [at(0), at(0, busy(429, 1_764_547_200))]),
  script('Retry-After after the last request is held', basic, [at(0), at(0, busy()), at(125), at(130, busy()), at(400), at(500, busy(503, 9))]),
  script('the deadline is near', basic, [at(0), at(59_900, busy())]),
  script('the deadline is over', basic, [at(0), at(60_001, busy())]),
  script('a short deadline bounds the request', basic, [at(0), at(90, busy(), { random: 0 }), at(95)], { deadline: 100 }),
  script('the clock was set back: no time has passed', basic, [at(0), at(-5_000, busy(), { random: 0 }), at(-5_000)]),

  script('the clock is behind: at once by the server\'s', here, [at(0), at(200, late(400_200, 400)), at(400, hour)]),
  script('the clock is ahead', here, [at(0), at(0, late(-86_400_000, -86_400)), at(200, hour)]),
  script('26 hours are believed', here, [at(0), at(0, late(93_600_000, 93_600)), at(200, hour)]),
  script('more are not', here, [at(0), at(0, late(93_601_000, 93_601))]),
  script('a year is not', here, [at(0), at(0, late(31_536_000_000, 31_536_000))]),
  script('neither are two corrections that come to more', here, [at(0), at(0, late(93_600_000, 13_600))], { ahead: 80_000_000 }),
  script('a correction is one of the clock that is corrected already', here, [at(0), at(0, late(80_060_000, 60)), at(10, hour)], { ahead: 80_000_000 }),
  script('corrected once, refused again', here, [at(0), at(200, late(400_200, 400)), at(400, late(500_400, 100))]),
  script('the clock is off, and the time is over', here, [at(0), at(60_000, late(460_000, 400))]),
  script('the clock is off, and then the server is busy', here, [at(0), at(0, late(400_000, 400)), at(10, busy()), at(135), at(140, hour)]),
  script('the clock is off, in the last request', here, [at(0), at(0, busy()), at(125), at(130, busy()), at(400), at(500, late(400_500, 400)), at(600, hour)]),
  script('the server tells its time', here, [at(0), at(100, untold), at(200, time(400_200, 400)), at(300, hour)]),
  ...[
    ['in text', { body: `{"timestamp":"${seconds(400)}"}` }, 400],
    ['a second off', { body: `{"timestamp":${seconds(-1)}}` }, -1],
    ['in the same second', { body: `{"timestamp":${seconds(0)}}` }, 0],
    ['in another member', { body: `{"time":${seconds(400)}}` }, 0],
    ['with a fraction', { body: `{"timestamp":${seconds(400)}.5}` }, 0],
    ['with an empty body', { body: '' }, 0],
    ['with a page', { body: '<html></html>' }, 0],
    ['with an error', { status: 404, body: `{"timestamp":${seconds(400)}}` }, 0],
    ['not at all', { failure: 'network' }, 0],
    ['with a redirect', { failure: 'redirect' }, 0],
  ].map(([how, { status = 200, body, failure }, told]) =>
    script(`the server tells its time ${how}`, here, [
      at(0), at(0, untold),
      at(0, { outcome: failure === undefined ? { status, headers: {}, body } : { failure }, means: { told } }),
    ])),
  script('the server tells a time that is no other', here, [at(0), at(100, untold), at(200, time(900, 0))]),
  script('the server tells a time that is not believed', here, [at(0), at(100, untold), at(200, time(93_700_000, 93_700))]),
  script('the server doesn\'t tell its time', here, [at(0), at(100, untold), at(200, { ...answer(404, '', {}, { told: 0 }) })]),
  script('the server\'s time is asked for once', here, [at(0), at(100, untold), at(200, time(400_200, 400)), at(300, untold)]),
  script('the server\'s time, and the deadline is over', here, [at(0), at(60_000, untold)]),
  script('issued_at tells the time beside a token', apigee, [at(0), at(100, token({ issued_at: String(start + 400_000), expires_in: '299' }, { issued_at: String(start + 400_000), expires_in: 299, issuedAhead: 400 }))]),
  script('an issued_at that is not believed', apigee, [at(0), at(100, token({ issued_at: String(start + 94_000_000), expires_in: '299' }, { issued_at: String(start + 94_000_000), expires_in: 299, issuedAhead: 94_000 }))]),

  script('a nonce for the proof', basic, [at(0), at(100, nonce), at(200, hour)], { proves: true }),
  script('a nonce again', basic, [at(0), at(100, nonce), at(200, nonce)], { proves: true }),
  script('a nonce, and there is no proof', basic, [at(0), at(100, nonce)]),
  script('a nonce, and the time is over', basic, [at(0), at(60_000, nonce)], { proves: true }),
  script('a nonce, then the clock', here, [at(0), at(0, nonce), at(0, late(400_000, 400)), at(10, hour)], { proves: true }),

  script('one attempt: a busy server is not asked again', basic, [at(0), at(100, busy(429, 5))], { attempts: 1, deadline: 0 }),
  script('one attempt: not even by the server\'s clock', here, [at(0), at(100, late(400_100, 400))], { attempts: 1, deadline: 0 }),
  script('one attempt: a token', basic, [at(0), at(100, hour)], { attempts: 1, deadline: 0 }),

  script('expires_in: 0 tells nothing', basic, [at(0), at(50, token({ expires_in: 0 }))]),
  script('expires_in: -1 tells nothing', basic, [at(0), at(50, token({ expires_in: -1 }))]),
  script('an unknown lifetime is as long as the host says', basic, [at(0), at(50, token())], { lifetime: 3_600_000 }),
  script('an unknown lifetime of which the margin is a quarter', basic, [at(0), at(50, token({ expires_in: 0 }))], { lifetime: 10_000 }),
  script('a lifetime that the server tells goes before', basic, [at(0), at(0, token({ expires_in: 40 }))], { lifetime: 3_600_000 }),
  ...grantScripts(),
]

function grantScripts() {
  const fresh = token({ expires_in: 3600, refresh_token: 'refresh-2' })
  const same = token({ expires_in: 3600, refresh_token: 'refresh-1' })
  const lost = failed('network', true, 'ECONNRESET'), nobody = failed('network', true, 'ECONNREFUSED')
  const each = (how, config, limits) => [
    script(`${how}: a time-out`, config, [at(0), at(30_000, failed('timeout', true))], limits),
    script(`${how}: the connection breaks`, config, [at(0), at(100, lost)], limits),
    script(`${how}: nobody listens, so nothing has arrived`, config, [at(0), at(100, nobody), at(225), at(300, fresh)], limits),
    script(`${how}: the server is busy`, config, [at(0), at(100, busy(503, 7))], limits),
    script(`${how}: too many requests, so it was not taken`, config, [at(0), at(100, busy(429)), at(225), at(300, fresh)], limits),
    script(`${how}: a success without a token`, config, [at(0), at(100, answer(200, {}, {}, { code: 'invalid_response', status: 200 }))], limits),
    script(`${how}: a redirect`, config, [at(0), at(100, failed('redirect', false))], limits),
    script(`${how}: a refusal takes nothing`, config, [at(0), at(100, refused(400, 'invalid_grant'))], limits),
    script(`${how}: the server gives a refresh token`, config, [at(0), at(100, fresh)], limits),
    script(`${how}: the server gives none`, config, [at(0), at(100, hour)], limits),
  ]
  return [
    ...each('a refresh token', byRefreshToken),
    ...each('a refresh token that replaced one', byRefreshToken, { grant: 'rrefresh-9' }),
    ...each('a code', byCode),
    ...each('after a code, its refresh token', byCode, { grant: 'rrefresh-9' }),
    ...each('an assertion', byAssertion),
    script('a refresh token, given again', byRefreshToken, [at(0), at(100, same)]),
    script('one that stays is sent again', byRefreshToken, [at(0), at(100, busy()), at(225), at(300, lost), at(550), at(700, hour)], { grant: 'srefresh-1' }),
    script('one that stays may yet be replaced', byRefreshToken, [at(0), at(100, fresh)], { grant: 'srefresh-1' }),
    script('one that may be used up is not sent', byRefreshToken, [at(0)], { grant: 'u' }),
    script('a nonce is asked for before the grant is taken', byRefreshToken, [at(0), at(100, nonce), at(200, fresh)], { proves: true }),
    script('one attempt: what may be used up', byCode, [at(0), at(100, busy())], { attempts: 1, deadline: 0 }),
    script('one of a process that ended before it kept the answer', byRefreshToken, [at(0)], { grant: 'l' }),
  ]
}

write('renewal', "by hand, by generate/renewal.mjs, the server's clock from HERE's TimestampResponse.java; dates by JavaScript's Date", numbered('renewal', list.map(({ comment, config, limits, inputs }) => {
  const want = play(config, limits, inputs)
  const steps = inputs.map(({ means, random, jitter, ...input }) => ({ ...input, random: hexOf(random, jitter) }))
  return { comment, op: 'renewal', config, limits, steps, want }
})))

/** 16 bytes of a nonce, the 4 that spread waits, the lowest first, and the one that spreads margins. */
function hexOf(random, jitter) {
  const bytes = Buffer.alloc(21)
  bytes.writeUInt32LE(random, 16)
  bytes[20] = jitter
  return bytes.toString('hex')
}
