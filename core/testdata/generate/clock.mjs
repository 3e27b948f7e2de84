// What tells the server's time, and what follows from it. The dates are JavaScript's, the differences are counted here.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const tokenEndpoint = 'https://idp.example.com/oauth2/token'
const basic = { tokenEndpoint, clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }
const jwt = { tokenEndpoint, clientId: 'client-1', privateKey: keys.p256.pkcs8 }
const here = { provider: 'here', clientId: 'accessKeyId', clientSecret: 'accessKeySecret-abc' }
const hereAt = tokenEndpoint => ({ ...here, tokenEndpoint })
const hmKey = { provider: 'high-mobility', environment: 'sandbox', clientId: 'id', privateKey: keys.p256.pkcs8, keyId: 'key-1' }
const os = { provider: 'os-data-hub', clientId: 'id', clientSecret: 'os-secret-1' }
const apigee = { provider: 'apigee', tokenEndpoint: 'https://api.apigee.example/oauth/token', clientId: 'id', clientSecret: 'apigee-secret-1' }

const sentAt = 1700000000123
const sent = Math.floor(sentAt / 1000)
const dated = seconds => (seconds === undefined ? {} : { date: new Date((sent + seconds) * 1000).toUTCString() })

// ---- A refusal

const refused = (comment, config, status, body, ahead, clockOffset, timeEndpoint = null) => ({
  comment, op: 'parse', config, sentAt, outcome: { status, headers: dated(ahead), body: JSON.stringify(body) }, wantError: { status, clockOffset, timeEndpoint },
})
const timestamp = { errorId: 'ERROR-1', httpStatus: 401, errorCode: 401204, message: 'Invalid timestamp', error: 'invalid_client' }
const signature = { ...timestamp, errorCode: 401300, message: 'Signature mismatch' }
const iat = { error: 'invalid_request', error_description: 'client_assertion has an invalid iat' }
const invalidClient = { error: 'invalid_client' }
const ofHere = 'https://account.api.here.com/timestamp'

const refusals = numbered('clock-refused', [
  refused('HERE 401204, behind', here, 401, timestamp, 312, 312),
  refused('HERE 401204, ahead', here, 401, timestamp, -86400, -86400),
  refused('HERE 401204 without a Date: its clock can be asked', here, 401, timestamp, undefined, null, ofHere),
  refused('HERE 401204, by Date the clock is right', here, 401, timestamp, 0, null),
  refused('HERE 401300 has nothing to do with the clock', here, 401, signature, 312, null),
  refused('HERE 401300 without a Date', here, 401, signature, undefined, null),
  refused("HERE's other environments", hereAt('https://stg.account.api.here.com/oauth2/token'), 401, timestamp, undefined, null, 'https://stg.account.api.here.com/timestamp'),
  refused('a port, a path before, a query', hereAt('https://localhost:8600/here/oauth2/token?sentWith=sdk'), 401, timestamp, undefined, null, 'https://localhost:8600/here/timestamp'),
  refused('an endpoint of another form has no such neighbour', hereAt('https://gateway.example.com/here-token'), 401, timestamp, undefined, null),
  refused('High Mobility, behind', hmKey, 400, iat, 60, 60),
  refused('High Mobility, ahead', hmKey, 400, iat, -31, -31),
  refused('High Mobility without a Date', hmKey, 400, iat, undefined, null),
  refused('High Mobility, an expired key', hmKey, 400, { error: 'invalid_request', error_description: 'client_assertion is signed with an expired key' }, 60, null),
  refused('invalid_client for an assertion', jwt, 401, invalidClient, 45, 45),
  refused('invalid_client for an assertion, half a minute is nothing', jwt, 401, invalidClient, -30, null),
  refused('invalid_client for OAuth 1.0', { ...basic, clientAuth: 'oauth1' }, 401, invalidClient, -4500, -4500),
  refused('invalid_grant for an assertion', jwt, 400, { error: 'invalid_grant' }, 45, 45),
  refused('invalid_client for Basic has nothing to do with the clock', basic, 401, invalidClient, 4500, null),
  refused('invalid_scope neither', jwt, 400, { error: 'invalid_scope' }, 4500, null),
  refused('what may work later is no matter of the clock', jwt, 503, { error: 'invalid_request', error_description: 'client store is down' }, 4500, null),
  refused('invalid_dpop_proof', basic, 400, { error: 'invalid_dpop_proof' }, 4500, 4500),
  refused('invalid_dpop_proof, the clock is right', basic, 400, { error: 'invalid_dpop_proof' }, 0, null),
  refused('use_dpop_nonce has nothing to do with the clock', basic, 400, { error: 'use_dpop_nonce' }, 4500, null),
  refused('a Date of the year 2500 is no time, so the clock is asked', here, 401, timestamp, Date.UTC(2500, 0) / 1000 - sent, null, ofHere),
  refused('nor is one of the year 9999', jwt, 401, invalidClient, Date.UTC(9999, 0) / 1000 - sent, null),
])

// ---- A token

const granted = (comment, config, issued_at, ahead, clockOffset) => {
  const token = { access_token: 't', ...(issued_at === undefined ? {} : { issued_at }), token_type: 'Bearer' }
  return {
    comment, op: 'parse', config, sentAt, outcome: { status: 200, headers: dated(ahead), body: JSON.stringify({ ...token, expires_in: '299' }) },
    want: { token: { ...token, expires_in: 299, expires_at: sent + 299 }, ...(clockOffset === 0 ? {} : { clockOffset }) },
  }
}
const ms = seconds => (sent + seconds) * 1000 + 456
const tokens = numbered('clock-token', [
  granted('OS Data Hub: issued_at is text', os, String(ms(400)), undefined, 400),
  granted('Apigee: issued_at is a number', apigee, ms(-400), undefined, -400),
  granted('half a minute is nothing', os, String(ms(30)), undefined, 0),
  granted('half a minute and a second', os, String(ms(31)), undefined, 31),
  granted('a Date says the same', os, String(ms(400)), 401, 400),
  granted('a Date says that the clock is right: the response was kept by a cache', os, String(ms(-200)), 0, 0),
  granted('a Date alone says nothing of a token', os, undefined, 400, 0),
  granted('no issued_at', os, undefined, undefined, 0),
  granted('an issued_at that is none', os, '0', undefined, 0),
  granted('an issued_at in words', os, '2023-11-14T22:13:20Z', undefined, 0),
  granted('other servers count what they want', basic, sent + 400, undefined, 0),
  granted('an issued_at of the year 33658', os, '999999999999999', undefined, 0),
  granted('an issued_at of microseconds', os, String(ms(0) * 100), undefined, 0),
])

write('clock', "by hand, by generate/clock.mjs, from Apigee's \"Get OAuth 2.0 tokens\" and RFC 9449 5; dates by JavaScript's Date", [...refusals, ...tokens])
