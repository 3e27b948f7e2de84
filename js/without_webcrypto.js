// For pages without WebCrypto, such as pages over http: the whole module signs with private keys.
// Importing this file is enough.

import { compile } from './module/compile.js';
import { whole } from './module/module.js';
import { startGo } from './module/start_go.js';

whole.load = () => compile(new URL('../dist/fetchtoken.wasm', import.meta.url));
whole.start = startGo;
whole.startNow = undefined;
