// Reads the request by which a caller chooses one of a client's tokens: the configuration's token,
// or a token with other scopes, another audience, another resource or further parameters. Two
// requests are the same only if they send the same parameters. Go's TokenRequest has the same
// rules.

import { GRANTS } from './grant.js';
import { readOptions } from '../lib/options.js';
import { copyOf, jsonOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenRequest} TokenRequest */

/**
 * A request in canonical form. Scopes are a set (RFC 6749 section 3.3), so they are sorted without
 * repetitions. All other lists stay in the caller's order.
 *
 * @typedef {{ scope?: string, audience?: string[], resource?: string[], parameters?: Record<string,
 *   string[]> }} Canonical
 */

/** The most characters of one request. */
const LONGEST = 65_536;

/** @param {unknown} value */
const isTexts = (value) =>
  typeof value === 'string' ||
  (Array.isArray(value) && value.every((text) => typeof text === 'string'));

/** Copies a list, because its owner could change it after the check. @param {any} value */
const copyOfList = (value) => (Array.isArray(value) ? Array.from(value) : value);

/** @type {import('../lib/options.js').Known[string]} */
const TEXTS = [isTexts, 'a string or a list of strings', copyOfList];

/** The type of each member of a request. @type {import('../lib/options.js').Known} */
export const TOKEN_REQUEST = {
  scope: TEXTS,
  audience: TEXTS,
  resource: TEXTS,
  parameters: [
    (value) => tagOf(value) === 'Object' && Object.values(value).every(isTexts),
    'an object whose values are strings or lists of strings',
    (value) => (tagOf(value) === 'Object' ? copyOf(value) : value),
  ],
};

/**
 * Checks a request that comes alone, not among other options.
 *
 * @param {TokenRequest | undefined} given
 * @returns {Canonical}
 * @throws {TokenError} `invalid_config`
 */
export const readTokenRequest = (given) => wantedRequest(readOptions(given, TOKEN_REQUEST));

/**
 * Returns a caller's request, whose members are already checked. It throws if the request is too
 * long.
 *
 * @param {TokenRequest} given
 * @returns {Canonical}
 * @throws {TokenError} `invalid_config`
 */
export function wantedRequest(given) {
  const request = canonicalRequest(given);
  const grant = GRANTS.find((name) => request.parameters?.[name] !== undefined);
  if (grant !== undefined) {
    throw new TokenError(
      'invalid_config',
      `options.parameters must not hold ${grant}: a server takes such a grant once, so make a ` +
      'client of its own for it',
    );
  }
  if (keyOf(request).length > LONGEST) {
    throw new TokenError(
      'invalid_config',
      `scope, audience, resource and parameters of one token have more than ${LONGEST} characters`,
    );
  }
  return request;
}

/**
 * Returns the canonical form of a request, without undefined members.
 *
 * @param {TokenRequest} given
 * @returns {Canonical}
 */
function canonicalRequest({ scope, audience, resource, parameters }) {
  /** @type {Canonical} */
  const request = ownOf({});
  if (scope !== undefined) {
    const scopes = listOf(scope).join(' ').split(' ').filter((text) => text !== '');
    request.scope = [...new Set(scopes)].sort().join(' ');
  }
  if (audience !== undefined) {
    request.audience = listOf(audience);
  }
  if (resource !== undefined) {
    request.resource = listOf(resource);
  }
  if (parameters !== undefined) {
    request.parameters = sorted(parameters);
  }
  return request;
}

/**
 * Returns the parameters that have a value, each with its list, in the order of their names.
 *
 * @param {Record<string, string | string[]>} parameters
 */
function sorted(parameters) {
  /** @type {Record<string, string[]>} */
  const lists = ownOf({});
  for (const name of Object.keys(parameters).sort()) {
    if (parameters[name] !== undefined) {
      lists[name] = listOf(parameters[name]);
    }
  }
  return lists;
}

/** @param {string | string[]} value @returns {string[]} */
const listOf = (value) =>
  /** @type {any} */ (Object.freeze(typeof value === 'string' ? [value] : [...value]));

/**
 * Returns the key of a request: different requests have different keys.
 *
 * @param {Canonical} request
 */
export function keyOf({ scope, audience, resource, parameters }) {
  const named = Object.keys(parameters ?? {}).map(
    (name) => `[${JSON.stringify(name)},${textOf(parameters?.[name])}]`,
  );
  return `[${textOf(scope)},${textOf(audience)},${textOf(resource)},[${named}]]`;
}

/**
 * Writes one member as JSON, an absent one as 0. The texts are written one by one, because
 * JSON.stringify would call a toJSON of Array.prototype.
 *
 * @param {string | string[] | undefined} value
 */
function textOf(value) {
  if (value === undefined) {
    return '0';
  }
  return typeof value === 'string'
    ? JSON.stringify(value)
    : `[${value.map((text) => JSON.stringify(text))}]`;
}

/**
 * Returns the configuration's own request. It leaves out fields with wrong values, which the module
 * rejects.
 *
 * @param {Config | null | undefined} config
 * @returns {Canonical}
 */
export function requestOf(config) {
  /** @type {any} */
  const usable = ownOf({});
  for (const [name, [isRight]] of Object.entries(TOKEN_REQUEST)) {
    const value = /** @type {any} */ (ownOf(config ?? {}))[name];
    if (value !== undefined && isRight(value)) {
      usable[name] = value;
    }
  }
  return canonicalRequest(usable);
}

/**
 * Returns the request `own`, with the members of `request` instead of its own.
 *
 * @param {Canonical} own
 * @param {Canonical} request
 * @returns {Canonical}
 */
export function merged(own, request) {
  const all = Object.assign(ownOf(own), request);
  if (own.parameters !== undefined && request.parameters !== undefined) {
    all.parameters = sorted({ ...own.parameters, ...request.parameters });
  }
  return all;
}

/**
 * Returns the configuration with a request's members instead of its own. All other fields keep the
 * caller's spelling, and the parameters keep their order.
 *
 * @template {Config | null | undefined} T
 * @param {T} config
 * @param {Canonical} request
 * @returns {T}
 */
export function configFor(config, request) {
  if (tagOf(config) !== 'Object' || keyOf(request) === OWN) {
    return config;
  }
  const own = ownOf(/** @type {T & Config} */ (config));
  const { scope, audience, resource, parameters } = request;
  const single = (/** @type {string[]} */ list) => (list.length === 1 ? list[0] : list);
  Object.assign(
    /** @type {any} */ (own),
    scope !== undefined && { scope },
    audience !== undefined && { audience: single(audience) },
    resource !== undefined && { resource: single(resource) },
  );
  if (parameters !== undefined) {
    const all = ownOf(own?.parameters ?? {});
    Object.keys(parameters).forEach((name) => (all[name] = single(parameters[name])));
    /** @type {any} */ (own).parameters = all;
  }
  return own;
}

/**
 * Returns a request as it may go to another isolate, which takes plain objects only.
 *
 * @param {Canonical} request
 * @returns {import('../types.js').TokenRequest}
 */
export const plainRequest = (request) => JSON.parse(/** @type {string} */ (jsonOf(request)));

/** The request that replaces nothing. @type {Canonical} */
export const NOTHING = Object.freeze(ownOf({}));

/** The key of a client's own token. */
export const OWN = keyOf(NOTHING);
