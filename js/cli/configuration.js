// Makes the configuration from a FILE or a found file, from variables and from options.

import { basename } from 'node:path';

import { findCredentials } from '../find_credentials.js';
import { loadCredentials } from '../node.js';
import { checkStandardInput, read } from './input.js';
import { nameForCommand } from './names.js';
import { OPTIONS, setField, SOURCES } from './options.js';
import { complain, reasonOf } from './output.js';
import { addAssertion, addHeaders, addParameters, pathsOfPairs } from './parameters.js';
import {
  addCertificate, addClientSecret, addPrivateKey, addSources, guardOf,
} from './secrets.js';
import { UsageError } from './usage_error.js';
import {
  addVariables, checkEnvironment, readVariables, SIGN_IN_ENDPOINTS,
} from './variables.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * Returns the configuration of a command line with its secrets.
 *
 * @param {{ file: string | undefined, values: Record<string, any>, inputs?: Record<string, string>,
 *   asks?: boolean, isAgain?: boolean }} given `inputs`: further paths of the command line, by the
 *   options that give them; `asks`: whether a missing secret is read from standard input;
 *   `isAgain`: whether this command line was read before
 * @returns {Promise<Config>}
 */
export async function readConfiguration({ file, values, inputs = {}, asks = true, isAgain }) {
  const paths = {
    ...inputs,
    FILE: file,
    '--client-secret-file': values['client-secret-file'],
    '--private-key-file': values['private-key-file'],
    '--certificate-file': values['certificate-file'],
    ...Object.fromEntries(SOURCES.map(({ option }) => [`--${option}`, values[option]])),
    ...pathsOfPairs(values),
  };
  checkStandardInput(paths, values.watch);
  const variables = await readVariables(process.env);
  const { config, found, named } = await beginning(file, values, variables);
  const theirs = endpointOf(config);
  checkEnvironment(config, { values, named });
  addVariables(config, variables, { values, named });
  if (found !== undefined && !isAgain) {
    complain(
      `${found} of this folder says who the client is, and where its token comes from: ` +
      `${whereto(config)}`,
    );
  }
  const decider =
    found === undefined ||
    (values.endpoint ?? values.issuer) !== undefined ||
    endpointOf(config) !== theirs
      ? 'user'
      : theirs === undefined
        ? 'preset'
        : 'found';
  addOptions(config, values);
  const guard = guardOf(decider, found);
  await addSources(config, values, guard);
  if (
    config.clientId === undefined &&
    config.clientAuth !== 'none' &&
    config.subjectToken === undefined
  ) {
    throw new UsageError(
      'there is no client id',
      'give it by --client-id ID, or by the environment variable FETCHTOKEN_CLIENT_ID',
    );
  }
  addAssertion(config, values);
  await addParameters(config, values, guard);
  await addHeaders(config, values, guard);
  await addPrivateKey(config, values, guard);
  await addCertificate(config, values);
  const isInputTaken = !asks || Object.values(paths).includes('-');
  await addClientSecret(config, values, isInputTaken, guard);
  return config;
}

/**
 * Returns a function that reads the configuration of a command line again. If that fails, the
 * function says why, and returns the last configuration.
 *
 * @param {Config} config
 * @param {Parameters<typeof readConfiguration>[0]} given
 */
export const watched = (config, given) => async () => {
  try {
    config = await readConfiguration({ ...given, isAgain: true });
  } catch (error) {
    complain(`the credentials can't be read again, so the last ones count: ${reasonOf(error)}`);
  }
  return config;
};

/**
 * Sets the fields of the given options.
 *
 * @param {Record<string, any>} config
 * @param {Record<string, any>} values
 */
function addOptions(config, values) {
  if (values.issuer !== undefined && values.endpoint === undefined) {
    delete config.tokenEndpoint; // it would count in place of the issuer
  }
  for (const [name, { field, multiple }] of Object.entries(OPTIONS)) {
    const value = values[name];
    if (field !== undefined && value !== undefined) {
      setField(config, field, multiple && value.length === 1 ? value[0] : value);
    }
  }
}

