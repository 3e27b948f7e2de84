// A store sees two things of a client: a key that identifies the whole configuration, and records
// that only this client can open. WebCrypto makes both.
//
// Both are derived from the configuration's message to the module (module/wire.js), with its fields
// sorted by name. Two configurations that get different tokens have different messages. Two ways to
// write one configuration have one message: it holds a list of one element as a text, a scope as
// one text, a private key's bytes as a text, and the members of an object sorted by name (RFC
// 8785). A field that is false is left out. core/canonical.go writes the same message in Go. The
// message describes a CryptoKey by its algorithm and usages, and says nothing about a function or
// the contents of a file. With such a clientAssertion, clientId still identifies the client. Only a
// subject token itself says whose token comes: without its text, a client can't have a store.
//
// The store key is HKDF-SHA256 (RFC 5869) of that message, without salt, with the info "fetchtoken
// store key 2": 32 bytes in hexadecimal. A session has "session" in place of "store", and the
// command's sign-in has "sign-in". The key reveals nothing, but a guess at the whole message can be
// checked against it.
//
// A record is 2.IV.CIPHERTEXT, the last two in base64url: the value as JSON text, encrypted by
// AES-256-GCM with a random IV of 96 bits, a tag of 128 bits and the additional data "2." plus the
// store key. HKDF-SHA256 derives the encryption key from the caller's sealing key, with the info
// "fetchtoken seal 2 key", or else from the message, with the info "fetchtoken seal 2 credential".
// The salt is the store key.

import { base64url } from '../lib/base64url.js';
import { LISTS, SECRET_PARAMETERS, SECRETS, SOURCES } from '../lib/config_fields.js';
import { jsonOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { canonicalOf } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/** The fields that identify the server and the client of a session. */
export const SESSION_FIELDS = [
  'provider', 'environment', 'tenant', 'issuer', 'tokenEndpoint', 'clientId',
];
/** The parameters with the grant that begins a session, which identify it, too. */
const SESSION_PARAMETERS = ['refresh_token', 'code', 'device_code'];

/** The fewest bytes of a sealing key. */
const KEY_LENGTH = 16;

/** Every record begins with this. A record with another beginning counts as absent. */
const VERSION = '2.';

const encoder = new TextEncoder();

/**
 * Returns the key under which a store keeps the token of a configuration, its session, or the
 * command's sign-in: 64 hexadecimal digits. Configurations that get different tokens have different
 * keys.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @param {'store' | 'session' | 'sign-in'} [of]
 * @returns {Promise<string>}
 * @throws {TokenError} `invalid_config` if nothing tells the configuration from another
 */
export async function storeKeyOf(configuration, of = 'store') {
  const entries = distinctEntriesOf(configuration);
  const hidden = entries.find(isHidden);
  if (
    hidden !== undefined &&
    !entries.some(({ name, kind, value }) => name === 'keyId' && kind === 's' && value !== '')
  ) {
    throw invalid(
      `config.${hidden.name} doesn't show which key it is, so two keys would share a token ` +
      `in a store: name the key in config.keyId`,
    );
  }
  const foreign = entries.find(({ name, kind }) => SUBJECTS.includes(name) && kind !== 's');
  if (foreign !== undefined) {
    throw invalid(
      `config.${foreign.name} is not the token itself but says where to get one, so two ` +
      'subjects would share a token in a store: leave options.store out, or give the token itself',
    );
  }
  const subtle = webCrypto();
  const base = await baseOf(subtle, configuration);
  const info = encoder.encode(`fetchtoken ${of} key 2`);
  const derivation = ownOf({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info });
  return hex(new Uint8Array(await subtle.deriveBits(derivation, base, 256)));
}

/**
 * Returns the functions that seal and open the records of a configuration.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @param {string} storeKey the store key of the configuration
 * @param {string | Uint8Array} [key] the caller's sealing key, at least 16 bytes. Without it, the
 *   configuration's secrets are used; a configuration with a CryptoKey, with `sign` or without
 *   secrets has none to use
 * @returns {Promise<{ seal: (value: object) => Promise<string>, open: (record: string) =>
 *   Promise<object | undefined> }>} open() returns undefined for a record that was not sealed with
 *   the same keys
 * @throws {TokenError} `invalid_config` if there is no secret to seal with
 */
export async function sealerOf(configuration, storeKey, key) {
  const given = key === undefined ? checkCredential(configuration) : bytesOf(key);
  const subtle = webCrypto();
  const base = await baseOf(subtle, configuration, given);
  const info = encoder.encode(`fetchtoken seal 2 ${key === undefined ? 'credential' : 'key'}`);
  const derivation = ownOf({ name: 'HKDF', hash: 'SHA-256', salt: encoder.encode(storeKey), info });
  const sealing = await subtle.deriveKey(
    derivation,
    base,
    ownOf({ name: 'AES-GCM', length: 256 }),
    false,
    ['encrypt', 'decrypt'],
  );
  const additionalData = encoder.encode(VERSION + storeKey);

  return {
    async seal(value) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await subtle.encrypt(
        ownOf({ name: 'AES-GCM', iv, additionalData, tagLength: 128 }),
        sealing,
        encoder.encode(jsonOf(value)),
      );
      return `${VERSION}${base64url(iv)}.${base64url(new Uint8Array(sealed))}`;
    },

    async open(record) {
      try {
        const [, iv, sealed] = /** @type {RegExpExecArray} */ (
          /^2\.([\w-]{16})\.([\w-]+)$/.exec(record)
        );
        const text = await subtle.decrypt(
          ownOf({ name: 'AES-GCM', iv: fromBase64url(iv), additionalData, tagLength: 128 }),
          sealing,
          fromBase64url(sealed),
        );
        return JSON.parse(new TextDecoder().decode(text));
      } catch {
        return undefined; // another client or version wrote it, or it was changed
      }
    },
  };
}

