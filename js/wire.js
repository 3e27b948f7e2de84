// The wire between the module and JavaScript, described twice: here and in wasm/wire.go.
//
// The host writes a message into the buffer, calls call(op, length), and finds the answer, of the length that call returns, in
// the buffer. buffer(size) makes the buffer that large if it is smaller and returns its address. Both may move the buffer and grow
// the memory, so the host takes the address and a new view after every call.
//
// A message is a sequence of fields. A field is one byte, its kind; the lengths in bytes of its name and of its value, two
// little-endian uint32; the name; the value. Text is UTF-8. The kinds:
//
//	c  the caller's configuration, itself a message
//	o  the caller's options, likewise
//	h  a header of HTTP
//	a  anything else that the operation takes or returns
//
// and in the two messages of the caller:
//
//	s  a string
//	j  JSON text of anything else
//	t  the name of a type that JSON can't hold
//	n  instead of all others where the whole is no object: which of the two it is, and what it is instead
//
// The operations, what they take and what they return:
//
//	build        c, o, a sentAt (the time now, ms), a random (bytes), a signature (bytes, if there is one)
//	             → a method, a url, h …, a body, a timeout (ms), a maxBody (bytes); or a alg, a data: sign that and call again
//	parse        c, a sentAt, a random (both those of build), a status, h …, a body; or, for the last three, a failure, a detail
//	             → a token (JSON)
//	sign         c, or a key (PEM or JWK); a alg, a data → a signature (bytes)
//	oauth1       c, the request to sign with OAuth 1.0 → a authorization, a signature, a baseString
//	credentials  a file (bytes), or c, an environment; o → s …: the fields of a configuration
//	             or a isOther (bytes of a file) → a isOther: whether the file is of a kind that isn't known
//	explain      c, o, a sentAt, a random → a explanation (JSON): the request without its secrets, and why it is as it is
//
// Any of them may return an error instead: a code, a message, and the other fields of a TokenError that are set.

import { TokenError } from './token_error.js';

/** The operations. */
export const BUILD = 1;
export const PARSE = 2;
export const SIGN = 3;
export const OAUTH1 = 4;
export const CREDENTIALS = 5;
export const EXPLAIN = 6;

/** The bytes of a field before its name. */
const HEAD = 9;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // a byte order mark in a value is a part of it

/**
 * A message before it is written: kind, name and value of one field after another.
 *
 * @typedef {(string | Uint8Array)[]} Fields
 */

/**
 * Returns a configuration, or options, as the one field that they are. What each value may be is for the module to say.
 *
 * @param {'config' | 'options'} what
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
      if (value !== undefined) {
        const [kind, text] = valueOf(value);
        fields.push(kind, name, text);
      }
    }
  }
  let message = new Uint8Array();
  const length = write(fields, (size) => (message = new Uint8Array(size)));
  return [what === 'config' ? 'c' : 'o', '', message.subarray(0, length)];
}

/**
 * Returns the kind of a value and its text.
 *
 * @param {unknown} value
 * @returns {['s' | 'j' | 't', string]}
 */
function valueOf(value) {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? ['s', value] : ['t', 'text with half a character (a lone surrogate)'];
    case 'object': {
      const tag = Object.prototype.toString.call(value).slice(8, -1);
      if (tag !== 'Object' && tag !== 'Array' && tag !== 'Null') {
        return ['t', `a ${tag}`];
      }
      try {
        const text = JSON.stringify(value);
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
 * Writes fields into the module's buffer and returns the length of the message.
 *
 * @param {Fields} fields
 * @param {(size: number) => Uint8Array} buffer returns a view of a buffer of at least that size
 */
export function write(fields, buffer) {
  let most = 0;
  for (let i = 0; i < fields.length; i += 3) {
    most += HEAD + 3 * (fields[i + 1].length + fields[i + 2].length); // a UTF-16 unit becomes three bytes at the most
  }
  const view = buffer(most);
  let at = 0;
  for (let i = 0; i < fields.length; i += 3) {
    view[at] = /** @type {string} */ (fields[i]).charCodeAt(0);
    const name = put(view, at + HEAD, fields[i + 1]);
    const value = put(view, at + HEAD + name, fields[i + 2]);
    putLength(view, at + 1, name);
    putLength(view, at + 5, value);
    at += HEAD + name + value;
  }
  return at;
}

/**
 * @param {Uint8Array} view
 * @param {number} at
 * @param {string | Uint8Array} data
 * @returns {number} how many bytes it took
 */
function put(view, at, data) {
  if (typeof data !== 'string') {
    view.set(data, at);
    return data.length;
  }
  if (data.length < 64) { // short text is mostly ASCII, and then a loop beats the encoder
    let i = 0;
    for (; i < data.length; i++) {
      const c = data.charCodeAt(i);
      if (c > 0x7f) {
        break;
      }
      view[at + i] = c;
    }
    if (i === data.length) {
      return i;
    }
  }
  return encoder.encodeInto(data, view.subarray(at)).written;
}

/** @param {Uint8Array} view @param {number} at @param {number} length */
function putLength(view, at, length) {
  view[at] = length;
  view[at + 1] = length >>> 8;
  view[at + 2] = length >>> 16;
  view[at + 3] = length >>> 24;
}

/**
 * What an operation returned.
 *
 * @typedef {{ headers: [string, string][], values: Record<string, string>, bytes: (name: string) => Uint8Array }} Answer
 */

/**
 * Reads an answer. It throws the TokenError that the answer may be.
 *
 * @param {Uint8Array} view of the answer alone
 * @returns {Answer}
 */
export function read(view) {
  /** @type {[string, string][]} */
  const headers = [];
  /** @type {Record<string, string>} */
  const values = {};
  /** @type {Record<string, Uint8Array>} */
  const raw = {};
  for (let at = 0; at < view.length; ) {
    const kind = view[at];
    const name = at + HEAD;
    const value = name + getLength(view, at + 1);
    const end = value + getLength(view, at + 5);
    const nameText = text(view, name, value);
    if (kind === 0x68 /* h */) {
      headers.push([nameText, text(view, value, end)]);
    } else if (nameText === 'signature') {
      raw[nameText] = view.slice(value, end); // bytes, except where OAuth 1.0 signs, whose signature is text
      values[nameText] = text(view, value, end);
    } else {
      values[nameText] = text(view, value, end);
    }
    at = end;
  }
  if (values.code !== undefined && values.message !== undefined) {
    throw TokenError.from(values);
  }
  return { headers, values, bytes: (name) => raw[name] };
}

/** @param {Uint8Array} view @param {number} from @param {number} to */
function text(view, from, to) {
  if (to - from < 24) {
    let out = '';
    for (let i = from; i < to && view[i] <= 0x7f; i++) {
      out += String.fromCharCode(view[i]);
    }
    if (out.length === to - from) {
      return out;
    }
  }
  return decoder.decode(view.subarray(from, to));
}

/** @param {Uint8Array} view @param {number} at */
function getLength(view, at) {
  return (view[at] | (view[at + 1] << 8) | (view[at + 2] << 16) | (view[at + 3] << 24)) >>> 0;
}
