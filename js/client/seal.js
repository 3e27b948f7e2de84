// What a store sees of a client: a key that stands for its whole configuration, and records that
// only this client can open. By WebCrypto alone.
//
// Both are derived from the configuration as it goes to the module, which module/wire.js describes:
// the message of its fields in the order of their names. Configurations that differ in anything
// have different messages. A CryptoKey shows its algorithm and its usages, a function that signs
// nothing.
//
// The store key is 32 bytes, in hexadecimal, of HKDF-SHA256 (RFC 5869) of that message, without
// salt, info "fetchtoken store key 2". Nothing can be read from it, but a guess at the whole
// message can be checked.
//
// A record is 2.IV.CIPHERTEXT, the last two in base64url: AES-256-GCM over the JSON text of the
// value, with a random IV of 96 bits, a tag of 128 bits and the additional data "2." and the store
// key. Its key is derived by HKDF-SHA256 from the key that is given, info "fetchtoken seal 2 key";
// or from the message, info "fetchtoken seal 2 credential". The salt is the store key.

import { base64url } from '../lib/base64url.js';
import { SECRET_PARAMETERS, SECRETS } from '../lib/config_fields.js';
import { jsonOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { canonicalOf } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/** The fewest bytes of a key to seal with. */
const KEY_LENGTH = 16;

/** Begins every record. One with another beginning counts as absent. */
const VERSION = '2.';

const encoder = new TextEncoder();

/**
 * Returns the key under which a store keeps the token of a configuration: 64 hexadecimal digits.
 * Configurations that differ in anything have different keys.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @returns {Promise<string>}
 * @throws {TokenError} `invalid_config` if it could not be told from another configuration
 */
export async function storeKeyOf(configuration) {
  const entries = entriesOf(configuration);
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
  const subtle = webCrypto();
  const base = await baseOf(subtle, configuration);
  const info = encoder.encode('fetchtoken store key 2');
  const derivation = ownOf({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info });
  return hex(new Uint8Array(await subtle.deriveBits(derivation, base, 256)));
}

/**
 * Returns what seals the records of a configuration and opens them again.
 *
 * @param {Fields} configuration as fieldsOf returns it
 * @param {string} storeKey that of the configuration
 * @param {string | Uint8Array} [key] what to derive the key from, at least 16 bytes. Default: the
 *   configuration with its secrets. One with a CryptoKey or `sign`, or without secrets, has nothing
 *   to derive it from
 * @returns {Promise<{ seal: (value: object) => Promise<string>, open: (record: string) =>
 *   Promise<object | undefined> }>} open() returns undefined for whatever seal() didn't make with
 *   the same key and store key
 * @throws {TokenError} `invalid_config` if there is nothing to seal with
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
        return undefined; // of another client or version, or not as it was
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
function entriesOf([, , fields]) {
  const entries = [];
  for (let i = 0; i < fields.length; i += 3) {
    const [kind, name, value] = /** @type {any[]} */ (fields.slice(i, i + 3));
    if (kind === 'n') {
      throw invalid('config must be an object');
    }
    if (kind === 't') { // the value stands for all of its type
      throw invalid(
        `config.${name} holds what JSON can't hold (${value}), so a store could not tell it from ` +
        `another`,
      );
    }
    entries.push({ name, kind, value });
  }
  return entries;
}

/** Whether nothing but its holder can tell a key from another. @param {Entry} entry */
const isHidden = ({ kind }) => kind === 'k';

/** Whether a field is a secret, or holds one. @param {Entry} entry */
function hasSecret({ name, kind, value }) {
  if (name === 'parameters' && kind === 'j') {
    const parameters = ownOf(JSON.parse(/** @type {string} */ (value)));
    return SECRET_PARAMETERS.some((parameter) =>
      [parameters[parameter]].flat().some((secret) => typeof secret === 'string' && secret !== ''),
    );
  }
  return SECRETS.includes(name) && value.length > 0;
}

/**
 * Checks that there is a secret to seal with.
 *
 * @param {Fields} configuration
 * @returns {undefined}
 */
function checkCredential(configuration) {
  const entries = entriesOf(configuration);
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

/**
 * Returns what keys are derived from: the bytes that are given, else the configuration.
 *
 * @param {SubtleCrypto} subtle
 * @param {Fields} configuration
 * @param {Uint8Array<ArrayBuffer>} [given]
 */
async function baseOf(subtle, configuration, given) {
  const material = given ?? canonicalOf(configuration);
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

/** Throws for a text that base64url() doesn't make. @param {string} text */
function fromBase64url(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  );
  if (base64url(bytes) !== text) {
    // the last character may have bits to spare
    throw new Error('not as base64url has it');
  }
  return bytes;
}
