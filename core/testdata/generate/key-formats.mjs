// Private keys in other forms than PKCS#8 and JWK: PKCS#1, SEC1, and encrypted PKCS#8. They are refused with invalid_key.
// A project that learns to read them says so here; the signatures are known.
import { fixed, numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'
import { expectRequest } from './rules.mjs'
import { sign, verify } from './sign.mjs'

const supported = { pkcs1: false, sec1: false, encrypted: false }

const { rsa2048, p256, p384, p521 } = keys
const jwt = alg => `${Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url')}.e30`
const id = { tokenEndpoint: 'https://as.example.com/token', clientId: 'svc-0oa1x2' }
const hm = { provider: 'high-mobility', environment: 'sandbox', clientId: 'a92cf969-e8ff-4ad4-a45f-42930edde12d', keyId: 'f6c331c4-9271-4e3b-a8c4-6a2cacac6451' }

const list = [
  ['pkcs1', 'PKCS#1, RS256', 'RS256', rsa2048.pkcs1],
  ['pkcs1', 'PKCS#1, RS512', 'RS512', rsa2048.pkcs1],
  ['sec1', 'SEC1, P-256', 'ES256', p256.sec1],
  ['sec1', 'SEC1, P-384', 'ES384', p384.sec1],
  ['sec1', 'SEC1, P-521', 'ES512', p521.sec1],
  ['sec1', 'SEC1 after its EC PARAMETERS', 'ES256', p256.sec1WithParameters],
  ['pkcs1', 'PKCS#1 in a token request', { ...id, privateKey: rsa2048.pkcs1 }],
  ['sec1', 'SEC1 in a token request', { ...id, privateKey: p384.sec1 }],
  ['sec1', 'an older key of High Mobility: SEC1 and empty lines after it', { ...hm, privateKey: p256.sec1 + '\n\n' }],
  ['encrypted', 'an encrypted key and its passphrase', { ...id, privateKey: p256.encrypted, passphrase: p256.passphrase }],
  ['encrypted', 'an encrypted RSA key, a passphrase with non-ASCII letters', { ...id, privateKey: rsa2048.encrypted, passphrase: rsa2048.passphrase }],
  [null, 'an encrypted key, the wrong passphrase', { ...id, privateKey: p256.encrypted, passphrase: 'wrong horse' }],
  [null, 'an encrypted key without its passphrase', { ...id, privateKey: p256.encrypted }],
  [null, 'an encrypted key, to sign with', 'ES256', p256.encrypted],
]

const tests = []
for (const [i, [format, comment, ...rest]] of list.entries()) {
  const wantError = supported[format] ? undefined : { code: 'invalid_key' }
  if (rest.length === 2) {
    const [alg, key] = rest
    const input = { alg, key, data: jwt(alg) }
    let want
    if (!wantError) {
      want = { signature: sign(alg, key, input.data) }
      await verify(alg, key, input.data, want.signature)
    }
    tests.push({ comment, op: 'sign', input, want, wantError })
  } else {
    const test = { comment, op: 'build', config: rest[0], ...fixed(`key-format-${i}`) }
    tests.push({ ...test, ...(wantError ? { wantError } : await expectRequest(test)) })
  }
}
write('key-formats', 'by hand, with keys by OpenSSL 3', numbered('key-format', tests))
