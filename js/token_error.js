/**
 * Why there is no token. No property of it holds a secret, an assertion, an Authorization header or a token. types.d.ts describes
 * the properties; the README has the table of codes.
 */
export class TokenError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
    this.retryable = false;
  }

  /**
   * Returns the error that the module describes.
   *
   * @param {Record<string, string>} values
   */
  static from({ code, message, cause, retryable, status, retryAfter, clockOffset, ...rest }) {
    const error = new TokenError(code, message, cause === undefined ? undefined : { cause: new Error(cause) });
    error.retryable = retryable === 'true';
    return Object.assign(
      error,
      status === undefined ? undefined : { status: Number(status) },
      retryAfter === undefined ? undefined : { retryAfter: Number(retryAfter) },
      clockOffset === undefined ? undefined : { clockOffset: Number(clockOffset) },
      rest,
    );
  }
}

Object.defineProperty(TokenError.prototype, 'name', { value: 'TokenError', configurable: true, writable: true });
