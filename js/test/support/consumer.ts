// A user's TypeScript. It is checked against the installed package, with every name that the
// package exports.

import {
  TokenError,
  authorizationUrl,
  createClient,
  createClients,
  deviceAuthorization,
  explain,
  fetchToken,
  loadCredentials,
  parseCallback,
  ready,
  revokeToken,
  signOAuth1,
} from 'fetchtoken';
import type {
  Address,
  Algorithm,
  ApiResponse,
  AuthorizationOptions,
  AuthorizationRequest,
  ClientAuth,
  CodeGrant,
  Config,
  DeviceAuthorization,
  DeviceOptions,
  ExplainOptions,
  Explanation,
  Fetch,
  FetchInit,
  FetchResponse,
  FetchTokenOptions,
  GetTokenOptions,
  GlobalFetch,
  Jwk,
  LoadCredentialsOptions,
  OAuth1HmacMethod,
  OAuth1KeyRequest,
  OAuth1Params,
  OAuth1Request,
  OAuth1RsaMethod,
  OAuth1Signed,
  Provider,
  RevokeOptions,
  SearchParams,
  Signal,
  Source,
  TokenBrokerAnswer,
  TokenBrokerStub,
  TokenClient,
  TokenClientOptions,
  TokenClients,
  TokenClientsOptions,
  TokenErrorCode,
  TokenEvent,
  TokenLease,
  TokenRequest,
  TokenResponse,
  TokenStore,
  WebAssemblyModule,
  WebCryptoKey,
  WebCryptoKeyPair,
} from 'fetchtoken';
import module from 'fetchtoken/fetchtoken-compact.wasm';
import wholeModule from 'fetchtoken/fetchtoken.wasm';
import 'fetchtoken/wasm_exec.js';
import 'fetchtoken/without-webcrypto';
import { findCredentials } from 'fetchtoken/find-credentials';
import type { CredentialsReport, FindCredentialsOptions } from 'fetchtoken/find-credentials';
import { fileStore } from 'fetchtoken/stores/file';
import { kvStore, type KVNamespace } from 'fetchtoken/stores/kv';
import { memoryStore } from 'fetchtoken/stores/memory';
import { redisStore, type RedisClient } from 'fetchtoken/stores/redis';
import { webStorageStore, type WebStorage } from 'fetchtoken/stores/web-storage';
import { TokenBroker, type TokenBrokerOptions } from 'fetchtoken/token-broker';

const provider: Provider = 'high-mobility';
const clientAuth: ClientAuth = 'private_key_jwt';
const alg: Algorithm = 'ES256';
const config: Config = {
  provider,
  environment: 'sandbox',
  clientId: 'id',
  privateKey: { kty: 'EC', crv: 'P-256', d: 'd', x: 'x', y: 'y' },
  clientAuth,
  alg,
  passphrase: 'passphrase',
  keyId: 'key',
  assertion: { claims: { ver: 2, sub: null }, lifetime: 30 },
  scope: ['a', 'b'],
  parameters: { resource: ['https://a.example', 'https://b.example'] },
  headers: { 'x-api-key': 'key', 'x-request-id': '{uuid}' },
  allowHttp: ['keycloak:8080'],
  response: { token: 'result.accessToken', expiresIn: 'result.ttl', scope: 'result.scopes' },
};
export const keys: Config['privateKey'][] = [
  new Uint8Array(8),
  { keys: [{ kty: 'OKP', kid: 'key' }] },
  '-----BEGIN PRIVATE KEY-----',
];
export const byJwk = (jwk: Jwk): Config => ({ privateKey: { keys: [jwk] } });
export const byCryptoKey = (privateKey: CryptoKey): Config => ({ clientId: 'id', privateKey });
export const byVariables = (env: Record<string, string | undefined>): Config =>
  ({ provider: 'os-data-hub', clientId: env.OS_KEY, clientSecret: env.OS_SECRET });
export const byFile: Source = { file: '/var/run/secrets/token' };
export const byFunction: Source = async ({ audience }) => `a token for ${audience}`;
export const exchanged: Config = { subjectToken: byFile, clientAssertion: byFunction };
const hmac: OAuth1HmacMethod = 'HMAC-SHA512';
const rsa: OAuth1RsaMethod = 'RSA-SHA256';
export const byOAuth1 = (signatureMethod = rsa): Config => ({ clientAuth: 'oauth1', signatureMethod });
const request = { method: 'GET', url: 'https://api.example', consumerKey: 'key' };
export const keyed: OAuth1KeyRequest = { ...request, signatureMethod: rsa };
export const signedNow: OAuth1Signed =
  signOAuth1({ ...request, consumerSecret: '', signatureMethod: hmac });
