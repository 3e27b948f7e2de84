/// <reference lib="esnext.disposable" />

// The types of the platform are taken from the types of the program: those of the web, of Node or
// of Workers. All of these declare the global fetch, but not all declare its classes as members of
// globalThis. If a program declares none, a type of this file is used.

/** The global `fetch`, or a minimal one if the program declares none. */
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

/** A `CryptoKey` of any types: of the web, of Workers, or `webcrypto.CryptoKey` of Node. */
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

/**
 * The members of a response that this package reads. Every `Response` has them: of the web, of
 * Workers and of undici.
 */
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

/** The least members of a response, if the program declares no `Response`. */
export interface ApiResponse extends FetchResponse {
  readonly ok: boolean;
  clone(): ApiResponse;
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * The second argument of fetch. Every `RequestInit` is one. It also contains the other members that
 * `client.fetch` was given.
 */
export interface FetchInit {
  method?: string;
  /** `Headers`, or a plain object. There is no common type of them. */
  headers?: any;
  /** Text, bytes, a `ReadableStream`, a `Blob` or a `FormData`. */
  body?: any;
  redirect?: 'follow' | 'error' | 'manual';
}

/**
 * Sends a request: the global `fetch`, the `fetch` of undici, or your own function. `url` is the
 * address of the request. If `client.fetch` was given a Request with a body, it is a Request of the
 * same class.
 */
export type Fetch = (
  url: string,
  init: FetchInit & { signal?: Signal },
) => Promise<FetchResponse>;

/**
 * The method of client authentication: a name of the IANA registry, or `oauth1`, an OAuth 2.0
 * request that is signed as RFC 5849 describes.
 */
export type ClientAuth =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'private_key_jwt'
  | 'oauth1'
  | 'none';

/** A system whose token endpoint this package knows. */
export type Provider =
  | 'here'
  | 'ota-connect'
  | 'iotspot'
  | 'high-mobility'
  | 'os-data-hub'
  | 'cognito'
  | 'apigee'
  | 'google'
  | 'entra'
  | 'oauth2';

/** The JWS algorithms of RFC 7518 section 3.1, RFC 8037 and RFC 9864. */
export type Algorithm =
  | 'HS256' | 'HS384' | 'HS512'
  | 'RS256' | 'RS384' | 'RS512'
  | 'PS256' | 'PS384' | 'PS512'
  | 'ES256' | 'ES384' | 'ES512'
  | 'EdDSA' | 'Ed25519';

/**
 * Where an assertion or a token is to be had that somebody else issues. It is asked before each
 * request, and what it gives is never kept.
 *
 * - A function returns the text. `audience` is who is to accept it: the URL of the token endpoint,
 *   or the name that the provider documents for this. `signal` aborts when the time for the request
 *   is up, or its caller gone. What it throws becomes the `cause` of a `source_failed`.
 * - `file` is the path of a file, for Node, Deno and Bun. It is read each time.
 * - `url` is that of a GET: https, or http to this machine and to 169.254.0.0/16. `{audience}` in
 *   it is replaced. The values of `headers` are treated as secrets.
 *
 * With `member` the file or the response is a JSON object, and that member of it is the text.
 */
export type Source =
  | ((info: { audience: string; signal: Signal }) => string | Promise<string>)
  | { file: string; member?: string }
  | { url: string; headers?: Record<string, string>; member?: string };

/**
 * Describes a token request. You may leave out every field that `provider` fills in, and you may
 * override it. An unknown field is an error. Only own enumerable properties count, not getters of a
 * class.
 */
export interface Config {
  /**
   * A preset that fills in the fields that are left out. Default: `oauth2`, which follows RFC 6749
   * only.
   */
  provider?: Provider | undefined;
  /** For a provider with several: `sandbox` or `live` of `high-mobility`. There is no default. */
  environment?: 'sandbox' | 'live' | undefined;
  /**
   * What `{tenant}` in the token endpoint stands for: with `entra` the directory (tenant) id, or
   * one of its domains.
   */
  tenant?: string | undefined;
  /**
   * The https URL of RFC 6749 section 3.2. http is accepted only for localhost, 127.0.0.0/8, [::1]
   * and the hosts of `allowHttp`.
   */
  tokenEndpoint?: string | undefined;
  /**
   * The hosts, such as `keycloak` or `keycloak:8080`, to which `tokenEndpoint` or `issuer` may be
   * http. Everybody on the way can read the credentials and the token. A host without a port
   * includes all ports. There are no wildcards.
   */
  allowHttp?: string | string[] | undefined;
  /**
   * The authorization server's identifier, in place of `tokenEndpoint`: the server's metadata name
   * the endpoint (RFC 8414, OpenID Connect Discovery 1.0). Beside a `tokenEndpoint` it is only the
   * value of the placeholder `{issuer}`.
   */
  issuer?: string | undefined;
  /** The endpoint of `authorizationUrl`. Default: from the provider or the metadata. */
  authorizationEndpoint?: string | undefined;
  /** The endpoint of `deviceAuthorization`. Default: from the provider or the metadata. */
  deviceAuthorizationEndpoint?: string | undefined;
  /** The endpoint of `revokeToken`. Default: from the provider or the metadata. */
  revocationEndpoint?: string | undefined;
  /**
   * Uses the endpoints that the metadata name for clients with a certificate (RFC 8705 section 5).
   */
  mtlsEndpointAliases?: boolean | undefined;
  /**
   * The client identifier (RFC 6749 section 2.2); with `oauth1` the consumer key. Only with
   * `clientAuth: 'none'` it may be left out.
   */
  clientId?: string | undefined;
  /**
   * The client secret (RFC 6749 section 2.3.1); with `oauth1` the consumer secret. An empty one is
   * sent as it is.
   */
  clientSecret?: string | undefined;
  /**
   * Default: `private_key_jwt` for a `privateKey`, `sign` or `clientAssertion`, else the
   * provider's, else a method that the metadata of the `issuer` offer, else
   * `client_secret_basic`.
   */
  clientAuth?: ClientAuth | undefined;
  /**
   * An assertion that somebody else issues, for `private_key_jwt` in place of a key (RFC 7521
   * section 4.2): such as the token of a Kubernetes service account, or of GitHub Actions.
   */
  clientAssertion?: string | Source | undefined;
  /**
   * How `oauth1` signs: an HMAC method with `clientSecret`, an RSA method with `privateKey` or
   * `sign`. Default: `HMAC-SHA256`, and `RSA-SHA256` if there is only a key.
   */
  signatureMethod?: OAuth1HmacMethod | OAuth1RsaMethod | undefined;
  /**
   * The key of `private_key_jwt`, of an RSA method of `oauth1`, or of the grant of RFC 7523, beside
   * which a `clientSecret` is sent. It is RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519.
   * It may be PKCS #8, PKCS #1 or SEC 1 as PEM, as DER or as the base64 of either; encrypted
   * PKCS #8 (PBES2: PBKDF2 and AES-CBC); PKCS #12 (`.p12`, `.pfx`), encrypted likewise, with its
   * certificates; a JWK (RFC 7517); a JWK set, from which `keyId` selects; or a CryptoKey, which
   * need not be extractable. PEM may hold the key's certificate, too. Escaped or lost line breaks,
   * quotes, and text around the PEM are ignored.
   */
  privateKey?: string | Uint8Array | Jwk | { keys: Jwk[] } | WebCryptoKey;
  /** The passphrase of an encrypted `privateKey`. */
  passphrase?: string | undefined;
  /**
   * The X.509 certificate of the `privateKey`, or of the key of `sign`: PEM, DER or the base64 of
   * either. It must belong to the key. The assertion's header names it by its thumbprint,
   * `x5t#S256` (RFC 7515 section 4.1.8). PEM may hold the certificates of its issuers, too, in any
   * order. Leave it out if `privateKey` holds the certificate.
   *
   * @example
   * ```js
   * const client = await createClient({
   *   tokenEndpoint: 'https://as.example.com/token',
   *   clientId: 'my-client',
   *   privateKey: await readFile('key.pem'),
   *   certificate: await readFile('cert.pem'),
   * });
   * ```
   */
  certificate?: string | Uint8Array | undefined;
  /**
   * Puts the certificate and those of its issuers into the assertion's header, as `x5c` (RFC 7515
   * section 4.1.6): for a server that knows the issuer, and not each certificate. Default: false.
   */
  x5c?: boolean | undefined;
  /**
   * Signs instead of a `privateKey`, for a key service or a hardware module. It needs `alg`, or
   * with `oauth1` the `signatureMethod`: then `info.alg` is `RS256`, `RS512` or `RS1`. It returns
   * the signature of `data`, the JWS signing input or the base string of OAuth 1.0, which is not
   * hashed yet. An ECDSA signature is r and s side by side, or DER. If it throws, the error becomes
   * the `cause` of an `invalid_key`.
   */
  sign?: (
    data: Uint8Array & { readonly buffer: ArrayBuffer },
    info: { alg: Algorithm | 'RS1'; keyId?: string },
  ) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>;
  /**
   * The `kid` of the assertion's header (RFC 7515 section 4.1.4). It also selects a key of a JWK
   * set. Default: the JWK's.
   */
  keyId?: string | undefined;
  /**
   * The `alg` of the assertion's header. Default: the JWK's, or the usual one for the key; a
   * CryptoKey's own; `HS256` for `client_secret_jwt`.
   */
  alg?: Algorithm | undefined;
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
     * may contain `{clientId}`, `{keyId}`, `{tokenEndpoint}`, `{origin}` and
     * `{issuer}`.
     */
    claims?: Record<string, unknown>;
    /** Seconds from `iat` to `exp`. Default: 60. */
    lifetime?: number;
  };
  /**
   * Default: the token exchange of RFC 8693 for a `subjectToken`; else the provider's, else
   * `client_credentials` (RFC 6749 section 4.4). With
   * `urn:ietf:params:oauth:grant-type:jwt-bearer` and a JWT for `clientAuth`, the JWT is the grant
   * itself (RFC 7523 section 2.1), unless `parameters` has an `assertion`. With
   * `client_secret_basic` or `client_secret_post` a key signs the grant, too.
   */
  grantType?: string | undefined;
  /** RFC 6749 section 3.3. An empty text means no scope, even if the provider has one. */
  scope?: string | string[] | undefined;
  /** RFC 8707. */
  resource?: string | string[] | undefined;
  /** RFC 8693 section 2.1; several servers require it. */
  audience?: string | string[] | undefined;
  /** The token that is exchanged for another one (RFC 8693 section 2.1). */
  subjectToken?: string | Source | undefined;
  /** What it is, such as `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 section 3). */
  subjectTokenType?: string | undefined;
  /** The token of the one who acts for the subject. */
  actorToken?: string | Source | undefined;
  /** What that is. */
  actorTokenType?: string | undefined;
  /** What to ask for. The response says in `issued_token_type` what it is. */
  requestedTokenType?: string | undefined;
  /** Further parameters of the body, in order. */
  parameters?: Record<string, string | string[]> | undefined;
  /**
   * Further headers of the request, such as `x-api-key`. Their values are treated as secrets.
   * `{uuid}` in a value becomes a new UUID in each request.
   */
  headers?: Record<string, string> | undefined;
  /**
   * The paths of the token, its lifetime and its scope in the response, if they are not where RFC
   * 6749 has them: names with dots between them, such as `result.accessToken`. A number names an
   * element of an array. There must be a token at its path. Without a lifetime or a scope at its
   * path, the response has none.
   */
  response?: { token?: string; expiresIn?: string; scope?: string };
  /** Default: `form`, or the provider's. */
  bodyFormat?: 'form' | 'json' | undefined;
  /**
   * The encoding of id and secret in Basic. `form` (the default): form-encoded, as RFC 6749 section
   * 2.3.1 requires. `raw`: not encoded.
   */
  basicEncoding?: 'form' | 'raw' | undefined;
}

