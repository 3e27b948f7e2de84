// What a token request must look like, written from the RFCs and the vendors' documents with Node's own tools:
// URLSearchParams for forms, Buffer for base64, JSON.stringify for JSON. It only ever sees configurations that are
// right, so it checks nothing: config-errors.mjs has the wrong ones.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { fixed, judge } from './corpus.mjs'
import { sign, verify } from './sign.mjs'

const known = new Set(
  `provider environment tokenEndpoint allowHttp clientId clientSecret clientAuth signatureMethod privateKey passphrase certificate x5c keyId alg assertion grantType scope
   resource audience parameters headers response bodyFormat basicEncoding`.split(/\s+/),
)

const cognito = { clientAuth: 'client_secret_basic', basicEncoding: 'raw' }
const presets = {
  oauth2: {},
  cognito,
  apigee: cognito,
  here: { tokenEndpoint: 'https://account.api.here.com/oauth2/token', clientAuth: 'oauth1' },
  'ota-connect': { ...cognito, tokenEndpoint: 'https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token' },
  iotspot: {
    ...cognito,
    tokenEndpoint: 'https://iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com/oauth2/token',
    scope: 'iotspot/openapi',
    clientIdInBody: true,
  },
  'os-data-hub': { ...cognito, tokenEndpoint: 'https://api.os.uk/oauth2/token/v1' },
  'high-mobility': {
    environments: {
      sandbox: 'https://sandbox.api.high-mobility.com/v1/access_tokens',
      live: 'https://api.high-mobility.com/v1/access_tokens',
    },
    clientAuth: 'client_secret_post',
    bodyFormat: 'json',
    keyIdInHeader: false,
    claims: { iss: '{keyId}', sub: null, aud: '{origin}/v1', exp: null, ver: 2 },
  },
  google: {
    tokenEndpoint: 'https://oauth2.googleapis.com/token',
    grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    claims: { sub: null, jti: null },
    scopeInClaims: true,
  },
}

const each = v => (v === undefined ? [] : Array.isArray(v) ? v : [v])
const base64url = text => Buffer.from(text, 'utf8').toString('base64url')
const formValue = v => new URLSearchParams([['', v]]).toString().slice(1)

