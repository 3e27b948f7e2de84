// A token server of the test's own, and a clock that only the test moves, so that a client shows
// every rule without a wait.

export const config = {
  tokenEndpoint: 'https://as.example/token',
  clientId: 'client',
  clientSecret: 'a secret',
};
export const START = Date.parse('2026-11-20T12:00:00Z');

/**
 * A server of the test's own: answers as it is told, counts, and has a clock that only the test
 * moves.
 */
export function world(answers = /** @type {any[]} */ ([])) {
  const w = {
    now: START,
    requests: 0,
    slept: /** @type {number[]} */ ([]),
    events: /** @type {any[]} */ ([]),
    sent: /** @type {any[]} */ ([]),
    /** @type {any} */ options: {},
  };
  w.options = {
    clock: {
      now: () => w.now,
      sleep: async (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => {
        signal?.throwIfAborted();
        w.slept.push(ms);
        w.now += ms;
      },
    },
    random: (/** @type {number} */ size) => new Uint8Array(size).fill(128),
    onEvent: (/** @type {any} */ event) => w.events.push(event),
    fetch: async (/** @type {any} */ url, /** @type {any} */ init) => {
      w.requests++;
      w.sent.push({ url: String(url), ...init });
      const answer = answers[Math.min(w.requests, answers.length) - 1] ?? {};
      return typeof answer === 'function'
        ? answer(init)
        : json({
            access_token: `token-${w.requests}`,
            token_type: 'Bearer',
            expires_in: 3600,
            ...answer,
          });
    },
  };
  return w;
}

/** @param {object} body @param {ResponseInit} [init] */
export const json = (body, init) => Response.json(body, init);
export const failing =
  (/** @type {number} */ status, headers = {}, body = {}) =>
  () =>
    json(body, { status, headers });
export const types = (/** @type {any[]} */ events) => events.map(({ type }) => type);
export const settled = () => new Promise((resolve) => setImmediate(resolve));
