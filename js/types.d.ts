/// <reference lib="esnext.disposable" />

// What the platform has is looked up in the types of the program: those of the web, of Node or of
// Workers. All of these know the global fetch, and not all have their classes as members of
// globalThis. Where a program knows none, a type of our own stands in.

/** The global `fetch`, or what it can do at least where the program knows none. */
export type GlobalFetch = typeof globalThis extends {
  fetch: (...args: infer Arguments) => infer Answer;
}
  ? (...args: Arguments) => Answer
  : (
      input: string | { readonly href: string; toString(): string },
      init?: FetchInit & {
        signal?: {
          readonly aborted: boolean;
          readonly reason: unknown;
          throwIfAborted(): void;
          addEventListener(type: 'abort', listener: () => void): void;
          removeEventListener(type: 'abort', listener: () => void): void;
        };
      },
    ) => Promise<ApiResponse>;

/** An `AbortSignal`. */
export type Signal = NonNullable<NonNullable<Parameters<GlobalFetch>[1]>['signal']>;

/** A `URL`. */
export type Address = Extract<Parameters<GlobalFetch>[0], { readonly href: string }>;

/** A `URLSearchParams`. */
export type SearchParams = Address extends { readonly searchParams: infer Params }
  ? Params
  : Iterable<[string, string]>;

/** A `CryptoKey` of whichever types: of the web, of Workers, or `webcrypto.CryptoKey` of Node. */
export interface WebCryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** A `CryptoKeyPair`. */
export interface WebCryptoKeyPair {
  readonly privateKey: WebCryptoKey;
  readonly publicKey: WebCryptoKey;
}

/** A key as a JWK (RFC 7517, RFC 7518 section 6, RFC 8037). */
export interface Jwk {
  kty?: string | undefined;
  use?: string | undefined;
  key_ops?: string[] | undefined;
  alg?: string | undefined;
  kid?: string | undefined;
  ext?: boolean | undefined;
  crv?: string | undefined;
  x?: string | undefined;
  y?: string | undefined;
  n?: string | undefined;
  e?: string | undefined;
  d?: string | undefined;
  p?: string | undefined;
  q?: string | undefined;
  dp?: string | undefined;
  dq?: string | undefined;
  qi?: string | undefined;
}

/** What is needed of a response: each `Response` has it, of the web, of Workers and of undici. */
export interface FetchResponse {
  readonly status: number;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: {
    get(name: string): string | null;
    forEach(each: (value: string, name: string) => void): void;
  };
  /** A `ReadableStream` of bytes. */
  readonly body: { getReader(): { read(): Promise<{ done: boolean; value?: unknown }> } } | null;
}

