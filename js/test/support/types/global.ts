// A platform that has the global fetch, and its classes.

import { createClient, fetchToken, ready, signOAuth1 } from 'fetchtoken';
import type { FetchTokenOptions, TokenClient } from 'fetchtoken';

export const options: FetchTokenOptions[] = [
  { fetch, signal: AbortSignal.timeout(1) },
  { fetch: (url, init) => fetch(url, init) },
  { fetch: (input: string | URL | Request, init?: RequestInit) => fetch(input, init) },
];
export const mocked = fetchToken({}, { fetch: async () => new Response('{}') });

export const client: TokenClient = createClient(
  {},
  { fetch, refusesToken: (response: Response) => response.ok },
);
export const likeFetch: typeof fetch = client.fetch;
export const around = createClient({}, { fetch: client.fetch });
export const answers: Promise<Response>[] = [
  client.fetch(new URL('https://api.example')),
  client.fetch(new Request('https://api.example'), { method: 'POST' }),
];
export const signed = signOAuth1({
  method: 'GET',
  url: new URL('https://api.example'),
  params: new URLSearchParams(),
  consumerKey: 'a',
  consumerSecret: 'b',
});
export const started = ready(new URL('https://cdn.example/fetchtoken-compact.wasm'));
