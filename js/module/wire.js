// The wire between the module and JavaScript, described twice: here and in wasm/wire.go.
//
// The host writes a message into the buffer, calls call(op, length), and finds the answer, of the
// length that call returns, in the buffer. buffer(size) makes the buffer that large if it is
// smaller and returns its address. Both may move the buffer and grow the memory, so the host takes
// the address and a new view after every call.
//
// A message is a sequence of fields. A field is one byte, its kind; the lengths in bytes of its
// name and of its value; the name; the value. A length is five bytes with seven bits each, the
// lowest first, so that a message of ASCII is ASCII, which JavaScript decodes ten times faster.
// Text is UTF-8. The kinds:
//
//	c  the caller's configuration, itself a message
//	o  the caller's options, likewise
//	h  a header of HTTP
//	e  a member of a TokenError
//	a  anything else that the operation takes or returns
//
// and in the two messages of the caller:
//
//	s  a string
//	b  bytes
//	j  JSON text of anything else
//	k  a key that the host holds: JSON text that describes a CryptoKey, or {} for a function
//	   that signs
//	t  the name of a type that JSON can't hold
//	n  instead of all others where the whole is no object: which of the two it is, and what it
//	   is instead
//
// The operations, what they take and what they return:
//
//	next         c, o, a now (ms), a random (21 bytes); a attempts, a deadline (ms), a ahead
//	             (ms), a lifetime (ms), a proves (true), where they aren't 0, 0, 0, 0 and false;
//	             a state, that of the answer before, but at first; and what became of what that
//	             asked for: a signature (bytes); or a failure to sign, a detail; or, of a
//	             request, a status, h …, a body, or a failure, a detail, a status, h …; or
//	             nothing, at first and after a wait
//	             → a do, which says what is to be done, a ahead (ms), a state, unless it is the
//	             end, and for each do:
//	             sign   a alg, a keyId, a data, a timeout (ms), a fingerprint of the key: in the
//	                    compact module, for a private key
//	             send   a method, a url, h …, a body, a attempt, a timeout (ms), a maxBody
//	                    (bytes)
//	             wait   a wait (ms), a attempt, e …: why
//	             keep   a token (JSON), a until, a margin, a renew (ms): the end
//	             fail   e …, a hold (ms): the end
//	             and in each a grant, if the server takes the grant once: to be kept, and given
//	             to the next renewal. It is secret
//	             See package core/renewal.
//	sign         c, or a key (text or bytes), a passphrase, a keyId, if there are any; a alg, a
//	             data → a signature (bytes); or, in the compact module, for a private key, a
//	             pkcs8 (bytes), a spki (bytes, if the key says its public part), and a
//	             fingerprint of both
//	oauth1       c, the request to sign with OAuth 1.0, a now (ms), a random (16 bytes) → a
//	             authorization, a signature, a baseString
//	credentials  a file (bytes), or c, an environment; o → s …: the fields of a configuration;
//	             or a isOther (bytes of a file) → a isOther: whether the file is of a kind that
//	             isn't known
//	explain      c, o, a now, a random (as for next) → a explanation (JSON): the request without
//	             its secrets, and why it is as it is
//	forget       nothing → nothing: what was kept of configurations and secrets is dropped, and
//	             both buffers are cleared. The compact module sets all of its memory back to
//	             what it was when it had started, and clears the rest
//
// Any of them may return an error instead: e a code, a message, and the other members of a
// TokenError that are set.

