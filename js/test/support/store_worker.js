// A Worker with a store in KV, that also seals and opens.

import { kvStore } from 'fetchtoken/stores/kv';
import { sealerOf, storeKeyOf } from './sealing.js';

/** @type {Record<string, (body: any, env: any) => unknown>} */
const calls = {
  store: ({ method, args }, env) => /** @type {any} */ (kvStore(env.TOKENS))[method](...args),
  methods: (_, env) => Object.keys(kvStore(env.TOKENS)),
  storeKey: (config) => storeKeyOf(config),
  seal: async ({ config, storeKey, value }) => (await sealerOf(config, storeKey)).seal(value),
  open: async ({ config, storeKey, record }) => (await sealerOf(config, storeKey)).open(record),
};

export default {
  /** @param {Request} request @param {unknown} env */
  async fetch(request, env) {
    const answer = await calls[new URL(request.url).pathname.slice(1)](await request.json(), env);
    return Response.json(answer ?? null);
  },
};
