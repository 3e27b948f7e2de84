import { tagOf } from './tag.js';
import { TokenError } from './token_error.js';

/** @typedef {import('./client.js').TokenClient} TokenClient */
/** @typedef {import('./client_options.js').Settings} Settings */

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** As many as fetch itself follows. */
const MOST_REDIRECTS = 20;
/** The bodies that can be sent again. Any other may be a stream, which is read only once and must not be kept. */
const REPEATABLE = new Set(['Null', 'Undefined', 'String', 'URLSearchParams', 'FormData', 'Blob', 'File', 'ArrayBuffer']);
/** What a 401 complains about if a new token doesn't mend it (RFC 6750 section 3.1, RFC 9449 section 7.1). */
const NOT_THE_TOKEN = new Set(['invalid_request', 'insufficient_scope', 'invalid_dpop_proof']);

/**
 * A request. The caller's fetch gets input and init as it would from the caller: it may not know this runtime's class Request.
 *
 * @typedef {{ input: RequestInfo | URL, init: RequestInit, url: string, method: string, headers: Headers, redirect: RequestRedirect, repeatable: boolean }} Sent
 */

/**
 * Sends a request with the client's token, to the origins that may have it. It is sent again, once each, if the server refuses the token, with a
 * new one, and if it wants its nonce in the proof, with that.
 *
 * @param {TokenClient} client
 * @param {Settings} settings
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 */
export async function authorizedFetch(client, settings, input, init = {}) {
  const { origins, dpop } = settings;
  const sent = sentOf(input, init);
  const { origin } = new URL(sent.url);
  if (!origins.includes(origin)) {
    throw new TokenError('invalid_config', `client.fetch sends the token to options.origins only, and ${origin} is not among them`);
  }
  const signal = init.signal ?? (isRequest(input) ? input.signal : undefined);
  const options = signal === undefined ? undefined : { signal };
  let token = await client.getToken(options);
  for (let renews = true, takesNonce = dpop !== undefined; ; ) {
    if (dpop === undefined && token.token_type.toLowerCase() === 'dpop') {
      throw new TokenError('invalid_config', 'the token is bound to a key, and client.fetch has none to prove it with: give createClient the option dpop');
    }
    const response = await follow(settings, sent, token.access_token);
    const wanted = response.status === 401 ? wantedBy(response) : undefined;
    if (takesNonce && wanted === 'nonce' && sent.repeatable) {
      takesNonce = false;
      await response.body?.cancel();
    } else if (renews && wanted === 'token') {
      renews = false;
      client.invalidate(token); // for the next request, if not for this one
      if (!sent.repeatable) {
        return response;
      }
      await response.body?.cancel();
      token = await client.getToken(options);
    } else {
      return response;
    }
  }
}

/** @param {RequestInfo | URL} input @param {RequestInit} init @returns {Sent} */
function sentOf(input, init) {
  const request = isRequest(input) ? input : undefined;
  // A Request without a body knows what the URL is relative to, and how the method is spelled.
  const { url, method } = new Request(request?.url ?? input, { method: init.method ?? request?.method });
  const body = init.body ?? (method === 'GET' || method === 'HEAD' ? null : request);
  return {
    input, init, url, method,
    headers: new Headers(init.headers ?? request?.headers),
    redirect: init.redirect ?? request?.redirect ?? 'follow',
    repeatable: REPEATABLE.has(tagOf(body)) || ArrayBuffer.isView(body) || (body === request && request?.body === null),
  };
}

/** @param {unknown} value @returns {value is Request} */
const isRequest = (value) => tagOf(value) === 'Request';

/**
 * Sends a request, and follows redirects within its origin. To another origin the token would go along, so that redirect is an error.
 *
 * @param {Settings} settings
 * @param {Sent} sent
 * @param {string} token
 * @returns {Promise<Response>}
 */
async function follow({ fetch = globalThis.fetch, dpop }, sent, token) {
  const { origin } = new URL(sent.url);
  const headers = new Headers(sent.headers);
  let { input, init, url, method } = sent;
  for (let redirects = 0; ; redirects++) {
    headers.set('Authorization', `${dpop === undefined ? 'Bearer' : 'DPoP'} ${token}`);
    if (dpop !== undefined) {
      headers.set('DPoP', await dpop.prove({ method, url, token }));
    }
    const response = await fetch(input, { ...init, headers, redirect: 'manual' });
    dpop?.learn(url, response.headers.get('dpop-nonce'));
    const location = response.headers.get('location');
    const isHidden = response.type === 'opaqueredirect'; // a browser shows no page where to
    if (sent.redirect === 'manual' || !isHidden && (!REDIRECTS.has(response.status) || location === null)) {
      return response;
    }
    const target = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
    // RFC 9110 section 15.4: 303, and by old habit 301 and 302 of a POST, are followed by GET.
    const becomesGet = response.status === 303 ? method !== 'HEAD' : response.status < 303 && method === 'POST';
    if (target?.origin !== origin) {
      throw new TokenError('redirect', `${origin} redirects to ${target?.origin ?? (isHidden ? 'where a page may not see' : 'where no URL leads')}, and the token does not go there`);
    }
    if (sent.redirect === 'error' || redirects === MOST_REDIRECTS || !(becomesGet || sent.repeatable)) {
      const why = sent.redirect === 'error' ? 'redirects are an error' : redirects === MOST_REDIRECTS ? 'that was too often' : "the body can't be sent again";
      throw new TokenError('redirect', `${origin} redirects, and ${why}`);
    }
    await response.body?.cancel();
    if (isRequest(input)) { // what it says goes on, without its body
      init = { signal: input.signal, ...init };
    }
    if (becomesGet) {
      method = 'GET';
      init = { ...init, body: undefined };
      ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'].forEach((name) => headers.delete(name));
    }
    input = url = target.href;
    init = { ...init, method };
  }
}

/** The challenges of WWW-Authenticate (RFC 9110 section 11.6.1): a scheme, or a parameter with its value. */
const CHALLENGE = /([!#$%&'*+.^`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/**
 * Says what a 401 wants: another token, the nonce that came with it, or something that only the caller knows. Without a challenge it is about the
 * token, and so are errors that no RFC knows.
 *
 * @param {Response} response
 * @returns {'token' | 'nonce' | undefined}
 */
function wantedBy({ headers }) {
  const challenge = headers.get('www-authenticate');
  if (challenge === null) {
    return 'token';
  }
  const parts = [...challenge.matchAll(CHALLENGE)];
  const [, , quoted, plain] = parts.find(([part, name]) => part !== name && name.toLowerCase() === 'error') ?? [];
  const error = quoted ?? plain ?? '';
  if (error === 'use_dpop_nonce') {
    return 'nonce';
  }
  const isOurs = parts.some(([part, name]) => part === name && ['bearer', 'dpop'].includes(name.toLowerCase()));
  return isOurs && !NOT_THE_TOKEN.has(error) ? 'token' : undefined;
}
