import { Clock } from '../lib/clock.js';
import { isProver, Prover } from '../token/dpop.js';
import {
  BYTES, BYTES_OR_NONE, COUNT, FUNCTION, MILLISECONDS, readOptions,
} from '../lib/options.js';
import { adviceOf, readOrigin } from '../lib/origin.js';
import { bytesOf, memberOf, ownOf } from '../lib/own.js';
import { randomBytes } from '../lib/random.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { readTokenRequest } from './token_request.js';

/** @typedef {import('../types.js').TokenClientOptions} TokenClientOptions */

/** Milliseconds that one renewal may take, with all of its requests and waits. */
const DEADLINE = 60_000;
/** Milliseconds that one request may take. */
const TIMEOUT = 30_000;
/** The most bytes of a stream that are kept to be sent again. */
const MAX_REPLAY = 1 << 20;
/** How many tokens of other requests are kept in addition to the client's own token. */
const MAX_TOKENS = 100;

const STORE_METHODS = ['get', 'set', 'delete', 'lease', 'find'];

/** The type of each option. @type {import('../lib/options.js').Known} */
export const OPTIONS = {
  fetch: FUNCTION('a function like the global fetch'),
  timeout: MILLISECONDS,
  deadline: MILLISECONDS,
  lifetime: MILLISECONDS,
  maxBody: BYTES,
  maxReplay: BYTES_OR_NONE,
  maxTokens: COUNT,
  clock: [
    (c) => typeof memberOf(c, 'now') === 'function',
    'an object with a function now and, perhaps, sleep',
  ],
  random: FUNCTION('a function that returns as many random bytes as it is asked for'),
  origins: [
    (o) => isList(o) && faultIn(o) === undefined,
    (o) =>
      faultIn(o) ??
      " must be a list of origins such as 'https://api.example.com', or an object whose names " +
        'are that, with the scope, audience, resource and parameters of their tokens',
    (o) => (Array.isArray(o) ? Array.from(o) : isList(o) ? ownOf(o) : o),
  ],
  refusesToken: FUNCTION('a function that takes a Response and says whether it refuses the token'),
  store: [
    (s) => STORE_METHODS.slice(0, 3).every((name) => typeof s?.[name] === 'function'),
    'an object with the functions get, set and delete',
  ],
  sealingKey: [
    (k) => typeof k === 'string' || k instanceof Uint8Array,
    'a string or a Uint8Array',
    (k) => (ArrayBuffer.isView(k) && !(k instanceof DataView) ? bytesOf(k) : k),
  ],
  broker: FUNCTION('a function that returns the TokenBroker, or what passes its getToken on'),
  dpop: [
    isProver,
    'a CryptoKeyPair that WebCrypto made to sign with: ECDSA, Ed25519, or RSA of 2048 bits or ' +
    'more with SHA-256, SHA-384 or SHA-512',
    ownOf,
  ],
  onEvent: FUNCTION('a function'),
  waitUntil: FUNCTION('a function that takes a promise'),
};

/** @param {unknown} value */
const isList = (value) => ['Array', 'Object'].includes(tagOf(value));

/**
 * Says what is wrong with a list of origins, or with an object whose names are origins.
 *
 * @param {any} origins
 * @returns {string | undefined}
 */
function faultIn(origins) {
  if (!isList(origins)) {
    return undefined;
  }
  const isArray = Array.isArray(origins);
  const seen = new Set();
  for (const [i, given] of (isArray ? origins : Object.keys(origins)).entries()) {
    const { origin, fault } = readOrigin(given);
    if (fault !== undefined) {
      return `${isArray ? `[${i}]` : ': a name'} ${fault.what}: ${adviceOf(fault, '"')}`;
    }
    if (!isArray && seen.has(origin)) {
      return ` has ${origin} twice, in different spellings: leave one out`;
    }
    seen.add(origin);
  }
}

/**
 * The checked options of a client, with all defaults. The object inherits nothing.
 *
 * `origins` has the token request of each origin, if the caller gave one. `sessions` keeps the
 * sessions of this client, if the store doesn't.
 *
 * @typedef {Omit<TokenClientOptions, 'clock' | 'dpop' | 'origins'> &
 *   Required<Pick<TokenClientOptions, 'deadline' | 'timeout' | 'maxReplay' | 'maxTokens' |
 *   'random'>> & { clock: Clock, dpop: Prover | undefined, origins: Map<string,
 *   import('./token_request.js').Canonical | undefined>, sessions:
 *   import('./session.js').OwnSessions | undefined }} Settings
 */

/**
 * Checks the options and fills in the defaults. The module doesn't check them, because it is not
 * loaded yet.
 *
 * @param {TokenClientOptions | undefined} options
 * @param {import('./session.js').OwnSessions} [sessions]
 * @returns {Settings}
 */
export function settingsOf(options, sessions) {
  if (options !== undefined && settled.has(options)) {
    return /** @type {any} */ (options); // createClients has checked them
  }
  const given = readOptions(options, OPTIONS);
  const {
    deadline = DEADLINE,
    timeout = TIMEOUT,
    maxReplay = MAX_REPLAY,
    maxTokens = MAX_TOKENS,
    random = randomBytes,
    dpop: keys,
  } = given;
  if (keys !== undefined && (given.store ?? given.broker) !== undefined) {
    const other = given.store === undefined ? 'broker' : 'store';
    throw new TokenError(
      'invalid_config',
      `options.dpop and options.${other} exclude each other: a token that is bound to a key is ` +
      `of no use to who hasn't the key`,
    );
  }
  const clock = new Clock(given.clock);
  const dpop = keys && new Prover(/** @type {CryptoKeyPair} */ (keys), clock.now, random);
  const store = given.store && storeOf(given.store);
  const origins = originsOf(given.origins);
  const settings = ownOf({
    ...given, deadline, timeout, maxReplay, maxTokens, random, origins, store, clock, dpop,
    sessions,
  });
  settled.add(settings);
  return settings;
}

/** The settings that settingsOf has returned. @type {WeakSet<object>} */
const settled = new WeakSet();

/** Returns a checked origin in its usual spelling. @param {string} text */
const originOf = (text) => /** @type {string} */ (readOrigin(text).origin);

/** @param {TokenClientOptions['origins']} given @returns {Settings['origins']} */
function originsOf(given = []) {
  return new Map(
    Array.isArray(given)
      ? given.map((text) => [originOf(text), undefined])
      : Object.entries(given).map(([text, request]) => [originOf(text), readTokenRequest(request)]),
  );
}

/**
 * Clients that share a store recognize it by this object.
 *
 * @type {WeakMap<object, import('../types.js').TokenStore>}
 */
const stores = new WeakMap();

/**
 * Returns an object with the methods of the caller's store. It inherits nothing.
 *
 * @param {any} store
 * @returns {import('../types.js').TokenStore}
 */
function storeOf(store) {
  const names = STORE_METHODS.filter((name, i) => i < 3 || memberOf(store, name) !== undefined);
  const own =
    stores.get(store) ??
    ownOf(
      /** @type {any} */ (
        Object.fromEntries(
          names.map((name) => [
            name,
            // for "nothing" many stores return null, and for a lease of another client false
            async (/** @type {unknown[]} */ ...args) =>
              (await store[name](...args)) || undefined,
          ]),
        )
      ),
    );
  stores.set(store, own);
  return own;
}
