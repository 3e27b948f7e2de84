// Asks for credentials that change: the caller's function returns the current configuration. That
// function may throw, reject, hang, or return anything.

import { race } from '../lib/in_time.js';
import { copyOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';
import { foreignError } from '../token/foreign_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * Returns the current configuration. The wait ends with the renewal that wants it.
 *
 * @param {() => Config | Promise<Config>} ask
 * @param {import('./token_endpoint.js').Wanted} wanted
 * @returns {Promise<Config>} a copy that nobody else changes
 * @throws {TokenError}
 */
export async function currentConfig(ask, { signal, left }) {
  const asked = (async () => ask())();
  let config;
  try {
    config = await race(asked, signal, (_, reject) =>
      setTimeout(() => reject(late()), Math.max(1, left())),
    );
  } catch (error) {
    throw signal.aborted ? signal.reason : failure(error);
  }
  if (tagOf(config) !== 'Object') {
    throw new TokenError(
      'invalid_config',
      'the function that returns the configuration must return an object, or a promise of one',
    );
  }
  return copyOf(config);
}

const late = () =>
  Object.assign(
    new TokenError(
      'timeout',
      'the function that returns the configuration did not answer within options.deadline',
    ),
    { retryable: true },
  );

/** @param {unknown} error the error of the function */
function failure(error) {
  if (error instanceof TokenError) {
    return error;
  }
  const cause = foreignError(error);
  const message = `the function that returns the configuration failed with the error ${cause.name}`;
  return Object.assign(new TokenError('invalid_config', message, { cause }), { retryable: true });
}
