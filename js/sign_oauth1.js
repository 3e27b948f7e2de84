import { jsonOf, ownOf } from './lib/own.js';
import { randomBytes } from './lib/random.js';
import { tagOf } from './lib/tag.js';
import { perform, performNow } from './module/module.js';
import { OAUTH1, fieldsOf } from './module/wire.js';
import { signerOf } from './token/signer.js';

/**
 * Signs any request as OAuth 1.0 requires: with secrets at once, with a private key it returns a
 * promise. types.d.ts describes the argument and the result.
 *
 * @param {any} request
 * @returns {any}
 */
export function signOAuth1(request) {
  const own = ownOf(request);
  return own.privateKey === undefined && own.sign === undefined
    ? performNow(OAUTH1, () => messageOf(request, own)).values
    : signByKey(own);
}

/**
 * Signs a request with its private key.
 *
 * @param {import('./types.js').OAuth1KeyRequest} own a request that inherits nothing
 */
async function signByKey(own) {
  const message = messageOf(own, own);
  const { values: signing } = await perform(OAUTH1, message);
  const signature = await signerOf(own, keyOf(own))(/** @type {any} */ (signing));
  return (await perform(OAUTH1, message.concat(signature))).values;
}

/**
 * Returns the private key as fields for the operation that signs.
 *
 * @param {import('./types.js').OAuth1KeyRequest} own
 * @returns {import('./module/wire.js').Fields}
 */
function keyOf({ privateKey, passphrase = '', keyId = '' }) {
  const key = tagOf(privateKey) === 'Object' ? jsonOf(privateKey) : privateKey;
  return ['a', 'key', /** @type {any} */ (key), 'a', 'passphrase', passphrase, 'a', 'keyId', keyId];
}

/**
 * @param {unknown} request
 * @param {any} own the request's own members
 */
function messageOf(request, own) {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return fieldsOf('request', request);
  }
  const { url, params, nonce, timestamp } = own;
  if (typeof url === 'object' && tagOf(url) === 'URL') {
    own.url = url.href;
  }
  if (tagOf(params) === 'URLSearchParams') {
    own.params = [.../** @type {URLSearchParams} */ (params)];
  }
  const fields = fieldsOf('request', own);
  if (timestamp === undefined) {
    fields.push('a', 'now', String(Date.now()));
  }
  if (nonce === undefined) {
    fields.push('a', 'random', randomBytes(16));
  }
  return fields;
}