/**
 * A field: its name, its kind on the wire and its value.
 *
 * @typedef {{ name: string, kind: string, value: string | Uint8Array }} Entry
 */

/** Returns the fields of a configuration. @param {Fields} configuration @returns {Entry[]} */
const entriesOf = ([, , fields]) =>
  Array.from({ length: fields.length / 3 }, (_, i) => {
    const [kind, name, value] = /** @type {any[]} */ (fields.slice(3 * i, 3 * i + 3));
    return { name, kind, value };
  });

/**
 * Returns the fields of a configuration. It throws if a store couldn't tell the configuration from
 * another one.
 *
 * @param {Fields} configuration
 * @throws {TokenError} `invalid_config`
 */
function distinctEntriesOf(configuration) {
  const entries = entriesOf(configuration);
  for (const { name, kind, value } of entries) {
    if (kind === 'n') {
      throw invalid('config must be an object');
    }
    if (kind === 't') { // the wire shows only the type of such a value
      throw invalid(
        `config.${name} holds what JSON can't hold (${value}), so a store could not tell it from ` +
        `another`,
      );
    }
  }
  return entries;
}

/** The fields that decide whose token comes. */
const SUBJECTS = ['subjectToken', 'actorToken'];

/** Says whether a field is a key whose contents can't be read. @param {Entry} entry */
const isHidden = ({ name, kind }) => kind === 'k' && !SOURCES.includes(name);

/** Says whether a field is or holds a secret. @param {Entry} entry */
const hasSecret = (entry) =>
  Object.keys(grantsOf(entry, SECRET_PARAMETERS)).length > 0 ||
  (SECRETS.includes(entry.name) && entry.value.length > 0) ||
  (SOURCES.includes(entry.name) && entry.kind === 's');

/**
 * Returns the members of `parameters` that have one of these names and a text.
 *
 * @param {Entry} entry
 * @param {string[]} names
 */
function grantsOf({ name: field, kind, value }, names) {
  const isThat = field === 'parameters' && kind === 'j';
  const parameters = ownOf(isThat ? JSON.parse(/** @type {string} */ (value)) : {});
  const hasText = (/** @type {string} */ parameter) =>
    [parameters[parameter]].flat().some((text) => typeof text === 'string' && text !== '');
  return ownOf(Object.fromEntries(names.filter(hasText).map((name) => [name, parameters[name]])));
}

/**
 * Returns the configuration of a session: the part of a configuration that identifies it. It is
 * undefined if the configuration has no grant that begins a session. A client with a new secret or
 * another scope has the same session.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @returns {Fields | undefined}
 */
export function sessionOf(configuration) {
  const entries = entriesOf(configuration);
  const parameters = entries.find(({ name }) => name === 'parameters');
  const grants = parameters === undefined ? {} : grantsOf(parameters, SESSION_PARAMETERS);
  if (Object.keys(grants).length === 0) {
    return undefined;
  }
  const fields = entries
    .filter(({ name }) => SESSION_FIELDS.includes(name))
    .flatMap(({ name, kind, value }) => [kind, name, value]);
  const text = /** @type {string} */ (jsonOf(grants));
  return ['c', '', /** @type {Fields} */ (fields).concat('j', 'parameters', text)];
}

