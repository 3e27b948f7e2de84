// The wire between the module and JavaScript. It is described twice: here and in wasm/wire.go.
//
// The host writes a message into the buffer and calls call(op, length). call returns the length of
// the answer, which is then in the buffer. buffer(size) makes the buffer at least that large and
// returns its address. Both calls may move the buffer and grow the memory, so the host takes the
// address and a new view after every call.
//
// A message is a sequence of fields. A field is its kind (one byte), the lengths in bytes of its
// name and of its value, the name, and the value. A length is five bytes of seven bits each, the
// lowest first. So an ASCII message is ASCII as a whole, which JavaScript decodes ten times faster.
// Text is UTF-8. The kinds:
//
//	c  the caller's configuration, itself a message
//	o  the caller's options, itself a message
//	h  an HTTP header
//	e  a member of a TokenError
//	a  any other input or output of the operation
//
// The kinds in the two messages of the caller (configuration and options):
//
//	s  a string
//	b  bytes
//	j  JSON text of any other value
//	k  what the host holds: JSON text that describes a CryptoKey, or {} for a function of the
//	   caller
//	t  the name of a type that JSON can't hold
//	n  the only field if the caller gave no object: its name says whether the configuration or
//	   the options are meant, its value names the type
//
// The operations with their input and, after the arrow, their output:
//
//	next         performs one step of a renewal: see package core/renewal.
//	             c, o, a now (ms), a random (21 bytes); a attempts, a deadline (ms), a ahead
//	             (ms), a lifetime (ms), a proves (true), if they aren't 0, 0, 0, 0 and false;
//	             a grant and a metadata, those of the last renewal, if there are any; a purpose
//	             (revocation, device or authorization), if it is not for a token; a interval
//	             (ms), to ask whether a user has approved a device;
//	             a state, copied from the last answer, except at first; and the outcome of the
//	             last step: of get a text, or a failure, a detail; of sign a signature (bytes), or
//	             a failure, a detail; of send a status, h …, a body, or a failure, a detail, a
//	             status, h …; of wait, and at first, nothing
//	             → a do (the step that the host must carry out), a ahead (ms); a state, except at
//	             the end; a grant, which is secret, if the server takes the grant once: the host
//	             gives it to the next renewal; a metadata likewise, which is not secret, if an
//	             issuer is configured; and for each do:
//	             get    a field, an audience, a timeout (ms), a file (its path, if a file has the
//	                    text): an assertion or a token that somebody else issues
//	             sign   a alg, a keyId, a data, a timeout (ms); in the compact module, for a
//	                    private key, a fingerprint of the key
//	             send   a method, a url, h …, a body, a attempt, a timeout (ms), a maxBody
//	                    (bytes)
//	             wait   a wait (ms), a attempt, e … (the reason)
//	             keep   a token (JSON), a until, a margin, a renew (ms): the end
//	             done   a result (JSON), of another purpose: the end
//	             fail   e …, a hold (ms): the end
//	sign         signs with a private key.
//	             c, or a key (text or bytes), a passphrase, a keyId, if there are any; a alg, a
//	             data → a signature (bytes). The compact module answers for a private key
//	             a pkcs8 (bytes), a spki (bytes, if the key contains its public part), and
//	             a fingerprint of both
//	oauth1       signs a request with OAuth 1.0.
//	             c (the request), a now (ms), a random (16 bytes), and what became of the signature,
//	             if a private key signs: as for next → a authorization, a signature, a baseString.
//	             Or, before that signature, as for a sign of next
//	credentials  reads a file or an environment.
//	             a file (bytes), or c (an environment); o → s …, j … (the fields of a
//	             configuration).
//	             Or a isOther (bytes of a file) → a isOther: whether the file is of an unknown
//	             kind
//	explain      c, o, a now, a random (as for next), a metadata (if an issuer is configured)
//	             → a explanation (JSON): the request without its secrets, and the reasons for it
//	forget       drops all kept configurations and secrets, and clears both buffers. The compact
//	             module sets its whole memory back to its state after the start.
//	             nothing → nothing
//	authorize    makes the address that asks a user for an authorization.
//	             c, a purpose (authorization), a metadata (if an issuer is configured),
//	             a redirectUri, a random (64 bytes) → a url, a state, a codeVerifier, a nonce,
//	             a issuerRequired
//	callback     reads the address to which the browser was sent.
//	             a url, a state, a issuer, a issuerRequired → a code
//
// Each operation may return an error instead: e code, e message, and the other members of the
// TokenError that are set.

