/** The issued tokens, for the protected resources. */
export class Tokens {
  #issued = new Map()

  /**
   * @param {string} token
   * @param {{ system: string, clientId: string, until: number }} about `until` in epoch
   *   milliseconds
   */
  add(token, about) {
    this.#issued.set(token, about)
    if (this.#issued.size > 10_000) this.#issued.delete(this.#issued.keys().next().value)
  }

  /** Returns the record of a token that has not ended at `now`. */
  find(token, now) {
    const about = this.#issued.get(token)
    return about && about.until > now ? about : undefined
  }

  clear() {
    this.#issued.clear()
  }
}
