import { isSignal } from './lib/options.js';
import { bytesOf, hasMembers, memberOf, ownOf } from './lib/own.js';
import { randomBytes } from './lib/random.js';
import { ONCE, renew } from './token/renew.js';
import { signerOf } from './token/signer.js';
import { giverOf } from './token/source.js';
import { tagOf } from './lib/tag.js';
import { fieldsOf } from './module/wire.js';

/** @typedef {import('./module/wire.js').Fields} Fields */

/**
 * Gets a token by one exchange. It keeps nothing and repeats nothing. types.d.ts describes the
 * arguments.
 *
 * @param {import('./types.js').Config} config
 * @param {import('./types.js').FetchTokenOptions} [options]
 * @returns {Promise<import('./types.js').TokenResponse>}
 */
export async function fetchToken(config, options) {
  return (await renew(ask(identityOf(config), options), ONCE)).token;
}

/** The number of random bytes for one step: RandomSize of core/renewal. */
const RANDOM_SIZE = 21;

/** An object without any members, own or inherited. @type {any} */
const EMPTY = Object.freeze(ownOf({}));

/** The options that this file handles. The module gets one only to reject a wrong value. */
const OWN_OPTIONS = ['fetch', 'signal', 'clock', 'random'];

/**
 * A configuration in the module's form, with its signer and its functions that give assertions.
 * Later changes to the caller's object don't affect it.
 *
 * @typedef {{ configuration: Fields, sign: ReturnType<typeof signerOf>, give: ReturnType<typeof
 *   giverOf> }} Identity
 */

/** @param {import('./types.js').Config} config @returns {Identity} */
export function identityOf(config) {
  const isUsable = hasMembers(config);
  const own = isUsable ? ownOf(config) : config;
  const configuration = fieldsOf('config', own);
  const usable = isUsable ? own : EMPTY;
  return { configuration, sign: signerOf(usable, configuration), give: giverOf(usable) };
}

/**
 * The request of one call. `moment` returns the time and random bytes as fields for the module.
 *
 * @typedef {Identity & { options: Fields, moment: () => Fields, now: () => number, fetch: typeof
 *   globalThis.fetch, signal: AbortSignal | undefined }} Asked
 */

/**
 * @param {Identity} identity
 * @param {import('./types.js').FetchTokenOptions | undefined} options
 * @returns {Asked}
 */
export function ask({ configuration, sign, give }, options = EMPTY) {
  const isUsable = hasMembers(options);
  const given = isUsable ? ownOf(options) : EMPTY;
  const { fetch = globalThis.fetch, signal, clock = Date, random = randomBytes } = given;
  /**
   * The options for the module: all others, and all options with a wrong value.
   *
   * @type {Record<string, unknown>}
   */
  const rest = ownOf({});
  for (const name of Object.keys(given)) { // several times faster than a rest element
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
    give,
    options: fieldsOf('options', isUsable ? rest : options),
    moment,
    now,
    fetch,
    signal,
  };
}
