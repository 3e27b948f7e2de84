// Adds the client secret and the private key, and checks that they may go to the configuration's
// endpoint.

import { explain } from '../node.js';
import { read, secretText, textOf } from './input.js';
import { HOW_TO_GIVE_A_SECRET, KEY, PASSPHRASE, SECRET } from './options.js';
import { complain } from './output.js';
import { mayGo } from './secret_rule.js';
import { UsageError } from './usage_error.js';

/** @typedef {(what: string) => void} Guard */

/**
 * Returns a function that rejects the user's secret or key if a found file chose the endpoint. Its
 * argument names the secret as the subject of a sentence.
 *
 * @param {import('./secret_rule.js').Decider} decider the source of the endpoint
 * @param {string | undefined} found the file of the working directory, if one is used
 * @returns {Guard}
 */
export const guardOf = (decider, found) => (what) => {
  if (!mayGo('user', decider)) {
    throw new UsageError(
      `${what} is not sent to the endpoint of ${found}, which was only found in this folder`,
      `if you trust it: fetchtoken ${found}`,
    );
  }
};

/**
 * Adds the private key from the source that the help describes.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {Guard} guard
 */
export async function addPrivateKey(config, values, guard) {
  const path = values['private-key-file'];
  const { clientAuth } = config;
  if (path !== undefined) {
    guard('the key of --private-key-file');
    const bytes = await read(path, '--private-key-file');
    if (bytes.length === 0) {
      throw new UsageError('--private-key-file holds no key: it is empty');
    }
    config.privateKey = textOf(bytes) ?? new Uint8Array(bytes); // PEM and JWK are text, DER is not
    config.clientSecret = undefined;
  } else {
    const noSecret =
      config.clientSecret === undefined &&
      values['client-secret-file'] === undefined &&
      process.env[SECRET] === undefined;
    const key = process.env[KEY];
    if (
      key === undefined ||
      config.privateKey !== undefined ||
      !(clientAuth === 'private_key_jwt' || (clientAuth === undefined && noSecret))
    ) {
      return;
    }
    guard(`the key of ${KEY}`);
    if (key === '') {
      throw new UsageError(`the environment variable ${KEY} is empty`);
    }
    config.privateKey = key;
  }
  config.passphrase = process.env[PASSPHRASE] || undefined;
}

/**
 * Adds the client secret from the source that the help describes, if a secret is needed.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {boolean} isInputTaken whether standard input isn't for the secret
 * @param {Guard} guard
 */
export async function addClientSecret(config, values, isInputTaken, guard) {
  const path = values['client-secret-file'];
  if (path !== undefined) {
    guard('the secret of --client-secret-file');
    config.clientSecret = secretText(
      await read(path, '--client-secret-file'),
      '--client-secret-file',
    );
  } else if (wantsSecret(config)) {
    config.clientSecret = await otherSecret(config, values, isInputTaken, guard);
  }
}

/** @param {import('../types.js').Config} config */
const wantsSecret = ({ clientAuth, privateKey }) =>
  clientAuth === undefined
    ? privateKey === undefined
    : !['private_key_jwt', 'none'].includes(clientAuth);

/**
 * Returns the secret of the environment, of the credentials file or of standard input.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 * @param {boolean} isInputTaken
 * @param {Guard} guard
 */
async function otherSecret(config, values, isInputTaken, guard) {
  const fromEnvironment = process.env[SECRET];
  if (
    fromEnvironment !== undefined &&
    (config.clientSecret === undefined || values['client-id'] !== undefined)
  ) {
    guard(`the secret of ${SECRET}`);
    if (fromEnvironment === '') {
      throw new UsageError(`the environment variable ${SECRET} is empty`);
    }
    return fromEnvironment;
  }
  if (config.clientSecret !== undefined) {
    return config.clientSecret;
  }
  guard('a secret from standard input');
  if (isInputTaken || process.stdin.isTTY) {
    throw await missingSecret(config, 'the client secret is missing');
  }
  const impatience = setTimeout(complain, 1000, 'waiting for the client secret on standard input');
  try {
    const bytes = await read('-', 'standard input');
    if (bytes.length === 0) {
      throw await missingSecret(config, 'the client secret is missing: standard input is empty');
    }
    return secretText(bytes, 'standard input');
  } finally {
    clearTimeout(impatience);
  }
}

/**
 * Returns the error for a missing secret. If the configuration has another fault, it throws that
 * one, because a secret wouldn't help.
 *
 * @param {import('../types.js').Config} config
 * @param {string} message
 */
async function missingSecret(config, message) {
  // with the issuer, if there is one, as the endpoint, so that explain sends no request for
  // metadata
  const { issuer, tokenEndpoint = issuer } = config;
  await explain({ ...config, ...(tokenEndpoint && { tokenEndpoint }), clientSecret: 'any' });
  return new UsageError(message, HOW_TO_GIVE_A_SECRET);
}