/**
 * Checks that there is a secret to seal with.
 *
 * @param {Fields} configuration
 * @returns {undefined}
 */
function checkCredential(configuration) {
  const entries = distinctEntriesOf(configuration);
  const hidden = entries.find(isHidden);
  if (hidden !== undefined) {
    throw invalid(
      `config.${hidden.name} doesn't show its key, so the tokens of a store can't be sealed ` +
      `with it: give options.sealingKey to seal them with`,
    );
  }
  if (!entries.some(hasSecret)) {
    throw invalid(
      'config has no secret with which the tokens of a store could be sealed (is clientSecret ' +
      'missing?): give options.sealingKey to seal them with',
    );
  }
}

/** The fields that may be bytes. Go has them as texts. */
const BYTES = ['privateKey', 'certificate'];

/**
 * Returns the canonical form of a configuration, which is the same in every language.
 *
 * @param {Fields} configuration
 * @returns {Fields}
 */
function plainOf([whole, , fields]) {
  const plain = [];
  for (let i = 0; i < fields.length; i += 3) {
    const [kind, name, value] = /** @type {any[]} */ (fields.slice(i, i + 3));
    if (kind === 'j') {
      plain.push(...plainFieldOf(name, JSON.parse(value)));
    } else {
      plain.push(kind === 'b' && BYTES.includes(name) ? 's' : kind, name, value);
    }
  }
  return [whole, '', plain];
}

/** @param {string} name @param {any} value of JSON @returns {Fields} */
function plainFieldOf(name, value) {
  if (LISTS.includes(name) && Array.isArray(value)) {
    const text = name === 'scope' && value.every(isText) ? value.join(' ') : textOf(value);
    return isText(text) ? ['s', name, text] : ['j', name, sortedJson(value)];
  }
  if (name === 'parameters') {
    for (const [parameter, list] of Object.entries(value ?? {})) {
      Object.defineProperty(value, parameter, ownOf({ value: textOf(list), enumerable: true }));
    }
  }
  const text = sortedJson(value);
  return ['{}', 'false'].includes(text) && name !== 'scope' ? [] : ['j', name, text];
}

/** @param {unknown} value */
const isText = (value) => typeof value === 'string';

/**
 * Returns the text of a list of one text, and every other value unchanged.
 *
 * @param {unknown} value
 */
const textOf = (value) =>
  Array.isArray(value) && value.length === 1 && isText(value[0]) ? value[0] : value;

/**
 * Writes JSON with the members of each object in the order of their names.
 *
 * @param {any} value
 * @returns {string}
 */
function sortedJson(value) {
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(sortedJson).join()}]`;
  }
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${sortedJson(value[name])}`);
  return `{${members.join()}}`;
}

/**
 * Returns the bytes to derive keys from: the sealing key, or else the configuration.
 *
 * @param {SubtleCrypto} subtle
 * @param {Fields} configuration
 * @param {Uint8Array<ArrayBuffer>} [given]
 */
async function baseOf(subtle, configuration, given) {
  const material = given ?? canonicalOf(plainOf(configuration));
  try {
    return await subtle.importKey('raw', material, 'HKDF', false, ['deriveBits', 'deriveKey']);
  } finally {
    if (given === undefined) {
      material.fill(0);
    }
  }
}

/** @param {unknown} key */
function bytesOf(key) {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key;
  if (tagOf(bytes) !== 'Uint8Array' || /** @type {Uint8Array} */ (bytes).length < KEY_LENGTH) {
    throw invalid(
      `the key to seal with must be a Uint8Array or a string of at least ${KEY_LENGTH} bytes`,
    );
  }
  return /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
}

/** @returns {SubtleCrypto} */
function webCrypto() {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw invalid(
      'a store needs crypto.subtle to seal tokens, which is missing here: a browser gives it to ' +
      'pages of https and of localhost',
    );
  }
  return subtle;
}

/** @param {string} message */
const invalid = (message) => new TokenError('invalid_config', message);

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Throws for text that base64url() can't have made. @param {string} text */
function fromBase64url(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  );
  if (base64url(bytes) !== text) {
    // the last character may have unused bits, which must be zero
    throw new Error('not as base64url has it');
  }
  return bytes;
}
