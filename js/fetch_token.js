import { perform } from './module.js';
import { send } from './send.js';
import { BUILD, PARSE, SIGN, fieldsOf } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */

/**
 * Gets a token: one exchange, nothing kept, nothing repeated. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').FetchTokenOptions} [options]
 * @returns {Promise<import('./types.js').TokenResponse>}
 */
export async function fetchToken(config, options = {}) {
  // All is read before the first wait: what the caller changes after that changes nothing.
  const fields = fieldsOf('config', config);
  const { host, rest } = split(options);
  const now = (host.clock ?? Date).now();
  if (!Number.isFinite(now)) {
    rest.clock = now ?? null;
  }
  const sentAt = String(Number.isFinite(now) ? Math.floor(now) : 0);
  let random = (host.random ?? randomBytes)(16);
  if (Object.prototype.toString.call(random) !== '[object Uint8Array]') { // by its tag, for that of another realm is one too
    rest.random = random ?? null;
    random = new Uint8Array();
  }

  /** @type {Fields} */
  const build = [...fields, ...fieldsOf('options', rest), 'a', 'now', sentAt, 'a', 'random', random];
  let { values, headers } = await perform(BUILD, build);
  if (values.data !== undefined) {
    const signature = (await perform(SIGN, [...fields, 'a', 'alg', values.alg, 'a', 'data', values.data])).bytes('signature');
    ({ values, headers } = await perform(BUILD, [...build, 'a', 'signature', signature]));
  }

  const { method, url, body } = values;
  const outcome = await send(
    { method, url, headers, body, timeout: Number(values.timeout), maxBody: Number(values.maxBody) },
    host.fetch ?? globalThis.fetch,
    host.signal,
  );
  const { values: { token } } = await perform(PARSE, [...fields, 'a', 'sentAt', sentAt, 'a', 'random', random, ...outcome]);
  return JSON.parse(token);
}

/** The options that are used here, and what each must be. */
const HOST_OPTIONS = {
  fetch: (/** @type {any} */ v) => typeof v === 'function',
  random: (/** @type {any} */ v) => typeof v === 'function',
  signal: (/** @type {any} */ v) => typeof v?.aborted === 'boolean' && typeof v.addEventListener === 'function',
  clock: (/** @type {any} */ v) => typeof v?.now === 'function',
};

/**
 * Splits options into those that are used here and those that are the module's to read or to refuse.
 *
 * @param {any} options
 * @returns {{ host: import('./types.js').FetchTokenOptions, rest: any }}
 */
function split(options) {
  if (typeof options !== 'object' || options === null) {
    return { host: {}, rest: options };
  }
  /** @type {Record<string, unknown>} */
  const host = {};
  const rest = { ...options };
  for (const [name, usable] of Object.entries(HOST_OPTIONS)) {
    if (usable(rest[name])) {
      host[name] = rest[name];
      delete rest[name];
    }
  }
  return { host, rest };
}

/** Random bytes are drawn in advance: in Node a draw takes longer than all else that is done here. */
const pool = new Uint8Array(1024);
let drawn = pool.length;

/** @param {number} size */
function randomBytes(size) {
  if (drawn + size > pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  const bytes = pool.slice(drawn, drawn + size);
  pool.fill(0, drawn, (drawn += size));
  return bytes;
}
