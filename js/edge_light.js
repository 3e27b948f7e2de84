// The entry for Vercel's Edge runtime, which can't compile bytes. Its bundlers compile an import
// with this suffix.

import module from '../dist/fetchtoken-compact.wasm?module';
import { compact } from './module/module.js';

compact.loadNow = () => module;

export * from './index.js';
