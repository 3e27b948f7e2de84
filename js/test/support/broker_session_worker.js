// A TokenBroker with sessions, which ends where the test wants it. Before and after each thing that
// its storage does, it counts a step.

import { TokenBroker } from 'fetchtoken/token-broker';

/**
 * The configurations and the fatal steps of the objects, by their names. An object ends there once.
 *
 * @type {Map<string, { config: object, step?: number }>}
 */
const settings = new Map();

/** The number of steps of each object. @type {Map<string, number>} */
const steps = new Map();

/** Says at which step an object ends. @param {any} ctx @param {string} what */
function step(ctx, what) {
  const { name } = ctx.id;
  const { step: last } = settings.get(name) ?? {};
  const number = steps.get(name) ?? 0;
  steps.set(name, number + 1);
  if (number === last) {
    ctx.abort(what);
    throw new Error(what);
  }
}

/**
 * Returns an object of the runtime whose functions are steps.
 *
 * @param {any} ctx
 * @param {any} target
 * @returns {any}
 */
const stepping = (ctx, target) =>
  new Proxy(target, {
    get(_, name) {
      const value = target[name];
      if (typeof value === 'object') {
        return stepping(ctx, value);
      }
      return typeof value !== 'function'
        ? value
        : (/** @type {unknown[]} */ ...args) => {
            step(ctx, `before ${String(name)}`);
            const result = value.apply(target, args);
            const over = () => step(ctx, `after ${String(name)}`);
            if (result instanceof Promise) {
              return result.finally(over);
            }
            over();
            return result;
          };
    },
  });

export class Sessions extends TokenBroker {
  constructor(ctx, env) {
    super(ctx, env);
    const { id } = ctx;
    this.ctx = {
      id,
      storage: stepping(ctx, ctx.storage),
      waitUntil: (promise) => ctx.waitUntil(promise),
      abort: (reason) => ctx.abort(reason),
    };
  }

  static configOf(_, name) {
    return settings.get(name).config;
  }

  static optionsOf() {
    return { minRenewal: 1 };
  }

  end() {
    this.ctx.abort('the test ends the object');
  }

  entries() {
    return JSON.stringify([...this.ctx.storage.kv.list()]);
  }
}

export default {
  /**
   * Calls a method of the object of a name, and says what it returned or that the object ended.
   */
  async fetch(request, { SESSIONS }) {
    const { name, method = 'getToken', options, ...others } = await request.json();
    settings.set(name, { ...settings.get(name), ...others });
    try {
      return Response.json({ found: await SESSIONS.getByName(name)[method](options) });
    } catch ({ message }) {
      return Response.json({ ended: message });
    }
  },
};
