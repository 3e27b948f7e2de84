// The exports beside the first.

import { fromGitHubActions, fromKubernetes } from 'fetchtoken/assertions';
import { findCredentials } from 'fetchtoken/find-credentials';
import { fileStore } from 'fetchtoken/stores/file';
import { kvStore } from 'fetchtoken/stores/kv';
import { memoryStore } from 'fetchtoken/stores/memory';
import { redisStore } from 'fetchtoken/stores/redis';
import { webStorageStore } from 'fetchtoken/stores/web-storage';
import { createClient, type TokenStore } from 'fetchtoken';

export const stores: TokenStore[] = [
  fileStore(),
  kvStore({ get: async () => null, put: async () => {}, delete: async () => {} }),
  memoryStore(),
  redisStore({ call: async () => undefined }),
  webStorageStore(),
];
export const clients = async () =>
  stores.map(async (store) => createClient(await findCredentials(), { store }));

export const asserted = createClient({
  clientAssertion: fromKubernetes(),
  subjectToken: fromGitHubActions({ audience: 'a' }),
  actorToken: async ({ audience, signal }) => `${audience} ${signal.aborted}`,
});
// @ts-expect-error: a source is a file or a URL
export const noSource = createClient({ clientAssertion: { path: 'a' } });
// @ts-expect-error: a number is no store
export const noStore = createClient({}, { store: 42 });