/** The whole case of op build for a right configuration: `signatures` if a private key signs, and `want`. */
export async function expectRequest({ config: c, now, random }) {
  for (const key of Object.keys(c)) if (!known.has(key)) throw new Error('no such config key: ' + key)
  const preset = presets[c.provider ?? 'oauth2']
  const url = new URL(c.tokenEndpoint ?? preset.tokenEndpoint ?? preset.environments[c.environment]).href
  const clientAuth = c.clientAuth ?? (c.privateKey ? 'private_key_jwt' : (preset.clientAuth ?? 'client_secret_basic'))
  const bodyFormat = c.bodyFormat ?? preset.bodyFormat ?? 'form'
  const seconds = Math.floor(now / 1000)
  const bytes = Buffer.from(random, 'hex')

  const jwt = clientAuth === 'client_secret_jwt' || clientAuth === 'private_key_jwt'
  const grantType = c.grantType ?? preset.grantType ?? 'client_credentials'
  // RFC 7523: section 2.1, the assertion is the grant; section 2.2, it says who the client is
  const isGrant = (jwt || (c.privateKey !== undefined && clientAuth.startsWith('client_secret_'))) && grantType === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && c.parameters?.assertion === undefined

  const fields = [['grant_type', grantType]]
  const scope = each(c.scope ?? preset.scope).join(' ')
  const scopeClaim = isGrant && preset.scopeInClaims && scope !== '' ? { scope } : {}
  if (scope !== '' && scopeClaim.scope === undefined) fields.push(['scope', scope])
  for (const v of each(c.resource)) fields.push(['resource', v])
  for (const v of each(c.audience)) fields.push(['audience', v])
  for (const [name, value] of Object.entries(c.parameters ?? {})) for (const v of each(value)) fields.push([name, v])
  if ((jwt && !isGrant) || clientAuth === 'client_secret_post' || (clientAuth === 'none' && c.clientId !== undefined) || preset.clientIdInBody) fields.push(['client_id', c.clientId])
  if (clientAuth === 'client_secret_post') fields.push(['client_secret', c.clientSecret])

  let signatures, signing
  if (jwt || isGrant) {
    const a = c.assertion ?? {}
    const key = clientAuth === 'client_secret_jwt' ? { kty: 'oct', k: base64url(c.clientSecret) } : pem(c)
    const alg = c.alg ?? (key.kty === 'oct' ? 'HS256' : (c.privateKey.alg ?? fitting(key)))
    const keyId = c.keyId ?? c.privateKey?.kid
    const header = override({ alg, typ: 'JWT', ...(keyId !== undefined && preset.keyIdInHeader !== false ? { kid: keyId } : {}), ...certified(c) }, a.header)
    const defaults = {
      iss: '{clientId}',
      sub: '{clientId}',
      aud: '{tokenEndpoint}',
      iat: seconds,
      exp: seconds + (a.lifetime ?? 60),
      jti: uuid4(bytes),
    }
    const values = { clientId: c.clientId, keyId, tokenEndpoint: url, origin: new URL(url).origin }
    const claims = override({ ...fill(override(override(defaults, preset.claims), a.claims), values), ...scopeClaim }, a.claims?.scope === undefined ? {} : { scope: a.claims.scope })
    const data = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
    const signature = sign(alg, key, data)
    await verify(alg, key, data, signature)
    if (clientAuth !== 'client_secret_jwt') {
      signatures = [signature]
      signing = { alg, data }
    }
    if (isGrant && clientAuth === 'private_key_jwt' && c.clientSecret !== undefined) fields.push(['client_id', c.clientId], ['client_secret', c.clientSecret])
    if (isGrant) {
      fields.push(['assertion', `${data}.${signature}`])
    } else {
      fields.push(['client_assertion_type', a.type ?? 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'])
      fields.push(['client_assertion', `${data}.${signature}`])
    }
  }

  const json = bodyFormat === 'json'
  const own = Object.entries(c.headers ?? {}).map(([name, value]) => [name, value.replaceAll('{uuid}', uuid4(bytes))])
  const headers = own.some(([name]) => name.toLowerCase() === 'accept') ? [] : [['Accept', 'application/json']]
  if (clientAuth === 'client_secret_basic') {
    const pair = (c.basicEncoding ?? preset.basicEncoding) === 'raw' ? [c.clientId, c.clientSecret] : [c.clientId, c.clientSecret].map(formValue)
    headers.push(['Authorization', 'Basic ' + Buffer.from(pair.join(':'), 'utf8').toString('base64')])
  }
  if (clientAuth === 'oauth1') {
    const signatureMethod = c.signatureMethod ?? (c.clientSecret === undefined ? 'RSA-SHA256' : 'HMAC-SHA256')
    const isRSA = signatureMethod.startsWith('RSA')
    const [judged] = judge([
      {
        method: 'POST',
        url,
        params: json ? [] : fields,
        consumerKey: c.clientId,
        consumerSecret: c.clientSecret,
        pem: isRSA ? pem(c) : undefined,
        nonce: bytes.toString('base64url'),
        timestamp: seconds,
        signatureMethod,
        version: '1.0',
      },
    ])
    headers.push(['Authorization', judged.authorization])
    if (isRSA) {
      signatures = [Buffer.from(judged.signature, 'base64').toString('base64url')]
      signing = { alg: signatureMethod.replace('RSA-SHA', 'RS'), data: judged.baseString }
    }
  }
  headers.push(['Content-Type', json ? 'application/json' : 'application/x-www-form-urlencoded'], ...own)
  const body = json ? jsonBody(fields, c.provider === 'here') : new URLSearchParams(fields).toString()
  return { signatures, want: { method: 'POST', url, headers, body, signing } }
}

/** Makes a list of [comment, config, members] into numbered cases of op build. */
export async function cases(prefix, list) {
  const tests = []
  for (const [i, [comment, config, more]] of list.entries()) {
    const id = `${prefix}-${String(i + 1).padStart(4, '0')}`
    const { source, wantError, ...input } = more ?? {}
    const test = { id, comment, source, op: 'build', config, ...fixed(id), ...input }
    tests.push(wantError ? { ...test, wantError } : { ...test, ...(await expectRequest(test)) })
  }
  return tests
}

function jsonBody(fields, camelCase) {
  const body = {}
  for (const [name, value] of fields) body[name] = Object.hasOwn(body, name) ? [...each(body[name]), value] : value
  if (!camelCase) return JSON.stringify(body)
  const renamed = Object.entries(body).map(([name, value]) =>
    name === 'grant_type' ? ['grantType', value] : name === 'expires_in' ? ['expiresIn', Number(value)] : [name, value],
  )
  return JSON.stringify(Object.fromEntries(renamed))
}

function override(members, changes) {
  const result = { ...members, ...changes }
  for (const [name, value] of Object.entries(result)) if (value === null) delete result[name]
  return result
}

function fill(value, values) {
  if (typeof value === 'string') {
    return value.replace(/\{(\w+)\}/g, (_, name) => {
      if (values[name] === undefined) throw new Error('no such placeholder: ' + name)
      return values[name]
    })
  }
  if (Array.isArray(value)) return value.map(v => fill(v, values))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v, values)]))
}

function uuid4(random) {
  const b = Buffer.from(random)
  b[6] = (b[6] & 0x0f) | 0x40
  b[8] = (b[8] & 0x3f) | 0x80
  return b.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** What names the certificate in the header: the thumbprint of the first one is Node's, `x5c` is what stands between its lines. */
function certified({ certificate, x5c }) {
  if (certificate === undefined) return {}
  const all = certificate.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g)
  const thumbprint = Buffer.from(new X509Certificate(all[0]).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
  return { 'x5t#S256': thumbprint, ...(x5c && { x5c: all.map(text => text.replace(/-----[^-]+-----|\s/g, '')) }) }
}

function pem({ privateKey, passphrase }) {
  return typeof privateKey === 'string' && passphrase !== undefined
    ? createPrivateKey({ key: privateKey, passphrase }).export({ type: 'pkcs8', format: 'pem' })
    : privateKey
}

function fitting(key) {
  const { kty, crv } = (typeof key === 'string' ? createPrivateKey(key) : createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' })
  return { RSA: 'RS256', 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' }[crv ?? kty]
}