export const signedLater: Promise<OAuth1Signed> = signOAuth1({ ...keyed, privateKey: '-----BEGIN' });
export const bySigner: Config = {
  clientId: 'id',
  alg: 'RS256',
  sign: async (data, { alg, keyId }) => {
    const name: Algorithm | 'RS1' = alg;
    const id: string | undefined = keyId;
    return new Uint8Array(data.length + name.length + (id?.length ?? 0));
  },
};
const options: FetchTokenOptions = {
  fetch: (input, init) => fetch(input, init),
  signal: AbortSignal.timeout(1000),
  timeout: 5000,
  maxBody: 65536,
  clock: { now: () => Date.now() },
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
};

export async function authorization(file: Uint8Array): Promise<string> {
  await ready();
  try {
    const token: TokenResponse = await fetchToken(
      { ...(await loadCredentials(file)), ...config },
      options,
    );
    const lifetime: number | undefined = token.expires_in;
    const extension: unknown = token.anything_else;
    return `${token.token_type} ${token.access_token} ${lifetime} ${String(extension)}`;
  } catch (error) {
    if (!(error instanceof TokenError)) {
      throw error;
    }
    const code: TokenErrorCode = error.code;
    const wait: number | undefined = error.retryAfter;
    return error.retryable
      ? `${code} ${wait}`
      : `${error.name} ${error.status} ${error.error} ${error.hint}`;
  }
}

const heard: TokenEvent[] = [];
const clientOptions: TokenClientOptions = {
  origins: ['https://api.example'],
  store: memoryStore(),
  sealingKey: new Uint8Array(32),
  onEvent: (event) => heard.push(event),
  waitUntil: (promise) => void promise,
  clock: {
    now: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => (signal.aborted ? resolve() : setTimeout(resolve, ms))),
  },
};

export async function call(): Promise<number> {
  const client: TokenClient = createClient(config, clientOptions);
  const token: TokenResponse = await client.getToken({
    signal: AbortSignal.timeout(1000),
    force: true,
  });
  const response: Response = await client.fetch('https://api.example/things', { method: 'POST' });
  client.invalidate(token);
  client.close();
  return response.status;
}

/** What the types of the web have fits, and is what comes back. */
export const ownTypes = (key: CryptoKey, pair: CryptoKeyPair, response: Response) => {
  const parts: [WebCryptoKey, WebCryptoKeyPair, ApiResponse, FetchResponse] = [
    key,
    pair,
    response,
    response,
  ];
  const globals: [AbortSignal, URL, URLSearchParams, GlobalFetch] = [
    null as unknown as Signal,
    null as unknown as Address,
    null as unknown as SearchParams,
    fetch,
  ];
  return [...parts, ...globals];
};
const init: FetchInit = { method: 'POST', redirect: 'manual' };
export const logged: Fetch = async (url, given) => fetch(url, { ...init, ...given });

export async function bound(): Promise<TokenClient> {
  return createClient(config, {
    dpop: await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']),
  });
}

export async function why(shown: ExplainOptions): Promise<string> {
  const { request, choices, baseString, expiresAt }: Explanation = await explain(config, shown);
  return `${request.headers.Authorization} ${choices.map(({ field, from }) => `${field}: ${from}`).join()} ${baseString} ${expiresAt}`;
}

export async function signed(url: URL, body: URLSearchParams): Promise<Headers> {
  await ready();
  const oauthParams: OAuth1Params = [['oauth_callback', 'https://app.example/ready']];
  const request: OAuth1Request = {
    method: 'POST',
    url,
    params: body,
    consumerKey: 'key',
    consumerSecret: 'secret',
    realm: 'Photos',
    oauthParams,
  };
  const { authorization, signature, baseString }: OAuth1Signed = signOAuth1({
    ...request,
    signatureMethod: 'HMAC-SHA1',
  });
  return new Headers({ authorization, 'x-debug': `${signature} of ${baseString}` });
}

const ini: LoadCredentialsOptions = { filename: 'credentials.ini', profile: 'default' };
const places: CredentialsReport[] = [];
const search: FindCredentialsOptions = {
  env: { HERE_ACCESS_KEY_ID: 'id' },
  cwd: '.',
  home: '/',
  profile: 'default',
  report: (place) => places.push(place),
};

export async function configurations(
  file: Uint8Array,
  env: Record<string, unknown>,
): Promise<Config[]> {
  return [
    await loadCredentials(file, ini),
    await loadCredentials(env),
    await loadCredentials('id:secret'),
    await findCredentials(),
    await findCredentials(search),
  ];
}

// @ts-expect-error: no such option
loadCredentials('id:secret', { file: 'name' });
export const storesOf = (
  redis: RedisClient,
  namespace: KVNamespace,
  storage: WebStorage,
): TokenStore[] => [
  memoryStore({ limit: 10 }),
  fileStore('a-folder'),
  webStorageStore(),
  webStorageStore(localStorage),
  webStorageStore(storage, { prefix: 'app:' }),
  redisStore(redis, { prefix: 'app:', timeout: 500 }),
  kvStore(namespace),
];

