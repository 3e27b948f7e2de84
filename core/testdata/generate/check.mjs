// Checks every file of the corpus against ../README.md: an unknown key anywhere fails.
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../vectors/', import.meta.url)
const text = v => typeof v === 'string'
const flag = v => typeof v === 'boolean'
const filled = v => text(v) && v !== ''
const number = v => Number.isSafeInteger(v) && v >= 0
const object = v => v !== null && typeof v === 'object' && !Array.isArray(v)
const hex = v => text(v) && /^([0-9a-f]{2})*$/.test(v)
const pairs = v => Array.isArray(v) && v.every(p => Array.isArray(p) && p.length === 2 && p.every(text))
const texts = v => object(v) && Object.values(v).every(text)
const base64url = v => text(v) && /^[\w-]+$/.test(v)
const lower = v => texts(v) && Object.keys(v).every(k => k === k.toLowerCase())
const orNull = check => v => v === null || check(v)

// A shape is a list of members; a name that ends in ? may be left out.
const shape = members => (v, where) => {
  if (!object(v)) throw new Error(`${where}: not an object`)
  for (const key of Object.keys(v)) if (!(key in members) && !(key + '?' in members)) throw new Error(`${where}: unknown key ${key}`)
  for (const [name, check] of Object.entries(members)) {
    const key = name.replace('?', '')
    if (!(key in v)) {
      if (!name.endsWith('?')) throw new Error(`${where}: no ${key}`)
    } else if (check(v[key], `${where}.${key}`) === false) throw new Error(`${where}.${key}: ${JSON.stringify(v[key])}`)
  }
}

const source = v => filled(v) || (object(v) && Object.keys(v).every(key => ['file', 'url', 'member', 'headers'].includes(key)))
const config = shape({
  'provider?': filled, 'environment?': filled, 'tenant?': filled, 'tokenEndpoint?': filled, 'allowHttp?': v => filled(v) || (Array.isArray(v) && v.every(filled)), 'clientId?': filled, 'clientSecret?': text, 'clientAuth?': filled, 'signatureMethod?': filled,
  'privateKey?': v => filled(v) || object(v), 'passphrase?': text, 'certificate?': filled, 'x5c?': flag, 'keyId?': filled, 'alg?': filled,
  'assertion?': shape({ 'type?': filled, 'header?': object, 'claims?': object, 'lifetime?': number }),
  'clientAssertion?': source, 'subjectToken?': source, 'subjectTokenType?': filled, 'actorToken?': source, 'actorTokenType?': filled,
  'requestedTokenType?': filled,
  'grantType?': filled, 'scope?': v => text(v) || (Array.isArray(v) && v.every(filled)),
  'resource?': v => filled(v) || (Array.isArray(v) && v.every(filled)), 'audience?': v => filled(v) || (Array.isArray(v) && v.every(filled)),
  'headers?': v => object(v) && Object.values(v).every(text),
  'response?': shape({ 'token?': filled, 'expiresIn?': filled, 'scope?': filled }),
  'parameters?': v => object(v) && Object.values(v).every(p => text(p) || (Array.isArray(p) && p.every(text))),
  'bodyFormat?': filled, 'basicEncoding?': filled,
  'issuer?': filled, 'mtlsEndpointAliases?': flag, 'authorizationEndpoint?': filled, 'deviceAuthorizationEndpoint?': filled, 'revocationEndpoint?': filled,
})
const body = { 'body?': text, 'bodyHex?': hex }
const answered = (v, where) =>
  v.failure === undefined
    ? shape({ status: number, headers: lower, ...body })(v, where)
    : shape({ failure: f => ['network', 'timeout', 'redirect', 'too_large'].includes(f), 'detail?': text, 'status?': number, 'headers?': lower })(v, where)
