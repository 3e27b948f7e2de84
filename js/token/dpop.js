// DPoP proofs (RFC 9449). They bind a token to a key, so that a stolen token is useless without the
// key.

import { base64url } from '../lib/base64url.js';
import { jsonOf, ownOf } from '../lib/own.js';
import { parametersOf } from './signer.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';

/**
 * The request that a proof is for. `token` is set for a request to an API. `at` is the time in
 * milliseconds by the server's clock.
 *
 * @typedef {{ method: string, url: string, token?: string, at?: number }} Proven
 */

/**
 * The public members of a JWK (RFC 7517, RFC 8037). Other exported members never go into a proof.
 */
const PUBLIC = ['kty', 'crv', 'x', 'y', 'n', 'e'];

const encoder = new TextEncoder();

/** Makes the proofs of a key, and keeps the nonces of the servers. */
export class Prover {
  /** How many milliseconds the server's clock is ahead of ours. */
  offset = () => 0;
  #keys;
  #now;
  #random;
  /** The last nonce of each origin. @type {Map<string, string>} */
  #nonces = new Map();
  /** @type {string | undefined} */
  #header;

  /**
   * @param {CryptoKeyPair} keys
   * @param {() => number} now
   * @param {(size: number) => Uint8Array} random
   */
  constructor(keys, now, random) {
    this.#keys = keys;
    this.#now = now;
    this.#random = random;
  }

  /**
   * Returns the value of the DPoP header for a request (RFC 9449 section 4.2).
   *
   * @param {Proven} request
   */
  async prove(request) {
    const { method, url, token, at = this.#now() + this.offset() } = ownOf(request);
    const { origin, pathname } = new URL(url);
    const claims = {
      jti: base64url(this.#random(16)),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(at / 1000),
      nonce: this.#nonces.get(origin),
      ath:
        token === undefined
          ? undefined
          : base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(token)))),
    };
    const data = `${await this.#headerOf()}.${base64url(encoder.encode(jsonOf(claims)))}`;
    const signature = await this.#sign(encoder.encode(data));
    return `${data}.${base64url(new Uint8Array(signature))}`;
  }

  /**
   * Keeps the nonce of a response for later requests (RFC 9449 section 8.2).
   *
   * @param {string} url
   * @param {string | null | undefined} nonce
   */
  learn(url, nonce) {
    if (nonce) {
      this.#nonces.set(new URL(url).origin, nonce);
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} data */
  #sign(data) {
    const { privateKey } = this.#keys;
    return crypto.subtle.sign(
      parametersOf(/** @type {string} */ (algorithmOf(privateKey))),
      privateKey,
      data,
    );
  }

  /**
   * Returns the header of every proof. It keeps the header rather than a promise, because another
   * request of a Worker can't wait for that promise.
   */
  async #headerOf() {
    if (this.#header === undefined) {
      const { publicKey, privateKey } = this.#keys;
      const exported = Object.entries(await crypto.subtle.exportKey('jwk', publicKey));
      const jwk = Object.fromEntries(exported.filter(([name]) => PUBLIC.includes(name)));
      const alg = /** @type {string} */ (algorithmOf(privateKey));
      await this.#checkPair(alg);
      this.#header = base64url(encoder.encode(jsonOf({ typ: 'dpop+jwt', alg, jwk })));
    }
    return this.#header;
  }

  /**
   * Checks that the two keys belong together. Otherwise the server would bind the token to a key
   * that nobody has. The caller's public key may not be allowed to verify, so a copy of it
   * verifies.
   *
   * @param {string} alg
   */
  async #checkPair(alg) {
    const parameters = parametersOf(alg);
    const spki = await crypto.subtle.exportKey('spki', this.#keys.publicKey);
    const verifying = await crypto.subtle.importKey('spki', spki, parameters, false, ['verify']);
    const data = encoder.encode('fetchtoken');
    if (!(await crypto.subtle.verify(parameters, verifying, await this.#sign(data), data))) {
      throw new TokenError(
        'invalid_config',
        'options.dpop is no pair: what its privateKey signs, its publicKey does not verify',
      );
    }
  }
}

/** Says whether a pair of keys can make proofs. @param {any} pair */
export function isProver(pair) {
  const { privateKey, publicKey } = ownOf(pair);
  return (
    tagOf(privateKey) === 'CryptoKey' &&
    privateKey.type === 'private' &&
    privateKey.usages.includes('sign') &&
    tagOf(publicKey) === 'CryptoKey' &&
    publicKey.type === 'public' &&
    publicKey.extractable &&
    algorithmOf(privateKey) !== undefined &&
    algorithmOf(privateKey) === algorithmOf(publicKey)
  );
}

/**
 * Returns the JWS algorithm of a key, or undefined if servers accept none for it. createClient
 * checks the key before the module is loaded; HostKey of core/assertion has the same rule.
 *
 * @param {CryptoKey} key
 * @returns {string | undefined}
 */
function algorithmOf({ algorithm }) {
  const { name, namedCurve, hash, modulusLength } = /** @type {any} */ (ownOf(algorithm));
  const bits = /^SHA-(256|384|512)$/.exec(hash?.name)?.[1];
  switch (name) {
    case 'ECDSA':
      return { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[
        /** @type {string} */ (namedCurve)
      ];
    case 'RSASSA-PKCS1-v1_5':
    case 'RSA-PSS':
      return bits === undefined || modulusLength < 2048
        ? undefined
        : `${name === 'RSA-PSS' ? 'PS' : 'RS'}${bits}`;
    case 'Ed25519':
      return 'EdDSA';
  }
  return undefined;
}
