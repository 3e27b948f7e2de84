import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const sha256 = (text) => createHash('sha256').update(text).digest()

/** Compares two secrets in constant time. */
export function sameSecret(given, expected) {
  return typeof given === 'string' && timingSafeEqual(sha256(given), sha256(expected))
}

/** Returns `length` random letters and digits; only lower case on request, as in Cognito's ids. */
export function randomText(length, { lowerCase = false } = {}) {
  let text = ''
  while (text.length < length) {
    const more = randomBytes(length * 2).toString('base64').replace(/[^A-Za-z0-9]/g, '')
    text += lowerCase ? more.toLowerCase() : more
  }
  return text.slice(0, length)
}

/** Returns the first characters of a known id, for a log line. */
export function masked(id) {
  return `${Array.from(id).slice(0, 3).join('')}…`
}

/**
 * Remembers values that may be used once (a nonce, a `jti`) while a second use could still pass the
 * other checks.
 */
export class Once {
  #used = new Map()
  #now

  constructor(now) {
    this.#now = now
  }

  /** Uses `value` up for that many seconds; false if it was used before. */
  use(value, seconds) {
    const now = this.#now()
    for (const [old, until] of this.#used) {
      if (until > now) break
      this.#used.delete(old)
    }
    if (this.#used.has(value)) return false
    this.#used.set(value, now + seconds * 1000)
    return true
  }

  clear() {
    this.#used.clear()
  }
}