/**
 * Options of one call. For all options of this package: only own enumerable properties count, and
 * an unknown option is an error.
 */
export interface FetchTokenOptions {
  /** Sends the request. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Ends the call, which then rejects with the signal's `reason`. */
  signal?: Signal | undefined;
  /** Milliseconds until the whole response must have arrived. Default: 30 000. */
  timeout?: number | undefined;
  /** The most bytes of a response's body after decompression. Default: 1 MiB. */
  maxBody?: number | undefined;
  /** Tells the time: milliseconds since the epoch. Default: `Date`. */
  clock?: { now(): number };
  /** Returns the given number of random bytes. Default: `crypto.getRandomValues`. */
  random?: (size: number) => Uint8Array;
}

/**
 * The response of RFC 6749 section 5.1 as plain data: the standard members, with types that you can
 * rely on, and all other members that the server sent.
 */
export interface TokenResponse {
  access_token: string;
  /** As the server sent it; `Bearer` if it sent none. */
  token_type: string;
  /** The lifetime in seconds: a number, even if the server sent text. Left out if it sent none. */
  expires_in?: number;
  /**
   * The end in seconds since the epoch: `expires_in` after the moment before the request was sent.
   */
  expires_at?: number;
  scope?: string;
  refresh_token?: string;
  /** What `access_token` is, of a token exchange (RFC 8693 section 2.2.1). */
  issued_token_type?: string;
  [name: string]: unknown;
}

