// A Worker with clients that live as long as its isolate, made in its global scope or when they are
// first asked for.

import { createClient } from 'fetchtoken';

/** @type {Map<string, import('../../client/client.js').TokenClient>} */
const clients = new Map();

/** By how many milliseconds the clock of each client is ahead. @type {Map<string, number>} */
const shifts = new Map();

/** In the global scope nothing may be drawn, waited for or started. */
const early = createClient({
  provider: 'os-data-hub',
  clientId: 'key',
  clientSecret: 'secret',
  tokenEndpoint: 'http://127.0.0.1:9/',
});

export default {
  /**
   * @param {Request} request
   * @param {object} env
   * @param {{ waitUntil: (promise: Promise<unknown>) => void }} context
   */
  async fetch(request, env, context) {
    const { name, config, options = {}, later = 0 } = /** @type {any} */ (await request.json());
    if (name === 'early') {
      return Response.json(await early.getToken().catch(({ code }) => ({ code })));
    }
    if (!clients.has(name)) {
      clients.set(
        name,
        createClient(config, {
          ...options,
          clock: { now: () => Date.now() + (shifts.get(name) ?? 0) },
        }),
      );
    }
    shifts.set(name, later);
    const client = /** @type {import('../../client/client.js').TokenClient} */ (clients.get(name));
    return Response.json(await client.getToken().catch(({ code, message }) => ({ code, message })));
  },
};
