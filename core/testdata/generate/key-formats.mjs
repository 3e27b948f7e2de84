// Private keys in every form, in every state in which they come out of files, environments and consoles, and what is none.
// The signatures are those of the same key as OpenSSL wrote it; where Node can read a form, it has to find the same key in it.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fixed, numbered, write } from './corpus.mjs'
import { der, encrypt, integer, octets, oid, sequence, toDER, toPEM } from './encrypt.mjs'
import { certificates, keys } from './keys.mjs'
import { expectRequest } from './rules.mjs'
import { sign, verify } from './sign.mjs'

const other = JSON.parse(readFileSync(new URL('other-keys.json', import.meta.url), 'utf8'))

const { rsa2048, rsa3072, p256, p256b, p384, p521, ed25519 } = keys
const jwt = alg => `${Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url')}.e30`
const id = { tokenEndpoint: 'https://as.example.com/token', clientId: 'svc-0oa1x2' }
const hm = { provider: 'high-mobility', environment: 'sandbox', clientId: 'a92cf969-e8ff-4ad4-a45f-42930edde12d', keyId: 'f6c331c4-9271-4e3b-a8c4-6a2cacac6451' }
const base64 = data => Buffer.from(data).toString('base64')
const base64url = data => Buffer.from(data).toString('base64url')

const tests = []

/** A key in some form, to sign with: `key` or bytes, and perhaps `passphrase` and `keyId`. It must sign as `plain` does. */
async function accept(comment, alg, plain, form, more = {}) {
  const data = jwt(alg)
  const signature = sign(alg, plain, data)
  await verify(alg, plain, data, signature)
  tests.push({ comment, op: 'sign', input: { alg, ...keyOf(form), ...more, data }, want: { signature } })
}

function refuse(comment, form, mentions, more = {}, code = 'invalid_key') {
  tests.push({ comment, source: 'by hand', op: 'sign', input: { alg: 'ES256', ...keyOf(form), ...more, data: 'eyJhbGciOiJub25lIn0.e30' }, wantError: { code, mentions } })
}

const keyOf = form => (Buffer.isBuffer(form) ? { keyHex: form.toString('hex') } : { key: form })

/** A whole request with a key in some form. The expected request is that with the key as `plain`: PEM, or a JWK with its kid and alg. */
async function build(comment, config, plain, changes = {}) {
  const test = { comment, op: 'build', ...fixed(`key-format-build-${comment}`) }
  const { passphrase, ...rest } = config
  const bytes = Buffer.isBuffer(config.privateKey)
  const expected = await expectRequest({ ...test, config: { ...rest, privateKey: plain, ...changes } })
  tests.push({ ...test, config: { ...config, privateKey: bytes ? undefined : config.privateKey }, ...(bytes && { keyHex: config.privateKey.toString('hex') }), ...expected })
}

// --- the first cases, one by one -----------------------------------------------------------------------------------------

await accept('PKCS#1, RS256', 'RS256', rsa2048.pkcs8, rsa2048.pkcs1)
await accept('PKCS#1, RS512', 'RS512', rsa2048.pkcs8, rsa2048.pkcs1)
await accept('SEC1, P-256', 'ES256', p256.pkcs8, p256.sec1)
await accept('SEC1, P-384', 'ES384', p384.pkcs8, p384.sec1)
await accept('SEC1, P-521', 'ES512', p521.pkcs8, p521.sec1)
await accept('SEC1 after its EC PARAMETERS', 'ES256', p256.pkcs8, p256.sec1WithParameters)
await build('PKCS#1 in a token request', { ...id, privateKey: rsa2048.pkcs1 }, rsa2048.pkcs8)
await build('SEC1 in a token request', { ...id, privateKey: p384.sec1 }, p384.pkcs8)
await build('an older key of High Mobility: SEC1 and empty lines after it', { ...hm, privateKey: p256.sec1 + '\n\n' }, p256.pkcs8)
await build('an encrypted key and its passphrase', { ...id, privateKey: p256.encrypted, passphrase: p256.passphrase }, p256.pkcs8)
await build('an encrypted RSA key, a passphrase with non-ASCII letters', { ...id, privateKey: rsa2048.encrypted, passphrase: rsa2048.passphrase }, rsa2048.pkcs8)
for (const [comment, config, mentions] of [
  ['an encrypted key, the wrong passphrase', { passphrase: 'wrong horse' }, ['passphrase', 'wrong']],
  ['an encrypted key without its passphrase', {}, ['encrypted', 'passphrase']],
]) {
  tests.push({ comment, op: 'build', config: { ...id, privateKey: p256.encrypted, ...config }, ...fixed(comment), wantError: { code: 'invalid_key', mentions } })
}
refuse('an encrypted key, to sign with', p256.encrypted, ['encrypted', 'passphrase', 'openssl pkey'])

// --- every form of every type --------------------------------------------------------------------------------------------

/** Forms of a key by name; each has what it needs besides the key. */
function forms({ pkcs8, pkcs1, sec1, jwk }) {
  const passphrase = 'correct horse'
  const list = { 'PKCS#8': [pkcs8] }
  if (pkcs1) list['PKCS#1'] = [pkcs1]
  if (sec1) list.SEC1 = [sec1]
  list['encrypted PKCS#8'] = [toPEM('ENCRYPTED PRIVATE KEY', encrypt(pkcs8, passphrase, { iterations: 100 })), { passphrase }]
  list.JWK = [JSON.stringify(jwk)]
  return list
}

const types = [
  ['RS256', 'RSA of 2048 bits', rsa2048],
  ['ES256', 'P-256', p256],
  ['ES384', 'P-384', p384],
  ['ES512', 'P-521', p521],
  ['EdDSA', 'Ed25519', ed25519],
]

for (const [alg, type, key] of types) {
  for (const [form, [text, more]] of Object.entries(forms(key))) {
    await accept(`${type}, ${form}`, alg, key.pkcs8, text, more)
    if (form === 'JWK') {
      await accept(`${type}, JWK as an object`, alg, key.pkcs8, key.jwk)
      await accept(`${type}, base64 of a JWK`, alg, key.pkcs8, base64(text))
      await accept(`${type}, a JWK set as text`, alg, key.pkcs8, JSON.stringify({ keys: [key.jwk] }))
      continue
    }
    await accept(`${type}, ${form}, DER`, alg, key.pkcs8, toDER(text), more)
    await accept(`${type}, ${form}, base64 of DER`, alg, key.pkcs8, base64(toDER(text)), more)
    await accept(`${type}, ${form}, base64 of PEM`, alg, key.pkcs8, base64(text), more)
    await accept(`${type}, ${form}, the bytes of PEM`, alg, key.pkcs8, Buffer.from(text), more)
  }
}