/** The stable codes of a TokenError. docs/errors.md gives the advice for each. */
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
  | 'source_failed'
  | 'closed'
  | 'internal';

/**
 * The error of a failed call. No property contains a secret, an assertion, an Authorization header
 * or a token.
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
  /** Stable: use it in a switch. */
  code: TokenErrorCode;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** The status of the response. */
  status?: number;
  /** The `error` of RFC 6749 section 5.2. */
  error?: string;
  /** The server's words, cleaned, at most 500 characters. */
  errorDescription?: string;
  /** The server's own code, such as HERE's `401204`. */
  providerCode?: string;
  /**
   * Seconds that the server asks to wait: its number, or the difference of its date to its own
   * clock.
   */
  retryAfter?: number;
  /**
   * How many seconds the server's clock is ahead of ours (negative: behind), if that may be the
   * reason of the refusal.
   */
  clockOffset?: number;
  /**
   * A URL that tells the server's time to a GET, if the clock is the reason and no `Date` could be
   * read. A client asks it for the time.
   */
  timeEndpoint?: string;
  /** The server's identifier of the request. Quote it to the server's support. */
  requestId?: string;
  /** The advice, if a specific one is known. Like `message`, it is for people. */
  hint?: string;
  /**
   * The address of the section of docs/errors.md about `code`. It is not enumerable, so neither
   * console.log nor JSON.stringify shows it.
   */
  docs: string;
}

