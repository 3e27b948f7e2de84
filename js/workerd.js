// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken.wasm';
import { loadWith } from './module.js';

loadWith(async () => module);

export * from './index.js';
