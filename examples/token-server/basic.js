import { decodeForm } from './body.js'
import { sameSecret } from './secrets.js'

/**
 * Reads `Authorization: Basic …` as Cognito and Apigee document it: base64(id ":" secret), without
 * further decoding.
 * @returns {{ id: string, secret: string } | undefined} undefined for any other header
 */
export function parseRawBasic(header) {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { id: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/**
 * Reads it as RFC 6749 section 2.3.1 requires: id and secret are form-encoded before they are
 * joined.
 */
export function parseFormBasic(header) {
  const raw = parseRawBasic(header)
  try {
    return raw && { id: decodeForm(raw.id), secret: decodeForm(raw.secret) }
  } catch {
    return undefined
  }
}

/** Says whether these are the client's credentials. It always compares both halves. */
export function sameClient(given, { clientId, clientSecret }) {
  const id = sameSecret(given.id, clientId)
  const secret = sameSecret(given.secret, clientSecret)
  return id && secret
}
