// The entry for Cloudflare Workers: they compile no bytes, but import a compiled module.

import module from '../dist/fetchtoken-lite.wasm';
import { lite } from './module.js';

lite.load = async () => module;

export * from './index.js';
