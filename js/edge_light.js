// The entry for Vercel's Edge runtime: it compiles no bytes, and its bundlers make a compiled
// module of an import with this suffix.

import module from '../dist/fetchtoken-compact.wasm?module';
import { compact } from './module/module.js';

compact.loadNow = () => module;

export * from './index.js';
