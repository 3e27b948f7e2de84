// Makes the signatures that the module asks for: with the caller's `sign` function, with a
// CryptoKey, or with WebCrypto and the configuration's key. If WebCrypto can't sign, the whole
// module does, if the program has imported it.

import { compact, whole } from '../module/module.js';
import { bytesOf, ownOf } from '../lib/own.js';
import { failure, within, wordsOf } from './send.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { SIGN } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */
/**
 * The core's request for a signature. `fingerprint` identifies the configuration's key.
 *
 * @typedef {{ alg: string, keyId: string, data: string, timeout: string, fingerprint?: string }}
 *   Request
 */

const encoder = new TextEncoder();

const NO_WEBCRYPTO =
  "privateKey can't sign here, for crypto.subtle is missing: a browser gives it to pages of " +
  'https and of localhost. Serve the page by https, or ' +
  "import 'fetchtoken/without-webcrypto', a module that signs by itself";

/**
 * Returns the function that makes signatures for a configuration. It resolves to fields for the
 * module: a signature or a failure. It rejects with the reason of the caller's signal.
 *
 * @param {Partial<import('../types.js').Config>} config an object that inherits nothing
 * @param {Fields} configuration the same configuration as fields
 * @returns {(request: Request, signal?: AbortSignal) => Promise<Fields>}
 */
export function signerOf({ sign, privateKey }, configuration) {
  if (typeof sign === 'function') {
    return (request, signal) => signByFunction(sign, request, signal);
  }
  if (typeof privateKey === 'object' && tagOf(privateKey) === 'CryptoKey') {
    return ({ alg, data }) => signByKey(/** @type {CryptoKey} */ (privateKey), alg, data);
  }
  return ({ alg, data, fingerprint }) => {
    const kept = keys.get(nameOf(alg, fingerprint));
    return kept === undefined ? signByModule(configuration, alg, data) : signByKey(kept, alg, data);
  };
}

/**
 * @param {NonNullable<import('../types.js').Config['sign']>} sign
 * @param {Request} request
 * @param {AbortSignal | undefined} signal
 */
async function signByFunction(sign, { alg, keyId, data, timeout }, signal) {
  if (signal?.aborted) {
    throw signal.reason;
  }
  const info = /** @type {{ alg: import('../types.js').Algorithm, keyId?: string }} */ (
    keyId === '' ? { alg } : { alg, keyId }
  );
  const signing = async () => {
    try {
      const signature = await sign(encoder.encode(data), info);
      switch (tagOf(signature)) {
        case 'Uint8Array':
        case 'ArrayBuffer':
          return signed(bytesOf(/** @type {Uint8Array | ArrayBuffer} */ (signature)));
        default:
          return failure('no_bytes', signature === null ? 'null' : typeof signature);
      }
    } catch (error) {
      return failure('threw', wordsOf(error));
    }
  };
  return within(Number(timeout), signal, signing());
}

/**
 * Signs with the configuration's key.
 *
 * @param {Fields} configuration the configuration, or only its key
 * @param {string} alg
 * @param {string} data
 * @returns {Promise<Fields>}
 */
export async function signByModule(configuration, alg, data) {
  const fields = configuration.concat('a', 'alg', alg, 'a', 'data', data);
  const answer = await compact.perform(SIGN, fields);
  const pkcs8 = answer.bytes('pkcs8');
  if (pkcs8 === undefined) {
    return signed(answer.bytes('signature'));
  }
  try {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, parametersOf(alg), false, ['sign']);
    const spki = answer.bytes('spki');
    const signature =
      spki === undefined
        ? await signatureOf(key, alg, data)
        : await verifiedSignatureOf(key, spki, alg, data);
    if (signature === undefined) {
      return failure('damaged');
    }
    if (keys.size >= MOST_KEYS) {
      keys.clear();
    }
    keys.set(nameOf(alg, answer.values.fingerprint), key);
    return signed(signature);
  } catch (error) {
    if (whole.load !== undefined) {
      return signed((await whole.perform(SIGN, fields)).bytes('signature'));
    }
    if (globalThis.crypto?.subtle === undefined) {
      throw new TokenError('invalid_key', NO_WEBCRYPTO, { cause: error });
    }
    return refused(error);
  } finally {
    pkcs8.fill(0);
  }
}

/**
 * The keys that signed last, because importing a key takes longer than signing. The map holds keys
 * rather than promises, because another request of a Worker can't wait for a promise. None can be
 * exported.
 *
 * @type {Map<string, CryptoKey>}
 */
const keys = new Map();

/** How many keys the map holds before it is cleared. */
const MOST_KEYS = 64;

/**
 * Returns the map's name for a key: its fingerprint and one algorithm.
 *
 * @param {string} alg
 * @param {string | undefined} fingerprint
 */
const nameOf = (alg, fingerprint) => `${alg} ${fingerprint}`;

/**
 * Returns a signature that the key's own public part verifies, or undefined for a damaged key. The
 * module checks only the form of a key; this finds wrong numbers in it.
 *
 * @param {CryptoKey} key
 * @param {BufferSource} spki
 * @param {string} alg
 * @param {string} data
 */
async function verifiedSignatureOf(key, spki, alg, data) {
  const parameters = parametersOf(alg);
  try {
    const [signature, publicKey] = await Promise.all([
      signatureOf(key, alg, data),
      crypto.subtle.importKey('spki', spki, parameters, false, ['verify']),
    ]);
    return (await crypto.subtle.verify(parameters, publicKey, signature, encoder.encode(data)))
      ? signature
      : undefined;
  } catch {
    return undefined; // the point is on no curve, or the runtime can't sign with these numbers
  }
}

/** Drops the kept keys. A client that still needs one imports it again. */
export const forgetKeys = () => keys.clear();

/** @param {CryptoKey} key @param {string} alg @param {string} data */
async function signatureOf(key, alg, data) {
  return new Uint8Array(await crypto.subtle.sign(parametersOf(alg), key, encoder.encode(data)));
}

/** @param {CryptoKey} key @param {string} alg @param {string} data @returns {Promise<Fields>} */
async function signByKey(key, alg, data) {
  try {
    return signed(await signatureOf(key, alg, data));
  } catch (error) {
    return refused(error);
  }
}

/**
 * Returns WebCrypto's parameters for a JWS algorithm (RFC 7518 appendix A.1), for importing a key
 * and for signing.
 *
 * @param {string} alg
 */
export function parametersOf(alg) {
  return ownOf(namedOf(alg));
}

/** @param {string} alg */
function namedOf(alg) {
  const bits = Number(alg.slice(2));
  const hash = `SHA-${bits}`;
  switch (alg.slice(0, 2)) {
    case 'RS':
      return { name: 'RSASSA-PKCS1-v1_5', hash };
    case 'PS':
      return { name: 'RSA-PSS', hash, saltLength: bits / 8 };
    case 'ES':
      return { name: 'ECDSA', hash, namedCurve: bits === 512 ? 'P-521' : `P-${bits}` };
    default:
      return { name: 'Ed25519' };
  }
}

/** @param {Uint8Array | undefined} signature @returns {Fields} */
const signed = (signature) => ['a', 'signature', /** @type {Uint8Array} */ (signature)];

/**
 * Returns a failure: WebCrypto doesn't know the algorithm or rejects the key. Its message could
 * repeat the key, so it is left out.
 *
 * @param {unknown} error
 */
const refused = (error) => failure('refused', error instanceof Error ? error.name : '');