import { Bare, bytesOf, hasMembers, jsonOf, ownOf, typeOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';

/** The operations. */
export const NEXT = 1;
export const SIGN = 2;
export const OAUTH1 = 3;
export const CREDENTIALS = 4;
export const EXPLAIN = 5;
export const FORGET = 6;
export const AUTHORIZE = 7;
export const CALLBACK = 8;

/** The bytes of a field before its name. */
const HEAD = 11;

/** The fields of a configuration that may be a function. */
const FUNCTIONS = new Set(['sign', 'clientAssertion', 'subjectToken', 'actorToken']);

const encoder = new TextEncoder();
// a byte order mark belongs to the value
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A message before it is written: kind, name and value of each field in turn. A value may be a
 * message itself.
 *
 * @typedef {(string | Uint8Array | Fields)[]} Fields
 */

/**
 * The names of a message's members that are undefined, such as the value of a variable that is not
 * set. They are no fields, but an error about a missing field names them.
 *
 * @type {WeakMap<Fields, string[]>}
 */
const undefinedIn = new WeakMap();

/**
 * Returns a configuration, options, or a request to sign as one field. The module checks the
 * values.
 *
 * @param {'config' | 'options' | 'request'} what
 * @param {unknown} object
 * @returns {Fields}
 */
export function fieldsOf(what, object) {
  /** @type {Fields} */
  const fields = [];
  if (!hasMembers(object)) {
    fields.push('n', what, typeOf(object)); // the type only: the value may be a secret
  } else {
    for (const name of Object.keys(/** @type {object} */ (object))) {
      const value = /** @type {Record<string, unknown>} */ (object)[name];
      if (typeof value === 'string' && value.isWellFormed()) { // the common case
        fields.push('s', name, value);
      } else if (value !== undefined) {
        const [kind, content] =
          typeof value === 'function' && FUNCTIONS.has(name) ? ['k', '{}'] : valueOf(value);
        fields.push(kind, name, content);
      } else {
        undefinedIn.set(fields, [...(undefinedIn.get(fields) ?? []), name]);
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
        // handled like undefined
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
 * Returns the canonical bytes of a configuration: the message with its fields sorted by name.
 * Different configurations have different bytes. They contain its secrets.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @param {Fields} [before] fields to put in front
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
 * Returns an upper limit for the bytes of a part: a UTF-16 unit takes at most three.
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
  // short text is mostly ASCII, which this loop writes faster than the encoder
  if (part.length < 24) {
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
 * The answer of an operation.
 *
 * @typedef {{ headers: [string, string][], values: Record<string, string>, error: TokenError |
 *   undefined, bytes: (name: string) => Uint8Array<ArrayBuffer> | undefined }} Answer
 */

/** Those that give a client's secret beside clientSecret and privateKey. */
const SECRETS = ['clientAssertion', 'sign'];

/**
 * Adds to an error about a missing field that somebody gave the field with the value undefined.
 *
 * @param {string} message
 * @param {Fields} asked
 */
function withUndefined(message, asked) {
  const names = asked.flatMap((part) => (Array.isArray(part) ? undefinedIn.get(part) ?? [] : []));
  const words = message.split(/\W+/);
  const given = names.filter(
    (name) =>
      words.includes(name) || (SECRETS.includes(name) && message.startsWith('clientSecret and ')),
  );
  return given.length === 0 || !words.includes('missing')
    ? message
    : `${message}; ${given.join(' and ')} ${given.length === 1 ? 'is' : 'are'} given but ` +
        'undefined: is a variable not set?';
}

/**
 * Reads an answer. If the answer is an error and nothing else, it throws that TokenError.
 *
 * @param {Uint8Array} view the bytes of the answer
 * @param {number} op the operation: only sign answers bytes
 * @param {Fields} [asked] the message that it answers
 * @returns {Answer}
 */
export function read(view, op, asked = []) {
  /** @type {[string, string][]} */
  const headers = [];
  /** @type {Record<string, string>} */
  // Bare objects inherit nothing, so an absent value is undefined.
  const values = new Bare();
  /** @type {Record<string, string> | undefined} */
  let failed;
  /** @type {Record<string, Uint8Array<ArrayBuffer>>} */
  const raw = new Bare();
  // A character outside ASCII has more bytes than UTF-16 units. If the counts are equal, the text
  // can be sliced at byte offsets. The answer of sign may be a private key and never becomes a
  // string, because a string can't be cleared.
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
    } else if (view[at] === 0x6a /* j */) {
      values[nameText] = JSON.parse(text(value, end));
    } else if (op === SIGN && nameText !== 'fingerprint') {
      raw[nameText] = view.slice(value, end);
    } else {
      values[nameText] = text(value, end);
    }
    at = end;
  }
  if (failed?.code === 'invalid_config') {
    failed.message = withUndefined(failed.message, asked);
  }
  const error = failed && TokenError.from(/** @type {any} */ (failed));
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