/**
 * Gets a token by one exchange. It keeps nothing and repeats nothing. The first call starts the
 * module.
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

/** The options of a client. */
export interface TokenClientOptions {
  /**
   * Sends the requests for a token and the requests of `client.fetch`. Default: the global `fetch`.
   */
  fetch?: Fetch | undefined;
  /** The most milliseconds for one token request. Default: 30 000. */
  timeout?: number | undefined;
  /**
   * The most milliseconds for a renewal with all its requests, its waits, and the store. Default:
   * 60 000.
   */
  deadline?: number | undefined;
  /**
   * Milliseconds that a token is kept if the server doesn't say how long it lives, or says 0 or
   * less. Default: 300 000.
   */
  lifetime?: number | undefined;
  /** The most bytes of a token response after decompression. Default: 1 MiB. */
  maxBody?: number | undefined;
  /**
   * The origins to which `client.fetch` may send the token, such as `https://api.example.com`, with
   * or without a slash behind them. Or an object that says which token each origin gets:
   * `{ 'https://api.example.com': { scope: 'read' } }`. Default: none.
   */
  origins?: string[] | Record<string, TokenRequest> | undefined;
  /**
   * The most bytes of a stream, or of a Request's body, that `client.fetch` keeps to send them
   * again after a 401 or a redirect. It keeps nothing of a longer body. Default: 1 MiB; 0 keeps
   * none.
   */
  maxReplay?: number | undefined;
  /**
   * The most tokens that are kept in addition to the client's own, for calls with another `scope`,
   * `audience`, `resource` or other `parameters`. Beyond that, the token that was used least
   * recently is dropped. Default: 100.
   */
  maxTokens?: number | undefined;
  /**
   * Says whether an API's response refuses the token, instead of the rule of `client.fetch`. It may
   * read the body of `response.clone()`.
   */
  refusesToken?(response: Awaited<ReturnType<GlobalFetch>>): boolean | Promise<boolean>;
  /** Shares the token with all clients that have the same configuration and store. */
  store?: TokenStore | undefined;
  /**
   * The key to seal the store's records with, at least 16 bytes. Default: the configuration's
   * secrets.
   */
  sealingKey?: string | Uint8Array | undefined;
  /**
   * Returns the broker to get the token from: a `TokenBroker` in Cloudflare Workers, or an object
   * that passes its `getToken` on. It is called in the request that needs the token:
   * `() => env.TOKENS.getByName('default')`. If the broker is unreachable and a caller waits, the
   * client asks the token endpoint, but not with a grant that works once.
   */
  broker?: () => TokenBrokerStub;
  /**
   * Binds the token to a key (DPoP, RFC 9449). Each request with the token has a proof made with
   * the private key, which need not be extractable. Make the pair with `crypto.subtle.generateKey({
   * name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])`. It can't be used with `store` or
   * `broker`, because no other client has the key.
   */
  dpop?: WebCryptoKeyPair | undefined;
  /** Receives the client's events, which contain no secrets. */
  onEvent?: (event: TokenEvent) => void;
  /**
   * Keeps work going that no caller waits for: a renewal, and writing into a store. Default in
   * Cloudflare Workers: `waitUntil` of `cloudflare:workers`, if the runtime has it.
   */
  waitUntil?: (promise: Promise<unknown>) => void;
  /** Tells the time in milliseconds since the epoch, and waits. Default: the system's clock. */
  clock?: { now(): number; sleep?(ms: number, signal: Signal): Promise<void> };
  /** Returns the given number of random bytes. Default: `crypto.getRandomValues`. */
  random?: (size: number) => Uint8Array;
}

/**
 * Describes the wanted token: the token of the configuration, with these fields in place of the
 * configuration's. Each different request has a token of its own, which no other request gets. That
 * token is renewed, stored and invalidated separately.
 */
export interface TokenRequest {
  /** RFC 6749 section 3.3. The order of the scopes doesn't matter. An empty text means no scope. */
  scope?: string | string[] | undefined;
  /** RFC 8693 section 2.1; several servers require it. */
  audience?: string | string[] | undefined;
  /** RFC 8707. */
  resource?: string | string[] | undefined;
  /**
   * Further parameters of the body. They replace the configuration's parameters of the same name.
   * They can't contain a grant that works once (`code`, `device_code`, `refresh_token`,
   * `assertion`): make a client of its own for such a grant.
   */
  parameters?: Record<string, string | string[]> | undefined;
}

/** The options of `getToken`: the wanted token, and how to get it. */
export interface GetTokenOptions extends TokenRequest {
  /** Ends this caller's wait: the call rejects with the signal's `reason`. */
  signal?: Signal | undefined;
  /**
   * Requests a new token even if the kept one lives. For 30 s, all clients of the configuration in
   * this process and with its store remember a refusal and return it; `force` asks the server once
   * in spite of it. Use it when a person has mended the cause at the server.
   */
  force?: boolean | undefined;
  /**
   * Milliseconds that the token should last. A kept token with less left is renewed first, with one
   * request. If the renewal fails, or the server issues only shorter tokens, the call returns the
   * token that it has: `expires_at` says how long it lasts.
   */
  minLifetime?: number | undefined;
}

