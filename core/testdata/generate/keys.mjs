// The keys of the corpus. Test keys, used nowhere; those named rfc… are printed in the RFC.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

const { comment, ...stored } = JSON.parse(readFileSync(new URL('keys.json', import.meta.url), 'utf8'))

/** Certificates of them, and what is none, by name. */
export const certificates = JSON.parse(readFileSync(new URL('certificates.json', import.meta.url), 'utf8'))

/** By name: the PEM texts, `jwk` (the private JWK) and `publicJwk`. */
export const keys = Object.fromEntries(
  Object.entries(stored).map(([name, key]) => {
    const priv = createPrivateKey(key.pkcs8)
    return [name, { ...key, jwk: priv.export({ format: 'jwk' }), publicJwk: createPublicKey(priv).export({ format: 'jwk' }) }]
  }),
)
