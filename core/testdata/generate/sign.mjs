// JWS signatures that are the same in every run, by Node's OpenSSL and @noble/curves, each verified with jose.
import { createHash, createHmac, createPrivateKey, createPublicKey, constants, privateDecrypt, sign as nodeSign } from 'node:crypto'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { flattenedVerify, importJWK } from 'jose'

const curves = { ES256: p256, ES384: p384, ES512: p521 }

export function privateKey(key) {
  return typeof key === 'string' ? createPrivateKey(key) : createPrivateKey({ key, format: 'jwk' })
}

/** Signs text, as UTF-8, with a PEM text or a JWK. The answer is base64url. */
export function sign(alg, key, data) {
  const bytes = Buffer.from(data, 'utf8')
  const hash = 'sha' + alg.slice(2)
  if (alg.startsWith('HS')) return createHmac(hash, Buffer.from(key.k, 'base64url')).update(bytes).digest('base64url')
  if (alg === 'EdDSA' || alg === 'Ed25519') return nodeSign(null, bytes, privateKey(key)).toString('base64url')
  if (alg.startsWith('RS')) return nodeSign(hash, bytes, privateKey(key)).toString('base64url')
  if (alg.startsWith('PS')) return pss(hash, privateKey(key), bytes).toString('base64url')
  const { d } = privateKey(key).export({ format: 'jwk' })
  // RFC 6979, without extra entropy and without the low-S rule of Bitcoin, which JWS does not have.
  return Buffer.from(curves[alg].sign(bytes, Buffer.from(d, 'base64url'), { lowS: false })).toString('base64url')
}

// RSASSA-PSS (RFC 8017 8.1.1 and 9.1.1) with a salt that depends on the text alone, so that a rerun gives the same file.
function pss(hash, key, bytes) {
  const digest = (...parts) => parts.reduce((h, p) => h.update(p), createHash(hash)).digest()
  const mHash = digest(bytes)
  const hLen = mHash.length
  const salt = digest('salt', bytes)
  const { n } = key.export({ format: 'jwk' })
  const modulus = Buffer.from(n, 'base64url')
  if (modulus[0] < 0x80) throw new Error('the modulus is not a whole number of bytes')
  const emLen = modulus.length
  const h = digest(Buffer.alloc(8), mHash, salt)
  const db = Buffer.concat([Buffer.alloc(emLen - salt.length - hLen - 2), Buffer.from([1]), salt])
  const mask = Buffer.concat(
    Array.from({ length: Math.ceil(db.length / hLen) }, (_, i) => digest(h, Buffer.from([0, 0, i >> 8, i & 255]))),
  )
  for (let i = 0; i < db.length; i++) db[i] ^= mask[i]
  db[0] &= 0x7f
  const em = Buffer.concat([db, h, Buffer.from([0xbc])])
  return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, em)
}

/** Verifies a compact JWS whose header says `alg` with jose. */
export async function verify(alg, key, data, signature) {
  const verifier = key.kty === 'oct' ? Buffer.from(key.k, 'base64url') : await importJWK(createPublicKey(privateKey(key)).export({ format: 'jwk' }), alg)
  const [protectedHeader, payload] = data.split('.')
  await flattenedVerify({ protected: protectedHeader, payload, signature }, verifier)
}
