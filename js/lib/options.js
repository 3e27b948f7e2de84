// Reads options: own members only, each of them once. An unknown option is an error. createClient
// checks its options before the module is loaded, so the limits and the search for the nearest name
// stand here as well as in core/options.go and core/errors.go. js/test/node/options.test.js checks
// that both give the same messages.

import { hasMembers, ownOf, typeOf } from './own.js';
import { TokenError } from './token_error.js';

/**
 * The type of each option, as a test and in words, or as a function that names what is wrong with a
 * value. A third member copies a value that its owner could change later.
 *
 * @typedef {Record<string, [isRight: (value: any) => boolean, what: string | ((value: any) =>
 *   string), copy?: (value: any) => any]>} Known
 */

/** @type {(value: unknown) => boolean} */
const isFunction = (value) => typeof value === 'function';

/**
 * Says whether a value has the members of an AbortSignal that are needed here.
 *
 * @param {any} value
 */
export const isSignal = (value) =>
  typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function';

/** @param {number} least @param {number} most @returns {(value: any) => boolean} */
const isWhole = (least, most) => (value) =>
  Number.isSafeInteger(value) && value >= least && value <= most;

/** The longest timer of JavaScript. */
const MOST_MILLISECONDS = 2 ** 31 - 1;
const MOST_BYTES = 2 ** 30;

/** @type {Known[string]} */
export const MILLISECONDS = [
  isWhole(1, MOST_MILLISECONDS),
  `a whole number of milliseconds from 1 to ${MOST_MILLISECONDS}`,
];
/** @type {Known[string]} */
export const BYTES = [isWhole(1, MOST_BYTES), `a whole number of bytes from 1 to ${MOST_BYTES}`];
/** @type {Known[string]} */
export const BYTES_OR_NONE = [
  isWhole(0, MOST_BYTES),
  `a whole number of bytes from 0 to ${MOST_BYTES}`,
];
/** @type {Known[string]} */
export const COUNT = [isWhole(1, MOST_BYTES), `a whole number from 1 to ${MOST_BYTES}`];
/** @type {Known[string]} */
export const TEXT = [(value) => typeof value === 'string', 'a string'];
/** @type {Known[string]} */
export const BOOLEAN = [(value) => typeof value === 'boolean', 'true or false'];
/** @type {Known[string]} */
export const SIGNAL = [isSignal, 'an AbortSignal'];
/** @type {(what: string) => Known[string]} */
export const FUNCTION = (what) => [isFunction, what];

/**
 * Checks options and returns them as an object that inherits nothing.
 *
 * @template {object} T
 * @param {T | undefined} given the caller's options
 * @param {Known} known
 * @returns {T}
 * @throws {TokenError} `invalid_config` for an option that is unknown or has a wrong value
 */
export function readOptions(given, known) {
  if (given === undefined) {
    return ownOf(/** @type {T} */ ({}));
  }
  if (!hasMembers(given)) {
    throw invalid(`options must be an object, not ${typeOf(given)}`);
  }
  const options = /** @type {Record<string, any>} */ (ownOf(given));
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw unknownOption(name, Object.keys(known));
    }
    if (options[name] === undefined) {
      continue;
    }
    const [isRight, what, copy] = known[name];
    options[name] = copy === undefined ? options[name] : copy(options[name]);
    if (!isRight(options[name])) {
      const words = typeof what === 'string' ? ` must be ${what}` : what(options[name]);
      throw invalid(`options.${name}${words}`);
    }
  }
  return /** @type {T} */ (options);
}

/** @param {string} message */
const invalid = (message) => new TokenError('invalid_config', message);

/**
 * Names the known option that is nearest, or lists all of them, as UnknownKey of core/errors.go
 * does.
 *
 * @param {string} name
 * @param {string[]} known
 */
function unknownOption(name, known) {
  const shown = isRepeated(name) ? ` ${JSON.stringify(name)}` : '';
  const near = nearest(name, known);
  const help = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  return invalid(`unknown option${shown}: ${help}`);
}

/**
 * Says whether an error may repeat an unknown name: only if it consists of a few words and nothing
 * follows the name of a secret. Any other name may contain a secret. isRepeated of core/name.go has
 * the same rule.
 *
 * @param {string} name
 */
const isRepeated = (name) =>
  /^[a-z_-]{1,40}$/i.test(name) &&
  !(/[A-Z]{4}/.test(name) && /[a-z]/.test(name)) &&
  !/(secret|password|passphrase|privatekey)./i.test(name.replaceAll(/[-_]/g, ''));

/**
 * Returns the known name that differs least, if it differs little.
 *
 * @param {string} name
 * @param {string[]} known
 */
function nearest(name, known) {
  const plain = (/** @type {string} */ text) => text.toLowerCase().replaceAll(/[-_]/g, '');
  let [best, least] = [/** @type {string | undefined} */ (undefined), 3];
  for (const option of plain(name).length > 40 ? [] : known) {
    const steps = distance(plain(name), plain(option));
    if (steps < least && steps < Math.floor(option.length / 2)) {
      [best, least] = [option, steps];
    }
  }
  return best;
}

/** Returns the Levenshtein distance. @param {string} a @param {string} b */
export function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length];
}
