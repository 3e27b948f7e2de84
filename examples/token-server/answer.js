/**
 * A response to the client.
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {Record<string, string>} [headers]
 * @property {string | Buffer} [body]
 * @property {string} [outcome] for the record: 'ok', or the refusal in a few words; it contains
 *   nothing from the client
 * @property {string} [clientId] the client, once the server knows it
 * @property {string} [delivery] a special way to send it: see deliver() in faults.js
 * @property {number} [milliseconds] the duration of a slow delivery
 */

/** @returns {Answer} */
export function json(status, value, { type = 'application/json', headers = {}, ...rest } = {}) {
  return {
    status,
    headers: { 'content-type': type, ...headers },
    body: JSON.stringify(value),
    ...rest,
  };
}

/** @returns {Answer} */
export function html(status, title, rest = {}) {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head>` +
    `<body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body, ...rest };
}

/** Returns the response to a good token request. RFC 6749 section 5.1 forbids caches to keep it. */
export function granted(status, value, { headers = {}, ...rest }) {
  return json(status, value, {
    headers: { 'cache-control': 'no-store', pragma: 'no-cache', ...headers },
    outcome: 'ok',
    ...rest,
  });
}

/**
 * Thrown for a faulty request. It carries the response in the system's own words, and a reason in
 * ours.
 */
export class Refusal extends Error {
  /** @param {string} reason @param {Answer} answer */
  constructor(reason, answer) {
    super(reason)
    this.name = 'Refusal'
    this.answer = { ...answer, outcome: reason }
  }
}
