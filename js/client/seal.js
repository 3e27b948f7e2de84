// What a store sees of a client: a key that stands for its whole configuration, and records that
// only this client can open. By WebCrypto alone.
//
// The store key is the SHA-256, in hexadecimal, of this JSON text, which different configurations
// never share:
//
//	["fetchtoken store key 1", [name, kind, value], …]
//
// with the fields in the order of their names, those that are undefined left out. The kinds:
//
//	s  a string
//	j  the JSON text of anything else, its members in their order, for in claims and parameters the
//	   order counts
//	b  bytes, in hexadecimal
//	p  the parameters: a list of [name, kind, value] in their order
//	k  a CryptoKey: what can be seen of it, as JSON text
//	f  a function that signs: nothing can be seen of it
//	h  a secret: its fingerprint, in base64url
//
// A fingerprint is an HMAC-SHA256 of the JSON text of the secret's place (["clientSecret"],
// ["parameters","password"]). Its key is derived from the JSON text [kind, value] of the secret by
// HKDF-SHA256 (RFC 5869) without salt, info "fetchtoken fingerprint 1".
//
// A record is 1.IV.CIPHERTEXT, the last two in base64url: AES-256-GCM over the JSON text of the
// value, with a random IV of 96 bits, a tag of 128 bits and the additional data "1." and the store
// key. Its key is derived by HKDF-SHA256 from the key that is given, info "fetchtoken seal 1 key";
// or from the JSON text of the secrets, [[place, kind, value], …], info "fetchtoken seal 1
// credential". The salt is the store key.