/**
 * An event of a client. Times are in milliseconds, `expiresAt` is in seconds since the epoch,
 * `offset` is in seconds. `request` names the token, unless it is the client's own. It leaves out
 * the parameters, which may be secret.
 */
export type TokenEvent = (
  | { type: 'requested'; attempt: number }
  | { type: 'renewed'; expiresAt?: number; duration: number; served: number }
  | { type: 'retried'; attempt: number; wait: number; error: TokenError; duration: number }
  | { type: 'request_failed'; error: TokenError; duration: number }
  | { type: 'renewal_failed'; error: unknown; expiresAt?: number }
  | { type: 'clock_corrected'; offset: number }
  | { type: 'shared'; source: 'store' | 'broker'; expiresAt?: number; served: number }
  | { type: 'store_failed'; error: Error & { code?: string } }
  | { type: 'broker_failed'; error: Error & { code?: string } }
  | { type: 'invalidated'; served: number }
) & { request?: { scope?: string; audience?: string[]; resource?: string[] } };

/** A client, which an application keeps for its lifetime. It keeps, shares and renews a token. */
export interface TokenClient {
  /**
   * Returns a token that has not ended. All callers share one request. In the last quarter of the
   * token's life, at most 60 s, callers get the token at once while the client fetches a new one.
   *
   * @param options the wanted token. Without `scope`, `audience`, `resource` and `parameters` it is
   *   the configuration's
   * @throws {TokenError} if there is no token, neither a new one nor a kept one that lives
   */
  getToken(options?: GetTokenOptions): Promise<TokenResponse>;
  /**
   * Sends a request like `fetch`, with `Authorization: Bearer`, or `DPoP` and a proof. It does so
   * only to the options' origins. Its arguments are read at once. If the response refuses the
   * token, the client renews the token, at most once in 10 s, and sends the request once more; a
   * streamed body must be no longer than `maxReplay` for that. Redirects are followed: without the
   * token to other origins, and never from https to http. Give members that only one runtime's
   * Request has, such as undici's dispatcher, in `init`.
   *
   * A third argument names the token: `client.fetch(url, init, { token: { scope: 'read' } })`. The
   * default is the token of the origin in `origins`, or else the client's own. If `origins` is an
   * object, a redirect to another of its origins uses that origin's token.
   */
  fetch(
    ...args: [...Parameters<GlobalFetch>, options?: { token?: TokenRequest }]
  ): ReturnType<GlobalFetch>;
  /**
   * Forgets the token if the client keeps it. Without an argument, it forgets all kept tokens. The
   * store forgets them, too; then the promise resolves. It never rejects. A remembered refusal
   * stays remembered.
   */
  invalidate(token?: TokenResponse): Promise<void>;
  /**
   * Ends the client at once: it aborts a renewal, and drops the token and the credentials. Only a
   * request with a refresh token that the store keeps may end before, for 6 s. The promise resolves
   * when all writing to the store has ended, or after 6 s. It never rejects.
   */
  close(): Promise<void>;
  /**
   * Does the same as `close`, at the end of a block with `using`. It exists if the runtime has
   * `Symbol.dispose`.
   */
  [Symbol.dispose](): void;
  /** The same for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a client. It sends nothing, and doesn't start the module, before a token is needed.
 *
 * @throws {TokenError} `invalid_config` if an option has a wrong value. The configuration is
 *   checked when a token is needed
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
 * Makes a client whose credentials change. The function is called at each renewal, and once more
 * after the server has refused the client's authentication. If it then returns another
 * configuration, the client asks the server once more, with the new configuration. An error of the
 * function is the `cause` of a TokenError. The kept token serves until its end whatever the
 * function does.
 *
 * @example
 * ```js
 * import { readFile } from 'node:fs/promises';
 *
 * import { createClient } from 'fetchtoken';
 *
 * const client = createClient(async () => ({
 *   ...config, clientSecret: (await readFile('/run/secrets/client', 'utf8')).trim(),
 * }));
 * ```
 */
export function createClient(
  config: () => Config | Promise<Config>,
  options?: TokenClientOptions,
): TokenClient;
/**
 * Makes a client without credentials. The broker has them.
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

/** The options of `createClients`: the options of each client, and how many clients are kept. */
export interface TokenClientsOptions extends TokenClientOptions {
  /**
   * The most clients that are kept. Beyond that, the client that was got least recently is dropped.
   * `get` makes it again when it is needed. Default: 1000.
   */
  maxClients?: number | undefined;
}

/** A client for each tenant. */
export interface TokenClients {
  /**
   * Returns the client of a tenant. Call it for each use, because the client that was got least
   * recently is dropped first.
   *
   * @throws {TokenError} `closed` after close
   */
  get(tenant: string): TokenClient;
  /** Closes all kept clients, each as its own `close` does. */
  close(): Promise<void>;
}

/**
 * Makes clients for tenants: each has the credentials of its tenant, and its own tokens. They share
 * the module, the connections and the options, so that each client takes only a few kilobytes.
 *
 * @param configOf returns the configuration of a tenant. It is called at each renewal, like the
 *   function of `createClient`
 *
 * @example
 * ```js
 * import { createClients } from 'fetchtoken';
 *
 * const clients = createClients(async (tenant) => ({ ...config, clientId: tenant }));
 * const { access_token } = await clients.get('tenant-a').getToken({ scope: 'read' });
 * ```
 */
export function createClients(
  configOf: (tenant: string) => Config | Promise<Config>,
  options?: TokenClientsOptions,
): TokenClients;

/**
 * The broker of a client: the stub of a `TokenBroker`, or a service binding that passes `getToken`
 * on.
 */
export interface TokenBrokerStub {
  /**
   * @param options.refused the token that an API refused: the broker must return another one
   * @param options.minLifetime milliseconds that the token should last
   * @param options.request the request of a token other than the broker's own. The answer repeats
   *   it
   */
  getToken(options?: {
    refused?: string;
    minLifetime?: number;
    request?: TokenRequest;
  }): Promise<TokenBrokerAnswer>;
}

/**
 * A token with its times in milliseconds since the epoch, or an error. `left` is how many
 * milliseconds of its life are left.
 */
export type TokenBrokerAnswer =
  | {
      record: { token: TokenResponse; until: number; margin: number; left?: number };
      /** The request from the options. A client that sent one rejects an answer without it. */
      request?: TokenRequest;
      error?: undefined;
    }
  | { record?: undefined; error: { code: string; message: string; retryable: boolean } };

/** The options of `authorizationUrl`. */
export interface AuthorizationOptions extends FetchTokenOptions {
  /** The address to which the server sends the browser afterwards (RFC 6749 section 3.1.2). */
  redirectUri: string | Address;
  /** Further parameters of the address, such as `prompt`. */
  parameters?: Config['parameters'] | undefined;
}

/**
 * An address that asks a user for an authorization, and the data that `parseCallback` needs. Keep
 * the whole object in the user's session until the callback. It is plain data.
 */
export interface AuthorizationRequest {
  /** The address to which you send the browser. */
  url: string;
  /** A random text that the callback repeats. */
  state: string;
  /** A secret that proves that the program with the code has asked for the code (RFC 7636). */
  codeVerifier: string;
  redirectUri: string;
  /** With the scope `openid`: the `nonce` that the id_token must have. */
  nonce?: string;
  issuer?: string;
  /** Whether each callback of the server names its issuer (RFC 9207). */
  issuerRequired: boolean;
}

/** The fields that send a code to the token endpoint. Spread them into the configuration. */
export interface CodeGrant {
  grantType: 'authorization_code';
  scope: '';
  parameters: { code: string; redirect_uri: string; code_verifier: string };
}

/** The options of `deviceAuthorization`. */
export interface DeviceOptions extends FetchTokenOptions {
  /** Further parameters of the request. */
  parameters?: Config['parameters'] | undefined;
}

/** The codes by which a user approves a device (RFC 8628 section 3.2). */
export interface DeviceAuthorization {
  /** The code that the user types. */
  user_code: string;
  /** The address of the page on which the user types the code. */
  verification_uri: string;
  /** The same address with the code in it, for a link or a QR code. */
  verification_uri_complete?: string;
  /** The lifetime of the codes in seconds. */
  expires_in: number;
  /** The end of the codes in seconds since the epoch. */
  expires_at: number;
  /** The least seconds between two requests of `poll`. */
  interval: number;
  /**
   * Waits until the user has decided, and returns the token. It asks the server as often as the
   * server allows (RFC 8628 section 3.5), until `signal` aborts or the codes end.
   *
   * @throws {TokenError} `error_response` if the user refuses, `timeout` if the codes end
   */
  poll(options?: { signal?: Signal }): Promise<TokenResponse>;
}

/** The options of `revokeToken`. */
export interface RevokeOptions extends FetchTokenOptions {
  /** The kind of the token (RFC 7009 section 2.1). It helps the server to find the token. */
  tokenTypeHint?: 'access_token' | 'refresh_token' | undefined;
}

/**
 * Makes the address that asks a user for an authorization (RFC 6749 section 4.1.1), with a code
 * challenge (RFC 7636), a state, and for the scope `openid` a nonce.
 *
 * @throws {TokenError} if the configuration can't be used, or the issuer doesn't answer
 *
 * @example
 * ```js
 * import { authorizationUrl } from 'fetchtoken';
 *
 * const config = { issuer: 'https://as.example.com', clientId, clientSecret };
 * const redirectUri = 'https://app.example.com/callback';
 * const request = await authorizationUrl({ ...config, scope: 'openid' }, { redirectUri });
 * console.log(request.url); // keep the request, and send the browser there
 * ```
 */
export function authorizationUrl(
  config: Config,
  options: AuthorizationOptions,
): Promise<AuthorizationRequest>;

/**
 * Reads the address to which the server has sent the browser, and returns the fields that send its
 * code to the token endpoint. It checks the state, and the issuer if the address names it (RFC
 * 9207).
 *
 * @throws {TokenError} `error_response` if the user or the server refuses, `invalid_response` if
 *   the address answers another request
 *
 * @example
 * ```js
 * import { authorizationUrl, fetchToken, parseCallback } from 'fetchtoken';
 *
 * const config = { issuer: 'https://as.example.com', clientId, clientSecret };
 * const redirectUri = 'https://app.example.com/callback';
 * const request = await authorizationUrl(config, { redirectUri });
 * const grant = await parseCallback(`${redirectUri}?code=…&state=…`, request);
 * const { access_token, refresh_token } = await fetchToken({ ...config, ...grant });
 * ```
 */
export function parseCallback(
  url: string | Address,
  request: AuthorizationRequest,
): Promise<CodeGrant>;

/**
 * Asks for the codes by which a user approves a device that has no browser (RFC 8628).
 *
 * @throws {TokenError} if the configuration can't be used, or the server refuses
 *
 * @example
 * ```js
 * import { deviceAuthorization } from 'fetchtoken';
 *
 * const issuer = 'https://as.example.com';
 * const device = await deviceAuthorization({ issuer, clientId, clientAuth: 'none' });
 * console.log(`Type ${device.user_code} at ${device.verification_uri}`);
 * const { access_token } = await device.poll();
 * ```
 */
export function deviceAuthorization(
  config: Config,
  options?: DeviceOptions,
): Promise<DeviceAuthorization>;

/**
 * Revokes a token (RFC 7009), so that nobody can use it any more. With the provider `high-mobility`
 * it must be a refresh token, and the request has High Mobility's own form.
 *
 * @throws {TokenError} if the server refuses
 *
 * @example
 * ```js
 * import { revokeToken } from 'fetchtoken';
 *
 * const config = { issuer: 'https://as.example.com', clientId, clientSecret };
 * await revokeToken(config, token, { tokenTypeHint: 'refresh_token' });
 * ```
 */
export function revokeToken(config: Config, token: string, options?: RevokeOptions): Promise<void>;

/** The options of `explain`. */
export interface ExplainOptions extends Pick<FetchTokenOptions, 'fetch' | 'clock' | 'random'> {
  /**
   * Whether the request is shown with its secrets. Default: false, so that `[redacted]` replaces
   * each secret.
   */
  showSecrets?: boolean | undefined;
}

/** A request before it is sent, with the reasons for it. */
export interface Explanation {
  request: { method: 'POST'; url: string; headers: Record<string, string>; body: string };
  /** The base string that OAuth 1.0 signs (RFC 5849 section 3.4.1). */
  baseString?: string;
  /** The assertion, decoded (RFC 7515, RFC 7523). */
  assertion?: { header: Record<string, unknown>; claims: Record<string, unknown> };
  /**
   * Each decided field, with its source: `given`, `the key`, `preset here`,
   * `environment live of preset high-mobility`, `the metadata` or `default`.
   */
  choices: { field: string; value: string; from: string }[];
  /** Whether a server accepts this request only once, because it has a nonce or a `jti`. */
  singleUse: boolean;
  /** The end of the assertion in seconds since the epoch. */
  expiresAt?: number;
}

/**
 * Returns the request that `fetchToken` would send, with the reasons. It sends nothing, except that
 * it asks an `issuer` for its metadata, without credentials.
 *
 * @throws {TokenError} if the configuration, the key or an option has a fault
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

/** Options with data that the content of a file lacks. */
export interface LoadCredentialsOptions {
  /** The file's name for errors. Only the content decides the kind of the file. */
  filename?: string | undefined;
  /** The section of HERE's credentials.ini. Default: `default`. */
  profile?: string | undefined;
}

/**
 * Makes a configuration from a platform's credentials. Give it the content of a file, as bytes or
 * text; its name doesn't matter. It reads credentials.zip and treehub.json of HERE OTA Connect (the
 * archive as bytes only; it opens nothing but treehub.json), credentials.properties and
 * credentials.ini of HERE, the private key JSON of High Mobility, a service account's JSON key of
 * Google, a .env file, and one line `CLIENT_ID:CLIENT_SECRET`. Or give it an environment as an
 * object, such as `process.env` or a Worker's `env`: FETCHTOKEN_CLIENT_ID is `clientId`, and so on
 * for every field that a text can set; HERE_ACCESS_KEY_ID, HERE_ACCESS_KEY_SECRET,
 * HERE_TOKEN_ENDPOINT_URL and HERE_TOKEN_SCOPE are HERE's.
 *
 * The configuration contains the secrets. Spread it to add fields that no file has. `console.log`
 * and JSON.stringify show `[redacted]` instead of the secrets; docs/credentials-files.md lists the
 * ways of printing that do so, also for a copy.
 *
 * @throws {TokenError} `invalid_credentials` if it is another file, or a part of it is missing.
 *   The message says what the file is, what was expected, and where to get the right file
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

/** The signature methods of OAuth 1.0 that take the client's secrets. */
export type OAuth1HmacMethod = 'HMAC-SHA256' | 'HMAC-SHA512' | 'HMAC-SHA1';

/** The signature methods of OAuth 1.0 that take a private key. */
export type OAuth1RsaMethod = 'RSA-SHA256' | 'RSA-SHA512' | 'RSA-SHA1';

/**
 * A request to sign as RFC 5849 describes, with the client's secrets. An unknown field is an error.
 */
export interface OAuth1Request {
  /** GET, POST, … */
  method: string;
  /**
   * An absolute https or http URL as it will be sent, with the query, without a fragment or
   * `user@`.
   */
  url: string | Address;
  /**
   * The fields of a form-encoded body. A body of another type isn't signed (RFC 5849 section
   * 3.4.1.3.1): leave them out then.
   */
  params?: OAuth1Params | SearchParams | undefined;
  consumerKey: string;
  /** May be empty. */
  consumerSecret: string;
  /** The token of the resource owner. If it is left out or empty, there is none. */
  token?: string | undefined;
  tokenSecret?: string | undefined;
  /** Default: made from 16 random bytes; none with PLAINTEXT. */
  nonce?: string | undefined;
  /** Seconds since the epoch. Default: now; none with PLAINTEXT. */
  timestamp?: number | undefined;
  /** Default: `HMAC-SHA256`. PLAINTEXT sends the secrets themselves. */
  signatureMethod?: OAuth1HmacMethod | 'PLAINTEXT' | undefined;
  /** `oauth_version`. Default: `1.0`; an empty text leaves the parameter out. */
  version?: '1.0' | '' | undefined;
  /** A parameter of the header that is not signed. */
  realm?: string | undefined;
  /** Further parameters of the header, such as `oauth_callback`. */
  oauthParams?: OAuth1Params | undefined;
}

/**
 * A request to sign as RFC 5849 section 3.4.3 describes, with the client's private key. It has a
 * `privateKey` or a `sign`. No secret counts, not even that of the token.
 */
export interface OAuth1KeyRequest extends
  Omit<OAuth1Request, 'consumerSecret' | 'signatureMethod'>,
  Pick<Config, 'privateKey' | 'passphrase' | 'sign' | 'keyId'> {
  consumerSecret?: '' | undefined;
  /** Default: `RSA-SHA256`. */
  signatureMethod?: OAuth1RsaMethod | undefined;
}

/** A signed request. */
export interface OAuth1Signed {
  /** The value of the Authorization header. */
  authorization: string;
  /** `oauth_signature`, not percent-encoded. */
  signature: string;
  /** The base string that was signed (RFC 5849 section 3.4.1). */
  baseString: string;
}

/**
 * Signs a request with OAuth 1.0, for an API that requires a signature on every call. It is
 * synchronous and sends nothing. On a page the module must be running: call `await ready()` first.
 * Other runtimes start it synchronously. With a private key it returns a promise, because
 * WebCrypto or the caller's `sign` makes the signature.
 *
 * @throws {TokenError} `not_ready` if the module isn't running and can't be started synchronously,
 *   `invalid_config` if a field has a wrong value
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
export function signOAuth1(
  request: OAuth1KeyRequest & ({ privateKey: {} } | { sign: {} }),
): Promise<OAuth1Signed>;

/** A compiled module, if the program's types declare one. */
export type WebAssemblyModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer M } };
}
  ? M
  : object;

