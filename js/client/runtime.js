// The particulars of the runtime that clients need.

/** @typedef {import('../types.js').TokenEvent} TokenEvent */

/** The particulars of a runtime. */
export const runtime = {
  /**
   * Whether a request's pending work ends with the request, as in Cloudflare Workers. A promise
   * that other requests wait for may then never settle.
   */
  requestsEnd: false,
  /** @type {(event: TokenEvent) => void} */
  publish: () => {},
  /**
   * Keeps a promise going after the request that made it.
   *
   * @type {((promise: Promise<unknown>) => void) | undefined}
   */
  waitUntil: undefined,
};

/** Sets the particulars of this runtime. @param {Partial<typeof runtime>} particulars */
export function clientsIn(particulars) {
  Object.assign(runtime, particulars);
}
