// Where the tokens of one configuration come from: the store, or the token endpoint.

import { identityOf } from '../fetch_token.js';
import { SharedToken } from './shared_token.js';
import { TokenEndpoint } from './token_endpoint.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */

export class TokenSource {
  /** @type {SharedToken | undefined} */ store;
  /** Undefined where a broker has the configuration. @type {TokenEndpoint | undefined} */ endpoint;
  #config;

  /**
   * @param {Config | null} config nobody else changes it
   * @param {Settings} settings
   * @param {import('./grant.js').Grant} grant
   * @param {import('./brokered_token.js').BrokeredToken | undefined} broker who is asked before the
   *   token endpoint is
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

  /** Drops what is secret. */
  forget() {
    this.#config = null;
    this.endpoint?.forget();
    this.store?.forget();
  }
}
