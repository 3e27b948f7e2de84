import { perform } from './module.js';
import { randomBytes } from './random.js';
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
  const asked = ask(config, options);
  const { values, headers } = await build(asked);
  const { method, url, body } = values;
  const request = { method, url, headers, body, timeout: Number(values.timeout), maxBody: Number(values.maxBody) };
  const outcome = await send(request, asked.fetch, asked.signal);
  return JSON.parse((await perform(PARSE, asked.configuration.concat(asked.moment, outcome))).values.token);
}

/**
 * What a call asks for. All is read before the first wait: what the caller changes after that changes nothing.
 *
 * @typedef {{ configuration: Fields, options: Fields, moment: Fields, fetch: typeof globalThis.fetch, signal: AbortSignal | undefined }} Asked
 */

/**
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').FetchTokenOptions} options
 * @returns {Asked}
 */
export function ask(config, options) {
  const configuration = fieldsOf('config', config);
  const { fetch = globalThis.fetch, signal, clock = Date, random = randomBytes, ...rest } = Object(options);
  if (typeof fetch !== 'function') {
    rest.fetch = fetch;
  }
  if (signal !== undefined && (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function')) {
    rest.signal = signal;
  }
  const now = typeof clock?.now === 'function' ? clock.now() : undefined;
  const usable = Number.isFinite(now);
  if (!usable) {
    rest.clock = now ?? clock;
  }
  let bytes = typeof random === 'function' ? random(16) : undefined;
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') { // by its tag, for that of another realm is one too
    rest.random = bytes ?? random;
    bytes = new Uint8Array();
  }
  const moment = ['a', 'sentAt', String(usable ? Math.floor(now) : 0), 'a', 'random', bytes];
  return { configuration, options: fieldsOf('options', isObject(options) ? rest : options), moment, fetch, signal };
}

/**
 * Builds the request, with the signature that it may need.
 *
 * @param {Asked} asked
 */
export async function build({ configuration, options, moment }) {
  const fields = configuration.concat(options, moment);
  const answer = await perform(BUILD, fields);
  if (answer.values.data === undefined) {
    return answer;
  }
  const signed = await perform(SIGN, configuration.concat('a', 'alg', answer.values.alg, 'a', 'data', answer.values.data));
  return perform(BUILD, fields.concat('a', 'signature', signed.bytes('signature')));
}

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null;
