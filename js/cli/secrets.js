// Adds the client secret and the private key, and checks that they may go to the configuration's
// endpoint.

import { explain } from '../node.js';
import { read, secretText, textOf } from './input.js';
import {
  CERTIFICATE, HOW_TO_GIVE_A_SECRET, KEY, PASSPHRASE, SECRET, SOURCES,
} from './options.js';
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
 * Says whether a private key signs the grant (RFC 7523 section 2.1), so that a secret may be sent
 * beside it. Another party's assertion is a parameter.
 *
 * @param {import('../types.js').Config} config
 */
const isKeyTheGrant = ({ grantType, parameters }) =>
  grantType === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
  parameters?.assertion === undefined;

/**
 * Says whether the private key of the environment counts.
 *
 * @param {import('../types.js').Config} config
 * @param {boolean} noSecret whether no secret is given
 */
function wantsKey(config, noSecret) {
  const { clientAuth, signatureMethod } = config;
  switch (clientAuth) {
    case 'private_key_jwt':
      return true;
    case 'oauth1':
      return signatureMethod === undefined ? noSecret : isRSA(signatureMethod);
    case 'none':
      return false;
    default:
      return isKeyTheGrant(config) || (clientAuth === undefined && noSecret);
  }
}

/** Says whether a private key signs, and no secret. @param {string} signatureMethod */
const isRSA = (signatureMethod) => signatureMethod.startsWith('RSA-');

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
    if (clientAuth === undefined && !isKeyTheGrant(config)) {
      config.clientSecret = undefined; // the command line overrides the file
    }
  } else {
    const noSecret =
      config.clientSecret === undefined &&
      values['client-secret-file'] === undefined &&
      process.env[SECRET] === undefined;
    const key = process.env[KEY];
    if (
      key === undefined ||
      config.clientAssertion !== undefined ||
      config.privateKey !== undefined ||
      !wantsKey(config, noSecret)
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
  config.certificate = process.env[CERTIFICATE] || undefined;
}

/**
 * Adds the certificate of the private key, if the command line names its file.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 */
export async function addCertificate(config, values) {
  const path = values['certificate-file'];
  if (path !== undefined) {
    const bytes = await read(path, '--certificate-file');
    if (bytes.length === 0) {
      throw new UsageError('--certificate-file holds no certificate: it is empty');
    }
    config.certificate = textOf(bytes) ?? new Uint8Array(bytes); // PEM is text, DER is not
  }
}

/**
 * Adds the assertion and the tokens that somebody else issues, from where the help says.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {Guard} guard
 */
export async function addSources(config, values, guard) {
  for (const { field, option, file, text } of SOURCES) {
    const what = `--${option}`;
    if (values[option] === '-') {
      guard(`the text of ${what}`);
      config[field] = secretText(await read('-', what), what);
    } else if (values[option] !== undefined) {
      guard(`the text of ${what}`);
      config[field] = { file: values[option] };
    } else if (config[field] === undefined) {
      const name = [file, text].find((name) => process.env[name] !== undefined);
      if (name === undefined) {
        continue;
      }
      guard(`the text of ${name}`);
      const value = process.env[name];
      if (value === '') {
        throw new UsageError(`the environment variable ${name} is empty`);
      }
      config[field] = name === file ? { file: value } : value;
    }
  }
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
    const bytes = await read(path, '--client-secret-file');
    const secret = secretText(bytes, '--client-secret-file', { mayBeEmpty: true });
    config.clientSecret = noted(secret, 'the file of --client-secret-file');
  } else if (wantsSecret(config)) {
    config.clientSecret =
      environmentSecret(config, values, guard) ?? (await otherSecret(config, isInputTaken, guard));
  } else if (isKeyTheGrant(config) && config.clientAuth !== 'none') {
    config.clientSecret = environmentSecret(config, values, guard) ?? config.clientSecret;
  }
}

/** @param {import('../types.js').Config} config */
function wantsSecret({ clientAuth, clientId, clientAssertion, privateKey, signatureMethod }) {
  switch (clientAuth) {
    case undefined:
      return (privateKey ?? clientAssertion) === undefined && clientId !== undefined;
    case 'private_key_jwt':
    case 'none':
      return false;
    case 'oauth1':
      return signatureMethod === undefined ? privateKey === undefined : !isRSA(signatureMethod);
    default:
      return true;
  }
}

/**
 * Returns the secret of the environment, if it counts. An empty one is sent as it is.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 * @param {Guard} guard
 */
function environmentSecret(config, values, guard) {
  const secret = process.env[SECRET];
  if (
    secret === undefined ||
    (config.clientSecret !== undefined && values['client-id'] === undefined)
  ) {
    return undefined;
  }
  guard(`the secret of ${SECRET}`);
  return noted(secret, `the environment variable ${SECRET}`);
}

/**
 * Returns a secret, and notes on standard error that it is empty: it may be so by mistake.
 *
 * @param {string} secret
 * @param {string} source
 */
function noted(secret, source) {
  if (secret === '') {
    complain(`${source} is empty, so the client secret is sent as an empty one`);
  }
  return secret;
}

/**
 * Returns the secret of the credentials file or of standard input.
 *
 * @param {import('../types.js').Config} config
 * @param {boolean} isInputTaken
 * @param {Guard} guard
 */
async function otherSecret(config, isInputTaken, guard) {
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