/** A store of the user's own. */
export const ownStore = (map: Map<string, string>): TokenStore => ({
  get: async (key) => map.get(key),
  set: async (key, record, ttl) => void (ttl > 0 && map.set(key, record)),
  delete: async (key) => void map.delete(key),
});

export async function alone(key: string): Promise<string | undefined> {
  const store = memoryStore(); // it has leases for certain
  const lease: TokenLease | undefined = await store.lease(key, 1000);
  await lease?.release();
  return store.get(key);
}

// @ts-expect-error: no client of Redis
redisStore('redis://localhost');
// @ts-expect-error: a Map is no namespace
kvStore(new Map());
// @ts-expect-error: no such field
fetchToken({ clientID: 'id' });
// @ts-expect-error: no such method of client authentication
fetchToken({ clientAuth: 'client_secret' });
// @ts-expect-error: a signature is bytes
fetchToken({ clientId: 'id', alg: 'ES256', sign: () => 'MEUCIQ' });
// @ts-expect-error: no such option
createClient(config, { signal: AbortSignal.timeout(1) });
// @ts-expect-error: a configuration is a must
fetchToken();
// @ts-expect-error: a secret is a must, though it may be empty
signOAuth1({ method: 'GET', url: 'https://api.example', consumerKey: 'key' });
// @ts-expect-error: no such code
export const isNonsense = (error: TokenError) => error.code === 'nonsense';

/** An environment of the user's own, and two tokens, by the names of the objects. */
interface Env {
  SECRET: string;
  CACHE: KVNamespace;
  TOKENS: { getByName(name: string): TokenBroker };
}
export class Tokens extends TokenBroker<Env> {
  static override configOf(env: Env, name: string): Config {
    return { provider: 'here', clientId: name, clientSecret: env.SECRET };
  }
  static override kvOf(env: Env): KVNamespace {
    return env.CACHE;
  }
  static override optionsOf(): TokenBrokerOptions {
    return { timeout: 5_000 };
  }
}
export const brokered = (env: Env): TokenClient =>
  createClient(null, { broker: () => env.TOKENS.getByName('here') });
export async function serviceOf(stub: TokenBrokerStub): Promise<TokenBrokerAnswer> {
  const answer = await stub.getToken({ refused: 'token' });
  return answer.record === undefined
    ? { error: answer.error }
    : { record: { ...answer.record, until: Date.now() } };
}

// @ts-expect-error: without a configuration there must be a broker
createClient(null, {});

export async function started(bytes: ArrayBuffer): Promise<WebAssembly.Exports> {
  const given: WebAssemblyModule = module;
  for (const source of [
    given,
    wholeModule,
    bytes,
    new Uint8Array(bytes),
    new URL('https://cdn.example/fetchtoken-compact.wasm'),
    '/fetchtoken-compact.wasm',
  ]) {
    await ready(source);
  }
  const go = new Go();
  const instance: WebAssembly.Instance = await WebAssembly.instantiate(
    wholeModule,
    go.importObject,
  );
  void go.run(instance);
  return instance.exports;
}
// @ts-expect-error: null is no module
ready(null);

// Many tokens, and many clients.
const readOnly: TokenRequest = { scope: ['read'], audience: 'https://api.example.com' };
const wanted: GetTokenOptions = { ...readOnly, minLifetime: 60_000 };
const clientsOptions: TokenClientsOptions = { maxClients: 10, maxTokens: 5 };
const tenants: TokenClients = createClients(
  async (tenant) => ({ tokenEndpoint: `https://${tenant}.example.com/token`, clientId: 'app' }),
  clientsOptions,
);
const ofTenant: TokenResponse = await tenants.get('acme').getToken(wanted);
const answer = await tenants.get('acme').fetch('https://api.example.com/', {}, { token: readOnly });
const status: number = answer.status;
await tenants.close();

// Signing in.
const signIn: Config = { issuer: 'https://as.example.com', clientId: 'app', clientAuth: 'none' };
const authorizing: AuthorizationOptions = { redirectUri: 'https://app.example.com/callback' };
const asked: AuthorizationRequest = await authorizationUrl(signIn, authorizing);
const code: CodeGrant = await parseCallback('https://app.example.com/callback?code=x', asked);
const session = createClient({ ...signIn, ...code });
const deviceOptions: DeviceOptions = { parameters: { audience: 'https://api.example.com' } };
const device: DeviceAuthorization = await deviceAuthorization(signIn, deviceOptions);
const approved: TokenResponse = await device.poll();
const revocation: RevokeOptions = { tokenTypeHint: 'refresh_token' };
await revokeToken(signIn, approved.refresh_token ?? ofTenant.access_token, revocation);
await session.close();
export { status };
