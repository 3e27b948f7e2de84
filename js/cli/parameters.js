// Further parameters and headers of the request, and changes of the assertion: NAME=VALUE.

import { read, secretText } from './input.js';
import { UsageError } from './usage_error.js';

/**
 * Parameters that are credentials (RFC 6749, 7521, 7636, 8628 and 8693, OpenID CIBA), or contain
 * credentials of the client.
 */
const SECRET = [
  'password', 'refresh_token', 'code', 'code_verifier', 'assertion', 'subject_token',
  'actor_token', 'device_code', 'auth_req_id', 'id_token_hint', 'client_secret',
  'client_assertion',
];

/**
 * Splits NAME=VALUE. The error repeats no part of it, because it may be a secret.
 *
 * @param {string} text
 * @param {string} option
 * @param {string} form
 * @returns {[name: string, value: string]}
 */
function pair(text, option, form) {
  const end = text.indexOf('=');
  if (end < 1) {
    throw new UsageError(
      `--${option} wants ${form}`,
      option === 'header'
        ? "it is for the token request; -H 'NAME: VALUE' of fetchtoken call is for the API's"
        : undefined,
    );
  }
  return [text.slice(0, end), text.slice(end + 1)];
}

/** Names of headers whose values are probably secrets. */
const SECRET_HEADER = /key|token|secret|auth|passw|credential|session/i;

/** The options that take NAME=VALUE, each with a function that says whether a value is a secret. */
const PAIRS = {
  parameter: (/** @type {string} */ name) => SECRET.includes(name),
  header: (/** @type {string} */ name, /** @type {string} */ value) =>
    SECRET_HEADER.test(name) && value !== '{uuid}',
};

/**
 * Returns the paths of --parameter-file and --header-file, by the arguments that give them.
 *
 * @param {Record<string, any>} values
 */
export const pathsOfPairs = (values) =>
  Object.fromEntries(
    Object.keys(PAIRS).flatMap((option) =>
      (values[`${option}-file`] ?? []).map((/** @type {string} */ text) => {
        const [name, path] = pair(text, `${option}-file`, 'NAME=PATH');
        return [`--${option}-file ${name}`, path];
      }),
    ),
  );

/**
 * Returns the names and values of --parameter and --parameter-file, or of --header and
 * --header-file.
 *
 * @param {keyof typeof PAIRS} option
 * @param {Record<string, any>} values
 * @param {(what: string) => void} guard
 * @returns {Promise<[name: string, value: string][]>}
 */
async function pairsOf(option, values, guard) {
  /** @type {[string, string][]} */
  const pairs = [];
  for (const text of values[option] ?? []) {
    const [name, value] = pair(text, option, 'NAME=VALUE');
    if (PAIRS[option](name, value)) {
      throw new UsageError(
        `${name} is a secret, and none is taken from the command line`,
        `give it by --${option}-file ${name}=PATH`,
      );
    }
    pairs.push([name, value]);
  }
  for (const text of values[`${option}-file`] ?? []) {
    const [name, path] = pair(text, `${option}-file`, 'NAME=PATH');
    const what = `--${option}-file ${name}`;
    guard(`the secret of ${what}`);
    pairs.push([name, secretText(await read(path, what), what)]);
  }
  return pairs;
}

/**
 * Adds the headers of the command line. They override the headers of the same name.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {(what: string) => void} guard
 */
export async function addHeaders(config, values, guard) {
  const headers = await pairsOf('header', values, guard);
  if (new Set(headers.map(([name]) => name.toLowerCase())).size < headers.length) {
    throw new UsageError('--header and --header-file give a header twice', 'give each name once');
  }
  if (headers.length > 0) {
    config.headers = { ...config.headers, ...Object.fromEntries(headers) };
  }
}

/**
 * Adds the parameters of the command line. They override the parameters of FILE.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {(what: string) => void} guard
 */
export async function addParameters(config, values, guard) {
  /** @type {Map<string, string[]>} */
  const parameters = new Map();
  for (const [name, value] of await pairsOf('parameter', values, guard)) {
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  if (parameters.size > 0) {
    const given = Array.from(parameters, ([name, list]) =>
      /** @type {const} */ ([name, list.length === 1 ? list[0] : list]));
    config.parameters = Object.fromEntries([
      ...Object.entries(config.parameters ?? {}),
      ...given,
    ]);
  }
}

/**
 * Adds the assertion's members of the command line. They override the members of FILE.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 */
export function addAssertion(config, values) {
  const { 'assertion-type': type, 'assertion-lifetime': lifetime } = values;
  const claims = members(values['assertion-claim'], 'assertion-claim');
  const header = members(values['assertion-header'], 'assertion-header');
  if ((type ?? lifetime ?? claims ?? header) === undefined) {
    return;
  }
  if (lifetime !== undefined && !/^[1-9]\d{0,8}$/.test(lifetime)) {
    throw new UsageError('--assertion-lifetime wants a whole number of seconds');
  }
  const before = config.assertion ?? {};
  config.assertion = {
    ...before,
    ...(type !== undefined && { type }),
    ...(lifetime !== undefined && { lifetime: Number(lifetime) }),
    ...(claims && { claims: { ...before.claims, ...claims } }),
    ...(header && { header: { ...before.header, ...header } }),
  };
}

/**
 * Returns the members that NAME=TEXT and NAME:=JSON set.
 *
 * @param {string[] | undefined} texts
 * @param {string} option
 */
function members(texts, option) {
  return texts && Object.fromEntries(
    texts.map((text) => {
      const [name, value] = pair(text, option, 'NAME=TEXT or NAME:=JSON');
      return name.endsWith(':') ? [name.slice(0, -1), json(value, option)] : [name, value];
    }),
  );
}

/** @param {string} text @param {string} option @returns {unknown} */
function json(text, option) {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(
      `--${option} has a value behind := that is no JSON`,
      `a text is written --${option} NAME=TEXT`,
    );
  }
}
