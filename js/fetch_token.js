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
  const fields = fieldsOf('config', config);
  const host = hostOptions(options);
  const sentAt = String(Math.floor((options?.clock ?? Date).now()));
  const random = options?.random?.(16) ?? crypto.getRandomValues(new Uint8Array(16));

  /** @type {Fields} */
  const build = [...fields, ...host, 'a', 'now', sentAt, 'a', 'random', random];
  let { values, headers } = await perform(BUILD, build);
  if (values.data !== undefined) {
    const signature = await sign(config, values.alg, values.data);
    ({ values, headers } = await perform(BUILD, [...build, 'a', 'signature', signature]));
  }

  const { method, url, body } = values;
  const outcome = await send(
    { method, url, headers, body, timeout: Number(values.timeout), maxBody: Number(values.maxBody) },
    options.fetch ?? globalThis.fetch,
    options.signal,
  );
  const { values: { token } } = await perform(PARSE, [...fields, 'a', 'sentAt', sentAt, ...outcome]);
  return JSON.parse(token);
}

/**
 * Answers the module's request for a signature.
 *
 * @param {import('./types.js').Config} config
 * @param {string} alg
 * @param {string} data
 */
async function sign({ privateKey }, alg, data) {
  const key = typeof privateKey === 'string' ? privateKey : JSON.stringify(privateKey);
  return (await perform(SIGN, ['a', 'alg', alg, 'a', 'key', key, 'a', 'data', data])).bytes('signature');
}

/** The options that are used here, and what each must be. */
const HOST_OPTIONS = {
  fetch: (/** @type {any} */ v) => typeof v === 'function',
  random: (/** @type {any} */ v) => typeof v === 'function',
  signal: (/** @type {any} */ v) => typeof v?.addEventListener === 'function',
  clock: (/** @type {any} */ v) => typeof v?.now === 'function',
};

/**
 * Returns the options that are the module's to read or to refuse.
 *
 * @param {any} options
 * @returns {Fields}
 */
function hostOptions(options) {
  if (typeof options !== 'object' || options === null) {
    return fieldsOf('options', options);
  }
  const rest = { ...options };
  for (const [name, usable] of Object.entries(HOST_OPTIONS)) {
    if (usable(rest[name])) {
      delete rest[name];
    }
  }
  return fieldsOf('options', rest);
}
