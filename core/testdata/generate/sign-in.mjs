// Polling for a device (RFC 8628 sections 3.4 and 3.5): wait the interval before each question, 5 seconds more after each
// slow_down, twice as long after a time-out, until the codes end. Each step says what follows, by hand.
import { numbered, write } from './corpus.mjs'

const start = 1_700_000_000_000, RANDOM = '000000000000000000000000000000000000008080'
const config = {
  tokenEndpoint: 'https://idp.example.com/token', clientId: 'client-1', clientAuth: 'none',
  grantType: 'urn:ietf:params:oauth:grant-type:device_code', parameters: { device_code: 'GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS' },
}
const limits = { timeout: 30_000, maxBody: 1_048_576, deadline: 1_800_000, attempts: 2_147_483_647, interval: 5_000, ahead: 0, proves: false }
const answer = (status, body) => ({ outcome: { status, headers: {}, body: JSON.stringify(body) } })
const says = error => answer(400, { error })
const token = answer(200, { access_token: 't', token_type: 'Bearer', expires_in: 3600 })
const first = { do: 'wait', attempt: 0, wait: 5_000, ahead: 0 }
const send = (attempt, timeout = 30_000) => ({ do: 'send', attempt, timeout, maxBody: 1_048_576, ahead: 0 })
const wait = (attempt, ms, error = { code: 'error_response', status: 400 }) => ({ do: 'wait', attempt, wait: ms, ahead: 0, error })
const keep = ms => {
  const until = Math.floor((start + ms) / 1000) * 1000 + 3_600_000
  return { do: 'keep', token: { access_token: 't', token_type: 'Bearer', expires_in: 3600, expires_at: until / 1000 }, until, margin: 60_000, renew: until - 60_000, ahead: 0, grant: 'u' }
}
const fail = error => ({ do: 'fail', hold: 0, ahead: 0, error })
const script = (comment, rows, more = {}) => ({
  comment, op: 'renewal', config, limits: { ...limits, ...more },
  steps: rows.map(([ms, told]) => ({ now: start + ms, ...told, random: RANDOM })),
  want: rows.map(([, , want]) => want),
})
const list = [
  script('the user approves', [
    [0, {}, first], [5_000, {}, send(1)], [5_100, says('authorization_pending'), wait(1, 5_000)],
    [10_100, {}, send(2)], [10_200, token, keep(10_100)],
  ]),
  script('slow_down: 5 seconds more, for this and all questions after it', [
    [0, {}, first], [5_000, {}, send(1)], [5_100, says('slow_down'), wait(1, 10_000)],
    [15_100, {}, send(2)], [15_200, says('authorization_pending'), wait(2, 10_000)],
    [25_200, {}, send(3)], [25_300, says('slow_down'), wait(3, 15_000)],
  ]),
  script('a time-out: twice as long from then on', [
    [0, {}, first], [5_000, {}, send(1)], [35_000, { outcome: { failure: 'timeout' } }, wait(1, 10_000, { code: 'timeout' })],
    [45_000, {}, send(2)], [45_100, answer(503, {}), wait(2, 20_000, { code: 'http_error', status: 503 })],
  ]),
  script('the user refuses', [[0, {}, first], [5_000, {}, send(1)], [5_100, says('access_denied'), fail({ code: 'error_response', status: 400 })]]),
  script('the codes have ended for the server', [[0, {}, first], [5_000, {}, send(1)], [5_100, says('expired_token'), fail({ code: 'error_response', status: 400 })]]),
  script('the codes end before the next question', [
    [0, {}, first], [5_000, {}, send(1, 4_000)], [5_100, says('authorization_pending'), fail({ code: 'timeout', status: 400 })],
  ], { deadline: 9_000 }),
]
write('sign-in', 'by hand, by generate/sign-in.mjs: RFC 8628 sections 3.4 and 3.5', numbered('sign-in', list))
