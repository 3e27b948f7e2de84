import { tagOf } from './tag.js';
import { TokenError } from './token_error.js';

/** @typedef {import('./client.js').TokenClient} TokenClient */
/** @typedef {import('./types.js').TokenResponse} TokenResponse */

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** As many as fetch itself follows. */
const MOST_REDIRECTS = 20;

/**
 * Sends a request with the client's token, to the origins that may have it, and once more with a new token if the server refuses that one.
 *
 * @param {TokenClient} client
 * @param {typeof globalThis.fetch} fetch
 * @param {string[]} origins
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 */
export async function authorizedFetch(client, fetch, origins, input, init) {
  const request = new Request(input, init);
  const { origin } = new URL(request.url);
  if (!origins.includes(origin)) {
    throw new TokenError('invalid_config', `client.fetch sends the token to options.origins only, and ${origin} is not among them`);
  }
  const isStream = tagOf(init?.body) === 'ReadableStream' || (init?.body == null && input instanceof Request && input.body !== null);
  const again = isStream ? undefined : request.clone(); // a stream is read only once
  const { signal } = request;
  const token = await client.getToken({ signal });
  const response = await follow(fetch, request, token, origin);
  if (response.status !== 401) {
    return response;
  }
  client.invalidate(token); // for the next request, if not for this one
  if (again === undefined) {
    return response;
  }
  const renewed = await client.getToken({ signal });
  await response.body?.cancel();
  return follow(fetch, again, renewed, origin);
}

/**
 * Sends a request, and follows redirects within its origin. To another origin the token would go along, so that redirect is an error.
 *
 * @param {typeof globalThis.fetch} fetch
 * @param {Request} request
 * @param {TokenResponse} token
 * @param {string} origin
 */
async function follow(fetch, request, token, origin) {
  const { redirect } = request;
  for (let redirects = 0; ; redirects++) {
    const headers = new Headers(request.headers);
    headers.set('Authorization', `Bearer ${token.access_token}`);
    const again = request.body === null ? request : request.clone();
    const response = await fetch(new Request(request, { headers, redirect: 'manual' }));
    const isRedirect = REDIRECTS.has(response.status) || response.type === 'opaqueredirect';
    if (!isRedirect || redirect === 'manual') {
      return response;
    }
    const location = response.headers.get('location');
    const target = location === null ? undefined : new URL(location, request.url);
    if (redirect === 'error' || target?.origin !== origin || redirects === MOST_REDIRECTS) {
      const where = target === undefined ? 'where a page may not see' : target.origin;
      throw new TokenError('redirect', `${origin} redirects to ${where}, and the token does not go there`);
    }
    await response.body?.cancel();
    // RFC 9110 section 15.4: 303, and by old habit 301 and 302 of a POST, are followed by GET.
    const becomesGet = (response.status === 303 && request.method !== 'HEAD') || (response.status < 303 && request.method === 'POST');
    request = becomesGet ? new Request(target, { headers: withoutBody(request.headers), signal: request.signal }) : new Request(target, again);
  }
}

/** @param {Headers} headers */
function withoutBody(headers) {
  const kept = new Headers(headers);
  ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'].forEach((name) => kept.delete(name));
  return kept;
}
