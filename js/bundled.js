// The entry for programs that a bundler makes for Node, and for Deno and Bun, which can bundle and
// compile programs too. It contains the module as text, so the program needs no file beside it.

import { compact } from './module/module.js';
import { bytes } from './module/text.js';

export * from './node.js';

compact.loadNow = () => new WebAssembly.Module(bytes());
compact.load = undefined;
