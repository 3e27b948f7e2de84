// Writes a WebAssembly module as text in JavaScript: node js/build/text.js FILE.wasm > FILE.js

import { readFileSync } from 'node:fs';

process.stdout.write(`export default '${readFileSync(process.argv[2], 'base64')}';\n`);
