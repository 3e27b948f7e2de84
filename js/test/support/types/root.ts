// What a program on any platform does with the package. It names no global of a platform.

import {
  createClient,
  explain,
  fetchToken,
  ready,
  signOAuth1,
  type Address,
  type Config,
  type FetchTokenOptions,
  type OAuth1Request,
  type SearchParams,
  type Signal,
  type TokenClient,
  type TokenClientOptions,
} from 'fetchtoken';

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The names of the members that are `any`. */
type Untyped<T> = {
  [Name in keyof T]-?: IsAny<NonNullable<T[Name]>> extends true ? Name : never;
}[keyof T];

type Nothing<T extends never> = T;

/** No type may become `any` because a global is missing. */
export type Typed = [
  Nothing<Untyped<Config>>,
  Nothing<Untyped<FetchTokenOptions>>,
  Nothing<Untyped<TokenClientOptions>>,
  Nothing<Untyped<TokenClient>>,
  Nothing<Untyped<OAuth1Request>>,
  Nothing<
    Untyped<{
      input: Parameters<TokenClient['fetch']>[0];
      init: Parameters<TokenClient['fetch']>[1];
      answer: Awaited<ReturnType<TokenClient['fetch']>>;
      url: Address;
      params: SearchParams;
      signal: Signal;
      source: Parameters<typeof ready>[0];
    }>
  >,
];

export const options: TokenClientOptions = {
  fetch: async (url, { method }) => {
    throw new Error(`${method} ${url.length}`);
  },
  refusesToken: async (response) => (await response.clone().text()).includes('expired'),
  clock: { now: () => 0, sleep: async (_, signal) => signal.throwIfAborted() },
};

export async function call(client: TokenClient, signal: Signal): Promise<string> {
  await fetchToken({ clientId: 'id' }, { signal });
  await explain({ privateKey: { kty: 'EC', crv: 'P-256' } });
  signOAuth1({ method: 'GET', url: 'https://a.example', consumerKey: 'a', consumerSecret: 'b' });
  const response = await client.fetch('https://api.example', { method: 'POST', body: 'text' });
  return `${response.status} ${response.headers.get('x')} ${await response.text()} ${response.ok}`;
}

export const client: TokenClient = createClient({ clientId: 'id' }, options);

// @ts-expect-error: a number is no key
export const key: Config = { privateKey: 42 };
// @ts-expect-error: a number is no fetch
export const noFetch: FetchTokenOptions = { fetch: 42 };
// @ts-expect-error: a text is no response
export const noResponse: FetchTokenOptions = { fetch: async () => 'text' };
// @ts-expect-error: a number is no signal
export const noSignal: FetchTokenOptions = { signal: 42 };
// @ts-expect-error: a number is no pair of keys
export const noPair: TokenClientOptions = { dpop: 42 };
// @ts-expect-error: a number is no URL
export const noUrl: Partial<OAuth1Request> = { url: 42 };
// @ts-expect-error: a number is nothing to fetch
export const noInput = client.fetch(42);
// @ts-expect-error: a number is no init
export const noInit = client.fetch('https://api.example', 42);