import { Bare, bytesOf, jsonOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';

/** The operations. */
export const NEXT = 1;
export const SIGN = 2;
export const OAUTH1 = 3;
export const CREDENTIALS = 4;
export const EXPLAIN = 5;
export const FORGET = 6;

/** The bytes of a field before its name. */
const HEAD = 11;

const encoder = new TextEncoder();
// a byte order mark in a value is a part of it
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A message before it is written: kind, name and value of one field after another. A value may be a
 * message itself.
 *
 * @typedef {(string | Uint8Array | Fields)[]} Fields
 */

/**
 * Returns a configuration, options, or a request to sign, as the one field that they are. What each
 * value may be is for the module to say.
 *
 * @param {'config' | 'options' | 'request'} what
 * @param {unknown} object
 * @returns {Fields}
 */
export function fieldsOf(what, object) {
  /** @type {Fields} */
  const fields = [];
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    fields.push('n', what, typeOf(object)); // never the value, which may be a secret
  } else {
    for (const name of Object.keys(object)) {
      const value = /** @type {Record<string, unknown>} */ (object)[name];
      if (typeof value === 'string' && value.isWellFormed()) { // most are
        fields.push('s', name, value);
      } else if (value !== undefined) {
        const [kind, content] =
          name === 'sign' && typeof value === 'function' ? ['k', '{}'] : valueOf(value);
        fields.push(kind, name, content);
      }
    }
  }
  return [what === 'options' ? 'o' : 'c', '', fields];
}

/**
 * Returns the kind of a value, and its text or its bytes.
 *
 * @param {unknown} value
 * @returns {['s' | 'j' | 'k' | 't', string] | ['b', Uint8Array]}
 */
function valueOf(value) {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? ['s', value]
        : ['t', 'text with half a character (a lone surrogate)'];
    case 'object': {
      const tag = tagOf(value);
      if (tag === 'Uint8Array' && ArrayBuffer.isView(value)) {
        return ['b', bytesOf(value)];
      }
      if (tag === 'CryptoKey') {
        return ['k', describe(/** @type {CryptoKey} */ (value))];
      }
      if (tag !== 'Object' && tag !== 'Array' && tag !== 'Null') {
        return ['t', `a ${tag}`];
      }
      try {
        const text = jsonOf(value);
        if (text !== undefined) {
          return ['j', text];
        }
      } catch {
        // the same for both
      }
      return ['t', "an object that JSON can't hold"];
    }
    case 'boolean':
      return ['j', String(value)];
    case 'number':
      return [Number.isFinite(value) ? 'j' : 't', String(value)];
    default:
      return ['t', typeOf(value)];
  }
}

/** Describes a key that never leaves WebCrypto. @param {CryptoKey} key */
function describe({ type, extractable, algorithm, usages }) {
  const { name, namedCurve, hash, modulusLength } = /** @type {any} */ (ownOf(algorithm));
  return /** @type {string} */ (
    jsonOf({
      type,
      extractable,
      algorithm: { name, namedCurve, hash: hash?.name, modulusLength },
      usages: [...usages],
    })
  );
}

/**
 * Names the type of a value.
 *
 * @param {unknown} value
 */
