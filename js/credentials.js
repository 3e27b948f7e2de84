import { perform } from './module.js';
import { TokenError } from './token_error.js';
import { CREDENTIALS } from './wire.js';

/**
 * Makes a configuration of the bytes of a credentials file. types.d.ts describes which files it knows.
 *
 * @param {Uint8Array | string} file
 * @returns {Promise<import('./types.js').Config>}
 */
export async function loadCredentials(file) {
  // By its tag, for a Uint8Array of another realm is one too.
  if (typeof file !== 'string' && Object.prototype.toString.call(file) !== '[object Uint8Array]') {
    throw new TokenError('invalid_credentials', 'the credentials file must be given as a Uint8Array or as a string');
  }
  const { values } = await perform(CREDENTIALS, ['a', 'file', file]);
  return /** @type {any} */ (values);
}
