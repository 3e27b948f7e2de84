import { performNow } from './module/module.js';
import { ownOf } from './lib/own.js';
import { randomBytes } from './lib/random.js';
import { tagOf } from './lib/tag.js';
import { OAUTH1, fieldsOf } from './module/wire.js';

/**
 * Signs any request as OAuth 1.0 requires, synchronously. types.d.ts describes the argument.
 *
 * @param {import('./types.js').OAuth1Request} request
 * @returns {import('./types.js').OAuth1Signed}
 */
export function signOAuth1(request) {
  return /** @type {any} */ (performNow(OAUTH1, () => messageOf(request)).values);
}

/** @param {import('./types.js').OAuth1Request} request */
function messageOf(request) {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return fieldsOf('request', request);
  }
  const own = ownOf(request);
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
