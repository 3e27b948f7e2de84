import { DurableObject } from 'cloudflare:workers';

import type { KVNamespace } from '../stores/kv.d.ts';
import type {
  Config, TokenBrokerAnswer, TokenBrokerStub, TokenClientOptions, TokenRequest,
} from '../types.js';

/** The options of the object's client. */
export interface TokenBrokerOptions extends Pick<
  TokenClientOptions,
  'fetch' | 'timeout' | 'deadline' | 'lifetime' | 'maxBody' | 'maxTokens' | 'sealingKey' | 'onEvent'
> {
  /**
   * The least milliseconds between two renewals that clients cause by reporting a refused token.
   * Until then they get the current token. Default: 10 000.
   */
  minRenewal?: number;
}

/**
 * A Durable Object that holds the token of one configuration, and at most `maxTokens` tokens of
 * other requests, such as `getToken({ scope })`. It requests each token once, however many Workers
 * need it, and keeps it, sealed, in its storage, which must be of the SQLite kind. While Workers
 * ask for a token, an alarm renews it before the first of them needs the next one. Workers reach
 * the object with `createClient(null, { broker: () => env.TOKENS.getByName('default') })`.
 *
 * If the configuration has a refresh token or a code, the object keeps the session: the newest
 * refresh token stays in its storage, sealed, and Workers get tokens without it. Use one object for
 * one session.
 *
 * Your subclass overrides static methods, because a Worker with the binding can call all others.
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 *
 * export { TokenBroker } from 'fetchtoken/token-broker'; // wrangler.jsonc binds it as TOKENS
 *
 * let client;
 * export default {
 *   async fetch(request, env) {
 *     client ??= createClient(null, {
 *       broker: () => env.TOKENS.getByName('default'),
 *       origins: ['https://api.example.com'],
 *     });
 *     return client.fetch('https://api.example.com/v1/things');
 *   },
 * };
 * ```
 */
export class TokenBroker<Env = any> extends DurableObject<Env> implements TokenBrokerStub {
  /**
   * Returns the configuration. It is called at each renewal, and once more after the server refused
   * the client. Default: `loadCredentials(env)`, which reads the variables and secrets
   * FETCHTOKEN_CLIENT_ID and so on.
   *
   * @param name the object's name, if the Worker got the object by name. Each configuration has its
   *   own name
   */
  static configOf(env: any, name?: string): Config | Promise<Config>;
  /**
   * Returns the KV namespace in which tokens are published, for clients with a `kvStore` of it and
   * the same configuration. Default: `env.TOKENS_KV`, if there is one.
   */
  static kvOf(env: any): KVNamespace | undefined;
  /** Returns the options of the object's client. Default: none. */
  static optionsOf(env: any): TokenBrokerOptions;

  /** Answers a client. The option `broker` of createClient takes an object with this method. */
  getToken(options?: {
    refused?: string;
    minLifetime?: number;
    request?: TokenRequest;
  }): Promise<TokenBrokerAnswer>;
  alarm(): Promise<void>;
}
