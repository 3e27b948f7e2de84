// Further parameters of the request, and changes of the assertion: NAME=VALUE.

import { read, secretText } from './input.js';
import { UsageError } from './usage_error.js';

/**
 * Parameters that are credentials (RFC 6749, 7521, 7636, 8628 and 8693, OpenID CIBA), or contain
 * the client's.
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
    throw new UsageError(`--${option} wants ${form}`);
  }
  return [text.slice(0, end), text.slice(end + 1)];
}

/**
 * Returns the paths of --parameter-file, by the arguments that give them.
 *
 * @param {Record<string, any>} values
 */
export const parameterPaths = ({ 'parameter-file': files = [] }) =>
  Object.fromEntries(
    files.map((/** @type {string} */ text) => {
      const [name, path] = pair(text, 'parameter-file', 'NAME=PATH');
      return [`--parameter-file ${name}`, path];
    }),
  );

/**
 * Adds the parameters of the command line. They override those of FILE.
 *
 * @param {any} config
 * @param {Record<string, any>} values
 * @param {(what: string) => void} guard
 */
export async function addParameters(config, values, guard) {
  /** @type {Map<string, string[]>} */
  const parameters = new Map();
  const add = (/** @type {string} */ name, /** @type {string} */ value) =>
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  for (const text of values.parameter ?? []) {
    const [name, value] = pair(text, 'parameter', 'NAME=VALUE');
    if (SECRET.includes(name)) {
      throw new UsageError(
        `${name} is a secret, and none is taken from the command line`,
        `give it by --parameter-file ${name}=PATH`,
      );
    }
    add(name, value);
  }
  for (const [what, path] of Object.entries(parameterPaths(values))) {
    guard(`the secret of ${what}`);
    add(what.replace('--parameter-file ', ''), secretText(await read(path, what), what));
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
 * Adds the assertion's members of the command line. They override those of FILE.
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
