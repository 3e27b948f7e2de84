// Gets the token, and keeps it for the next run where that is wanted.

import { createClient, fetchToken } from '../node.js';
import { fileStore } from '../stores/file.js';
import { milliseconds } from './arguments.js';
import { complain } from './output.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * @param {Config} config
 * @param {Record<string, any>} values
 */
export function getToken(config, { cache, verbose, timeout }) {
  const ms = milliseconds(timeout);
  return cache ? cachedToken(config, ms, verbose) : fetchToken(config, { timeout: ms });
}

/**
 * Returns a token that is kept in a file, or a new one, which is then kept.
 *
 * @param {Config} config
 * @param {number} [timeout] for all requests together, in milliseconds
 * @param {boolean} [verbose]
 */
async function cachedToken(config, timeout = 30_000, verbose = false) {
  if (config.clientSecret === undefined && config.privateKey === undefined) {
    throw new UsageError(
      '--cache seals the token with the secret or the private key, and this client has neither',
      'leave --cache out',
    );
  }
  const failures = new Set();
  /** @param {import('../types.js').TokenEvent} event */
  const onEvent = (event) => {
    if (event.type === 'store_failed') {
      const { code, name } = /** @type {NodeJS.ErrnoException} */ (event.error);
      failures.add(code ?? name);
    } else if (verbose && (event.type === 'shared' || event.type === 'renewed')) {
      const source = event.type === 'shared' ? 'the cache' : 'the server';
      complain(`the token: from ${source}`);
    }
  };
  const token = await createClient(config, {
    store: fileStore(),
    timeout,
    deadline: timeout,
    onEvent,
  }).getToken();
  if (failures.size > 0) {
    complain(`the cache can't be used: ${[...failures].join(', ')}`);
  }
  return token;
}