await accept('RSA of 3072 bits, PKCS#1', 'RS384', rsa3072.pkcs8, createPrivateKey(rsa3072.pkcs8).export({ type: 'pkcs1', format: 'pem' }))
await accept('RSA of 3072 bits, DER', 'RS384', rsa3072.pkcs8, toDER(rsa3072.pkcs8))

// --- every mangling --------------------------------------------------------------------------------------------------------

const lines = text => text.trimEnd().split('\n')
const body = text => lines(text).slice(1, -1)
const first = text => lines(text)[0]
const last = text => lines(text).at(-1)
const rewrap = (text, width) => [first(text), ...body(text).join('').match(new RegExp(`.{1,${width}}`, 'g')), last(text), ''].join('\n')

const mangledPEM = {
  'CRLF': t => t.replaceAll('\n', '\r\n'),
  'CR alone': t => t.replaceAll('\n', '\r'),
  'no line break at the end': t => t.trimEnd(),
  'blanks instead of line breaks': t => t.trimEnd().replaceAll('\n', ' '),
  'one line without blanks': t => t.replaceAll('\n', ''),
  'no white space at all': t => t.replace(/\s/g, ''),
  'escaped line breaks': t => t.replaceAll('\n', '\\n'),
  'escaped CRLF': t => t.replaceAll('\n', '\\r\\n'),
  'line breaks escaped twice': t => t.replaceAll('\n', '\\\\n'),
  'line breaks escaped three times': t => t.replaceAll('\n', '\\\\\\\\n'),
  'escaped line breaks and line breaks': t => t.replaceAll('\n', '\\n\n'),
  'escaped slashes, as PHP writes them': t => t.replaceAll('/', '\\/').replaceAll('\n', '\\n'),
  'a backslash at the end of each line': t => t.replaceAll('\n', '\\\n'),
  'double quotes around it': t => `"${t}"`,
  'single quotes around it': t => `'${t.trimEnd()}'`,
  'quotes and escaped line breaks': t => JSON.stringify(t),
  'quotes and a comma, cut out of JSON': t => JSON.stringify(t) + ',',
  'quotes, escaped twice': t => JSON.stringify(JSON.stringify(t)),
  'quotes, escaped three times': t => JSON.stringify(JSON.stringify(JSON.stringify(t))),
  'blank lines between its lines': t => t.replaceAll('\n', '\n\n'),
  'blank lines and blanks around it': t => `\n \n\t${t}\n\n \n`,
  'indented, as in YAML': t => t.replace(/^(?=.)/gm, '    '),
  'blanks at the ends of its lines': t => t.replaceAll('\n', '  \n'),
  'tabs': t => t.replace(/^(?=.)/gm, '\t'),
  'a byte order mark': t => '\ufeff' + t,
  'no-break spaces': t => t.replaceAll('\n', '\u00a0\n\u00a0'),
  'lines of 76 characters': t => rewrap(t, 76),
  'lines of 4 characters': t => rewrap(t, 4),
  'one line of base64': t => rewrap(t, 9999),
  'text before and after it': t => `Bag Attributes\n    friendlyName: key\nKey Attributes: <No Attributes>\n${t}\nthat was the key\n`,
  'the assignment of an environment file': t => `PRIVATE_KEY="${t.replaceAll('\n', '\\n')}"`,
  'a certificate before it': (t, own) => own + t,
  'a certificate after it': (t, own) => t + own,
  'without the padding of its base64': t => t.replace(/=+$/m, ''),
  'without the last hyphens': t => t.trimEnd().slice(0, -5),
  'base64 with line breaks of its PEM': t => base64(t).match(/.{1,76}/g).join('\n') + '\n',
  'base64url of its PEM': t => base64url(t),
  'base64 of its PEM, in quotes': t => `"${base64(t)}"`,
  'base64 of its PEM with escaped line breaks': t => base64(t.replaceAll('\n', '\\n')),
  'only the lines between BEGIN and END': t => body(t).join('\n'),
  'UTF-16, little-endian': t => Buffer.from('\ufeff' + t, 'utf16le'),
  'UTF-16, big-endian': t => Buffer.from('\ufeff' + t, 'utf16le').swap16(),
}
const mangledJWK = {
  'white space': t => JSON.stringify(JSON.parse(t), null, 2),
  'CRLF and tabs': t => JSON.stringify(JSON.parse(t), null, '\t').replaceAll('\n', '\r\n'),
  'line breaks around it': t => `\n${t}\n\n`,
  'single quotes around it': t => `'${t}'`,
  'a JSON string': t => JSON.stringify(t),
  'a JSON string in a JSON string': t => JSON.stringify(JSON.stringify(t)),
  'escaped quotes': t => t.replaceAll('"', '\\"'),
  'quotes escaped twice': t => t.replaceAll('"', '\\\\\\"'),
  'escaped line breaks': t => JSON.stringify(JSON.parse(t), null, 2).replaceAll('\n', '\\n'),
  'a byte order mark': t => '\ufeff' + t,
  'base64url of it': t => base64url(t),
  'base64 of it in quotes': t => `"${base64(t)}"`,
  'its bytes': t => Buffer.from(t),
  'UTF-16': t => Buffer.from('\ufeff' + t, 'utf16le'),
}

// RSA and P-521 are slow, so they don't go through all of it in every form.
for (const [alg, type, key, wanted] of [
  ['RS256', 'RSA', rsa2048, ['PKCS#1']],
  ['ES256', 'P-256', p256, ['PKCS#8', 'SEC1', 'encrypted PKCS#8', 'JWK']],
  ['ES384', 'P-384', p384, ['SEC1', 'JWK']],
  ['EdDSA', 'Ed25519', ed25519, ['PKCS#8', 'encrypted PKCS#8', 'JWK']],
]) {
  const all = forms(key)
  const [own] = Object.entries(keys).find(([, k]) => k === key).map(name => key.certificate ?? certificates[name])
  for (const form of wanted) {
    const [text, more] = all[form]
    for (const [mangling, mangle] of Object.entries(form === 'JWK' ? mangledJWK : mangledPEM)) {
      await accept(`${type}, ${form}: ${mangling}`, alg, key.pkcs8, mangle(text, own), more)
    }
  }
}

// --- labels, versions and spellings of DER ---------------------------------------------------------------------------------

const relabel = (pem, label) => toPEM(label, toDER(pem))
await accept('PKCS#1 that is labelled as PKCS#8', 'RS256', rsa2048.pkcs8, relabel(rsa2048.pkcs1, 'PRIVATE KEY'))
await accept('SEC1 that is labelled as PKCS#8', 'ES256', p256.pkcs8, relabel(p256.sec1, 'PRIVATE KEY'))
await accept('PKCS#8 that is labelled as PKCS#1', 'RS256', rsa2048.pkcs8, relabel(rsa2048.pkcs8, 'RSA PRIVATE KEY'))
await accept('PKCS#8 that is labelled as SEC1', 'ES384', p384.pkcs8, relabel(p384.pkcs8, 'EC PRIVATE KEY'))
await accept('encrypted PKCS#8 that is labelled as plain', 'ES256', p256.pkcs8, relabel(p256.encrypted, 'PRIVATE KEY'), { passphrase: p256.passphrase })
await accept('the key of a PKCS#12 file, as OpenSSL takes it out', 'ES256', p256.pkcs8, other.bag)

