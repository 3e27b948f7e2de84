// Keeps a client for each tenant. It makes a client when a caller first wants it, and keeps at most
// `maxClients` of them.

import { TokenClient } from './client.js';
import { OPTIONS, settingsOf } from './client_options.js';
import { LeastUsed } from './least_used.js';
import { COUNT, readOptions } from '../lib/options.js';
import { ownOf } from '../lib/own.js';
import { TokenError } from '../lib/token_error.js';

/** @typedef {import('../types.js').Config} Config */

/** The type of each option. @type {import('../lib/options.js').Known} */
const KNOWN = { ...OPTIONS, maxClients: COUNT };
/** The default of maxClients. */
const MAX_CLIENTS = 1_000;

/**
 * Makes clients of tenants. types.d.ts describes the arguments.
 *
 * @param {(tenant: string) => Config | Promise<Config>} configOf
 * @param {import('../types.js').TokenClientsOptions} [options]
 */
export function createClients(configOf, options) {
  return new TokenClients(configOf, options);
}

export class TokenClients {
  #configOf;
  #options;
  /** @type {LeastUsed<TokenClient>} */ #clients;
  #isClosed = false;

  /**
   * @param {(tenant: string) => Config | Promise<Config>} configOf
   * @param {import('../types.js').TokenClientsOptions} [options]
   */
  constructor(configOf, options) {
    if (typeof configOf !== 'function') {
      throw new TokenError(
        'invalid_config',
        'createClients takes a function that returns the configuration of a tenant',
      );
    }
    for (const name of /** @type {const} */ (['get', 'close'])) {
      // so that each method also works detached from its object
      Object.defineProperty(
        this,
        name,
        ownOf({
          value: /** @type {any} */ (this[name]).bind(this),
          configurable: true,
          writable: true,
        }),
      );
    }
    const { maxClients = MAX_CLIENTS, ...others } = readOptions(options, KNOWN);
    const settings = settingsOf(ownOf(others));
    // a Prover takes the time of one server, so each client makes its own
    this.#options = settings.dpop === undefined ? settings : ownOf(others);
    this.#configOf = configOf;
    this.#clients = new LeastUsed(maxClients);
  }

  /**
   * Returns the client of a tenant.
   *
   * @param {string} tenant
   * @returns {TokenClient}
   */
  get(tenant) {
    if (this.#isClosed) {
      throw new TokenError('closed', 'the clients are closed: make new ones with createClients');
    }
    if (typeof tenant !== 'string') {
      throw new TokenError('invalid_config', 'the name of a tenant must be a string');
    }
    const configOf = this.#configOf;
    return this.#clients.get(
      tenant,
      () => new TokenClient(() => configOf(tenant), /** @type {any} */ (this.#options)),
    );
  }

  /** Closes all clients that are kept. @returns {Promise<void>} */
  async close() {
    this.#isClosed = true;
    const clients = this.#clients.all();
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
