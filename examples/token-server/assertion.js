import { decodeProtectedHeader, errors, jwtVerify } from 'jose'

/** RFC 7523, section 2.2. */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Verifies the signature and the claims of a client assertion with jose.
 * @param {string} assertion
 * @param {(header: { alg: string, kid?: string }) => import('node:crypto').KeyObject | Uint8Array |
 *   undefined} findKey
 * @param {import('jose').JWTVerifyOptions} options
 * @returns {Promise<{ claims: import('jose').JWTPayload } | { wrong: string }>} the fault:
 *   'format', 'signature', or the name of the claim (`exp` when it has expired)
 */
export async function verifyAssertion(assertion, findKey, options) {
  try {
    const key = findKey(decodeProtectedHeader(assertion))
    if (key === undefined) return { wrong: 'signature' }
    const { payload } = await jwtVerify(assertion, key, options)
    return { claims: payload }
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
      return { wrong: error.claim };
    if (
      error instanceof errors.JWSSignatureVerificationFailed ||
      error instanceof errors.JOSEAlgNotAllowed
    )
      return { wrong: 'signature' };
    return { wrong: 'format' };
  }
}
