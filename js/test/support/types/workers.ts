// A Worker that has a TokenBroker.

import module from 'fetchtoken/fetchtoken-compact.wasm';
import { ready } from 'fetchtoken';
import { kvStore } from 'fetchtoken/stores/kv';
import { TokenBroker } from 'fetchtoken/token-broker';

interface Env {
  SECRET: string;
  CACHE: KVNamespace;
}
export class Tokens extends TokenBroker<Env> {
  static override configOf = (env: Env) => ({ clientId: 'id', clientSecret: env.SECRET });
  static override kvOf = (env: Env) => env.CACHE;
}
export const store = (env: Env) => kvStore(env.CACHE);
export const started = ready(module);
