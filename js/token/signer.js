// Who answers when the module asks for a signature: a function of the caller's, a CryptoKey, or
// WebCrypto with the key of the configuration. Where WebCrypto can't, the whole module signs, if
// the program has imported it.

import { compact, whole } from '../module/module.js';
import { bytesOf, ownOf } from '../lib/own.js';
import { failure, reason, within } from './send.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { SIGN } from '../module/wire.js';

/** @typedef {import('../module/wire.js').Fields} Fields */
/**
 * What is to be signed, as the core says it. The fingerprint is that of the configuration's key.
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
 * Returns the function that answers the requests for a signature with this configuration: with
 * fields for build, a signature or a failure. It rejects with the reason of the caller's signal.
 *
 * @param {Partial<import('../types.js').Config>} config which inherits nothing
 * @param {Fields} configuration the same as fields
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
 * Has the key of the configuration sign.
 *
 * @param {Fields} configuration, or a key by itself
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
 * The keys that signed last, for importing one takes longer than signing: each itself, not a
 * promise, which another request of a Worker may not wait for. None can be exported.
 *
 * @type {Map<string, CryptoKey>}
 */
const keys = new Map();

/** How many keys are kept before the map starts anew. */
const MOST_KEYS = 64;

/**
 * Names a key by its fingerprint, for one algorithm.
 *
 * @param {string} alg
 * @param {string | undefined} fingerprint
 */
const nameOf = (alg, fingerprint) => `${alg} ${fingerprint}`;

/**
 * Returns a signature that verifies with the public key that came with a private one, or undefined:
 * the module checks of a key what takes no curve and no power of a large number.
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
    return undefined; // a point that is on no curve, or numbers with which the runtime doesn't sign
  }
}

/** Drops the keys that are kept. Whoever still needs one imports it again. */
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
 * Returns what WebCrypto calls an algorithm of JWS (RFC 7518 appendix A.1), to import a key and to
 * sign with it.
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
 * WebCrypto doesn't know the algorithm, or doesn't take the key, which its message could repeat.
 *
 * @param {unknown} error
 */
const refused = (error) => failure('refused', error instanceof Error ? error.name : '');

/** Says in a few words what was thrown. @param {any} error */
function wordsOf(error) {
  const words = reason(error);
  const name = error instanceof Error && error.name !== 'Error' ? error.name : '';
  return name === '' || words.includes(name) ? words : `${name}: ${words}`;
}