// RFC 8410 section 10.3 prints the same key without and with its public key and an attribute.
const rfc8410 = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n'
await accept('RFC 8410 10.3, version 1', 'EdDSA', rfc8410, rfc8410)
await accept('RFC 8410 10.3, version 2 with its public key and an attribute', 'EdDSA', rfc8410,
  '-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\noB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n')

const p256OID = oid('2a8648ce3d030107')
const ecAlgorithm = sequence(oid('2a8648ce3d0201'), p256OID)
const d = Buffer.from(p256.jwk.d, 'base64url')
const point = Buffer.concat([Buffer.from([0, 4]), Buffer.from(p256.jwk.x, 'base64url'), Buffer.from(p256.jwk.y, 'base64url')])
const compressed = Buffer.concat([Buffer.from([0, 2 + (point.at(-1) & 1)]), Buffer.from(p256.jwk.x, 'base64url')])
const ecKey = (scalar, ...more) => sequence(integer(1), octets(scalar), ...more)
const pkcs8 = (inner, algorithm = ecAlgorithm, version = 0, ...more) => sequence(integer(version), algorithm, octets(inner), ...more)
const readable = (form, key) => {
  const read = createPrivateKey({ key: form, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  if (read.d !== key.jwk.d || read.x !== key.jwk.x || read.y !== key.jwk.y) throw new Error('OpenSSL reads another key')
  return form
}
await accept('an EC key without its public point', 'ES256', p256.pkcs8, readable(pkcs8(ecKey(d)), p256))
await accept('an EC key that names its curve twice', 'ES256', p256.pkcs8, readable(pkcs8(ecKey(d, der(0xa0, p256OID), der(0xa1, der(3, point)))), p256))
await accept('an EC key with a compressed point', 'ES256', p256.pkcs8, readable(pkcs8(ecKey(d, der(0xa1, der(3, compressed)))), p256))
await accept('an EC key with a zero before its number', 'ES256', p256.pkcs8, readable(pkcs8(ecKey(Buffer.concat([Buffer.from([0]), d]))), p256))
await accept('an EC key with attributes', 'ES256', p256.pkcs8, readable(pkcs8(ecKey(d), ecAlgorithm, 0, der(0xa0)), p256))
await accept('SEC1 with its curve and without its point', 'ES256', p256.pkcs8, ecKey(d, der(0xa0, p256OID)))
const small = p521.jwk.d.startsWith('A') ? Buffer.from(p521.jwk.d, 'base64url') : Buffer.from('00' + '7f'.repeat(65), 'hex')
await accept('a P-521 key whose number is written without its first zero', 'ES512', toPEM('PRIVATE KEY', p521key(small)), p521key(small.subarray(small.findIndex(b => b !== 0))))
function p521key(scalar) {
  return pkcs8(ecKey(scalar), sequence(oid('2a8648ce3d0201'), oid('2b81040023')))
}
await accept('RSA without the NULL of its algorithm', 'RS256', rsa2048.pkcs8, pkcs8(toDER(rsa2048.pkcs1), sequence(oid('2a864886f70d010101'))))

// --- encryption --------------------------------------------------------------------------------------------------------------

for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc']) {
  for (const prf of [null, 'sha1', 'sha256', 'sha384', 'sha512']) {
    const encrypted = encrypt(p256.pkcs8, 'correct horse', { cipher, prf })
    await accept(`${cipher} and ${prf === null ? 'the default' : prf}`, 'ES256', p256.pkcs8, toPEM('ENCRYPTED PRIVATE KEY', encrypted), { passphrase: 'correct horse' })
  }
}
for (const [comment, key, passphrase, options] of [
  ['one iteration', p256, 'correct horse', { iterations: 1 }],
  ['10 000 iterations', p384, 'correct horse', { iterations: 10_000 }],
  ['the length of the key is said', ed25519, 'correct horse', { keyLength: true }],
  ['the length of the key and HMAC-SHA1', ed25519, 'correct horse', { keyLength: true, prf: 'sha1', cipher: 'aes-192-cbc' }],
  ['a passphrase of one letter', p256, 'x', {}],
  ['a long passphrase: hashed first', p256, 'long '.repeat(40), {}],
  ['a passphrase with blanks around it', p256, '  blanks  ', {}],
  ['a passphrase with a line break', p256, 'two\nlines', {}],
  ['a passphrase with letters beyond the first plane', p256, 'Schlüssel 🔑', {}],
]) {
  const alg = { p256: 'ES256', p384: 'ES384' }[Object.keys(keys).find(name => keys[name] === key)] ?? 'EdDSA'
  await accept(`encrypted: ${comment}`, alg, key.pkcs8, toPEM('ENCRYPTED PRIVATE KEY', encrypt(key.pkcs8, passphrase, options)), { passphrase })
}
await accept('encrypted by OpenSSL, P-256', 'ES256', p256.pkcs8, p256.encrypted, { passphrase: p256.passphrase })
await accept('encrypted by OpenSSL, RSA', 'RS256', rsa2048.pkcs8, rsa2048.encrypted, { passphrase: rsa2048.passphrase })

const right = { passphrase: 'correct horse' }
const sealed = encrypt(p256.pkcs8, 'correct horse')
const change = (bytes, at, by = 1) => Buffer.from(bytes.map((b, i) => (i === (at < 0 ? bytes.length + at : at) ? b ^ by : b)))
refuse('encrypted: no passphrase', sealed, ['encrypted', 'passphrase', 'openssl pkey'])
for (let i = 0; i < 300; i += 37) refuse(`encrypted: wrong passphrase ${i}`, sealed, ['passphrase is wrong'], { passphrase: `wrong ${i}` })
refuse('encrypted: the passphrase with a line break after it', sealed, ['passphrase is wrong'], { passphrase: 'correct horse\n' })
refuse('encrypted: the last byte changed', change(sealed, -1), ['passphrase is wrong', 'damaged'], right)
refuse('encrypted: the last block missing', sequence(...split(sealed, 16)), ['passphrase is wrong', 'damaged'], right)
refuse('encrypted: a byte missing', sequence(...split(sealed, 1)), ['damaged'], right)
refuse('encrypted: nothing in it', sequence(...split(sealed, Infinity)), ['damaged'], right)
refuse('encrypted: cut off', sealed.subarray(0, -20), ['damaged', 'openssl pkey'], right)
refuse('encrypted: too many iterations', encrypt(p256.pkcs8, 'correct horse', { iterations: 2_000_001 }), ['600000 iterations', 'openssl pkey'], right)
refuse('encrypted: a number of iterations that makes no sense', encrypt(p256.pkcs8, 'correct horse', { iterations: 2 ** 40 }), ['damaged'], right)
refuse('encrypted: scrypt', other.scrypt, ['scrypt', 'openssl pkey'], { passphrase: 'abcd' })
refuse('encrypted: scrypt, no passphrase', other.scrypt, ['scrypt', 'openssl pkey'])
refuse('encrypted: a scheme of PKCS#12', other.pbe3des, ['PKCS #12', 'Triple DES', 'openssl pkey'], { passphrase: 'abcd' })
refuse('encrypted: PBES1', other.pbeMD5DES, ['PBES1', 'openssl pkey'], { passphrase: 'abcd' })
refuse('encrypted: Triple DES', other.des3, ['Triple DES', 'openssl pkey'], { passphrase: 'abcd' })
refuse('encrypted: Aria', other.aria, ['encrypted', 'AES-CBC', 'openssl pkey'], { passphrase: 'abcd' })
refuse('encrypted: HMAC-SHA224', other.hmacSHA224, ['encrypted', 'PBKDF2', 'openssl pkey'], { passphrase: 'abcd' })
refuse("encrypted: OpenSSL's old format, RSA", other.classicRSA, ['Proc-Type', 'openssl pkey'], { passphrase: 'abcd' })
refuse("encrypted: OpenSSL's old format, EC", other.classicEC, ['Proc-Type', 'openssl pkey'])
refuse("encrypted: OpenSSL's old format in one line", other.classicEC.replaceAll('\n', ' '), ['Proc-Type', 'openssl pkey'])
refuse('encrypted: RSA of 1024 bits', encrypt(keys.rsa1024.pkcs8, 'correct horse'), ['1024', 'openssl genpkey'], right)
refuse('encrypted: X25519', encrypt(keys.x25519.pkcs8, 'correct horse'), ['X25519'], right)
refuse('a needless passphrase', p256.pkcs8, ['passphrase', 'not encrypted'], right, 'invalid_config')
refuse('a needless passphrase for a JWK', p256.jwk, ['passphrase', 'not encrypted'], right, 'invalid_config')

/** The two parts of EncryptedPrivateKeyInfo, the second without its last bytes. */
function split(encrypted, fewer) {
  const start = encrypted[1] < 0x80 ? 2 : 2 + (encrypted[1] & 0x7f)
  const end = start + 2 + encrypted[start + 1]
  const data = encrypted.subarray(end + (encrypted[end + 1] < 0x80 ? 2 : 2 + (encrypted[end + 1] & 0x7f)))
  return [encrypted.subarray(start, end), octets(data.subarray(0, Math.max(0, data.length - fewer)))]
}

// --- sets of JWKs ------------------------------------------------------------------------------------------------------------

const named = (key, kid, more) => ({ kid, ...key.jwk, ...more })
const set = { keys: [named(p256, 'first'), named(p384, 'second'), { ...ed25519.publicJwk, kid: 'public' }, { ...named(p256b, 'sealing'), use: 'enc' }] }
await accept('a set: the first by its kid', 'ES256', p256.pkcs8, set, { keyId: 'first' })
await accept('a set: the second by its kid', 'ES384', p384.pkcs8, set, { keyId: 'second' })
await accept('a set as text, by kid', 'ES384', p384.pkcs8, JSON.stringify(set, null, 2), { keyId: 'second' })
await accept('a set as base64, by kid', 'ES384', p384.pkcs8, base64(JSON.stringify(set)), { keyId: 'second' })
await accept('a set as escaped text, by kid', 'ES384', p384.pkcs8, JSON.stringify(JSON.stringify(set)), { keyId: 'second' })
await accept('a set as bytes, by kid', 'ES384', p384.pkcs8, Buffer.from(JSON.stringify(set)), { keyId: 'second' })
await accept('a set with one key', 'EdDSA', ed25519.pkcs8, { keys: [ed25519.jwk] })
await accept('a set with one private key', 'EdDSA', ed25519.pkcs8, { keys: [p256.publicJwk, ed25519.jwk, rsa2048.publicJwk] })
await accept('a set with one key that may sign', 'EdDSA', ed25519.pkcs8, { keys: [{ ...p256.jwk, use: 'enc' }, ed25519.jwk, { ...p384.jwk, key_ops: ['deriveKey'] }] })
await accept('a set with one key without a kid, and a keyId', 'EdDSA', ed25519.pkcs8, { keys: [ed25519.jwk] }, { keyId: 'mine' })
await accept('a set with members that nobody knows', 'ES256', p256.pkcs8, { 'x-note': 1, ...set, more: [] }, { keyId: 'first' })
await accept('one JWK and another keyId', 'ES256', p256.pkcs8, named(p256, 'its own'), { keyId: 'mine' })
await accept('PEM and a keyId', 'ES256', p256.pkcs8, p256.pkcs8, { keyId: 'mine' })
refuse('a set: no keyId', set, ['keyId', '"first", "second"'])
refuse('a set: an unknown keyId', set, ['keyId', '"first", "second"'], { keyId: 'third' })
refuse('a set: the keyId of a public key', set, ['keyId', '"first", "second"'], { keyId: 'public' })
refuse('a set: the keyId of a key for encryption', set, ['keyId', '"first", "second"'], { keyId: 'sealing' })
refuse('a set: one key with another kid', { keys: [named(p256, 'only')] }, ['keyId', '"only"'], { keyId: 'mine' })
refuse('a set: several keys without kid', { keys: [p256.jwk, p384.jwk] }, ['keyId', 'kid'])
refuse('a set: public keys', { keys: [p256.publicJwk, rsa2048.publicJwk] }, ['JWK set', 'private'])
refuse('a set: empty', { keys: [] }, ['JWK set', 'private'])
refuse('a set: no list', { keys: p256.jwk }, ['JWK set', 'keys'])
refuse('a set: text in it', { keys: ['a'] }, ['JWK set'])
refuse('a set: a broken key', { keys: [{ ...p256.jwk, d: '!' }] }, ['"d"'])
refuse('a set: kids that are long or odd', { keys: [named(p256, 'x'.repeat(65)), named(p384, 'a\u202eb'), named(p521, 'plain')] }, ['"…", "…", "plain"'])
refuse('a set: many keys', { keys: Array.from({ length: 12 }, (_, i) => named(p256, `k${i}`)) }, ['"k0"', '"k9"', '…'])
refuse('a list of JWKs', JSON.stringify([p256.jwk]), ['array', 'keys'])

// --- JWKs ------------------------------------------------------------------------------------------------------------------

await accept('a JWK with use sig', 'ES256', p256.pkcs8, { ...p256.jwk, use: 'sig' })
await accept('a JWK with key_ops', 'ES256', p256.pkcs8, { ...p256.jwk, key_ops: ['verify', 'sign'], ext: true })
await accept('an Ed25519 JWK without x', 'EdDSA', ed25519.pkcs8, { ...ed25519.jwk, x: undefined })
await accept('a JWK with the alg Ed25519', 'Ed25519', ed25519.pkcs8, { ...ed25519.jwk, alg: 'Ed25519' })
refuse('a JWK with use enc', { ...p256.jwk, use: 'enc' }, ['"use"', 'sig'])
refuse('a JWK with use as a number', { ...p256.jwk, use: 1 }, ['"use"'])
refuse('a JWK with key_ops without sign', { ...p256.jwk, key_ops: ['verify', 'deriveBits'] }, ['"key_ops"', 'sign'])
refuse('a JWK with no key_ops', { ...p256.jwk, key_ops: [] }, ['"key_ops"', 'sign'])
refuse('a JWK with key_ops as text', { ...p256.jwk, key_ops: 'sign' }, ['"key_ops"'])
refuse('a JWK with an alg for encryption', { ...rsa2048.jwk, alg: 'RSA-OAEP' }, ['"alg"', 'RS256'])
refuse('a JWK with the alg of another curve', { ...p256.jwk, alg: 'ES384' }, ['"alg"', 'ES384', 'P-256'])
refuse('a JWK with a number as alg', { ...p256.jwk, alg: 256 }, ['"alg"'])
refuse('a JWK with a number as kid', { ...p256.jwk, kid: 256 }, ['"kid"'])
refuse('an RSA JWK with n, e and d only', { kty: 'RSA', n: rsa2048.jwk.n, e: rsa2048.jwk.e, d: rsa2048.jwk.d }, ['"p"', '"qi"'])
refuse('an RSA JWK of several primes', { ...rsa2048.jwk, oth: [{ r: 'AQ', d: 'AQ', t: 'AQ' }] }, ['primes'])
refuse('a JWK on P-224', { ...p256.jwk, crv: 'P-224' }, ['curve', 'P-256'])
refuse('a JWK on secp256k1', keys.secp256k1.jwk, ['secp256k1', 'P-256'])
refuse('a JWK on X25519', keys.x25519.jwk, ['X25519', 'Ed25519'])
refuse('a JWK on Ed448', keys.ed448.jwk, ['Ed448', 'Ed25519'])
refuse('a JWK without its crv', { ...p256.jwk, crv: undefined }, ['"crv"'])
refuse('an encrypted JWK', { protected: 'eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1cifQ', iv: 'AA', ciphertext: 'AA', tag: 'AA' }, ['encrypted', 'JWE'])
refuse('a JWK cut off', JSON.stringify(p256.jwk).slice(0, -9), ['JWK', 'cut off'])
refuse('a JWK with a member twice', '{"kty":"EC","kty":"EC"}', ['JWK', 'twice'])
refuse('a JWK whose point belongs to another key', { ...p256.jwk, x: p256b.jwk.x, y: p256b.jwk.y }, ['damaged', 'public'])
refuse('an RSA JWK with a number of another key', { ...rsa2048.jwk, dp: rsa2048.jwk.dq }, ['damaged', 'numbers'])
tests.at(-1).input.alg = 'RS256'
refuse('an Ed25519 JWK whose x belongs to another key', { ...ed25519.jwk, x: Buffer.alloc(32, 7).toString('base64url') }, ['damaged', 'public'])
tests.at(-1).input.alg = 'EdDSA'

// --- what is no private key, and what can't be used --------------------------------------------------------------------------

const notPrivate = [
  ['a public key', p256.public, ['public key', 'openssl pkey']],
  ['a public key, DER', toDER(p256.public), ['public key', 'openssl pkey']],
  ['a public key, base64 of DER', base64(toDER(p256.public)), ['public key']],
  ['a public key, base64 of PEM', base64(p256.public), ['public key']],
  ['a public key in one line', p256.public.replaceAll('\n', '\\n'), ['public key']],
  ['a public key, PKCS#1', createPublicKey(rsa2048.public).export({ type: 'pkcs1', format: 'pem' }), ['public key']],
  ['a public key, PKCS#1, DER', createPublicKey(rsa2048.public).export({ type: 'pkcs1', format: 'der' }), ['public key']],
  ['a public key that is labelled as private', relabel(p256.public, 'PRIVATE KEY'), ['public key']],
  ['a public JWK', p256.publicJwk, ['public JWK']],
  ['a certificate', p256.certificate, ['certificate', 'openssl pkey']],
  ['a certificate, DER', toDER(p256.certificate), ['certificate', 'openssl pkey']],
  ['a certificate, base64 of PEM', base64(p256.certificate), ['certificate']],
  ['certificates of PKCS#7', other.pkcs7, ['certificate']],
  ['a certificate signing request', other.request, ['certificate signing request']],
  ['a certificate signing request, DER', toDER(other.request), ['certificate signing request']],
  ['a PKCS#12 file', Buffer.from(other.pkcs12, 'base64'), ['PKCS #12', 'passphrase']],
  ['a PKCS#12 file, base64', other.pkcs12, ['PKCS #12', 'passphrase']],
  ['a Java keystore', Buffer.from(other.jks, 'base64'), ['Java keystore', 'keytool', 'passphrase']],
  ["a key in OpenSSH's format", other.openssh, ['OpenSSH', 'ssh-keygen -p -m PKCS8']],
  ["an Ed25519 key in OpenSSH's format", other.opensshEd25519, ['OpenSSH', 'ssh-keygen -p -m PKCS8', '9.6']],
  ["a key in OpenSSH's format, in one line", other.openssh.replaceAll('\n', '\\n'), ['OpenSSH', 'ssh-keygen']],
  ['an SSH public key', other.sshPublic, ['SSH public key', 'ssh-keygen']],
  ['an SSH public key, Ed25519', other.sshPublicEd25519, ['SSH public key', 'ssh-keygen']],
  ['an SSH public key, SSH2', other.ssh2Public, ['SSH public key']],
  ['a key of SSH2', '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/56wAAAi4AAAA3aWYtbW9kbntz\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n', ['SSH2', 'ssh-keygen -i']],
  ['a PuTTY key', 'PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nEncryption: none\nComment: x\nPublic-Lines: 3\nAAAA\n', ['PuTTY', 'puttygen']],
  ['a PGP key', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlFgEZVtb\n=x1Yz\n-----END PGP PRIVATE KEY BLOCK-----\n', ['PGP', 'openssl genpkey']],
  ['a key in a TPM', '-----BEGIN TSS2 PRIVATE KEY-----\nMIHyBgZngQUKAQOgAwEBAQ==\n-----END TSS2 PRIVATE KEY-----\n', ['TPM']],
  ['EC PARAMETERS alone', other.ecParameters, ['EC PARAMETERS', 'EC PRIVATE KEY']],
  ['DH parameters', '-----BEGIN DH PARAMETERS-----\nMIIB\n-----END DH PARAMETERS-----\n', ['PEM of another kind', 'PRIVATE KEY']],
  ['a DSA key', other.dsa, ['DSA', 'openssl genpkey']],
  ['a DSA key, as OpenSSL wrote it', other.dsaTraditional, ['DSA', 'openssl genpkey']],
  ['a DSA key, DER', toDER(other.dsaTraditional), ['DSA', 'openssl genpkey']],
  ['a DH key', other.dh, ['DH', 'openssl genpkey']],
  ['X25519', keys.x25519.pkcs8, ['X25519', 'Ed25519', 'openssl genpkey']],
  ['X448', other.x448, ['X448', 'openssl genpkey']],
  ['Ed448', keys.ed448.pkcs8, ['Ed448', 'openssl genpkey']],
  ['ML-DSA', pkcs8(Buffer.alloc(34), sequence(oid('608648016503040312'))), ['ML-DSA', 'openssl genpkey']],
  ['a type that nobody knows', pkcs8(Buffer.alloc(34), sequence(oid('2a0304'))), ['type', 'openssl genpkey']],
  ['secp256k1', keys.secp256k1.pkcs8, ['secp256k1', 'P-256', 'openssl genpkey']],
  ['secp256k1, SEC1', createPrivateKey(keys.secp256k1.pkcs8).export({ type: 'sec1', format: 'pem' }), ['secp256k1', 'P-256', 'openssl genpkey']],
  ['P-224', other.p224, ['P-224', 'openssl genpkey']],
  ['a Brainpool curve', other.brainpool, ['Brainpool', 'openssl genpkey']],
  ['a Brainpool curve, SEC1', other.brainpoolSec1, ['Brainpool', 'openssl genpkey']],
  ['a curve that is spelled out', other.explicit, ['curve', 'openssl pkey', 'named_curve']],
  ['a curve that is spelled out, SEC1', other.explicitSec1, ['curve', 'openssl pkey', 'named_curve']],
  ['SEC1 without its curve', ecKey(d, der(0xa1, der(3, point))), ['SEC 1', 'curve', 'openssl pkey']],
  ['RSA of 1024 bits', keys.rsa1024.pkcs8, ['1024', '2048', 'openssl genpkey']],
  ['RSA of 1024 bits, PKCS#1', createPrivateKey(keys.rsa1024.pkcs8).export({ type: 'pkcs1', format: 'pem' }), ['1024', 'openssl genpkey']],
  ['RSA of 1024 bits, JWK', keys.rsa1024.jwk, ['1024', 'openssl genpkey']],
  ['RSA of three primes', other.threePrimes, ['primes', 'openssl genpkey']],
  ['RSA of three primes, PKCS#1', other.threePrimesPkcs1, ['primes', 'openssl genpkey']],
  ['RSA-PSS with SHA-1', other.pssSHA1, ['RSA-PSS', 'SHA-256', 'openssl genpkey']],
  ['two private keys', p256.pkcs8 + p384.pkcs8, ['several private keys']],
  ['a credentials file', JSON.stringify({ type: 'service_account', private_key: rsa2048.pkcs8, private_key_id: 'a' }), ['credentials file', 'loadCredentials', 'private_key']],
  ['a credentials file as an object', { id: 'a', private_key: p256.pkcs8 }, ['credentials file', 'loadCredentials', 'private_key']],
  ['JSON of another kind', { clientId: 'a' }, ['kty']],
  ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', ['JWT']],
  ['HTML', '<!DOCTYPE html><title>Sign in</title>', ['HTML']],
  ['an XML key of .NET', '<RSAKeyValue><Modulus>tfuB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>', ['XML', '.NET', 'Pkcs8']],
  ['a path', '/etc/keys/key.pem', ['path']],
  ['a path of Windows', 'C:\\keys\\private', ['path']],
  ['a path from here', './private', ['path']],
  ['a path from home', '~/.ssh/id_rsa', ['path']],
  ['the name of a file', 'private-key.p8', ['path']],
  ['the address of a file', 'file:///etc/keys/key', ['path']],
  ['the name of a variable', 'PRIVATE_KEY', ['PEM', 'JWK']],
  ['a password', 'correct horse battery staple', ['PEM', 'JWK', 'openssl pkey']],
  ['base64 of text', base64('just a text, but no key at all'), ['PEM', 'JWK']],
  ['base64 of base64 of PEM', base64(base64(p256.pkcs8)), ['PEM', 'JWK']],
  ['a lone quote', '"', ['empty']],
  ['bytes of nothing', Buffer.from('   \n'), ['empty']],
]
for (const [comment, form, mentions] of notPrivate) refuse(`no key: ${comment}`, form, mentions)

// --- truncated and corrupted -------------------------------------------------------------------------------------------------

const p256DER = toDER(p256.pkcs8)
const damaged = [
  ['no END line', p256.pkcs8.replace(/-----END.*\n/, ''), ['cut off', 'openssl pkey']],
  ['no END line, encrypted', p256.encrypted.replace(/-----END.*\n/, ''), ['cut off']],
  ['half of it', rsa2048.pkcs1.slice(0, 800), ['cut off']],
  ['BEGIN line alone', '-----BEGIN PRIVATE KEY-----', ['cut off']],
  ['BEGIN line cut off', '-----BEGIN PRIV', ['cut off']],
  ['two BEGIN lines', first(p256.pkcs8) + '\n' + p256.pkcs8, ['cut off']],
  ['a hyphen less', p256.pkcs8.slice(1), ['first line', '-----BEGIN PRIVATE KEY-----']],
  ['dashes instead of hyphens', p256.pkcs8.replaceAll('-----', '\u2014\u2014'), ['first line', '-----BEGIN PRIVATE KEY-----']],
  ['without its BEGIN line', lines(p256.pkcs8).slice(1).join('\n'), ['first line', '-----BEGIN PRIVATE KEY-----']],
  ['nothing between its lines', `${first(p256.pkcs8)}\n${last(p256.pkcs8)}\n`, ['damaged', 'BEGIN']],
  ['a line missing', [...lines(p256.pkcs8).slice(0, 1), ...lines(p256.pkcs8).slice(2)].join('\n'), ['damaged', 'openssl pkey']],
  ['the last line missing', [...lines(rsa2048.pkcs8).slice(0, -2), last(rsa2048.pkcs8)].join('\n'), ['damaged', 'openssl pkey']],
  ['characters that are not base64', p256.pkcs8.replace('MIGHAgEA', 'MIG*AgEA'), ['damaged', 'base64']],
  ['a character missing', p256.pkcs8.replace('MIGHAgEA', 'MIGHAgE'), ['damaged']],
  ['the start of the base64 of a PEM', base64(p256.pkcs8).slice(0, 101), ['base64', 'cut off']],
  ['the start of the base64 of DER', base64(p256DER).slice(0, 80), ['damaged', 'openssl pkey']],
  ['DER, a byte missing', p256DER.subarray(0, -1), ['damaged', 'end is missing']],
  ['DER, short and cut off', toDER(ed25519.pkcs8).subarray(0, 40), ['damaged', 'end is missing']],
  ['DER, a line break after it', Buffer.concat([p256DER, Buffer.from('\n')]), ['damaged', 'followed by more']],
  ['DER, the version changed', change(p256DER, 5, 2), ['damaged']],
  ['DER, a length changed', change(p256DER, 7), ['damaged']],
  ['DER, indefinite length', Buffer.from('3080020100300506032b65700000', 'hex'), ['damaged']],
  ['DER that was read as text', p256DER.toString('utf8'), ['binary', 'bytes', 'openssl pkey']],
  ['DER that was read as Latin-1', p256DER.toString('latin1'), ['binary', 'bytes', 'openssl pkey']],
  ['binary of another kind', Buffer.from('89504e470d0a1a0a', 'hex'), ['binary']],
  ['the number is zero', pkcs8(ecKey(Buffer.alloc(32))), ['damaged', 'range of P-256']],
  ['the number is the order of the curve', pkcs8(ecKey(Buffer.from('FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551', 'hex'))), ['damaged', 'range of P-256']],
  ['the number is too long', pkcs8(ecKey(Buffer.alloc(33, 1))), ['damaged', 'P-256']],
  ['the number changed', pkcs8(ecKey(change(d, 5), der(0xa1, der(3, point)))), ['damaged', 'public']],
  ['the point changed', pkcs8(ecKey(d, der(0xa1, der(3, change(point, 40))))), ['damaged', 'public']],
  ['two curves', pkcs8(ecKey(d, der(0xa0, oid('2b81040022')))), ['damaged']],
  ['an Ed25519 key that is too short', pkcs8(octets(Buffer.alloc(31)), sequence(oid('2b6570'))), ['damaged']],
  ['an RSA number changed', change(toDER(rsa2048.pkcs8), 60), ['damaged', 'RSA', 'openssl pkey'], 'RS256'],
  ['an RSA prime changed', change(toDER(rsa2048.pkcs8), 640), ['damaged', 'RSA', 'openssl pkey'], 'RS256'],
  ['the last RSA number changed', change(toDER(rsa2048.pkcs8), -1), ['damaged', 'RSA', 'openssl pkey'], 'RS256'],
]
for (const [comment, form, mentions, alg = 'ES256'] of damaged) {
  refuse(`damaged: ${comment}`, form, mentions)
  tests.at(-1).input.alg = alg
}

// --- alg -------------------------------------------------------------------------------------------------------------------

refuse('ES384 with a P-256 key in SEC1', p256.sec1, ['alg', 'P-256', 'ES256'])
tests.at(-1).input.alg = 'ES384'
refuse('RS256 with an RSA-PSS key', other.pss, ['alg', 'PS256 PS384 PS512'])
tests.at(-1).input.alg = 'RS256'
refuse('PS256 with an RSA-PSS key for SHA-384', other.pssSHA384, ['alg', 'PS384'])
tests.at(-1).input.alg = 'PS256'

// --- whole requests ----------------------------------------------------------------------------------------------------------

/** An RSA-PSS key as an RSA key, which the signer here wants: the PKCS#1 inside, which begins with the first octet string. */
function asRSA(pem) {
  const whole = toDER(pem)
  const pkcs1 = whole.subarray(whole.indexOf(Buffer.from('0482', 'hex')) + 4)
  return createPrivateKey({ key: pkcs1, format: 'der', type: 'pkcs1' }).export({ type: 'pkcs8', format: 'pem' })
}

await build('DER of PKCS#8', { ...id, privateKey: toDER(p256.pkcs8) }, p256.pkcs8)
await build('DER of PKCS#1, keyId', { ...id, keyId: 'k', privateKey: toDER(rsa2048.pkcs1) }, rsa2048.pkcs8)
await build('DER of encrypted PKCS#8', { ...id, privateKey: toDER(p256.encrypted), passphrase: p256.passphrase }, p256.pkcs8)
await build('the bytes of a JWK', { ...id, privateKey: Buffer.from(JSON.stringify(named(ed25519, 'k'))) }, named(ed25519, 'k'))
await build('base64 of PEM', { ...id, privateKey: base64(p521.sec1) }, p521.pkcs8)
await build('an environment file with escaped line breaks, quotes', { ...id, privateKey: `'${ed25519.pkcs8.replaceAll('\n', '\\n')}'` }, ed25519.pkcs8)
await build('a JWK as text gives kid and alg', { ...id, privateKey: JSON.stringify(named(rsa2048, 'k', { alg: 'RS512' })) }, named(rsa2048, 'k', { alg: 'RS512' }))
await build('keyId over the kid of a JWK', { ...id, keyId: 'mine', privateKey: JSON.stringify(named(p256, 'its own')) }, p256.pkcs8)
await build('a set, keyId', { ...id, keyId: 'second', privateKey: set }, p384.pkcs8)
await build('a set as text, keyId', { ...id, keyId: 'second', privateKey: JSON.stringify(set) }, p384.pkcs8)
await build('a set with one private key gives its kid', { ...id, privateKey: { keys: [p256.publicJwk, named(ed25519, 'k')] } }, named(ed25519, 'k'))
await build('an RSA-PSS key signs with PS256', { ...id, privateKey: other.pss }, asRSA(other.pss), { alg: 'PS256' })
await build('an RSA-PSS key and PS512', { ...id, alg: 'PS512', privateKey: other.pss }, asRSA(other.pss))
await build('an RSA-PSS key for SHA-384 signs with PS384', { ...id, privateKey: other.pssSHA384 }, asRSA(other.pssSHA384), { alg: 'PS384' })
for (const [comment, config, mentions, code = 'invalid_key'] of [
  ['a set and no keyId', { privateKey: set }, ['privateKey', 'keyId', '"first", "second"']],
  ['a set and an unknown keyId', { privateKey: set, keyId: 'third' }, ['privateKey', 'keyId', '"first", "second"']],
  ['a needless passphrase', { privateKey: p256.sec1, passphrase: 'correct horse' }, ['passphrase', 'not encrypted'], 'invalid_config'],
  ['a path', { privateKey: '/etc/keys/key.pem' }, ['privateKey', 'path']],
  ['an RSA-PSS key and RS256', { privateKey: other.pss, alg: 'RS256' }, ['privateKey', 'alg', 'PS256']],
  ['a JWK with an alg for encryption', { privateKey: { ...rsa2048.jwk, alg: 'RSA-OAEP' }, alg: 'RS256' }, ['privateKey', '"alg"']],
]) {
  tests.push({ comment: `in a request: ${comment}`, source: 'by hand', op: 'build', config: { ...id, ...config }, ...fixed(`key-format ${comment}`), wantError: { code, mentions } })
}
tests.push({ comment: 'in a request: bytes that are no key', source: 'by hand', op: 'build', config: { ...id }, keyHex: '000102', ...fixed('key-format bytes'), wantError: { code: 'invalid_key', mentions: ['privateKey', 'binary'] } })

// --- RSA keys whose numbers are not those of a good key, though they belong together as RFC 8017 section 3.2 has it --------------

const number = name => BigInt(`0x${Buffer.from(rsa2048.jwk[name], 'base64url').toString('hex')}`)
const jwkNumber = n => Buffer.from(n.toString(16).padStart(2 * Math.ceil(n.toString(16).length / 2), '0'), 'hex').toString('base64url')
const inverse = (a, m) => { // Euclid's
  let [r, s, x, y] = [m, ((a % m) + m) % m, 0n, 1n]
  while (s !== 0n) [r, s, x, y] = [s, r % s, y, x - (r / s) * y]
  return r === 1n ? ((x % m) + m) % m : undefined
}
/** The RSA key of two numbers and a public exponent, consistent whatever they are; p and q are swapped where q has no inverse. */
const rsaOf = (p, q, e) => {
  const gcd = (a, b) => (b === 0n ? a : gcd(b, a % b))
  const d = inverse(e, ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n))
  const all = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  return { kty: 'RSA', ...Object.fromEntries(Object.entries(all).map(([name, n]) => [name, jwkNumber(n)])) }
}
/** The first number from there, odd, for which f says yes. */
const from = (n, f) => { for (n |= 1n; ; n += 2n) if (f(n)) return n }
const [p, q, e] = [number('p'), number('q'), 65537n]
const suits = (n, of = e) => inverse(of, n - 1n) !== undefined
const rsa = (comment, key, mentions) => refuse(`RSA: ${comment}`, key, mentions, { alg: 'RS256' })
const numbersDont = ['damaged', "numbers don't belong together", 'openssl pkey']
rsa('e = 1, whose signature is the padded hash', rsaOf(p, q, 1n), ['public exponent', 'even, 1, or above', 'openssl genpkey'])
rsa('e = 0', { ...rsa2048.jwk, e: 'AA' }, ['public exponent', 'openssl genpkey'])
rsa('e is even', { ...rsa2048.jwk, e: 'AQAC' }, ['public exponent', 'openssl genpkey'])
rsa('e = 2', { ...rsa2048.jwk, e: 'Ag' }, ['public exponent', 'openssl genpkey'])
rsa('e above 2^31 - 1', rsaOf(p, q, from(2n ** 31n, n => suits(p, n) && suits(q, n))), ['public exponent', 'openssl genpkey'])
rsa('e as large as n', { ...rsa2048.jwk, e: rsa2048.jwk.n }, ['public exponent', 'openssl genpkey'])
rsa('p = 3', rsaOf(3n, from(2n ** 2047n, n => suits(n) && n % 3n !== 0n), e), numbersDont)
rsa('p of 256 bits', rsaOf(from(2n ** 255n, suits), from(2n ** 1800n, suits), e), numbersDont)
rsa('p and q near each other', rsaOf(p, from(p + 2n, suits), e), numbersDont)
rsa('d of 16 bits', rsaOf(p, q, inverse(from(2n ** 16n - 99n, n => suits(p, n) && suits(q, n)), (p - 1n) * (q - 1n))), ['public exponent'])
rsa('p is no prime', rsaOf(from(p + 2n, n => suits(n) && n % 3n === 0n), q, e), ['damaged'])
rsa('q is no prime', rsaOf(p, from(q + 2n, n => suits(n) && n % 3n === 0n), e), ['damaged'])
for (const name of ['n', 'd', 'p', 'q', 'dp', 'dq', 'qi']) {
  rsa(`${name} two more`, { ...rsa2048.jwk, [name]: jwkNumber(number(name) + 2n) }, numbersDont)
}
rsa('d and its parts of another key', { ...rsa2048.jwk, d: keys.rsa3072.jwk.d }, numbersDont)
rsa('p and q of another key', { ...rsa2048.jwk, p: keys.rsa3072.jwk.p, q: keys.rsa3072.jwk.q }, numbersDont)
rsa('dp p-1 more', { ...rsa2048.jwk, dp: jwkNumber(number('dp') + p - 1n) }, numbersDont)
rsa('qi p more', { ...rsa2048.jwk, qi: jwkNumber(number('qi') + p) }, numbersDont)
rsa('d n more', { ...rsa2048.jwk, d: jwkNumber(number('d') + number('n')) }, numbersDont)
rsa('of 16,392 bits', { ...rsa2048.jwk, n: jwkNumber(2n ** 16391n + 1n) }, ['16392 bits', 'openssl genpkey'])
const ed25519v2 = x => sequence(integer(1), sequence(oid('2b6570')), octets(octets(Buffer.from(ed25519.jwk.d, 'base64url'))), der(0x81, Buffer.concat([Buffer.from([0]), x])))
await accept('PKCS#8 version 2 of Ed25519 with its public key', 'EdDSA', ed25519.pkcs8, ed25519v2(Buffer.from(ed25519.jwk.x, 'base64url')))
refuse('PKCS#8 version 2 of Ed25519 with the public key of another', ed25519v2(Buffer.alloc(32, 7)), ['damaged', 'public'], { alg: 'EdDSA' })
refuse('a JWK whose point is on no curve', { ...p256.jwk, y: base64url(change(Buffer.from(p256.jwk.y, 'base64url'), 3)) }, ['damaged', 'public'])
refuse('a JWK whose point is the other with that x', { ...p256.jwk, y: jwkNumber(2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n - BigInt(`0x${Buffer.from(p256.jwk.y, 'base64url').toString('hex')}`)) }, ['damaged', 'public'])

// What takes a curve, or tells a prime from another number, the lite module leaves to its host, in whose words the error is.
for (const test of tests) if (String(test.wantError?.mentions) === 'damaged,public' || /is no prime$/.test(test.comment)) test.whole = true

write('key-formats', 'keys by OpenSSL 3 in forms by hand, signatures by OpenSSL (Node) and @noble/curves 2.4.0; the refusals by hand', numbered('key-format', tests))