import { base64url } from '../lib/base64url.js';
import { jsonOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';

/**
 * The fields that are secrets, and the parameters that are credentials themselves: those of
 * secretParameters in core/redact.go.
 */
const SECRETS = new Set([
  'clientSecret',
  'privateKey',
  'passphrase',
  'parameters.password',
  'parameters.refresh_token',
  'parameters.code',
  'parameters.code_verifier',
  'parameters.assertion',
  'parameters.subject_token',
  'parameters.actor_token',
  'parameters.device_code',
  'parameters.auth_req_id',
  'parameters.id_token_hint',
]);

/** The fewest bytes of a key to seal with. */
const KEY_LENGTH = 16;

const VERSION = '1.';

const encoder = new TextEncoder();

/**
 * A field or a parameter: its names from the outermost on, its kind and its value.
 *
 * @typedef {{ place: string[], kind: string, value: string }} Entry
 */

/**
 * Returns the key under which a store keeps the token of a configuration: 64 hexadecimal digits.
 * Configurations that differ in anything have different keys.
 *
 * @param {import('../types.js').Config} config
 * @returns {Promise<string>}
 * @throws {TokenError} `invalid_config` if it could not be told from another configuration
 */
export async function storeKeyOf(config) {
  // before the first wait: what the caller changes after that changes nothing
  const entries = entriesOf(config);
  const hidden = entries.find(isHidden);
  if (
    hidden !== undefined &&
    !entries.some(({ place, kind, value }) => place[0] === 'keyId' && kind === 's' && value !== '')
  ) {
    throw invalid(
      `config.${hidden.place[0]} doesn't show which key it is, so two keys would share a token ` +
      `in a store: name the key in config.keyId`,
    );
  }
  const subtle = webCrypto();
  /** @type {unknown[]} */
  const fields = [];
  /** @type {unknown[]} */
  let parameters = [];
  for (const entry of entries) {
    const { place, kind, value } = entry;
    const name = place[place.length - 1];
    const list = place.length === 1 ? fields : parameters;
    if (kind === 'p') {
      list.push([name, kind, (parameters = [])]);
    } else {
      list.push(
        isSecret(entry) ? [name, 'h', await fingerprint(subtle, entry)] : [name, kind, value],
      );
    }
  }
  const canonical = jsonOf(['fetchtoken store key 1', ...fields]);
  return hex(new Uint8Array(await subtle.digest('SHA-256', encoder.encode(canonical))));
}

/**
 * Returns what seals the records of a configuration and opens them again.
 *
 * @param {import('../types.js').Config} config
 * @param {string} storeKey that of the configuration
 * @param {string | Uint8Array} [key] what to derive the key from, at least 16 bytes. Default: the
 *   secrets of the configuration. One with a CryptoKey or `sign`, or without secrets, has nothing
 *   to derive it from
 * @returns {Promise<{ seal: (value: object) => Promise<string>, open: (record: string) =>
 *   Promise<object | undefined> }>} open() returns undefined for whatever seal() didn't make with
 *   the same key and store key
 * @throws {TokenError} `invalid_config` if there is nothing to seal with
 */
export async function sealerOf(config, storeKey, key) {
  const material = key === undefined ? credentialOf(config) : bytesOf(key);
  const subtle = webCrypto();
  const base = await subtle.importKey('raw', material, 'HKDF', false, ['deriveKey']);
  const info = encoder.encode(`fetchtoken seal 1 ${key === undefined ? 'credential' : 'key'}`);
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
          /^1\.([\w-]{16})\.([\w-]+)$/.exec(record)
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
 * Returns the fields in the order of their names, each parameter after `parameters`.
 *
 * @param {object} object the configuration, or its parameters
 * @param {string[]} [within] the names that lead to it
 * @returns {Entry[]}
 */
function entriesOf(object, within = []) {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw invalid('config must be an object');
  }
  const names = Object.keys(object);
  return (within.length === 0 ? names.sort() : names).flatMap((name) => {
    const value = /** @type {Record<string, unknown>} */ (object)[name];
    const place = [...within, name];
    if (value === undefined) {
      return [];
    }
    if (place.length === 1 && name === 'parameters' && tagOf(value) === 'Object') {
      return [{ place, kind: 'p', value: '' }, ...entriesOf(/** @type {object} */ (value), place)];
    }
    return [{ place, ...textOf(place, value) }];
  });
}

/**
 * Returns the kind of a value and a text that no other value of the kind has.
 *
 * @param {string[]} place
 * @param {unknown} value
 * @returns {{ kind: string, value: string }}
 */
function textOf(place, value) {
  const tag = tagOf(value);
  if (typeof value === 'string') {
    return { kind: 's', value };
  }
  if (tag === 'Uint8Array') {
    return { kind: 'b', value: hex(/** @type {Uint8Array} */ (value)) };
  }
  if (tag === 'CryptoKey') {
    const { type, algorithm } = /** @type {CryptoKey} */ (value);
    const { name, namedCurve, hash, modulusLength } = /** @type {any} */ (ownOf(algorithm));
    return {
      kind: 'k',
      value: String(jsonOf([type, name, namedCurve, hash?.name, modulusLength])),
    };
  }
  if (typeof value === 'function' && place[0] === 'sign') {
    return { kind: 'f', value: '' };
  }
  if (['Object', 'Array', 'Null', 'Boolean', 'Number'].includes(tag)) {
    try {
      const json = jsonOf(value);
      if (json !== undefined && (json !== 'null' || value === null)) { // NaN becomes null
        return { kind: 'j', value: json };
      }
    } catch {
      // the same for both
    }
  }
  throw invalid(
    `config.${place.join('.')} holds what JSON can't hold (${tag}), so a store could not tell it ` +
    `from another`,
  );
}

/** Whether nothing but its holder can tell a key from another. @param {Entry} entry */
const isHidden = ({ kind }) => kind === 'k' || kind === 'f';

/** @param {Entry} entry */
const isSecret = (entry) => SECRETS.has(entry.place.join('.')) && !isHidden(entry);

/**
 * Returns what stands for a secret: nothing can be read from it, but a guess can be checked.
 *
 * @param {SubtleCrypto} subtle
 * @param {Entry} secret
 */
async function fingerprint(subtle, { place, kind, value }) {
  const base = await subtle.importKey('raw', encoder.encode(jsonOf([kind, value])), 'HKDF', false, [
    'deriveKey',
  ]);
  const derivation = ownOf({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: encoder.encode('fetchtoken fingerprint 1'),
  });
  const key = await subtle.deriveKey(
    derivation,
    base,
    ownOf({ name: 'HMAC', hash: 'SHA-256', length: 256 }),
    false,
    ['sign'],
  );
  return base64url(new Uint8Array(await subtle.sign('HMAC', key, encoder.encode(jsonOf(place)))));
}

/**
 * Returns the secrets of a configuration as bytes.
 *
 * @param {import('../types.js').Config} config
 */
function credentialOf(config) {
  const entries = entriesOf(config);
  const hidden = entries.find(isHidden);
  if (hidden !== undefined) {
    throw invalid(
      `config.${hidden.place[0]} doesn't show its key, so the tokens of a store can't be sealed ` +
      `with it: give options.sealingKey to seal them with`,
    );
  }
  const secrets = entries.filter((entry) => isSecret(entry) && entry.value !== '');
  if (secrets.length === 0) {
    throw invalid(
      'config has no secret with which the tokens of a store could be sealed (is clientSecret ' +
      'missing?): give options.sealingKey to seal them with',
    );
  }
  return encoder.encode(jsonOf(secrets.map(({ place, kind, value }) => [place, kind, value])));
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