function typeOf(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/**
 * Returns a configuration as bytes that no other configuration has: the message of its fields in
 * the order of their names, which changes no request. They hold its secrets.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @param {Fields} [before] further fields, which come first
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function canonicalOf([, , fields], before = []) {
  const sorted = Array.from({ length: fields.length / 3 }, (_, i) => fields.slice(3 * i, 3 * i + 3))
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .flat();
  let view = new Uint8Array();
  const length = write(before.concat(sorted), (size) => (view = new Uint8Array(size)));
  return view.subarray(0, length);
}

/**
 * Writes fields into the module's buffer and returns the length of the message.
 *
 * @param {Fields} fields
 * @param {(size: number) => Uint8Array} buffer returns a view of a buffer of at least that size
 */
export function write(fields, buffer) {
  return putFields(buffer(mostOf(fields)), 0, fields);
}

/**
 * Returns how many bytes a part of a message takes at the most: a UTF-16 unit becomes three.
 *
 * @param {Fields[number]} part
 */
function mostOf(part) {
  if (typeof part === 'string') {
    return 3 * part.length;
  }
  if (!Array.isArray(part)) {
    return part.length;
  }
  let most = 0;
  for (let i = 0; i < part.length; i += 3) {
    most += HEAD + mostOf(part[i + 1]) + mostOf(part[i + 2]);
  }
  return most;
}

/**
 * Writes fields and returns where they end.
 *
 * @param {Uint8Array} view
 * @param {number} at
 * @param {Fields} fields
 */
function putFields(view, at, fields) {
  for (let i = 0; i < fields.length; i += 3) {
    const name = at + HEAD;
    const value = put(view, name, fields[i + 1]);
    const end = put(view, value, fields[i + 2]);
    view[at] = /** @type {string} */ (fields[i]).charCodeAt(0);
    putLength(view, at + 1, value - name);
    putLength(view, at + 6, end - value);
    at = end;
  }
  return at;
}

/**
 * Writes a part of a message and returns where it ends.
 *
 * @param {Uint8Array} view
 * @param {number} at
 * @param {Fields[number]} part
 * @returns {number}
 */
function put(view, at, part) {
  if (typeof part !== 'string') {
    if (Array.isArray(part)) {
      return putFields(view, at, part);
    }
    view.set(part, at);
    return at + part.length;
  }
  if (part.length < 24) { // short text is mostly ASCII, and then a loop beats the encoder
    let i = 0;
    for (; i < part.length; i++) {
      const c = part.charCodeAt(i);
      if (c > 0x7f) {
        break;
      }
      view[at + i] = c;
    }
    if (i === part.length) {
      return at + i;
    }
  }
  return at + encoder.encodeInto(part, view.subarray(at)).written;
}

/** @param {Uint8Array} view @param {number} at @param {number} length */
function putLength(view, at, length) {
  view[at] = length & 0x7f;
  view[at + 1] = (length >>> 7) & 0x7f;
  view[at + 2] = (length >>> 14) & 0x7f;
  view[at + 3] = (length >>> 21) & 0x7f;
  view[at + 4] = length >>> 28;
}

/**
 * What an operation returned.
 *
 * @typedef {{ headers: [string, string][], values: Record<string, string>, error: TokenError |
 *   undefined, bytes: (name: string) => Uint8Array<ArrayBuffer> | undefined }} Answer
 */

/**
 * Reads an answer. It throws the TokenError that an answer may be which is nothing else.
 *
 * @param {Uint8Array} view of the answer alone
 * @param {number} op the operation that answers: sign alone answers bytes
 * @returns {Answer}
 */
export function read(view, op) {
  /** @type {[string, string][]} */
  const headers = [];
  /** @type {Record<string, string>} */
  // what is left out of an answer is left out, whatever other objects inherit
  const values = new Bare();
  /** @type {Record<string, string> | undefined} */
  let failed;
  /** @type {Record<string, Uint8Array<ArrayBuffer>>} */
  const raw = new Bare();
  // A character that is not ASCII has more bytes than units. So if there are as many units as
  // bytes, each stands where its byte does. What sign answers may be a private key, which becomes
  // no string: nobody could clear that.
  const all = op === SIGN ? '' : decoder.decode(view);
  const text =
    all.length === view.length
      ? (/** @type {number} */ from, /** @type {number} */ to) => all.slice(from, to)
      : (/** @type {number} */ from, /** @type {number} */ to) =>
          decoder.decode(view.subarray(from, to));
  for (let at = 0; at < view.length;) {
    const name = at + HEAD;
    const value = name + getLength(view, at + 1);
    const end = value + getLength(view, at + 6);
    const nameText = text(name, value);
    if (view[at] === 0x68 /* h */) {
      headers.push([nameText, text(value, end)]);
    } else if (view[at] === 0x65 /* e */) {
      (failed ??= new Bare())[nameText] = text(value, end);
    } else if (op === SIGN && nameText !== 'fingerprint') {
      raw[nameText] = view.slice(value, end);
    } else {
      values[nameText] = text(value, end);
    }
    at = end;
  }
  const error = failed && TokenError.from(failed);
  if (error !== undefined && values.do === undefined) {
    throw error;
  }
  return { headers, values, error, bytes: (name) => raw[name] };
}

/** @param {Uint8Array} view @param {number} at */
function getLength(view, at) {
  return (
    (view[at] |
      (view[at + 1] << 7) |
      (view[at + 2] << 14) |
      (view[at + 3] << 21) |
      (view[at + 4] << 28)) >>>
    0
  );
}
