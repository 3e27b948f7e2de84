// Gets the token as a client does: it repeats a request that may succeed later, and corrects the
// clock. On request it keeps the token for the next run.

import { createClient, fetchToken } from '../node.js';
import { fileStore } from '../stores/file.js';
import { milliseconds } from './arguments.js';
import { messageOf } from './names.js';
import { complain } from './output.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */

/** A person at a terminal is told about a wait from this many milliseconds. */
const LONG = 1000;

/**
 * @param {Config} config
 * @param {Record<string, any>} values
 */
export async function getToken(config, { cache, verbose = false, timeout, 'no-retry': once }) {
  const ms = milliseconds(timeout);
  if (once) {
    return fetchToken(config, { timeout: ms });
  }
  const limits = ms === undefined ? {} : { timeout: ms, deadline: ms };
  if (!cache) {
    return createClient(config, { ...limits, onEvent: teller(verbose, false) }).getToken();
  }
  checkSealable(config);
  const failures = new Set();
  const tell = teller(verbose, true);
  const token = await createClient(config, {
    ...limits,
    store: fileStore(),
    onEvent(event) {
      tell(event);
      if (event.type === 'store_failed') {
        const { code, name } = /** @type {NodeJS.ErrnoException} */ (event.error);
        failures.add(code ?? name);
      }
    },
  }).getToken();
  if (failures.size > 0) {
    complain(`the cache can't be used: ${[...failures].join(', ')}`);
  }
  return token;
}

/** @param {Config} config */
function checkSealable({ clientSecret, privateKey }) {
  if (clientSecret === undefined && privateKey === undefined) {
    throw new UsageError(
      '--cache seals the token with the secret or the private key, and this client has neither',
      'leave --cache out',
    );
  }
}

/**
 * Returns a function that writes the client's events to standard error: all of them with --verbose,
 * and at a terminal the reason of a long wait.
 *
 * @param {boolean} verbose
 * @param {boolean} isKept whether the token may come from the cache
 * @returns {(event: TokenEvent) => void}
 */
function teller(verbose, isKept) {
  return (event) => {
    if (event.type === 'retried') {
      if (verbose || (process.stderr.isTTY && event.wait >= LONG)) {
        const seconds = Math.ceil(event.wait / 1000);
        complain(`${messageOf(event.error)}; the next attempt is in ${seconds} s`);
      }
    } else if (verbose && event.type === 'clock_corrected') {
      const { offset } = event;
      const side = `${Math.abs(offset)} s ${offset < 0 ? 'ahead of' : 'behind'}`;
      complain(`the clock of this machine is ${side} the server's: corrected`);
    } else if (verbose && isKept && (event.type === 'shared' || event.type === 'renewed')) {
      complain(`the token: from ${event.type === 'shared' ? 'the cache' : 'the server'}`);
    }
  };
}