/**
 * Starts the WebAssembly module. The first call that needs the module also does so. A server may
 * call it earlier, so that the module is ready for the first request.
 *
 * @param source the module to start, for a program whose build or policy hides the package's own
 *   file: `fetchtoken/fetchtoken-compact.wasm` of the same version, compiled, as bytes, or as its
 *   URL. It is ignored if the module is already running
 * @throws {TokenError} `module_failed` if the module can't be started: the message contains the
 *   address and the server's answer. `invalid_config` if `source` is none of these
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
 * Keeps tokens for several clients, processes or machines. The client seals them first. Each method
 * rejects if the store is unreachable. The stores of this package are `fetchtoken/stores/memory`,
 * `file`, `web-storage`, `redis` and `kv`.
 */
export interface TokenStore {
  /**
   * Returns the record of a key, which is 64 hexadecimal digits, or undefined if there is none or
   * it has ended.
   */
  get(key: string): Promise<string | undefined>;
  /** Keeps a record for that many milliseconds, and replaces an older one. */
  set(key: string, record: string, ttl: number): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Optional, and called instead of `get`. It returns the record and how many milliseconds are left
   * of its time by the store's own clock. So a machine with a wrong clock keeps no token beyond its
   * end.
   */
  find?(key: string): Promise<{ record: string; left: number } | undefined>;
  /**
   * Takes the lease of a key for that many milliseconds, or returns undefined if another client
   * holds it. The holder requests a token while the others wait for the record. Without leases, two
   * processes may request a token at once.
   */
  lease?(key: string, ttl: number): Promise<TokenLease | undefined>;
}

/** A lease. It ends by itself after its time to live. */
export interface TokenLease {
  /** Frees the lease, unless it has ended: then another client may hold it. */
  release(): Promise<void>;
}

export {};
