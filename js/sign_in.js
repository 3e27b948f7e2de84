// Signs a user in: by an address and its callback (RFC 6749 section 4.1, RFC 7636, RFC 9207), or by
// a code on another device (RFC 8628). Revokes a token (RFC 7009).

import { ask, identityOf } from './fetch_token.js';
import { Clock } from './lib/clock.js';
import { ownOf } from './lib/own.js';
import { randomBytes } from './lib/random.js';
import { TokenError } from './lib/token_error.js';
import { perform } from './module/module.js';
import { AUTHORIZE, CALLBACK } from './module/wire.js';
import { ONCE, renew } from './token/renew.js';

/** @typedef {import('./types.js').Config} Config */

/** The grant type of RFC 8628 section 3.4. */
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
/** How many random bytes the core needs: AuthorizationRandom of core/authorization.go. */
const RANDOM_SIZE = 64;
/** The most requests of a poll. It ends when the codes end, not after a number of requests. */
const ALWAYS = String(2 ** 31 - 1);

/**
 * Returns a configuration with other fields. A value that is no object is returned unchanged, and
 * the core rejects it.
 *
 * @param {Config} config
 * @param {Partial<Config>} fields
 * @returns {Config}
 */
const withFields = (config, fields) =>
  typeof config === 'object' && config !== null && !Array.isArray(config)
    ? { ...ownOf(config), ...fields }
    : config;

/**
 * Splits options into the named members and the rest. If the options are no object, all of them are
 * the rest.
 *
 * @param {any} options
 * @param {string[]} names
 * @returns {{ taken: any, rest: any }}
 */
function split(options, names) {
  if (options === undefined || typeof options !== 'object' || options === null) {
    return { taken: ownOf({}), rest: options };
  }
  /** @type {any} */
  const taken = ownOf({});
  const rest = ownOf(options);
  for (const name of names) {
    taken[name] = rest[name];
    delete rest[name];
  }
  return { taken, rest };
}

/**
 * Makes the address that asks a user for an authorization. types.d.ts describes the arguments.
 *
 * @param {Config} config
 * @param {import('./types.js').AuthorizationOptions} options
 * @returns {Promise<import('./types.js').AuthorizationRequest>}
 */
export async function authorizationUrl(config, options) {
  const { taken, rest } = split(options, ['redirectUri', 'parameters']);
  const { redirectUri = '', parameters } = taken;
  const asked = ask(identityOf(withFields(config, { parameters })), rest);
  const purpose = ['a', 'purpose', 'authorization'];
  const { metadata } = /** @type {any} */ (await renew(asked, ONCE.concat(purpose)));
  const { values } = await perform(AUTHORIZE, [
    ...asked.configuration,
    ...purpose,
    'a', 'metadata', metadata,
    'a', 'redirectUri', String(redirectUri),
    'a', 'random', randomBytes(RANDOM_SIZE),
  ]);
  const { url, state, codeVerifier, nonce, issuerRequired } = values;
  const { issuer } = config;
  return {
    url,
    state,
    codeVerifier,
    redirectUri: String(redirectUri),
    ...(nonce && { nonce }),
    ...(issuer !== undefined && { issuer }),
    issuerRequired: issuerRequired === 'true',
  };
}

/**
 * Reads the address to which the browser was sent. types.d.ts describes the arguments.
 *
 * @param {string | import('./types.js').Address} url
 * @param {import('./types.js').AuthorizationRequest} request
 * @returns {Promise<import('./types.js').CodeGrant>}
 */
export async function parseCallback(url, request) {
  const { state, codeVerifier, redirectUri, issuer, issuerRequired } = ownOf(Object(request));
  const { values } = await perform(CALLBACK, [
    'a', 'url', String(url),
    'a', 'state', typeof state === 'string' ? state : '',
    'a', 'issuer', typeof issuer === 'string' ? issuer : '',
    'a', 'issuerRequired', String(issuerRequired === true),
  ]);
  return {
    grantType: 'authorization_code',
    scope: '',
    parameters: { code: values.code, redirect_uri: redirectUri, code_verifier: codeVerifier },
  };
}

/**
 * Asks for the codes by which a user approves this device. types.d.ts describes the arguments.
 *
 * @param {Config} config
 * @param {import('./types.js').DeviceOptions} [options]
 * @returns {Promise<import('./types.js').DeviceAuthorization>}
 */
export async function deviceAuthorization(config, options) {
  const { shown, poll } = await askForCodes(config, options);
  return Object.defineProperty(shown, 'poll', {
    value: async (/** @type {{ signal?: AbortSignal } | undefined} */ given) =>
      (await poll(given)).token,
  });
}

/**
 * Asks for the codes of a device. `shown` is their visible part, and `poll` returns the token as
 * renew() does.
 *
 * @param {Config} config
 * @param {import('./types.js').DeviceOptions} [options]
 */
export async function askForCodes(config, options) {
  const { taken, rest } = split(options, ['parameters']);
  const asked = ask(identityOf(withFields(config, taken)), rest);
  const began = asked.now();
  const { result } = /** @type {any} */ (
    await renew(asked, ONCE.concat('a', 'purpose', 'device'))
  );
  const { device_code, ...shown } = result;
  const until = began + 1000 * shown.expires_in;
  const polled = withFields(config, {
    grantType: DEVICE_CODE,
    scope: '',
    resource: undefined,
    audience: undefined,
    parameters: { device_code },
  });
  shown.expires_at = Math.floor(until / 1000);
  return {
    shown,
    poll: ({ signal = rest?.signal } = /** @type {{ signal?: any }} */ ({})) =>
      pollUntil(until, shown.interval, ask(identityOf(polled), { ...rest, signal })),
  };
}

/**
 * Asks again and again until the user has decided, or the codes have ended.
 *
 * @param {number} until milliseconds since the epoch
 * @param {number} interval in seconds
 * @param {import('./fetch_token.js').Asked} asked
 */
async function pollUntil(until, interval, asked) {
  const left = Math.max(until - asked.now(), 1);
  const limits = [
    'a', 'attempts', ALWAYS,
    'a', 'deadline', String(Math.ceil(left)),
    'a', 'interval', String(1000 * interval),
  ];
  const signal = asked.signal ?? new AbortController().signal;
  const clock = new Clock();
  const host = ownOf({ sleep: (/** @type {number} */ ms) => clock.sleep(ms, signal) });
  return renew(asked, limits, host);
}

/**
 * Revokes a token. types.d.ts describes the arguments.
 *
 * @param {Config} config
 * @param {string} token
 * @param {import('./types.js').RevokeOptions} [options]
 */
export async function revokeToken(config, token, options) {
  if (typeof token !== 'string' || token === '') {
    throw new TokenError('invalid_config', 'token must be a text that is not empty');
  }
  const { taken, rest } = split(options, ['tokenTypeHint']);
  const { tokenTypeHint } = taken;
  const parameters = { token, ...(tokenTypeHint && { token_type_hint: String(tokenTypeHint) }) };
  const asked = ask(identityOf(withFields(config, { parameters })), rest);
  await renew(asked, ONCE.concat('a', 'purpose', 'revocation'));
}
