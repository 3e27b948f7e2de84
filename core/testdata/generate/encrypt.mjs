// Keys in other wrappings, written from RFC 8018 and RFC 5958 with Node's own PBKDF2 and AES. OpenSSL reads each back.
import { createCipheriv, createPrivateKey, pbkdf2Sync } from 'node:crypto'

const bytes = hex => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** A DER-encoded value. */
export function der(tag, ...parts) {
  const contents = Buffer.concat(parts)
  const n = contents.length
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), contents])
}
export const sequence = (...parts) => der(0x30, ...parts)
export const octets = contents => der(4, contents)
export const oid = hex => der(6, bytes(hex))
export const integer = n => {
  const hex = n.toString(16)
  const big = bytes(hex.length % 2 ? '0' + hex : hex)
  return der(2, big[0] < 0x80 ? big : Buffer.concat([Buffer.from([0]), big]))
}

const prfs = { sha1: '2a864886f70d0207', sha256: '2a864886f70d0209', sha384: '2a864886f70d020a', sha512: '2a864886f70d020b' }
const ciphers = { 'aes-128-cbc': '60864801650304 0102', 'aes-192-cbc': '60864801650304 0116', 'aes-256-cbc': '60864801650304 012a' }

/** EncryptedPrivateKeyInfo: PBES2 of PBKDF2 and AES-CBC. `prf` null leaves HMAC-SHA1 to the default; `keyLength` says the key's length too. */
export function encrypt(pkcs8, passphrase, { cipher = 'aes-256-cbc', prf = 'sha256', iterations = 2048, keyLength = false } = {}) {
  const salt = bytes('0f1e2d3c4b5a6978')
  const iv = bytes('00112233445566778899aabbccddeeff')
  const size = Number(cipher.slice(4, 7)) / 8
  const parameters = sequence(
    octets(salt), integer(iterations), ...(keyLength ? [integer(size)] : []), ...(prf ? [sequence(oid(prfs[prf]), der(5))] : []),
  )
  const aes = createCipheriv(cipher, pbkdf2Sync(passphrase, salt, Math.min(iterations, 1e6), size, prf ?? 'sha1'), iv)
  const data = Buffer.concat([aes.update(toDER(pkcs8)), aes.final()])
  const encrypted = sequence(
    sequence(oid('2a864886f70d01050d'), sequence(sequence(oid('2a864886f70d01050c'), parameters), sequence(oid(ciphers[cipher]), octets(iv)))),
    octets(data),
  )
  if (iterations <= 1e6) { // else it can't be read by anyone
    const read = createPrivateKey({ key: encrypted, format: 'der', type: 'pkcs8', passphrase })
    if (!read.export({ type: 'pkcs8', format: 'der' }).equals(toDER(pkcs8))) throw new Error('OpenSSL reads another key')
  }
  return encrypted
}

/** The bytes between the BEGIN and END lines. */
export function toDER(pem) {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
}

export function toPEM(label, contents) {
  return `-----BEGIN ${label}-----\n${contents.toString('base64').match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`
}
