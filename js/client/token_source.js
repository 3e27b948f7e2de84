// The sources of one configuration's tokens: the store, the broker and the token endpoint.

import { identityOf } from '../fetch_token.js';
import { SOURCES } from '../lib/config_fields.js';
import { ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';
import { canonicalOf, fieldsOf } from '../module/wire.js';
import { SharedToken } from './shared_token.js';
import { TokenEndpoint } from './token_endpoint.js';

/** @typedef {import('./client_options.js').Settings} Settings */
/** @typedef {import('../types.js').Config} Config */
/** @typedef {import('../types.js').TokenEvent} TokenEvent */

export class TokenSource {
  /** @type {SharedToken | undefined} */ store;
  /** Undefined if a broker has the configuration. @type {TokenEndpoint | undefined} */ endpoint;
  #config;
  #configuration;

  /**
   * @param {Config | null | undefined} config a copy that nobody else changes
   * @param {Settings} settings
   * @param {import('./grant.js').Grant} grant
   * @param {import('./brokered_token.js').BrokeredToken | undefined} broker the broker that is
   *   asked before the token endpoint
   * @param {(event: TokenEvent) => void} report
   */
  constructor(config, settings, grant, broker, report) {
    this.#config = config;
    const identity = identityOf(/** @type {Config} */ (config));
    this.#configuration = identity.configuration;
    const endpoint = (this.endpoint =
      config === null
        ? undefined
        : new TokenEndpoint(/** @type {Config} */ (config), identity, settings, grant, report));
    this.store =
      settings.store &&
      new SharedToken(settings.store, identity.configuration, grant.session, settings, {
        get now() {
          return broker?.rest ?? endpoint?.rest;
        },
        hold: (error, ms) => (broker ?? endpoint)?.hold(error, ms),
      }, report);
  }

  /**
   * Says whether these are the sources of a configuration. Two configurations are the same only if
   * their CryptoKey and their functions are the same objects.
   *
   * @param {Config} config
   */
  isOf(config) {
    const text = canonicalOf(fieldsOf('config', ownOf(config)));
    const own = /** @type {any} */ (this.#config);
    return (
      isSame(text, canonicalOf(this.#configuration)) &&
      isSameObject(own?.privateKey, config.privateKey) &&
      ['sign', ...SOURCES].every((name) => {
        const [mine, other] = [own?.[name], /** @type {any} */ (config)[name]];
        return typeof other !== 'function' || mine === other;
      })
    );
  }

  /** Drops the secrets. */
  forget() {
    this.#config = null;
    this.#configuration = fieldsOf('config', {});
    this.endpoint?.forget();
    this.store?.forget();
  }
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const isSame = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** @param {unknown} a @param {unknown} b */
const isSameObject = (a, b) => a === b || tagOf(a) !== 'CryptoKey';
