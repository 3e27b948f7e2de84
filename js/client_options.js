import { Clock } from './clock.js';
import { isProver, Prover } from './dpop.js';
import { randomBytes } from './random.js';
import { TokenError } from './token_error.js';

/** @typedef {import('./types.js').TokenClientOptions} TokenClientOptions */

/** Milliseconds that one renewal may take, all of its requests and waits together. */
const DEADLINE = 60_000;
/** Milliseconds that one request may take. */
const TIMEOUT = 30_000;

/** What each option must be. @type {Record<string, [(value: any) => boolean, string]>} */
const OPTIONS = {
  fetch: [(f) => typeof f === 'function', 'a function like the global fetch'],
  timeout: [isSize, 'a whole number of milliseconds'],
  deadline: [isSize, 'a whole number of milliseconds'],
  maxBody: [isSize, 'a whole number of bytes'],
  clock: [(c) => typeof c?.now === 'function', 'an object with a function now and, perhaps, sleep'],
  random: [(f) => typeof f === 'function', 'a function that returns as many random bytes as it is asked for'],
  origins: [(o) => Array.isArray(o) && o.every(isOrigin), "a list of origins such as 'https://api.example.com', without a path; http only to this machine"],
  store: [(s) => ['get', 'set', 'delete'].every((name) => typeof s?.[name] === 'function'), 'an object with the functions get, set and delete'],
  sealingKey: [(k) => typeof k === 'string' || k instanceof Uint8Array, 'a string or a Uint8Array'],
  broker: [(f) => typeof f === 'function', 'a function that returns the TokenBroker, or what passes its getToken on'],
  dpop: [isProver, 'a CryptoKeyPair that WebCrypto made to sign with: ECDSA, Ed25519, or RSA of 2048 bits or more with SHA-256, SHA-384 or SHA-512'],
  onEvent: [(f) => typeof f === 'function', 'a function'],
  waitUntil: [(f) => typeof f === 'function', 'a function that takes a promise'],
};

/** @param {unknown} n */
function isSize(n) {
  return Number.isSafeInteger(n) && /** @type {number} */ (n) > 0 && /** @type {number} */ (n) < 2 ** 31;
}

/** The hosts that http may go to: this machine. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @param {string} text */
function isOrigin(text) {
  if (!URL.canParse(text) || text.includes('*')) {
    return false;
  }
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === 'https:' || LOOPBACK.test(hostname)); // by http everybody on the way would have the token
}

/**
 * The options of a client, checked and complete.
 *
 * @typedef {Omit<TokenClientOptions, 'clock' | 'dpop'> & Required<Pick<TokenClientOptions, 'deadline' | 'timeout' | 'random' | 'origins'>> & {
 *   clock: Clock, dpop: Prover | undefined }} Settings
 */

/**
 * Checks the options, which the module, being asleep, can't, and completes them.
 *
 * @param {TokenClientOptions} options
 * @returns {Settings}
 */
export function settingsOf(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TokenError('invalid_config', 'options must be an object');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw new TokenError('invalid_config', `unknown option ${JSON.stringify(name.slice(0, 60))}: known are ${Object.keys(OPTIONS).join(', ')}`);
    }
    const [isRight, what] = OPTIONS[name];
    if (value !== undefined && !isRight(value)) {
      throw new TokenError('invalid_config', `options.${name} must be ${what}`);
    }
  }
  const { deadline = DEADLINE, timeout = TIMEOUT, random = randomBytes, origins = [], clock: given, dpop: keys, ...rest } = options;
  if (keys !== undefined && (rest.store ?? rest.broker) !== undefined) {
    const other = rest.store === undefined ? 'broker' : 'store';
    throw new TokenError('invalid_config', `options.dpop and options.${other} exclude each other: a token that is bound to a key is of no use to who hasn't the key`);
  }
  const clock = new Clock(given);
  const dpop = keys && new Prover(keys, clock.now, random);
  return { ...rest, deadline, timeout, random, origins, clock, dpop };
}
