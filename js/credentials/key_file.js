// Reads in Node the file of the private key that a variable of an environment names.

import { whyUnreadable } from './credentials_file.js';
import { readRegular } from '../lib/read_regular.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * Returns the path of the private key's file, if the configuration names one.
 *
 * @param {any} config
 * @returns {string | undefined}
 */
export const keyFileOf = ({ privateKey }) =>
  typeof privateKey?.file === 'string' ? privateKey.file : undefined;

/**
 * Puts what is in the private key's file in its place, if the configuration names one.
 *
 * @param {Config} config
 * @returns {Promise<Config>}
 */
export async function withKeyFile(config) {
  const path = keyFileOf(config);
  if (path !== undefined) {
    let bytes;
    try {
      bytes = await readRegular(path, () => 1 << 20);
    } catch (error) {
      throw new TokenError(
        'invalid_credentials',
        `the file that a variable names for the private key can't be read: ${whyUnreadable(error)}`,
      );
    }
    config.privateKey = new Uint8Array(bytes);
  }
  return config;
}
