// A server's refresh tokens, each of which it takes once: FAMILY.N is followed by FAMILY.N+1. One
// that comes again ends its family (RFC 9700 section 4.14.2).

export class RefreshTokens {
  /** @type {Map<string, number>} */ #next = new Map();
  /** Every refresh token that came. @type {string[]} */ came = [];
  /** The refresh tokens that came a second time. @type {string[]} */ replayed = [];
  rotates = true;

  /**
   * Takes the refresh token of a form, and returns the status and the members of the answer.
   *
   * @param {string} form
   * @returns {[number, object]}
   */
  take(form) {
    const token = new URLSearchParams(form).get('refresh_token') ?? '';
    const [family, number] = token.split('.');
    const following = Number(number) + 1;
    this.came.push(token);
    if ((this.#next.get(family) ?? 1) !== Number(number)) {
      this.replayed.push(token);
      this.#next.set(family, Infinity);
      return [400, { error: 'invalid_grant' }];
    }
    const access = { access_token: `access of ${token}`, token_type: 'Bearer', expires_in: 3600 };
    if (!this.rotates) {
      return [200, access];
    }
    this.#next.set(family, following);
    return [200, { ...access, refresh_token: `${family}.${following}` }];
  }
}
