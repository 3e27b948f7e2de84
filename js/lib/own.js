// What a caller hands in, read once: what was checked is then what is used, whatever becomes of the
// object meanwhile. Only members of its own count, for a polluted Object.prototype gives every
// object some more.

import { tagOf } from './tag.js';
import { TokenError } from './token_error.js';

/**
 * Makes an object that inherits nothing, as `{ __proto__: null }` is, which to V8 is a hash table:
 * what has a constructor takes half the time to fill and to read.
 *
 * @type {new () => any}
 */
export const Bare = /** @type {any} */ (function Bare() {});
Bare.prototype = Object.freeze(Object.create(null));

/**
 * Copies the own enumerable members of an object into one that inherits nothing. Each is read once.
 *
 * @template T
 * @param {T} object
 * @returns {T}
 */
export const ownOf = (object) => Object.assign(new Bare(), object);

/**
 * Reads a member that an object, or a class of it, has. What the root of all objects has counts for
 * none.
 *
 * @param {any} object
 * @param {string | symbol} name
 */
export function memberOf(object, name) {
  for (let owner = object; owner !== null && owner !== undefined; ) {
    const parent = Object.getPrototypeOf(owner);
    if (parent === null && owner !== object) {
      return undefined;
    }
    if (Object.hasOwn(owner, name)) {
      return object[name];
    }
    owner = parent;
  }
  return undefined;
}

/** The deepest that a configuration is copied. JSON may be nested as deep. */
const DEEPEST = 64;
/**
 * The most values that are copied or written: more than 1 MiB of JSON has. An object that stands in
 * several places counts in each, and thirty that each hold the next one twice are a billion.
 */
const MOST = 600_000;

/** Counts values. @param {{ left: number }} budget @param {any} value */
function count(budget, value) {
  budget.left -= Array.isArray(value) ? value.length : 1;
  if (budget.left < 0) {
    throw new TokenError('invalid_config', `the configuration holds more than ${MOST} values`);
  }
}

/**
 * Copies a configuration with all that is in it: objects, lists and bytes. Nothing of the copy
 * inherits anything.
 *
 * @template T
 * @param {T} value
 * @param {number} [depth]
 * @param {{ left: number }} [budget] how many values it may still have
 * @returns {T}
 * @throws {TokenError} `invalid_config` if it has too many
 */
export function copyOf(value, depth = 0, budget = { left: MOST }) {
  const given = /** @type {any} */ (value);
  count(budget, given);
  const tag = tagOf(given);
  if (tag === 'Uint8Array' && ArrayBuffer.isView(given)) {
    return /** @type {any} */ (bytesOf(given));
  }
  if (
    depth > DEEPEST ||
    typeof given !== 'object' ||
    !['Object', 'Array'].includes(tag) ||
    (depth > 0 && typeof memberOf(given, 'toJSON') === 'function')
  ) {
    return value;
  }
  if (Array.isArray(given)) {
    return /** @type {any} */ (
      Array.from({ length: given.length }, (_, i) =>
        Object.hasOwn(given, i) ? copyOf(given[i], depth + 1, budget) : undefined,
      )
    );
  }
  const copy = /** @type {any} */ (ownOf(given));
  for (const name of Object.keys(copy)) {
    copy[name] = copyOf(copy[name], depth + 1, budget);
  }
  return copy;
}

/**
 * Copies bytes, so that who holds the buffer can't change them.
 *
 * @param {ArrayBufferView | ArrayBuffer} bytes
 */
export function bytesOf(bytes) {
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(bytes)
    ? bytes
    : { buffer: bytes, byteOffset: 0, byteLength: bytes.byteLength };
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
}

/**
 * Joins chunks. A single one is returned as it is.
 *
 * @param {Uint8Array<ArrayBuffer>[]} chunks
 * @param {number} length of all together
 */
export function joined(chunks, length) {
  if (chunks.length === 1) {
    return chunks[0];
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Writes JSON as JSON.stringify does, but looks for toJSON nowhere near Object.prototype. It
 * returns undefined where that does, and throws for a bigint, for an object that holds itself, and
 * for one with too many values.
 *
 * @param {any} value
 * @param {{ left: number }} [budget] how many values it may still have
 * @returns {string | undefined}
 */
export function jsonOf(value, budget = { left: MOST }) {
  count(budget, value);
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'object' ? 'null' : JSON.stringify(value);
  }
  const toJSON = memberOf(value, 'toJSON');
  if (typeof toJSON === 'function') {
    const plain = toJSON.call(value, '');
    return typeof plain === 'object' && plain !== null && plain !== value
      ? jsonOf(plain, budget)
      : JSON.stringify(plain);
  }
  if (Array.isArray(value)) {
    const items = Array.from({ length: value.length }, (_, i) =>
      Object.hasOwn(value, i) ? jsonOf(value[i], budget) : undefined,
    );
    return `[${items.map((item) => item ?? 'null').join()}]`;
  }
  if (['Number', 'String', 'Boolean'].includes(tagOf(value))) { // as an object: new String('a')
    return JSON.stringify(value.valueOf());
  }
  const members = [];
  for (const name of Object.keys(value)) {
    const text = jsonOf(value[name], budget);
    if (text !== undefined) {
      members.push(`${JSON.stringify(name)}:${text}`);
    }
  }
  return `{${members.join()}}`;
}
