// A Cloudflare Worker that calls an API on behalf of its callers: it gets the token and keeps it; they see neither it nor the secret.
//
//   npx wrangler secret put CLIENT_SECRET
//   npx wrangler deploy
//
// wrangler.jsonc holds what is no secret: PROVIDER, CLIENT_ID and API; TOKEN_ENDPOINT, ENVIRONMENT and SCOPE may say more.

import { fetchToken, TokenError } from 'fetchtoken';

/** The token of this isolate, used until half a minute before its end. */
let token;

export default {
  async fetch(request, env) {
    try {
      if (!(token?.expires_at > Date.now() / 1000 + 30)) {
        token = await fetchToken(configOf(env), { timeout: 10_000 });
      }
    } catch (error) {
      if (!(error instanceof TokenError)) {
        throw error;
      }
      console.error(`no token: ${error.code}: ${error.message}`, error.hint ?? '');
      return new Response('The service cannot be reached.\n', { status: 502 });
    }

    const answer = await fetch(env.API, { headers: { authorization: `Bearer ${token.access_token}` } });
    if (answer.status === 401) {
      token = undefined; // the next request gets a new one
    }
    if (!answer.ok) {
      console.error(`the API answers with status ${answer.status}`);
      return new Response('The service does not answer.\n', { status: 502 });
    }
    // The body and its type, but no other header: one could name the client.
    return new Response(answer.body, { headers: { 'content-type': answer.headers.get('content-type') ?? 'application/octet-stream' } });
  },
};

function configOf(env) {
  return {
    provider: env.PROVIDER,
    environment: env.ENVIRONMENT,
    tokenEndpoint: env.TOKEN_ENDPOINT,
    clientId: env.CLIENT_ID,
    clientSecret: env.CLIENT_SECRET,
    scope: env.SCOPE,
  };
}
