import { ApiRequest } from './api_request.js';
import { readOptions } from '../lib/options.js';
import { ownOf } from '../lib/own.js';
import { TokenError } from '../lib/token_error.js';
import { schemeOf } from './scheme.js';
import { REDIRECTS } from '../token/send.js';
import { NOTHING, readTokenRequest } from './token_request.js';

/** @typedef {import('./token_request.js').Canonical} Canonical */
/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./api_request.js').Hop} Hop */
/** @typedef {import('./held_token.js').HeldToken} HeldToken */

/**
 * Returns the token of a request, which the client keeps.
 *
 * @typedef {(request: Canonical) => HeldToken} TokenOf
 */

/** The type of each option of client.fetch. @type {import('../lib/options.js').Known} */
const OPTIONS = {
  token: [
    (token) => typeof token === 'object' && token !== null,
    'an object with scope, audience, resource or parameters',
  ],
};

/** The limit of fetch itself. */
const MOST_REDIRECTS = 20;
/** These headers describe the body; they are dropped together with it. */
const OF_BODY = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
];
/** The caller sets these headers for one origin; they are dropped at another. */
const OF_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'cookie2', 'host', 'dpop'];
/**
 * The errors of a 401 that a new token doesn't mend (RFC 6750 section 3.1, RFC 9449 section 7.1).
 */
const NOT_THE_TOKEN = new Set(['invalid_request', 'insufficient_scope', 'invalid_dpop_proof']);

/**
 * Sends a request with the client's token to the allowed origins, and follows redirects. Each
 * origin gets the token that is meant for it. If the API refuses the token, the request is sent
 * once more with a new token. If the API asks for a nonce in the DPoP proof, the request is sent
 * once more with that nonce.
 *
 * @param {TokenOf} tokenOf
 * @param {Settings} settings
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @param {{ token?: import('../types.js').TokenRequest }} [options]
 */
export async function authorizedFetch(tokenOf, settings, input, init, options) {
  const { token } = readOptions(options, OPTIONS);
  const wanted = token && readTokenRequest(token);
  const request = new ApiRequest(input, init, settings.maxReplay); // before the first await
  try {
    return await send(tokenOf, settings, request, wanted);
  } finally {
    request.end();
  }
}

/**
 * @param {TokenOf} tokenOf
 * @param {Settings} settings
 * @param {ApiRequest} request
 * @param {Canonical | undefined} wanted the token that the caller names
 * @returns {Promise<Response>}
 */
async function send(tokenOf, settings, request, wanted) {
  const { origins, dpop } = settings;
  const fetch = /** @type {typeof globalThis.fetch} */ (settings.fetch ?? globalThis.fetch);
  let { hop } = request;
  const { origin } = new URL(hop.url);
  if (!origins.has(origin)) {
    throw new TokenError(
      'invalid_config',
      `client.fetch sends the token to options.origins only, and ${origin} is not among them`,
    );
  }
  const { signal } = request;
  let from = tokenOf(wanted ?? origins.get(origin) ?? NOTHING);
  let token = await tokenFrom(from, signal);
  let [renews, takesNonce, isTrusted] = [true, dpop !== undefined, true];
  for (let redirects = 0; ; ) {
    const headers = isTrusted ? await authorized(hop, token, settings) : new Headers(hop.headers);
    const response = await fetch(...request.argumentsFor({ ...hop, headers }));
    if (isTrusted) {
      dpop?.learn(hop.url, response.headers.get('dpop-nonce'));
      const answer = await wantedBy(response, settings);
      if (takesNonce && answer === 'nonce' && (await request.repeatable())) {
        takesNonce = false;
        drop(response);
        continue;
      }
      if (renews && answer === 'token' && from.refuse(token)) {
        // The token is renewed for the next request even if this one can't be sent again.
        renews = false;
        if (!hop.hasBody || (await request.repeatable())) {
          drop(response);
          token = await tokenFrom(from, signal);
          continue;
        }
        return response;
      }
    }
    const next =
      redirects === MOST_REDIRECTS
        ? tooOften(request, response, hop)
        : nextHop(request, response, hop);
    if (next === undefined) {
      return response;
    }
    if (next.hasBody && !(await request.repeatable())) {
      throw refused(hop, ", and the body can't be sent again: it is longer than options.maxReplay");
    }
    drop(response);
    // After a redirect to an untrusted origin the token is never sent again.
    const to = new URL(next.url).origin;
    isTrusted &&= origins.has(to);
    if (isTrusted && to !== new URL(hop.url).origin) {
      // the next origin may have a token of its own
      const other = tokenOf(origins.get(to) ?? wanted ?? NOTHING);
      token = other === from ? token : await tokenFrom(other, signal);
      from = other;
    }
    hop = next;
    redirects++;
  }
}

/**
 * @param {HeldToken} held
 * @param {AbortSignal | undefined} signal
 */
const tokenFrom = (held, signal) =>
  (signal === undefined ? held.fresh : undefined) ?? held.getToken(ownOf({ signal }));

/**
 * Returns the headers with the token, and with a proof if the client has a DPoP key.
 *
 * @param {Hop} hop
 * @param {import('../types.js').TokenResponse} token
 * @param {Settings} settings
 */
