import { isSignal } from './lib/options.js';
import { bytesOf, memberOf, ownOf } from './lib/own.js';
import { randomBytes } from './lib/random.js';
import { ONCE, renew } from './token/renew.js';
import { signerOf } from './token/signer.js';
import { tagOf } from './lib/tag.js';
import { fieldsOf } from './module/wire.js';

/** @typedef {import('./module/wire.js').Fields} Fields */

/**
 * Gets a token: one exchange, nothing kept, nothing repeated. types.d.ts describes the arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').FetchTokenOptions} [options]
 * @returns {Promise<import('./types.js').TokenResponse>}
 */
export async function fetchToken(config, options) {
  return (await renew(ask(identityOf(config), options), ONCE)).token;
}

/** How many random bytes the core takes for a step: RandomSize of core/renewal. */
const RANDOM_SIZE = 21;

/** An object without members, and without any that it inherits. @type {any} */
const EMPTY = Object.freeze(ownOf({}));

/** The options that the module never sees, unless they can't be used. */
const OWN_OPTIONS = ['fetch', 'signal', 'clock', 'random'];

/**
 * Who asks: a configuration as the module takes it, and who signs. What the caller changes after
 * that changes nothing.
 *
 * @typedef {{ configuration: Fields, sign: ReturnType<typeof signerOf> }} Identity
 */

/** @param {import('./types.js').Config} config @returns {Identity} */
export function identityOf(config) {
  const isUsable = isObject(config) && !Array.isArray(config);
  const own = isUsable ? ownOf(config) : config;
  const configuration = fieldsOf('config', own);
  return { configuration, sign: signerOf(isUsable ? own : EMPTY, configuration) };
}

/**
 * What one call asks for. `moment` is the time and random bytes, as the module takes them.
 *
 * @typedef {Identity & { options: Fields, moment: () => Fields, now: () => number, fetch: typeof
 *   globalThis.fetch, signal: AbortSignal | undefined }} Asked
 */

/**
 * @param {Identity} identity
 * @param {import('./types.js').FetchTokenOptions | undefined} options
 * @returns {Asked}
 */
export function ask({ configuration, sign }, options = EMPTY) {
  const isUsable = isObject(options) && !Array.isArray(options);
  const given = isUsable ? ownOf(options) : EMPTY;
  const { fetch = globalThis.fetch, signal, clock = Date, random = randomBytes } = given;
  /**
   * What is for the module: the options that are not used here, or can't be.
   *
   * @type {Record<string, unknown>}
   */
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
  const tells = clock === Date || typeof memberOf(clock, 'now') === 'function';
  const now = () => (tells ? clock.now() : /** @type {any} */ (undefined));
  const moment = () => {
    const time = now();
    let bytes = typeof random === 'function' ? random(RANDOM_SIZE) : random;
    if (!Number.isFinite(time)) {
      return fieldsOf('options', ownOf({ clock: time ?? clock }));
    }
    if (random !== randomBytes) {
      if (typeof random !== 'function' || tagOf(bytes) !== 'Uint8Array') {
        return fieldsOf('options', ownOf({ random: bytes ?? random }));
      }
      bytes = bytesOf(bytes);
    }
    return ['a', 'now', String(Math.floor(time)), 'a', 'random', bytes];
  };
  return {
    configuration,
    sign,
    options: fieldsOf('options', isUsable ? rest : options),
    moment,
    now,
    fetch,
    signal,
  };
}

/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null;
