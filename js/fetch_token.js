import { perform } from './module.js';
import { isSignal } from './options.js';
import { bytesOf, memberOf, ownOf } from './own.js';
import { randomBytes } from './random.js';
import { headerOf, send } from './send.js';
import { signerOf } from './signer.js';
import { tagOf } from './tag.js';
import { BUILD, PARSE, fieldsOf } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */

/**
 * Gets a token: one exchange, nothing kept, nothing repeated. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').FetchTokenOptions} [options]
 * @returns {Promise<import('./types.js').TokenResponse>}
 */
export async function fetchToken(config, options) {
  return (await exchange(ask(identityOf(config), options))).token;
}

/**
 * Carries out one exchange. It returns the token, and by how many seconds the server's clock is ahead of ours, if it says so; else 0.
 *
 * @param {Asked} asked
 * @param {import('./dpop.js').Prover} [dpop]
 * @returns {Promise<{ token: import('./types.js').TokenResponse, clockOffset: number }>}
 */
export async function exchange(asked, dpop) {
  const request = await build(asked);
  if (dpop !== undefined) {
    request.headers.push(['DPoP', await dpop.prove({ ...request, at: Number(asked.moment[2]) })]);
  }
  const outcome = await send(request, asked.fetch, asked.signal);
  dpop?.learn(request.url, headerOf(outcome, 'dpop-nonce'));
  const { values } = await perform(PARSE, asked.configuration.concat(asked.moment, outcome));
  return { token: JSON.parse(values.token), clockOffset: Number(values.clockOffset) };
}

/** The options that the module never sees, unless they can't be used. */
const OWN_OPTIONS = ['fetch', 'signal', 'clock', 'random'];

/**
 * Who asks: a configuration as the module takes it, and who signs. What the caller changes after that changes nothing.
 *
 * @typedef {{ configuration: Fields, sign: ReturnType<typeof signerOf> }} Identity
 */

/** @param {import('./types.js').Config} config @returns {Identity} */
export function identityOf(config) {
  const own = isObject(config) && !Array.isArray(config) ? ownOf(config) : config;
  const configuration = fieldsOf('config', own);
  return { configuration, sign: signerOf(own, configuration) };
}

/**
 * What one call asks for.
 *
 * @typedef {Identity & { options: Fields, moment: Fields, fetch: typeof globalThis.fetch, signal: AbortSignal | undefined }} Asked
 */

/**
 * @param {Identity} identity
 * @param {import('./types.js').FetchTokenOptions | undefined} options
 * @returns {Asked}
 */
export function ask({ configuration, sign }, options = ownOf({})) {
  const isUsable = isObject(options) && !Array.isArray(options);
  const given = /** @type {import('./types.js').FetchTokenOptions} */ (isUsable ? ownOf(options) : ownOf({}));
  const { fetch = globalThis.fetch, signal, clock = Date, random = randomBytes } = given;
  /** What is for the module: the options that are not used here, or can't be. @type {Record<string, unknown>} */
  const rest = ownOf({});
  for (const name of Object.keys(given)) { // several times as fast as a rest element
    if (!OWN_OPTIONS.includes(name)) {
      rest[name] = /** @type {any} */ (given)[name];
    }
  }
  if (typeof fetch !== 'function') {
    rest.fetch = fetch;
  }
  if (signal !== undefined && !isSignal(signal)) {
    rest.signal = signal;
  }
  const now = typeof memberOf(clock, 'now') === 'function' ? clock.now() : undefined;
  const tells = Number.isFinite(now);
  if (!tells) {
    rest.clock = now ?? clock;
  }
  const drawn = typeof random === 'function' ? random(16) : undefined;
  if (tagOf(drawn) !== 'Uint8Array') {
    rest.random = drawn ?? random;
  }
  const bytes = rest.random === undefined ? bytesOf(/** @type {Uint8Array} */ (drawn)) : new Uint8Array();
  const moment = ['a', 'sentAt', String(tells ? Math.floor(Number(now)) : 0), 'a', 'random', bytes];
  return { configuration, sign, options: fieldsOf('options', isUsable ? rest : options), moment, fetch, signal };
}

/**
 * Builds the request, with the signature that it may need. What that takes is taken off its time.
 *
 * @param {Asked} asked
 */
export async function build({ configuration, options, moment, sign, signal }) {
  const fields = configuration.concat(options, moment);
  let { values, headers } = await perform(BUILD, fields);
  let elapsed = 0;
  if (values.data !== undefined) {
    const started = performance.now();
    const signed = await sign(/** @type {any} */ (values), signal);
    elapsed = performance.now() - started;
    ({ values, headers } = await perform(BUILD, fields.concat(signed)));
  }
  const { method, url, body, maxBody } = values;
  return { method, url, headers, body, timeout: Math.max(1, Number(values.timeout) - elapsed), maxBody: Number(maxBody) };
}

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null;
