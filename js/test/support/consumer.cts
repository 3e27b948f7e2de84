// A user's TypeScript that becomes CommonJS.

import { ready, TokenError, type Config, type TokenStore } from 'fetchtoken';
import { findCredentials } from 'fetchtoken/find-credentials';
import { fileStore } from 'fetchtoken/stores/file';
import { kvStore } from 'fetchtoken/stores/kv';
import { memoryStore } from 'fetchtoken/stores/memory';
import { redisStore } from 'fetchtoken/stores/redis';
import { webStorageStore } from 'fetchtoken/stores/web-storage';
import fetchtoken = require('fetchtoken');

export const stores: TokenStore[] = [
  fileStore(),
  kvStore({} as never),
  memoryStore(),
  redisStore({} as never),
  webStorageStore(),
];

export async function token(): Promise<string> {
  const config: Config = await findCredentials();
  await ready(new Uint8Array());
  return (await fetchtoken.fetchToken(config)).access_token;
}

// @ts-expect-error: a secret is text, so there are types
export const config: Config = { clientSecret: 42 };
export const isOurs = (error: unknown): boolean =>
  error instanceof TokenError && error instanceof fetchtoken.TokenError;