/**
 * The first part of a configuration: the fields of a file or the environment; the file's name, if
 * it was found in the working directory; and the argument that names the client.
 *
 * @typedef {{ config: any, found?: string, named?: string }} Beginning
 */

/**
 * Returns the fields of FILE, or of a found file, or none if the command line and the variables are
 * complete.
 *
 * @param {string | undefined} file
 * @param {Record<string, any>} values
 * @param {Record<string, any>} variables
 * @returns {Promise<Beginning>}
 */
async function beginning(file, values, variables) {
  const say = (/** @type {string} */ text) => values.verbose && complain(text);
  if (file !== undefined) {
    const config = await loadCredentials(await read(file, 'FILE'), {
      profile: values.profile,
      filename: file === '-' ? undefined : basename(file),
    });
    say('FILE: taken');
    say('other files: not looked at, for FILE is given');
    sayVariables(say, variables);
    return { config, named: 'FILE' };
  }
  const given = ['provider', 'endpoint', 'issuer']
    .filter((name) => name in values)
    .map((name) => `--${name}`);
  if (given.length === 0 && !isComplete(values, variables)) {
    return found(values.profile, say, variables);
  }
  if (values.profile !== undefined) {
    throw new UsageError(
      '--profile is for a credentials.ini, and none is read',
      `leave it out, or give FILE, or leave ${given.join(', ') || '--client-id'} out`,
    );
  }
  say('the command line: taken');
  say('files: not looked at, for the command line says where the token comes from');
  sayVariables(say, variables);
  return { config: {}, named: given.join(', ') || undefined };
}

/**
 * Says whether an option names the client while variables name its endpoint.
 *
 * @param {Record<string, any>} values
 * @param {Record<string, any>} variables
 */
const isComplete = (values, variables) =>
  values['client-id'] !== undefined &&
  variables.clientId === undefined &&
  (variables.provider ?? endpointOf(variables)) !== undefined;

/**
 * Looks for credentials in their usual places.
 *
 * @param {string | undefined} profile
 * @param {(text: string) => void} say
 * @param {Record<string, any>} variables
 * @returns {Promise<Beginning>}
 */
async function found(profile, say, variables) {
  let taken = { source: '', inWorkingDirectory: false };
  const config = await findCredentials({
    profile,
    report(place) {
      taken = place.taken ? place : taken;
      say(`${place.source}: ${place.taken ? 'taken' : nameForCommand(place.why ?? '')}`);
    },
  });
  if (taken.source === 'the environment') {
    return { config };
  }
  sayVariables(say, variables);
  if (taken.inWorkingDirectory) {
    for (const field of SIGN_IN_ENDPOINTS) {
      delete (/** @type {any} */ (config)[field]); // a session doesn't tell these from others
    }
  }
  return {
    config,
    named: taken.source,
    ...(taken.inWorkingDirectory && { found: taken.source }),
  };
}

/**
 * @param {(text: string) => void} say
 * @param {Record<string, any>} variables
 */
function sayVariables(say, variables) {
  const fields = Object.keys(variables);
  if (fields.length > 0) {
    say(`the environment: its variables of ${fields.join(', ')} count, too`);
  }
}

/**
 * Describes the source of a token. Of an endpoint it shows only the origin, because the path may be
 * a secret.
 *
 * @param {Config} config
 */
function whereto(config) {
  const endpoint = endpointOf(config);
  if (endpoint === undefined) {
    const { provider, environment } = config;
    return (
      [provider, environment].filter((name) => name !== undefined).join(' ') || 'it does not say'
    );
  }
  return URL.canParse(endpoint) ? new URL(endpoint).origin : 'no URL';
}

/**
 * Returns the field that decides where a request is sent, unless a provider does.
 *
 * @param {Config} config
 */
function endpointOf({ issuer, tokenEndpoint = issuer }) {
  return tokenEndpoint;
}
