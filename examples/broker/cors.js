// CORS: which pages may read the answers. ORIGINS of wrangler.jsonc names their origins.

import { env } from 'cloudflare:workers';

const originOf = ({ headers }) => headers.get('origin');
const isListed = (request) => env.ORIGINS.includes(originOf(request));

/**
 * Whether a request comes from a page of an origin that is neither listed nor our own. For a link
 * or a picture a browser names no origin, but says whether the page is of another site.
 */
export function isForeign(request) {
  const origin = originOf(request);
  return origin === null
    ? /^(cross|same)-site$/.test(request.headers.get('sec-fetch-site') ?? '')
    : origin !== new URL(request.url).origin && !isListed(request);
}

/** Answers what a browser asks before it sends a request of a page. */
export const preflight = (request) =>
  new Response(null, {
    status: isListed(request) ? 204 : 403,
    headers: isListed(request)
      ? {
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
          'access-control-allow-headers': 'authorization, *',
          'access-control-max-age': '7200',
        }
      : {},
  });

/** The response for a page. What an API says about its own pages doesn't count. */
export function withCors(request, response) {
  const headers = new Headers(response.headers);
  for (const name of [...headers.keys()]) {
    if (/^access-control-(allow-origin|allow-credentials|expose-headers)$/.test(name)) {
      headers.delete(name);
    }
  }
  headers.append('vary', 'origin');
  if (isListed(request)) {
    headers.set('access-control-allow-origin', originOf(request));
    headers.set('access-control-expose-headers', '*');
  }
  return new Response(response.body, { status: response.status, headers });
}
