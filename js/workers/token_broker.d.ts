import { DurableObject } from 'cloudflare:workers';

import type { KVNamespace } from '../stores/kv.d.ts';
import type { Config, TokenBrokerAnswer, TokenBrokerStub, TokenClientOptions } from '../types.js';

/** What the client in the object may be given. */
export interface TokenBrokerOptions extends Pick<
  TokenClientOptions,
  'fetch' | 'timeout' | 'deadline' | 'lifetime' | 'maxBody' | 'sealingKey' | 'onEvent'
> {
  /**
   * Milliseconds between two renewals that clients cause by saying that a token is good no more, at
   * least. Until then they get the current token. Default: 10 000.
   */
  minRenewal?: number;
}

/**
 * A Durable Object that holds one token: it asks for it once however many Workers come, keeps it,
 * sealed, in its storage, which has to be of the SQLite kind, and renews it by an alarm before the
 * first of them wants the next, as long as they come. Workers reach it with `createClient(null, {
 * broker: () => env.TOKENS.getByName('default') })`.
 *
 * What a class of your own overrides is static, for whoever has the binding may call any other
 * method.
 */
export class TokenBroker<Env = any> extends DurableObject<Env> implements TokenBrokerStub {
  /**
   * Returns what the object asks with. Default: `loadCredentials(env)`, so the variables and
   * secrets FETCHTOKEN_CLIENT_ID and so on.
   *
   * @param name of the object, where it was got by name: one for each token
   */
  static configOf(env: any, name?: string): Config | Promise<Config>;
  /**
   * Returns the KV namespace in which tokens are published, for clients with a `kvStore` of it and
   * the same configuration. Default: `env.TOKENS_KV`, if there is one.
   */
  static kvOf(env: any): KVNamespace | undefined;
  /** Returns the options of the object's client. Default: none. */
  static optionsOf(env: any): TokenBrokerOptions;

  /** Answers a client: what `broker` in the options of createClient wants. */
  getToken(options?: { refused?: string; minLifetime?: number }): Promise<TokenBrokerAnswer>;
  alarm(): Promise<void>;
}