async function authorized({ url, method, headers: given }, { access_token, token_type }, { dpop }) {
  const headers = new Headers(given);
  headers.set(
    'Authorization',
    `${dpop === undefined ? schemeFor(token_type) : 'DPoP'} ${access_token}`,
  );
  if (dpop !== undefined) {
    headers.set('DPoP', await dpop.prove({ method, url, token: access_token }));
  }
  return headers;
}

/**
 * Returns the scheme of Authorization for a token type. It throws if the client can't send such a
 * token.
 *
 * @param {string} type
 */
function schemeFor(type) {
  if (type.toLowerCase() === 'dpop') {
    throw new TokenError(
      'invalid_config',
      'the token is bound to a key, and client.fetch has none to prove it with: give ' +
      'createClient the option dpop',
    );
  }
  const scheme = schemeOf(type);
  if (scheme === undefined) {
    throw new TokenError(
      'invalid_response',
      "client.fetch can't send the token: its token_type is no scheme of " +
        'HTTP that takes a token alone (get it with getToken, and send it as the API documents)',
    );
  }
  return scheme;
}

/**
 * Cancels a response that nobody reads. It doesn't wait for the end of the body, because a body may
 * have no end.
 *
 * @param {Response} response
 */
const drop = (response) => void response.body?.cancel().catch(() => {});

/**
 * Says whether fetch would follow the response, or fail because it is a redirect.
 *
 * @param {ApiRequest} request
 * @param {Response} response
 */
function isFollowed({ redirect }, { status, headers, type }) {
  return (
    redirect !== 'manual' &&
    (type === 'opaqueredirect' || (REDIRECTS.has(status) && headers.get('location') !== null))
  );
}

/** @param {ApiRequest} request @param {Response} response @param {Hop} hop @returns {undefined} */
function tooOften(request, response, hop) {
  if (isFollowed(request, response)) {
    throw refused(hop, ' too often');
  }
}

/**
 * Returns the request that follows a redirect, by the Fetch standard (HTTP-redirect fetch);
 * undefined if the response is no redirect.
 *
 * @param {ApiRequest} request
 * @param {Response} response
 * @param {Hop} hop
 * @returns {Hop | undefined}
 */
function nextHop(request, response, hop) {
  if (!isFollowed(request, response)) {
    return undefined;
  }
  if (request.redirect === 'error') {
    throw refused(hop, ', and redirects are an error');
  }
  if (response.type === 'opaqueredirect') {
    throw refused(hop, ', and a browser shows no page where to');
  }
  const location = String(response.headers.get('location'));
  const from = new URL(hop.url);
  if (!URL.canParse(location, hop.url)) {
    throw refused(hop, ' to what is no URL');
  }
  const target = new URL(location, hop.url);
  if (target.protocol !== 'https:' && target.protocol !== from.protocol) {
    throw refused(hop, ` to ${target.protocol}//${target.host}, which is not https`);
  }
  if (target.username !== '' || target.password !== '') {
    throw refused(hop, ` to ${target.origin} with credentials in the URL`);
  }
  target.hash ||= from.hash;
  const { status } = response;
  const becomesGet =
    status === 303 ? !['GET', 'HEAD'].includes(hop.method) : status < 303 && hop.method === 'POST';
  const headers = new Headers(hop.headers);
  (becomesGet ? OF_BODY : []).forEach((name) => headers.delete(name));
  (target.origin === from.origin ? [] : OF_ORIGIN).forEach((name) => headers.delete(name));
  return {
    url: target.href,
    method: becomesGet ? 'GET' : hop.method,
    headers,
    hasBody: hop.hasBody && !becomesGet,
  };
}

/** @param {Hop} hop @param {string} why */
const refused = ({ url }, why) =>
  new TokenError('redirect', `${new URL(url).origin} redirects${why}`);

/**
 * One part of WWW-Authenticate (RFC 9110 section 11.6.1): a scheme, or a parameter with its value.
 */
const CHALLENGE = /([!#$%&'*+.^`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/**
 * Says what the API asks for: another token, the nonce in this response, or nothing that the client
 * can mend. `invalid_token` (RFC 6750 section 3.1) asks for another token under every scheme and
 * every error status. A 401 asks for another token if it has no challenge, or one for Bearer or
 * DPoP with no known error. transport.go has the same rule.
 *
 * @param {Response} response
 * @param {Settings} settings
 * @returns {Promise<'token' | 'nonce' | undefined>}
 */
async function wantedBy(response, { refusesToken }) {
  const { status, headers } = response;
  const challenge = headers.get('www-authenticate');
  const parts = [...(challenge ?? '').matchAll(CHALLENGE)].map(([part, name, quoted, plain]) => ({
    name: name.toLowerCase(),
    value: part === name ? undefined : (quoted?.replaceAll(/\\(.)/g, '$1') ?? plain).toLowerCase(),
  }));
  const errors = parts
    .filter(({ name, value }) => name === 'error' && value !== undefined)
    .map(({ value }) => /** @type {string} */ (value));
  if (status === 401 && errors.includes('use_dpop_nonce')) {
    return 'nonce';
  }
  if (refusesToken !== undefined) {
    return (await refusesToken(response)) === true ? 'token' : undefined;
  }
  if (status >= 400 && errors.includes('invalid_token')) {
    return 'token';
  }
  const isOurs =
    challenge === null ||
    parts.some(({ name, value }) => value === undefined && ['bearer', 'dpop'].includes(name));
  return status === 401 && isOurs && !errors.some((error) => NOT_THE_TOKEN.has(error))
    ? 'token'
    : undefined;
}
