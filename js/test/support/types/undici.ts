// The fetch of the package undici, as docs/node.md has it.

import { createClient, fetchToken, type FetchTokenOptions } from 'fetchtoken';
import { fetch, ProxyAgent } from 'undici';

const dispatcher = new ProxyAgent('http://proxy.example:8080');
export const options: FetchTokenOptions[] = [
  { fetch },
  { fetch: (url, init) => fetch(url, { ...init, dispatcher }) },
];
export const token = fetchToken({}, { fetch });
export const client = createClient({}, { fetch });
