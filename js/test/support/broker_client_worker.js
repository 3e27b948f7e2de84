// A Worker that gets its tokens from the broker of another.

import { env } from 'cloudflare:workers';
import { createClient } from 'fetchtoken';
import { kvStore } from 'fetchtoken/stores/kv';

/** @type {Map<string, import('../../client/client.js').TokenClient>} */
const clients = new Map();

const unreachable = { getToken: () => Promise.reject(new Error('Durable Object is overloaded.')) };

/** @param {{ binding: string, name: string }} where */
const brokerOf = ({ binding, name }) =>
  binding === 'SERVICE'
    ? env.SERVICE
    : binding === 'unreachable'
      ? unreachable
      : env[binding].getByName(name);

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { request: wanted, ...asked } = await request.json();
    const key = JSON.stringify(asked);
    if (!clients.has(key)) {
      const { config = null } = asked;
      clients.set(
        key,
        createClient(config, {
          broker: () => brokerOf(asked),
          origins: ['https://api.example'],
          ...(config && { store: kvStore(env.TOKENS) }),
        }),
      );
    }
    const client = clients.get(key);
    try {
      if (new URL(request.url).pathname === '/fetch') {
        const response = await client.fetch('https://api.example/things');
        return Response.json({ status: response.status, text: await response.text() });
      }
      return Response.json(await client.getToken(wanted));
    } catch ({ name, code, message, hint, status }) {
      return Response.json({ name, code, message, hint, status });
    }
  },
};
