// A Cloudflare Worker that calls an API for its callers, who see neither the token nor the secret.
// A Durable Object, TokenBroker, has one token for all isolates; each isolate keeps it in its
// client.
//
//   npx wrangler secret put FETCHTOKEN_CLIENT_SECRET
//   npx wrangler deploy
//
// wrangler.jsonc contains the public variables: FETCHTOKEN_PROVIDER, FETCHTOKEN_CLIENT_ID and API;
// FETCHTOKEN_TOKEN_ENDPOINT, FETCHTOKEN_ENVIRONMENT and FETCHTOKEN_SCOPE are optional.

import { env, waitUntil, WorkerEntrypoint } from 'cloudflare:workers';
import { createClient, TokenError } from 'fetchtoken';

export { TokenBroker } from 'fetchtoken/token-broker';

const broker = () => env.TOKENS.getByName('default');
const client = createClient(null, { broker, waitUntil, origins: [new URL(env.API).origin] });

export default {
  async fetch() {
    try {
      const answer = await client.fetch(env.API);
      if (answer.ok) {
        // It passes on the body and its type, but no other header: one could name the client.
        return new Response(answer.body, {
          headers: {
            'content-type': answer.headers.get('content-type') ?? 'application/octet-stream',
          },
        });
      }
      console.error(`the API answers with status ${answer.status}`);
      return new Response('The service does not answer.\n', { status: 502 });
    } catch (error) {
      if (!(error instanceof TokenError)) {
        throw error;
      }
      console.error(`no token: ${error.code}: ${error.message}`, error.hint ?? '');
      return new Response('The service cannot be reached.\n', { status: 502 });
    }
  },
};

/**
 * For your other Workers, which need no secret: give them a service binding TOKENS to this
 * entrypoint, and `broker: () => env.TOKENS`.
 */
export class Tokens extends WorkerEntrypoint {
  getToken(options) {
    return broker().getToken(options);
  }
}
