// Copies the caller's objects, and reads each member once. So a checked value can't change before
// it is used. Only own members count, because a polluted Object.prototype adds members to every
// object.

import { tagOf } from './tag.js';
import { TokenError } from './token_error.js';

/**
 * Makes an object that inherits nothing, like `{ __proto__: null }`. V8 fills and reads an object
 * with a constructor twice as fast.
 *
 * @type {new () => any}
 */
export const Bare = /** @type {any} */ (function Bare() {});
Bare.prototype = Object.freeze(Object.create(null));

/**
 * Copies the own enumerable members of an object into one that inherits nothing. It reads each
 * member once.
 *
 * @template T
 * @param {T} object
 * @returns {T}
 */
export const ownOf = (object) => Object.assign(new Bare(), object);

/**
 * Reads a member of an object or its class. Members of Object.prototype don't count.
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

/**
 * Says whether a value can be a configuration or options: an object with members. An array has none
 * with names, and a Map or an AbortSignal has none of its own.
 *
 * @param {unknown} value
 */
export const hasMembers = (value) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  (tagOf(value) === 'Object' || Object.keys(value).length > 0);

/**
 * Names the type of a value, as in "must be an object, not a string".
 *
 * @param {unknown} value
 */
export function typeOf(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  const type = typeof value === 'object' ? tagOf(value) : typeof value;
  return /^[aeio]/i.test(type) ? `an ${type}` : `a ${type}`;
}

/** The most levels of nesting in a configuration. JSON has the same limit. */
const DEEPEST = 64;
/**
 * The most values that are copied or written, more than 1 MiB of JSON can have. A shared object
 * counts each time: thirty objects that each contain the next one twice count as a billion.
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
 * Copies a configuration with its objects, lists and bytes. The copies inherit nothing.
 *
 * @template T
 * @param {T} value
 * @param {number} [depth]
 * @param {{ left: number }} [budget] how many more values it may have
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
 * Copies bytes, so that the owner of the buffer can't change them.
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
 * Joins chunks. A single chunk is returned as it is.
 *
 * @param {Uint8Array<ArrayBuffer>[]} chunks
 * @param {number} length the total length
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
 * Writes JSON as JSON.stringify does, but ignores a toJSON of Object.prototype. It returns
 * undefined where JSON.stringify does, and throws for a bigint, a circular object, and one with too
 * many values.
 *
 * @param {any} value
 * @param {{ left: number }} [budget] how many more values it may have
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
  if (['Number', 'String', 'Boolean'].includes(tagOf(value))) { // a String object: new String('a')
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
