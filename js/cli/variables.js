// The variables FETCHTOKEN_… beside a FILE, a found file, or the command line. An option overrides
// a variable, and a variable overrides the file. But variables that name the client or its endpoint
// belong to the secret beside them, and don't mix with another set.

import { loadCredentials } from '../node.js';
import {
  CERTIFICATE, fieldOf, FIELDS, KEY, PASSPHRASE, SECRET, setField, SOURCES,
} from './options.js';
import { UsageError } from './usage_error.js';

/** The variables that are used where the help says. */
const SECRETS = [
  SECRET, KEY, PASSPHRASE, CERTIFICATE, ...SOURCES.flatMap(({ file, text }) => [file, text]),
];

/** The endpoints that login and logout use. */
export const SIGN_IN_ENDPOINTS = [
  'authorizationEndpoint', 'deviceAuthorizationEndpoint', 'revocationEndpoint',
];

/** The fields that decide where the secret goes. */
const DESTINATION = [
  'provider', 'environment', 'tenant', 'tokenEndpoint', 'issuer', ...SIGN_IN_ENDPOINTS,
];

/**
 * Returns the fields that variables set, without the secrets, which are read elsewhere. An unknown
 * name or an empty value is an error.
 *
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<Record<string, any>>}
 */
export async function readVariables(env) {
  const given = Object.entries(env).filter(
    ([name]) => name.startsWith('FETCHTOKEN_') && !SECRETS.includes(name),
  );
  if (given.length === 0) {
    return {};
  }
  const { variable } = /** @type {{ variable: string }} */ (FIELDS.get('clientId'));
  // loadCredentials requires an id
  const config = /** @type {any} */ (
    await loadCredentials({ [variable]: 'any', ...Object.fromEntries(given) })
  );
  return Object.fromEntries(
    [...FIELDS].flatMap(([field, { variable }]) =>
      variable !== undefined && Object.hasOwn(env, variable)
        ? [[field, fieldOf(config, field)]]
        : [],
    ),
  );
}

/**
 * Adds the variables' fields to a configuration.
 *
 * @param {Record<string, any>} config a configuration from a file, or an empty one
 * @param {Record<string, any>} variables
 * @param {{ values: Record<string, any>, named: string | undefined }} beside the options, and the
 *   file or option that names the client and its endpoint
 * @throws {UsageError} for a variable that would send a secret to another endpoint, or for another
 *   client
 */
export function addVariables(config, variables, { values, named }) {
  const isSettled = (config.provider ?? config.tokenEndpoint ?? config.issuer) !== undefined;
  for (const [field, value] of Object.entries(variables)) {
    const { option, variable } = /** @type {{ option: string, variable: string }} */ (
      FIELDS.get(field)
    );
    if (values[option.slice(2)] !== undefined || fieldOf(config, field) === value) {
      continue;
    }
    if (named !== undefined && leadsAway(field, config, values, isSettled)) {
      const advice = field === 'environment' ? '' : `give ${option}, or `; // which is refused, too
      throw new UsageError(
        `the environment variable ${variable} is set beside ${named}, and a secret goes only ` +
        'where its own file, or its own variables, say',
        `${advice}unset ${variable}`,
      );
    }
    setField(config, field, value);
  }
}

/**
 * Says whether a variable would change the endpoint or the client of a secret that is not the
 * variables' own.
 *
 * @param {string} field
 * @param {Record<string, any>} config
 * @param {Record<string, any>} values
 * @param {boolean} isSettled whether the configuration has an endpoint, or a provider that has one
 */
function leadsAway(field, config, values, isSettled) {
  if (field === 'clientId') {
    return config.clientId !== undefined;
  }
  if (field === 'environment') {
    return namesEnvironment(config, values);
  }
  if (values.endpoint !== undefined) {
    return false; // the command line names the endpoint
  }
  return DESTINATION.includes(field) && (isSettled || values.provider !== undefined);
}

/**
 * Says whether a file names the environment or the endpoint of its client. Another `environment`
 * would be wrong beside the first, and without effect beside the second.
 *
 * @param {Record<string, any>} file the fields of a file
 * @param {Record<string, any>} values
 */
function namesEnvironment(file, values) {
  const isElsewhere = (values.endpoint ?? values.issuer) !== undefined;
  return (
    file.environment !== undefined ||
    (!isElsewhere && (file.tokenEndpoint ?? file.issuer) !== undefined)
  );
}

/**
 * Refuses an --environment that a file contradicts.
 *
 * @param {Record<string, any>} file the fields of a file
 * @param {{ values: Record<string, any>, named: string | undefined }} beside
 * @throws {UsageError}
 */
export function checkEnvironment(file, { values, named }) {
  const { environment } = values;
  if (
    named === undefined || environment === undefined || environment === file.environment ||
    !namesEnvironment(file, values)
  ) {
    return;
  }
  const what = file.environment === undefined ? 'the token endpoint' : 'another environment';
  throw new UsageError(
    `--environment is given, but ${named} names ${what}`,
    'leave --environment out, or give the file of that environment',
  );
}