/** What a response has at least where the program knows no `Response`. */
export interface ApiResponse extends FetchResponse {
  readonly ok: boolean;
  clone(): ApiResponse;
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * What a fetch is told to do: each `RequestInit` can hold it. What `client.fetch` was given besides
 * is in it, too.
 */
export interface FetchInit {
  method?: string;
  /** `Headers`, or a plain object. Types of it differ too much to name one. */
  headers?: any;
  /** Text, bytes, a `ReadableStream`, a `Blob` or a `FormData`. */
  body?: any;
  redirect?: 'follow' | 'error' | 'manual';
}

/**
 * Sends a request: the global `fetch`, that of undici, or one of your own. `url` is what is asked;
 * but where `client.fetch` was given a Request that has a body, it is a Request of that class.
 */
export type Fetch = (
  url: string,
  init: FetchInit & { signal?: Signal },
) => Promise<FetchResponse>;

/**
 * The method by which the client authenticates itself: the IANA names, and `oauth1`, an OAuth 2.0
 * request that is signed as RFC 5849 describes.
 */
export type ClientAuth =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'oauth1'
  | 'none';

/** A system whose token endpoint is known, as far as it is known. */
export type Provider =
  | 'here'
  | 'ota-connect'
  | 'iotspot'
  | 'high-mobility'
  | 'os-data-hub'
  | 'cognito'
  | 'apigee'
  | 'google'
  | 'oauth2';

/** The JWS algorithms of RFC 7518 section 3.1, RFC 8037 and RFC 9864. */
export type Algorithm =
  | 'HS256' | 'HS384' | 'HS512'
  | 'RS256' | 'RS384' | 'RS512'
  | 'PS256' | 'PS384' | 'PS512'
  | 'ES256' | 'ES384' | 'ES512'
  | 'EdDSA' | 'Ed25519';

/**
 * What a token request is made of. Every field may be left out that `provider` fills in, and every
 * field that it fills in can be overridden. An unknown field is an error. Only own enumerable
 * properties count, not getters of a class.
 */
export interface Config {
  /** Fills in what is left out. Default: `oauth2`, which knows nothing but RFC 6749. */
  provider?: Provider;
  /** Where a provider has several: `sandbox` or `live` of `high-mobility`. It has no default. */
  environment?: 'sandbox' | 'live';
  /**
   * The https URL of RFC 6749 section 3.2. http is taken for localhost, 127.0.0.0/8, [::1] and the
   * hosts of `allowHttp` only.
   */
  tokenEndpoint?: string;
  /**
   * The hosts, such as `keycloak` or `keycloak:8080`, to which `tokenEndpoint` may be http.
   * Everybody between here and there can read the credentials and the token. A host without a port
   * is meant with every port. There are no wildcards.
   */
  allowHttp?: string | string[];
  /**
   * The client identifier (RFC 6749 section 2.2); with `oauth1` the consumer key. Only with
   * `clientAuth: 'none'` it may be left out.
   */
  clientId?: string;
  /**
   * The client secret (RFC 6749 section 2.3.1); with `oauth1` the consumer secret. An empty one is
   * sent as it is.
   */
  clientSecret?: string;
  /**
   * Default: `private_key_jwt` for a `privateKey` or `sign`, else the provider's, else
   * `client_secret_basic`.
   */
  clientAuth?: ClientAuth;
  /**
   * The key of `private_key_jwt`: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519. It may
   * be PKCS #8, PKCS #1 or SEC 1 as PEM, as DER or as the base64 of either, encrypted PKCS #8
   * (PBES2: PBKDF2 and AES-CBC), a JWK (RFC 7517), or a JWK set, of which `keyId` chooses. Escaped
   * or lost line breaks, quotes, and text around the PEM don't matter. Or a CryptoKey, which need
   * not be extractable.
   */
  privateKey?: string | Uint8Array | Jwk | { keys: Jwk[] } | WebCryptoKey;
  /** Decrypts an encrypted `privateKey`. */
  passphrase?: string;
  /**
   * Signs in place of a `privateKey`, for a key service or a hardware module. It needs `alg`.
   * Returns the signature of `data` (the JWS signing input; the hash of `alg` is not yet taken):
   * for ECDSA r and s side by side, or DER. What it throws becomes the `cause` of an `invalid_key`.
   */
  sign?: (
    data: Uint8Array & { readonly buffer: ArrayBuffer },
    info: { alg: Algorithm; keyId?: string },
  ) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>;
  /**
   * The `kid` of the assertion's header (RFC 7515 section 4.1.4), and the key to take of a JWK set.
   * Default: the JWK's.
   */
  keyId?: string;
  /**
   * The `alg` of the assertion's header. Default: the JWK's, else the usual one for the key; a
   * CryptoKey's own; `HS256` for `client_secret_jwt`.
   */
  alg?: Algorithm;
  /** Changes the assertion of `client_secret_jwt` and `private_key_jwt` (RFC 7523). */
  assertion?: {
    /**
     * `client_assertion_type`. Default: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
     */
    type?: string;
    /** Added to the header; `null` removes a member. */
    header?: Record<string, unknown>;
    /**
     * Added to the claims `iss`, `sub`, `aud`, `iat`, `exp` and `jti`; `null` removes one. Strings
     * may hold `{clientId}`, `{keyId}`, `{tokenEndpoint}` and `{origin}`.
     */
    claims?: Record<string, unknown>;
    /** Seconds from `iat` to `exp`. Default: 60. */
    lifetime?: number;
  };
  /**
   * Default: `client_credentials` (RFC 6749 section 4.4), or the provider's. With
   * `urn:ietf:params:oauth:grant-type:jwt-bearer` and a JWT for `clientAuth`, the JWT is the grant
   * itself (RFC 7523 section 2.1), unless `parameters` has an `assertion`.
   */
  grantType?: string;
  /** RFC 6749 section 3.3. An empty one asks for no scope where the provider would. */
  scope?: string | string[];
  /** RFC 8707. */
  resource?: string | string[];
  /** RFC 8693 section 2.1, and what several servers want. */
  audience?: string | string[];
  /** Further parameters of the body, in this order. */
  parameters?: Record<string, string | string[]>;
  /**
   * Further headers of the request, such as `x-api-key`. Their values are treated as secrets.
   * `{uuid}` in a value becomes a UUID that is new in each request.
   */
  headers?: Record<string, string>;
  /**
   * Where the answer has the token, its lifetime and its scope, if not where RFC 6749 has them:
   * names with dots between them, such as `result.accessToken`. A number names an element of an
   * array. A token must stand at its path; without a lifetime or a scope there, the answer has
   * none.
   */
  response?: { token?: string; expiresIn?: string; scope?: string };
  /** Default: `form`, or the provider's. */
  bodyFormat?: 'form' | 'json';
  /**
   * How Basic carries id and secret: form-encoded first, as RFC 6749 section 2.3.1 wants (`form`,
   * the default), or as they are (`raw`).
   */
  basicEncoding?: 'form' | 'raw';
}

/**
 * What belongs to one call, not to the configuration. Of this and all other options only own
 * enumerable properties count; an unknown one is an error.
 */
export interface FetchTokenOptions {
  /** Sends the request. Default: the global `fetch`. */
  fetch?: Fetch;
  /** Ends the call: it then rejects with the signal's own `reason`. */
  signal?: Signal;
  /** Milliseconds until the whole response must be there. Default: 30 000. */
  timeout?: number;
  /** The most bytes that a response's body may have, after decompression. Default: 1 MiB. */
  maxBody?: number;
  /** Tells the time: milliseconds since the epoch. Default: `Date`. */
  clock?: { now(): number };
  /** Returns that many random bytes. Default: `crypto.getRandomValues`. */
  random?: (size: number) => Uint8Array;
}

/**
 * The response of RFC 6749 section 5.1 as plain data, with the names of the wire, and whatever else
 * the server sent.
 */
export interface TokenResponse {
  access_token: string;
  /** As the server sent it; `Bearer` if it sent none. */
  token_type: string;
  /** Seconds, as a number whatever the server sent. Left out if it sent none. */
  expires_in?: number;
  /** Seconds since the epoch: `expires_in` after the moment before the request was sent. */
  expires_at?: number;
  scope?: string;
  refresh_token?: string;
  [name: string]: unknown;
}

/** The stable codes of a TokenError. docs/errors.md says what to do about each. */
export type TokenErrorCode =
  | 'invalid_config'
  | 'invalid_key'
  | 'invalid_credentials'
  | 'error_response'
  | 'http_error'
  | 'invalid_response'
  | 'redirect'
  | 'response_too_large'
  | 'timeout'
  | 'network'
  | 'module_failed'
  | 'not_ready'
  | 'grant_used'
  | 'session_lost'
  | 'closed'
  | 'internal';

/**
 * Why there is no token. No property holds a secret, an assertion, an Authorization header or a
 * token.
 *
 * @example
 * ```js
 * import { fetchToken, TokenError } from 'fetchtoken';
 *
 * try {
 *   await fetchToken(config);
 * } catch (error) {
 *   if (error instanceof TokenError && error.retryable) {
 *     console.error(error.code, error.retryAfter);
 *   }
 * }
 * ```
 */
export class TokenError extends Error {
  name: 'TokenError';
  /** Stable: switch on it. */
  code: TokenErrorCode;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** The response's status. */
  status?: number;
  /** The `error` of RFC 6749 section 5.2. */
  error?: string;
  /** The server's words, cleaned, at most 500 characters. */
  errorDescription?: string;
  /** The server's own code, such as HERE's `401204`. */
  providerCode?: string;
  /** Seconds until the server wants to be asked again: its number, or its date by its own clock. */
  retryAfter?: number;
  /**
   * Seconds by which the server's clock is ahead of ours (negative: behind), where that may be why
   * it refused.
   */
  clockOffset?: number;
  /**
   * Where a GET tells the server's time, if the clock is why it refused and no `Date` could be
   * read. A client asks there.
   */
  timeEndpoint?: string;
  /** The server's name for the request, to quote to its support. */
  requestId?: string;
  /** What to do, where something specific is known. For people, as `message` is. */
  hint?: string;
  /**
   * The address of the section of docs/errors.md about `code`. It is not enumerable: neither
   * console.log nor JSON.stringify shows it.
   */
  docs: string;
}

/**
 * Gets a token: one exchange, nothing kept, nothing repeated. The first call starts the module.
 *
 * @throws {TokenError} if there is no token
 * @throws the `reason` of `options.signal`, if that ended the call
 *
 * @example
 * ```js
 * import { fetchToken } from 'fetchtoken';
 *
 * const { access_token } = await fetchToken({
 *   tokenEndpoint: 'https://as.example.com/oauth2/token',
 *   clientId: process.env.CLIENT_ID,
 *   clientSecret: process.env.CLIENT_SECRET,
 * });
 * ```
 */
export function fetchToken(config: Config, options?: FetchTokenOptions): Promise<TokenResponse>;

/** What belongs to a client. */
export interface TokenClientOptions {
  /**
   * Sends the requests, those for a token and those of `client.fetch`. Default: the global `fetch`.
   */
  fetch?: Fetch;
  /** Milliseconds that one request for a token may take. Default: 30 000. */
  timeout?: number;
  /**
   * Milliseconds that a renewal may take, all of its requests and waits together, and what the
   * store takes. Default: 60 000.
   */
  deadline?: number;
  /**
   * Milliseconds that a token is kept of which the server doesn't say how long it lives, or says 0
   * or less. Default: 300 000.
   */
  lifetime?: number;
  /** The most bytes that a response may have, after decompression. Default: 1 MiB. */
  maxBody?: number;
  /**
   * Where `client.fetch` may send the token: origins such as `https://api.example.com`. Or an
   * object with a request for each of them, whose token it gets: `{ 'https://api.example.com': {
   * scope: 'read' } }`. Default: nowhere.
   */
  origins?: string[] | Record<string, TokenRequest>;
  /**
   * The most bytes of a stream, or of a Request's body, that `client.fetch` keeps while it sends
   * them, to send them again after a 401 or a redirect. Of a longer one nothing is kept. Default: 1
   * MiB; 0 keeps none.
   */
  maxReplay?: number;
  /**
   * How many tokens are kept beside the client's own, for calls with another `scope`, `audience`,
   * `resource` or other `parameters`. Beyond that, the one that was used least recently is dropped.
   * Default: 100.
   */
  maxTokens?: number;
  /**
   * Says whether a response of an API refuses the token, in place of the rule of `client.fetch`. It
   * may read the body of `response.clone()`.
   */
  refusesToken?(response: Awaited<ReturnType<GlobalFetch>>): boolean | Promise<boolean>;
  /** Shares the token with whoever has the same configuration and store. */
  store?: TokenStore;
  /**
   * What to seal the records of the store with, at least 16 bytes. Default: the secrets of the
   * configuration.
   */
  sealingKey?: string | Uint8Array;
  /**
   * Where to get the token instead: a `TokenBroker` in Cloudflare Workers, or what passes its
   * `getToken` on. It is called in the request that needs the token: `() =>
   * env.TOKENS.getByName('default')`. Only if it can't be reached and a caller waits, the token
   * endpoint is asked.
   */
  broker?: () => TokenBrokerStub;
  /**
   * Binds the token to a key (DPoP, RFC 9449): it is sent with a proof that whoever sends it has
   * the private key, which need not be extractable. Made by `crypto.subtle.generateKey({ name:
   * 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])`. Not with `store` or `broker`: no other
   * client has the key.
   */
  dpop?: WebCryptoKeyPair;
  /** Hears what the client does. The events hold no secrets. */
  onEvent?: (event: TokenEvent) => void;
  /**
   * Keeps going what no caller waits for: a renewal, and the writing into a store. Default in
   * Cloudflare Workers: `waitUntil` of `cloudflare:workers`, where it is there.
   */
  waitUntil?: (promise: Promise<unknown>) => void;
  /** Tells the time in milliseconds since the epoch, and waits. Default: the system's. */
  clock?: { now(): number; sleep?(ms: number, signal: Signal): Promise<void> };
  /** Returns that many random bytes. Default: `crypto.getRandomValues`. */
  random?: (size: number) => Uint8Array;
}

/**
 * Which token is wanted: what the configuration asks for, with these fields in place of its own.
 * Each request that differs from all others has a token of its own: no other request gets it. It is
 * renewed, kept in a store and invalidated by itself.
 */
export interface TokenRequest {
  /** RFC 6749 section 3.3. The order of the scopes doesn't matter; an empty one asks for none. */
  scope?: string | string[];
  /** RFC 8693 section 2.1, and what several servers want. */
  audience?: string | string[];
  /** RFC 8707. */
  resource?: string | string[];
  /**
   * Parameters of the body, beside those of the configuration and in place of those of the same
   * name. A grant that works once is none of them (`code`, `device_code`, `refresh_token`,
   * `assertion`): it takes a client of its own.
   */
  parameters?: Record<string, string | string[]>;
}

/** What a caller of `getToken` wants: which token, and how. */
export interface GetTokenOptions extends TokenRequest {
  /** Ends the wait of this caller: it rejects with the signal's `reason`. */
  signal?: Signal;
  /**
   * Asks for a new token even if the kept one lives. A refusal is remembered for 30 s, for all
   * clients of the configuration in this process and with its store; `force` asks all the same,
   * once: it is for a person who has mended something at the server.
   */
  force?: boolean;
  /**
   * Milliseconds that the token should last. A kept token with less left is renewed first, with one
   * request. If the renewal fails, or the server issues no token that lasts so long, the call
   * returns the token that there is: `expires_at` says how long it lasts.
   */
  minLifetime?: number;
}

/**
 * What a client reports. Times are in milliseconds, `expiresAt` is in seconds since the epoch,
 * `offset` in seconds. `request` says of which token, unless it is the client's own: without its
 * parameters, which may be secret.
 */
export type TokenEvent = (
  | { type: 'requested'; attempt: number }
  | { type: 'renewed'; expiresAt?: number }
  | { type: 'retried'; attempt: number; wait: number; error: TokenError }
  | { type: 'renewal_failed'; error: unknown; expiresAt?: number }
  | { type: 'clock_corrected'; offset: number }
  | { type: 'shared'; expiresAt?: number }
  | { type: 'store_failed'; error: Error & { code?: string } }
  | { type: 'broker_failed'; error: Error & { code?: string } }
  | { type: 'invalidated' }
) & { request?: { scope?: string; audience?: string[]; resource?: string[] } };

/** What an application holds for its lifetime: a token that is kept, shared and renewed. */
export interface TokenClient {
  /**
   * Returns a token that lives. Callers share one request. Within the last quarter of its life, at
   * most 60 s, the token is returned at once while a new one is fetched behind it.
   *
   * @param options which token: without `scope`, `audience`, `resource` and `parameters` the one
   *   that the configuration asks for
   * @throws {TokenError} if there is no token, also one that was kept and is still good
   */
  getToken(options?: GetTokenOptions): Promise<TokenResponse>;
  /**
   * The client's `fetch` with `Authorization: Bearer`, or `DPoP` and a proof, to the origins of the
   * options only. Its arguments are read at once. After an answer that refuses the token, that is
   * renewed, once in 10 s, and the request sent once more, if its body is no longer than
   * `maxReplay` or no stream. Redirects are followed, without the token to other origins, and not
   * from https to http. What only a Request of a runtime holds, such as undici's dispatcher, is
   * given in `init`.
   *
   * A third argument says which token: `client.fetch(url, init, { token: { scope: 'read' } })`. By
   * default it is the one of the origin in `origins`, else the client's own. A redirect to another
   * origin of an object `origins` goes on with the token of that one.
   */
  fetch(
    ...args: [...Parameters<GlobalFetch>, options?: { token?: TokenRequest }]
  ): ReturnType<GlobalFetch>;
  /**
   * Forgets the token, if the client keeps it. Without an argument, all that it keeps. A store
   * forgets it, too: the promise resolves, and never rejects, when that is done. A refusal that is
   * remembered stays remembered.
   */
  invalidate(token?: TokenResponse): Promise<void>;
  /**
   * Ends the client at once: it aborts what is under way, and drops token and credentials. The
   * promise resolves, and never rejects, when a token that was on its way to the store is there, or
   * after 6 s.
   */
  close(): Promise<void>;
  /**
   * Does what `close` does, at the end of a block with `using`. It is there if the runtime has
   * `Symbol.dispose`.
   */
  [Symbol.dispose](): void;
  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a client. Nothing is sent, and the module isn't started, before a token is wanted.
 *
 * @throws {TokenError} `invalid_config` if an option can't be used. The configuration is checked
 *   when a token is wanted
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 *
 * const client = createClient(config, { origins: ['https://api.example.com'] });
 * const response = await client.fetch('https://api.example.com/v1/things');
 * ```
 */
export function createClient(config: Config, options?: TokenClientOptions): TokenClient;
/**
 * Makes a client that has no credentials: the broker has.
 *
 * @example
 * ```js
 * import { env } from 'cloudflare:workers';
 * import { createClient } from 'fetchtoken';
 *
 * const client = createClient(null, { broker: () => env.TOKENS.getByName('default') });
 * ```
 */
export function createClient(
  config: null,
  options: TokenClientOptions & Required<Pick<TokenClientOptions, 'broker'>>,
): TokenClient;

/**
 * What a client needs of a broker: the stub of a `TokenBroker`, or a service binding that passes
 * `getToken` on.
 */
export interface TokenBrokerStub {
  /**
   * @param options.refused the token that was handed out and is good no more: another one is asked
   *   for
   * @param options.minLifetime milliseconds that the token should last
   * @param options.request which token, if it isn't the broker's own. The answer repeats it
   */
  getToken(options?: {
    refused?: string;
    minLifetime?: number;
    request?: TokenRequest;
  }): Promise<TokenBrokerAnswer>;
}

/**
 * A token with its times in milliseconds since the epoch, or why there is none. `left` is how many
 * milliseconds are left of its life.
 */
export type TokenBrokerAnswer =
  | {
      record: { token: TokenResponse; until: number; margin: number; left?: number };
      /** As it was asked for: without it, a client takes no token of a request. */
      request?: TokenRequest;
      error?: undefined;
    }
  | { record?: undefined; error: { code: string; message: string; retryable: boolean } };

/** What belongs to one explanation. */
export interface ExplainOptions extends Pick<FetchTokenOptions, 'clock' | 'random'> {
  /**
   * Whether the request is shown as it would be sent, with its secrets. Default: false, and
   * `[redacted]` stands for each.
   */
  showSecrets?: boolean;
}

/** A request before it is sent, and why it is as it is. */
export interface Explanation {
  request: { method: 'POST'; url: string; headers: Record<string, string>; body: string };
  /** What OAuth 1.0 signs (RFC 5849 section 3.4.1). */
  baseString?: string;
  /** The assertion, decoded (RFC 7515, RFC 7523). */
  assertion?: { header: Record<string, unknown>; claims: Record<string, unknown> };
  /**
   * What was decided about each field, and who did: `given`, `the key`, `preset here`, `environment
   * live of preset high-mobility` or `default`.
   */
  choices: { field: string; value: string; from: string }[];
  /** Whether a server takes this very request only once, because it has a nonce or a `jti`. */
  singleUse: boolean;
  /** When the assertion ends, in seconds since the epoch. */
  expiresAt?: number;
}

/**
 * Says what `fetchToken` would send, and why. It sends nothing.
 *
 * @throws {TokenError} if the configuration, the key or an option can't be used
 *
 * @example
 * ```js
 * import { explain } from 'fetchtoken';
 *
 * const { choices } = await explain({ provider: 'here', clientId, clientSecret });
 * for (const { field, value, from } of choices) {
 *   console.log(`${field} = ${value}, from ${from}`);
 * }
 * ```
 */
export function explain(config: Config, options?: ExplainOptions): Promise<Explanation>;

/** What the content of a file doesn't say. */
export interface LoadCredentialsOptions {
  /** Named in errors. What the file is, only its content says. */
  filename?: string;
  /** The section of HERE's credentials.ini. Default: `default`. */
  profile?: string;
}

/**
 * Makes a configuration of what a platform handed out. As bytes or as text, the content of a file,
 * whatever its name: credentials.zip and treehub.json of HERE OTA Connect (the archive as bytes
 * only; nothing but treehub.json in it is opened), credentials.properties and credentials.ini of
 * HERE, the private key JSON of High Mobility, a service account's JSON key of Google, a .env file,
 * or one line `CLIENT_ID:CLIENT_SECRET`. As an object, an environment such as `process.env` or a
 * Worker's `env`: FETCHTOKEN_CLIENT_ID is `clientId`, and so on for every field that a text can
 * set; HERE_ACCESS_KEY_ID, HERE_ACCESS_KEY_SECRET, HERE_TOKEN_ENDPOINT_URL and HERE_TOKEN_SCOPE
 * mean HERE.
 *
 * The configuration holds the secrets: spread it to add to it what no file says. `console.log` and
 * JSON.stringify show `[redacted]` in their place; docs/credentials-files.md lists which ways of
 * printing do so, and which of a copy.
 *
 * @throws {TokenError} `invalid_credentials` if it is anything else, or a part of it is missing:
 *   the message says what was found, what was expected, and where to get the right file
 *
 * @example
 * ```js
 * import { readFile } from 'node:fs/promises';
 * import { createClient, loadCredentials } from 'fetchtoken';
 *
 * const config = await loadCredentials(await readFile('credentials.properties'));
 * const client = createClient(config);
 * ```
 */
export function loadCredentials(
  source: Uint8Array | string | object,
  options?: LoadCredentialsOptions,
): Promise<Config>;

/** Parameters, not encoded: by name, or as pairs. */
export type OAuth1Params = Record<string, string | string[]> | [name: string, value: string][];

/**
 * A request that is to be signed as RFC 5849 describes, and by whom. An unknown field is an error.
 */
export interface OAuth1Request {
  /** GET, POST, … */
  method: string;
  /** Absolute, as it will be sent: https or http, with the query, without a fragment or `user@`. */
  url: string | Address;
  /**
   * The fields of a form-encoded body. A body of another type isn't signed (RFC 5849 section
   * 3.4.1.3.1): leave it out.
   */
  params?: OAuth1Params | SearchParams;
  consumerKey: string;
  /** May be empty. */
  consumerSecret: string;
  /** The token of the resource owner. Left out, or empty, there is none. */
  token?: string;
  tokenSecret?: string;
  /** Default: made of 16 random bytes; none with PLAINTEXT. */
  nonce?: string;
  /** Seconds since the epoch. Default: now; none with PLAINTEXT. */
  timestamp?: number;
  /** Default: `HMAC-SHA256`. PLAINTEXT sends the secrets themselves. */
  signatureMethod?: 'HMAC-SHA256' | 'HMAC-SHA512' | 'HMAC-SHA1' | 'PLAINTEXT';
  /** `oauth_version`. Default: `1.0`; an empty one leaves the parameter out. */
  version?: '1.0' | '';
  /** Stands in the header, and is not signed. */
  realm?: string;
  /** Further parameters of the header, such as `oauth_callback`. */
  oauthParams?: OAuth1Params;
}

/** A signed request. */
export interface OAuth1Signed {
  /** The value of the Authorization header. */
  authorization: string;
  /** `oauth_signature`, not percent-encoded. */
  signature: string;
  /** What was signed (RFC 5849 section 3.4.1). */
  baseString: string;
}

/**
 * Signs a request as OAuth 1.0 does, for an API that wants that on every call. It sends nothing and
 * waits for nothing. On a page the module must run: `await ready()` first. Elsewhere it starts
 * without a wait.
 *
 * @throws {TokenError} `not_ready` if the module doesn't run and can't start without a wait,
 *   `invalid_config` if a field can't be used
 *
 * @example
 * ```js
 * import { ready, signOAuth1 } from 'fetchtoken';
 *
 * await ready();
 * const url = 'https://api.example.com/v1/photos';
 * const { authorization } = signOAuth1({ method: 'GET', url, consumerKey, consumerSecret });
 * const response = await fetch(url, { headers: { Authorization: authorization } });
 * ```
 */
export function signOAuth1(request: OAuth1Request): OAuth1Signed;

/** A compiled module, as far as the types of the program know such. */
export type WebAssemblyModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer M } };
}
  ? M
  : object;

/**
 * Starts the WebAssembly module. Nobody has to call it, for the first call that needs the module
 * does; a server may, to be ready for its first request.
 *
 * @param source gives it what to start, for a program whose build or policy keeps the package from
 *   finding its own: `fetchtoken/fetchtoken-compact.wasm` of the same version, compiled, as bytes,
 *   or as its URL. It is not used if the module runs already.
 * @throws {TokenError} `module_failed` if it can't be started; the message names the address and
 *   what it answers. `invalid_config` if `source` is none of these
 *
 * @example
 * ```js
 * import url from 'fetchtoken/fetchtoken-compact.wasm?url';
 * import { ready } from 'fetchtoken';
 *
 * await ready(url);
 * ```
 */
export function ready(
  source?: WebAssemblyModule | ArrayBuffer | ArrayBufferView | Address | string,
): Promise<void>;

/**
 * Keeps tokens for several clients, processes or machines. What it keeps is sealed before it gets
 * there. Each method rejects if the store can't be reached. The stores of this package are
 * `fetchtoken/stores/memory`, `file`, `web-storage`, `redis` and `kv`.
 */
export interface TokenStore {
  /**
   * Returns the record of a key, which is 64 hexadecimal digits, or undefined if there is none or
   * its time is over.
   */
  get(key: string): Promise<string | undefined>;
  /** Keeps a record for that many milliseconds, in place of the one before. */
  set(key: string, record: string, ttl: number): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Optional, and called instead of `get`: returns the record with how many milliseconds are left
   * of its time, by the store's own clock. So a machine whose clock is off keeps no token beyond
   * its end.
   */
  find?(key: string): Promise<{ record: string; left: number } | undefined>;
  /**
   * Takes the lease of a key for that many milliseconds, or returns undefined if somebody holds it.
   * Who holds it asks for a token, the others wait for the record. A store without leases can't
   * keep two processes from asking at once.
   */
  lease?(key: string, ttl: number): Promise<TokenLease | undefined>;
}

/** A lease that was taken. It ends by itself with its time to live. */
export interface TokenLease {
  /** Frees the lease, unless it is over: then it may be somebody else's. */
  release(): Promise<void>;
}

export {};
