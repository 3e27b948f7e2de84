// What to do after an error, by the rules of the README's "The token client", with whole numbers of BigInt.
import { numbered, write } from './corpus.mjs'

const attempts = 3, first = 250n, most = 8000n, hold = 30000, longest = 300000
const believed = 26 * 3600 * 1000 // ms: a clock may be a time zone or a day off

function expect({ code, error, status = 0, retryable, retryAfter = -1, clockOffset = 0, timeEndpoint, attempt, elapsed, deadline, offset, ahead = 0, takesNonce, random }) {
  const stop = held => ({ retry: false, wait: 0, offset: 0, hold: held, askTime: false })
  const again = { retry: true, wait: 0, offset: 0, hold: 0, askTime: false }
  const lasting = stop(code === 'error_response' || status === 401 || status === 403 ? hold : 0)
  const credible = Math.abs(ahead + clockOffset * 1000) <= believed
  if (clockOffset !== 0 && offset === 0 && elapsed < deadline && credible) return { ...again, offset: clockOffset * 1000 }
  if (timeEndpoint !== undefined && offset === 0 && elapsed < deadline) return { ...lasting, askTime: true }
  if (error === 'use_dpop_nonce' && takesNonce && elapsed < deadline) return again
  if (!retryable) return lasting
  const backoff = [first << BigInt(attempt - 1), most].reduce((a, b) => (a < b ? a : b))
  const wait = Number((backoff * BigInt(random)) / 2n ** 32n) + Math.max(retryAfter, 0) * 1000
  return attempt >= attempts || elapsed + wait >= deadline ? stop(Math.min(Math.max(retryAfter, 0) * 1000, longest)) : { ...again, wait }
}

const usual = { attempt: 1, elapsed: 0, deadline: 60000, offset: 0, random: 2 ** 31 }
const busy = { code: 'http_error', status: 503, retryable: true }
const refused = { code: 'error_response', status: 401, retryable: false }

const timeEndpoint = 'https://account.api.here.com/timestamp'
const nonce = { ...refused, status: 400, error: 'use_dpop_nonce' }

const list = [
  ...[0, 1, 2 ** 31, 2 ** 32 - 1].map(random => [`full jitter: ${random} of 2^32`, { ...busy, random }]),
  ['the second wait is from twice as much', { ...busy, attempt: 2 }],
  ['no fourth request', { ...busy, attempt: 3 }],
  ...[408, 425, 429, 500, 502, 504].map(status => [`status ${status}`, { ...busy, status }]),
  ['a network failure', { code: 'network', retryable: true }],
  ['a time-out', { code: 'timeout', retryable: true, elapsed: 30000 }],
  ['a certificate that is not trusted', { code: 'network', retryable: false }],
  ['a redirect', { code: 'redirect', status: 302, retryable: false }],
  ['no token in a success', { code: 'invalid_response', status: 200, retryable: false }],
  ['a refusal is held', refused],
  ['a refusal with status 400 is held', { ...refused, status: 400 }],
  ['a 401 that says nothing is held', { ...refused, code: 'http_error' }],
  ['a 403 that says nothing is held', { ...refused, code: 'http_error', status: 403 }],
  ['a 404 is not held', { ...refused, code: 'http_error', status: 404 }],
  ['a configuration that can not be used is not held', { code: 'invalid_config', retryable: false }],
  ['Retry-After in full, and jitter', { ...busy, retryAfter: 7 }],
  ['Retry-After: 0', { ...busy, retryAfter: 0 }],
  ['Retry-After beyond the deadline is held', { ...busy, retryAfter: 60 }],
  ['Retry-After just within the deadline', { ...busy, retryAfter: 59, random: 0 }],
  ['Retry-After after the last request is held', { ...busy, attempt: 3, retryAfter: 9 }],
  ['the deadline is near', { ...busy, elapsed: 59900 }],
  ['the deadline is over', { ...busy, elapsed: 60001 }],
  ['a short deadline', { ...busy, deadline: 100 }],
  ['the clock is behind', { ...refused, clockOffset: 400 }],
  ['the clock is ahead', { ...refused, clockOffset: -86400 }],
  ['the clock was corrected already', { ...refused, clockOffset: 400, offset: 400000 }],
  ['the clock is off, and the time is over', { ...refused, clockOffset: 400, elapsed: 60000 }],
  ['the clock is off, in the last request', { ...refused, clockOffset: 31, attempt: 3 }],
  ['the clock may be off, and can be asked', { ...refused, timeEndpoint }],
  ['the clock may be off, and said how much', { ...refused, clockOffset: 400, timeEndpoint }],
  ['the clock may be off, and was corrected already', { ...refused, timeEndpoint, offset: 400000 }],
  ['the clock may be off, and the time is over', { ...refused, timeEndpoint, elapsed: 60000 }],
  ['a nonce for the proof', { ...nonce, takesNonce: true }],
  ['a nonce for the proof, in the last request', { ...nonce, takesNonce: true, attempt: 3 }],
  ['a nonce for the proof, and the time is over', { ...nonce, takesNonce: true, elapsed: 60000 }],
  ['a nonce again', { ...nonce, takesNonce: false }],
  ['a nonce, and there is no proof', nonce],
  ['another error about the proof', { ...nonce, error: 'invalid_dpop_proof', takesNonce: true }],
  ['Retry-After of five minutes is held', { ...busy, retryAfter: 300 }],
  ['Retry-After of an hour is held for five minutes', { ...busy, retryAfter: 3600 }],
  ['Retry-After that is an epoch is held for five minutes', { ...busy, retryAfter: 1795176000 }],
  ['the longest Retry-After there is, after the last request', { ...busy, attempt: 3, retryAfter: 2147483647 }],
  ['Retry-After within a long deadline is obeyed', { ...busy, retryAfter: 600, deadline: 3600000, random: 0 }],
  ...[[93600, 'the most that is believed'], [93601, 'a second more'], [-93600, 'as far ahead'], [-93601, 'a second more ahead'],
    [31536000, 'a year'], [2147483647, 'as much as can be said']]
    .map(([clockOffset, comment]) => [`the clock is off: ${comment}`, { ...refused, clockOffset }]),
  ['the clock of the request was corrected before: both are 26 h', { ...refused, clockOffset: 7200, ahead: 86400000 }],
  ['the clock of the request was corrected before: both are more', { ...refused, clockOffset: 7201, ahead: 86400000 }],
  ['the clock of the request is corrected back', { ...refused, clockOffset: -86400, ahead: 86400000 }],
  ['a year off, and the clock can be asked', { ...refused, clockOffset: 31536000, timeEndpoint }],
]

write('plan', 'by hand, by generate/plan.mjs', numbered('plan', list.map(([comment, error]) => {
  const input = { ...usual, ...error }
  return { comment, op: 'plan', input, want: expect(input) }
})))
