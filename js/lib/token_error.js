/** The page about errors, with a section for each code. */
const PAGE = 'https://github.com/fetchtoken/fetchtoken/blob/main/docs/errors.md';

/**
 * The error of a failed call. None of its properties holds a secret, an assertion, an Authorization
 * header or a token. types.d.ts describes the properties; docs/errors.md lists the codes.
 */
export class TokenError extends Error {
  /** @type {string} */ code;
  retryable = false;
  docs = PAGE;

  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
    // a broker may answer any text as the code
    hide(this, 'docs', /^[a-z_]{1,40}$/.test(code) ? `${PAGE}#${code}` : PAGE);
  }

  /**
   * Returns the error that the module describes.
   *
   * @param {Record<string, string>} values
   */
  static from({ code, message, cause, retryable, ...rest }) {
    const error = new this(
      code,
      message,
      cause === undefined ? undefined : { cause: new Error(cause) },
    );
    error.retryable = retryable === 'true';
    for (const [name, text] of Object.entries(rest)) {
      const value = NUMBERS.has(name) ? Number(text) : text;
      Object.defineProperty(
        error,
        name,
        /** @type {any} */ ({
          __proto__: null,
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        }),
      );
    }
    return error;
  }
}

const NUMBERS = new Set(['status', 'retryAfter', 'clockOffset']);

hide(TokenError.prototype, 'name', 'TokenError');

/**
 * Sets a property that neither console.log nor JSON.stringify shows.
 *
 * @param {object} object
 * @param {string} name
 * @param {string} value
 */
function hide(object, name, value) {
  Object.defineProperty(
    object,
    name,
    /** @type {any} */ ({
      __proto__: null,
      value,
      enumerable: false,
      configurable: true,
      writable: true,
    }),
  );
}
