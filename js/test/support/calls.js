// What the tests have fetchToken do inside a Worker or a page. What comes back is plain data.

/**
 * @param {(config: any, options?: any) => Promise<object>} fetchToken
 */
export function callsOf(fetchToken) {
  return {
    /** @param {{ config: object, options?: object }} call */
    async token({ config, options }) {
      try {
        return { token: await fetchToken(config, options) };
      } catch (error) {
        const { name, code, message, status, retryable, hint, cause } = /** @type {any} */ (error);
        return { error: { name, code, message, status, retryable, hint, cause: cause?.message } };
      }
    },

    /**
     * Aborts a request that is under way, and says whether it rejects with the signal's own reason.
     *
     * @param {{ config: object }} call
     */
    async abort({ config }) {
      const controller = new AbortController();
      const reason = { why: 'the caller went away' };
      const fetchAndAbort = (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
        setTimeout(() => controller.abort(reason));
        return fetch(url, init);
      };
      try {
        return {
          token: await fetchToken(config, { signal: controller.signal, fetch: fetchAndAbort }),
        };
      } catch (error) {
        return { isReason: error === reason, error: String(error) };
      }
    },
  };
}
