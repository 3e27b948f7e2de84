// The sources of one configuration's tokens: the store, the broker and the token endpoint.

import { identityOf } from '../fetch_token.js';
import { SharedToken } from './shared_token.js';
import { TokenEndpoint } from './token_endpoint.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */

export class TokenSource {
  /** @type {SharedToken | undefined} */ store;
  /** Undefined if a broker has the configuration. @type {TokenEndpoint | undefined} */ endpoint;
  #config;

  /**
   * @param {Config | null} config a copy that nobody else changes
   * @param {Settings} settings
   * @param {import('./grant.js').Grant} grant
   * @param {import('./brokered_token.js').BrokeredToken | undefined} broker the broker that is
   *   asked before the token endpoint
   * @param {(event: TokenEvent) => void} report
   */
  constructor(config, settings, grant, broker, report) {
    this.#config = config;
    const identity = identityOf(/** @type {Config} */ (config));
    const endpoint = (this.endpoint =
      config === null ? undefined : new TokenEndpoint(config, identity, settings, grant, report));
    this.store =
      settings.store &&
      new SharedToken(settings.store, identity.configuration, grant.session, settings, {
        get now() {
          return broker?.rest ?? endpoint?.rest;
        },
        hold: (error, ms) => (broker ?? endpoint)?.hold(error, ms),
      }, report);
  }

  /** Drops the secrets. */
  forget() {
    this.#config = null;
    this.endpoint?.forget();
    this.store?.forget();
  }
}
