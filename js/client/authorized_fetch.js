import { ApiRequest } from './api_request.js';
import { TokenError } from '../lib/token_error.js';
import { REDIRECTS } from '../token/send.js';

/** @typedef {import('./client.js').TokenClient} TokenClient */
/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('./api_request.js').Hop} Hop */

/** As many as fetch itself follows. */
const MOST_REDIRECTS = 20;
/** The headers of a body, which go with it. */
const OF_BODY = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
];
/** The headers of the caller's that are for one origin. */
const OF_ORIGIN = ['authorization', 'proxy-authorization', 'cookie', 'cookie2', 'host', 'dpop'];
/**
 * What a 401 complains about if a new token doesn't mend it (RFC 6750 section 3.1, RFC 9449 section
 * 7.1).
 */
const NOT_THE_TOKEN = new Set(['invalid_request', 'insufficient_scope', 'invalid_dpop_proof']);

/**
 * Sends a request with the client's token, to the origins that may have it, and follows redirects.
 * What refuses the token is sent again, once, with a new one; what wants a nonce in the proof,
 * once, with that.
 *
 * @param {TokenClient} client
 * @param {Settings} settings
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 */
export async function authorizedFetch(client, settings, input, init) {
  const request = new ApiRequest(input, init, settings.maxReplay); // before the first wait
  try {
    return await send(client, settings, request);
  } finally {
    request.end();
  }
}

/**
 * @param {TokenClient} client
 * @param {Settings} settings
 * @param {ApiRequest} request
 * @returns {Promise<Response>}
 */
async function send(client, settings, request) {
  const { origins, dpop } = settings;
  const fetch = /** @type {typeof globalThis.fetch} */ (settings.fetch ?? globalThis.fetch);
  let { hop } = request;
  const { origin } = new URL(hop.url);
  if (!origins.includes(origin)) {
    throw new TokenError(
      'invalid_config',
      `client.fetch sends the token to options.origins only, and ${origin} is not among them`,
    );
  }
  const options = request.signal && { signal: request.signal };
  let token = await client.getToken(options);
  let [renews, takesNonce, isTrusted] = [true, dpop !== undefined, true];
  for (let redirects = 0; ; ) {
    const headers = isTrusted ? await authorized(hop, token, settings) : new Headers(hop.headers);
    const response = await fetch(...request.argumentsFor({ ...hop, headers }));
    if (isTrusted) {
      dpop?.learn(hop.url, response.headers.get('dpop-nonce'));
      const wanted = await wantedBy(response, settings);
      if (takesNonce && wanted === 'nonce' && (await request.repeatable())) {
        takesNonce = false;
        drop(response);
        continue;
      }
      if (renews && wanted === 'token' && client.refuse(token)) {
        // for the next request, if not for this one
        renews = false;
        if (!hop.hasBody || (await request.repeatable())) {
          drop(response);
          token = await client.getToken(options);
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
    // who leads elsewhere doesn't lead back with the token
    isTrusted &&= origins.includes(new URL(next.url).origin);
    hop = next;
    redirects++;
  }
}

/**
 * Returns the headers with the token, and with a proof if there is a key.
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
 * Returns the scheme of Authorization for a token of that type, or throws: a token of a type that
 * is not understood must not be used (RFC 6749 section 7.1). transport.go does the same.
 *
 * @param {string} type
 */
function schemeFor(type) {
  const name = type.toLowerCase();
  if (name === 'bearer') {
    return 'Bearer'; // as RFC 6750 writes it: some servers know no other spelling
  }
  if (name === 'dpop') {
    throw new TokenError(
      'invalid_config',
      'the token is bound to a key, and client.fetch has none to prove it with: give ' +
      'createClient the option dpop',
    );
  }
  if (MORE_THAN_A_TOKEN.has(name) || !/^[!#$%&'*+.^`|~\w-]{1,64}$/.test(type)) {
    throw new TokenError(
      'invalid_response',
      "client.fetch can't send the token: its token_type is no scheme of " +
        'HTTP that takes a token alone (get it with getToken, and send it as the API documents)',
    );
  }
  return type;
}

/**
 * The schemes that take more than the token: a signature for each request; and the type of what is
 * sent to no API (RFC 8693 section 2.2.1).
 */
const MORE_THAN_A_TOKEN = new Set(['mac', 'pop', 'n_a']);

/**
 * Lets go of a response that nobody reads. It doesn't wait for that: a body may have no end.
 *
 * @param {Response} response
 */
const drop = (response) => void response.body?.cancel().catch(() => {});

/**
 * Whether a response leads on, where to or not.
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
 * Returns where a response leads, by the rules of the Fetch standard (HTTP-redirect fetch);
 * undefined if it is the answer.
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
 * The challenges of WWW-Authenticate (RFC 9110 section 11.6.1): a scheme, or a parameter with its
 * value.
 */
const CHALLENGE = /([!#$%&'*+.^`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/**
 * Says what a response wants: another token, the nonce that came with it, or nothing that a client
 * can mend. `invalid_token` (RFC 6750 section 3.1) is about the token under any scheme and any
 * status of an error. So is a 401 without a challenge, or with one for Bearer or DPoP whose error
 * no RFC knows. The same rule stands in transport.go.
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
