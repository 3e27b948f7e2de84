// The Worker that has the credentials: Durable Objects that hold tokens, and an entrypoint for
// other Workers.

import { WorkerEntrypoint } from 'cloudflare:workers';
import { TokenBroker } from 'fetchtoken/token-broker';

export { TokenBroker };

/** @type {string[]} */
const events = [];

/** One with several tokens, by the names of its objects, and without KV. */
export class Named extends TokenBroker {
  static kvOf() {}

  static configOf({ CONFIGS }, name) {
    return CONFIGS[name];
  }

  static optionsOf() {
    return {
      onEvent: ({ type, error }) =>
        events.push(error === undefined ? type : `${type}: ${error.message}`),
    };
  }
}

export class Published extends Named {
  static kvOf({ TOKENS }) {
    return TOKENS;
  }
}

/** One whose KV takes no more. */
export class Full extends Named {
  static kvOf({ TOKENS }) {
    return {
      get: (key) => TOKENS.get(key),
      delete: async () => {},
      put: async () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests')),
    };
  }
}

export class Tokens extends WorkerEntrypoint {
  getToken(options) {
    return this.env.BROKER.getByName('default').getToken(options);
  }
}

export default {
  /** Says what happened, or what anybody with the binding gets at. */
  async fetch(request, { NAMED }) {
    const { name, steps, options = {} } = await request.json();
    if (steps === undefined) {
      return Response.json(events.splice(0));
    }
    try {
      let found = NAMED.getByName(name);
      for (const step of steps) {
        found = step === '()' ? found(options, name) : found[step];
      }
      return Response.json({ found: String(JSON.stringify(await found)) });
    } catch ({ message }) {
      return Response.json({ message });
    }
  },
};
