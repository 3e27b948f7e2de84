// The entry for programs that a bundler makes for Node, and for Deno and Bun, which bundle and
// compile programs too. The module is text in them: no file has to be where the program is, and
// none has to be read.

import { compact } from './module/module.js';
import { bytes } from './module/text.js';

export * from './node.js';

compact.loadNow = () => new WebAssembly.Module(bytes());
compact.load = undefined;