const each = check => (v, where) => Array.isArray(v) && v.length > 0 && v.every((e, i) => check(e, `${where}[${i}]`) !== false)
const failed = shape({ code: filled, 'status?': number })
const action = more => shape({ do: filled, ahead: Number.isSafeInteger, 'grant?': filled, 'metadata?': filled, ...more })
const actions = {
  get: action({ field: filled, audience: filled, timeout: number, 'file?': filled }),
  sign: action({ alg: filled, timeout: number }),
  send: action({ attempt: number, timeout: number, maxBody: number, 'url?': filled, 'signedAt?': number }),
  wait: action({ attempt: number, wait: number, 'error?': failed }),
  keep: action({ token: object, until: number, margin: number, renew: number }),
  fail: action({ hold: number, error: failed }),
}
const ops = {
  oauth1: {
    members: {
      input: shape({
        method: filled, url: text, 'params?': pairs, consumerKey: filled, 'consumerSecret?': text, 'privateKey?': v => filled(v) || object(v), 'passphrase?': filled, 'keyId?': filled, 'token?': text, 'tokenSecret?': text, nonce: filled,
        timestamp: number, 'signatureMethod?': v => /^(HMAC|RSA)-SHA\d+$|^PLAINTEXT$/.test(v), version: text, 'realm?': filled, 'oauthParams?': pairs,
      }),
    },
    want: shape({ 'baseString?': filled, 'signature?': filled, 'authorization?': filled }),
  },
  sign: {
    members: { 'whole?': v => v === true, input: shape({ alg: filled, 'key?': v => text(v) || object(v), 'keyHex?': hex, 'passphrase?': filled, 'keyId?': filled, data: filled }) },
    want: shape({ signature: base64url }),
  },
  build: {
    members: { config: object, 'keyHex?': hex, now: number, random: v => hex(v) && v.length === 32, 'signatures?': v => Array.isArray(v) && v.length === 1 && v.every(base64url) },
    want: shape({ method: filled, url: filled, headers: pairs, body: filled, 'signing?': shape({ alg: filled, data: v => /^[\w-]+\.[\w-]+$|^POST&/.test(v) }) }),
  },
  parse: {
    members: { config, sentAt: number, outcome: answered },
    want: shape({ token: object, 'clockOffset?': Number.isSafeInteger }),
  },
  explain: {
    members: { config: object, now: number, random: v => hex(v) && v.length === 32 },
    want: shape({
      request: shape({ method: filled, url: filled, headers: texts, body: filled }), 'baseString?': filled, 'assertion?': shape({ header: object, claims: object }),
      choices: v => Array.isArray(v) && v.every((c, i) => shape({ field: filled, value: filled, from: filled })(c, `choices[${i}]`) !== false),
      singleUse: v => typeof v === 'boolean', 'expiresAt?': number,
    }),
  },
  renewal: {
    members: {
      config, limits: shape({ timeout: number, maxBody: number, deadline: number, attempts: number, ahead: Number.isSafeInteger, proves: flag, 'lifetime?': number, 'grant?': filled, 'metadata?': filled, 'interval?': number }),
      steps: each(shape({ now: number, random: v => hex(v) && v.length === 42, 'outcome?': answered, 'signature?': base64url, 'text?': text, 'failure?': filled, 'detail?': text })),
    },
    want: each((v, where) => (Object.hasOwn(actions, v.do) ? actions[v.do](v, where) : false)),
  },
  authorization: {
    members: { config: object, 'metadata?': v => /^\d+ \{/.test(v), redirectUri: text, random: v => hex(v) && v.length === 128 },
    want: shape({ url: filled, state: base64url, codeVerifier: base64url, 'nonce?': base64url, issuerRequired: flag }),
  },
  callback: {
    members: { input: shape({ url: filled, state: filled, 'issuer?': filled, 'issuerRequired?': flag }) },
    want: shape({ code: filled }),
  },
  credentials: {
    members: { 'text?': text, 'hex?': hex, 'environment?': texts, 'options?': shape({ 'filename?': text, 'profile?': text }) },
    want: shape({ config }),
  },
}
const someTexts = v => Array.isArray(v) && v.length > 0 && v.every(filled)
const wantError = shape({
  'code?': filled, 'status?': orNull(number), 'error?': orNull(filled), 'errorDescription?': orNull(text), 'providerCode?': orNull(filled),
  'retryable?': v => typeof v === 'boolean', 'retryAfter?': orNull(number), 'requestId?': orNull(filled),
  'clockOffset?': orNull(Number.isSafeInteger), 'timeEndpoint?': orNull(filled),
  'mentions?': someTexts, 'hints?': orNull(someTexts),
})

function check(test, where) {
  const op = ops[test.op]
  if (!op) throw new Error(`${where}: unknown op ${test.op}`)
  const exactlyOne = (o, ...names) => {
    if (names.filter(n => o[n] !== undefined).length !== 1) throw new Error(`${where}: not exactly one of ${names.join(', ')}`)
  }
  exactlyOne(test, 'want', 'wantError')
  shape({
    id: v => /^[a-z0-9]+(-[a-z0-9]+)*-\d{4}$/.test(v), comment: filled, 'source?': filled, op: text, ...op.members, 'want?': op.want, 'wantError?': wantError,
  })(test, where)
  if (test.op === 'sign') exactlyOne(test.input, 'key', 'keyHex')
  if (test.op === 'build' && test.keyHex !== undefined && 'privateKey' in test.config) throw new Error(`${where}: both privateKey and keyHex`)
  if (test.op === 'build' && test.want) {
    config(test.config, where + '.config')
    if (!test.signatures !== !test.want.signing) throw new Error(`${where}: signatures and signing belong together`)
  }
  if (test.op === 'parse' && !test.outcome.failure) exactlyOne(test.outcome, 'body', 'bodyHex')
  if (test.op === 'credentials') exactlyOne(test, 'text', 'hex', 'environment')
}

const seen = new Set()
const counts = {}
for (const name of readdirSync(folder).filter(n => n.endsWith('.json')).sort()) {
  const file = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
  shape({ schema: v => v === 'fetchtoken/vectors/1', source: filled, tests: v => Array.isArray(v) && v.length > 0 })(file, name)
  let last = ''
  for (const test of file.tests) {
    check(test, `${name} ${test.id}`)
    if (seen.has(test.id)) throw new Error(`${name}: ${test.id} is there twice`)
    if (test.id <= last) throw new Error(`${name}: ${test.id} is not sorted`)
    seen.add((last = test.id))
  }
  counts[name] = file.tests.length
}
for (const [name, n] of Object.entries(counts)) console.log(`${String(n).padStart(5)}  ${name}`)
console.log(`vectors: ${seen.size}`)
