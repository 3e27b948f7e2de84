// Uses the WebAssembly module without this package's JavaScript: Go's own wasm_exec.js starts it,
// and it sets the function globalThis.fetchtoken.fetchToken. This is for a runtime that
// fetchtoken's entries don't know; in others, the entries are faster.
//
//   PROVIDER=os-data-hub CLIENT_ID=… CLIENT_SECRET=… node examples/node-raw/index.js
//
// prints the token. To sign with a key, set PRIVATE_KEY_FILE and KEY_ID instead of CLIENT_SECRET.
// TOKEN_ENDPOINT, ENVIRONMENT and SCOPE are optional.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import 'fetchtoken/wasm_exec.js'; // sets globalThis.Go

const bytes = await readFile(fileURLToPath(import.meta.resolve('fetchtoken/fetchtoken.wasm')));
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(bytes, go.importObject);
// Not awaited, because it resolves only when the instance ends. Node ends anyway once nothing is
// left to do.
go.run(instance);

const {
  PROVIDER,
  ENVIRONMENT,
  TOKEN_ENDPOINT,
  CLIENT_ID,
  CLIENT_SECRET,
  PRIVATE_KEY_FILE,
  KEY_ID,
  SCOPE,
} = process.env;
const config = {
  provider: PROVIDER,
  environment: ENVIRONMENT,
  tokenEndpoint: TOKEN_ENDPOINT,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  privateKey: PRIVATE_KEY_FILE && (await readFile(PRIVATE_KEY_FILE, 'utf8')),
  keyId: KEY_ID,
  scope: SCOPE,
};

try {
  const { access_token } = await globalThis.fetchtoken.fetchToken(config, { timeout: 10_000 });
  console.log(access_token);
} catch (error) {
  console.error(error.hint ? `${error.message} (${error.hint})` : error.message);
  process.exitCode = 1;
}
