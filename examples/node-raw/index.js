// The WebAssembly module without the JavaScript around it: Go's own wasm_exec.js starts it, and it
// registers the function globalThis.fetchtoken.fetchToken. This suits a runtime that fetchtoken's
// entries don't know; in any other, theirs is faster.
//
//   PROVIDER=os-data-hub CLIENT_ID=… CLIENT_SECRET=… node examples/node-raw/index.js
//
// prints the token. PRIVATE_KEY_FILE and KEY_ID replace CLIENT_SECRET where a key signs;
// TOKEN_ENDPOINT, ENVIRONMENT and SCOPE may say more.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import 'fetchtoken/wasm_exec.js'; // sets globalThis.Go

const bytes = await readFile(fileURLToPath(import.meta.resolve('fetchtoken/fetchtoken.wasm')));
const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiate(bytes, go.importObject);
// not awaited: it returns when the instance ends, and this one stays; Node ends all the same once
// nothing is left to do
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
