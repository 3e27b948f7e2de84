// Gets the token as a client does: it repeats a request that may succeed later, and corrects the
// clock. On request it keeps the token for the next run.

import { createClient, fetchToken } from '../node.js';
import { fileStore } from '../stores/file.js';
import { milliseconds } from './arguments.js';
import { messageOf } from './names.js';
import { keepSignIn, optionsOf, signInOf, withSession } from './sign_in.js';
import { complain } from './output.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */

/** A person at a terminal is told about a wait from this many milliseconds. */
const LONG = 1000;

/**
 * Returns the token that a command line asks for.
 *
 * @param {Config} config
 * @param {Record<string, any>} values
 * @param {boolean} isKept whether the token is kept for the next run, if no option says so
 */
export async function getToken(config, values, isKept) {
  if (values['no-retry']) {
    checkNoSession(await signInOf(config), 'no-retry');
    return fetchToken(config, { timeout: milliseconds(values.timeout) });
  }
  const { client, tellOfCache } = await clientOf(config, values, isKept);
  const token = await client.getToken();
  tellOfCache();
  return token;
}

/**
 * Refuses an option that a session doesn't allow: its newest refresh token must be kept.
 *
 * @param {import('./sign_in.js').SignIn | undefined} signIn
 * @param {string} option
 */
function checkNoSession(signIn, option) {
  if (signIn !== undefined) {
    throw new UsageError(
      `--${option} keeps nothing, and the session of fetchtoken login must be kept`,
      'leave it out, or end the session by fetchtoken logout',
    );
  }
}

/**
 * Returns the client that a command line asks for, and a function that reports the failures of the
 * cache, if there are any.
 *
 * @param {Config} config
 * @param {Record<string, any>} values
 * @param {boolean} isKept whether the token is kept for the next run, if no option says so
 * @param {import('../types.js').TokenClientOptions} [options]
 * @param {() => Promise<Config>} [watch] returns the configuration of that time
 */
export async function clientOf(config, values, isKept, options, watch) {
  const { verbose = false, timeout } = values;
  const ms = milliseconds(timeout);
  const signIn = await signInOf(config);
  if (values['no-cache']) {
    checkNoSession(signIn, 'no-cache');
  }
  if (watch !== undefined && signIn !== undefined) {
    throw new UsageError(
      '--watch is for credentials in files, and this client has the session of fetchtoken login',
      'leave it out',
    );
  }
  const store = signIn === undefined ? storeOf(config, values, isKept) : fileStore();
  const tell = teller(verbose, store !== undefined);
  if (signIn !== undefined && verbose) {
    complain('the session: of fetchtoken login');
  }
  /** @type {Set<string>} */
  const failures = new Set();
  const own = signIn === undefined ? config : withSession(config, signIn);
  const client = createClient(watch ?? own, {
    ...(ms !== undefined && { timeout: ms, deadline: ms }),
    ...(signIn && optionsOf(signIn)),
    ...options,
    store,
    onEvent(event) {
      tell(event);
      if (event.type === 'store_failed') {
        const { code, name } = /** @type {NodeJS.ErrnoException} */ (event.error);
        failures.add(code ?? name);
      } else if (event.type === 'renewed' && signIn !== undefined) {
        keepSignIn(config, signIn).catch(() => {}); // for as long as the session
      }
    },
  });
  return {
    client,
    tellOfCache() {
      // without --cache the cache is only a convenience
      if (failures.size > 0 && (values.cache || verbose)) {
        complain(`the cache can't be used: ${[...failures].join(', ')}`);
      }
    },
  };
}

/**
 * Returns the store for the token, or undefined if the token isn't kept.
 *
 * @param {Config} config
 * @param {Record<string, any>} values
 * @param {boolean} isKept
 */
function storeOf({ clientSecret, privateKey }, { cache, 'no-cache': none }, isKept) {
  if (none || !(cache || isKept)) {
    return undefined;
  }
  const hasSeal = clientSecret !== undefined || privateKey !== undefined;
  if (cache) {
    if (!hasSeal) {
      throw new UsageError(
        '--cache seals the token with the secret or the private key, and this client has neither',
        'leave --cache out',
      );
    }
    return fileStore();
  }
  try {
    return hasSeal ? fileStore() : undefined;
  } catch {
    return undefined; // there is no home folder
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
