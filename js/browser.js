// The entry for browsers: the module is fetched from beside this file, and compiled while it arrives.

import { loadWith } from './module.js';
import { sendWith } from './send.js';

loadWith(async () => {
  const url = new URL('../dist/fetchtoken.wasm', import.meta.url);
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url.href} answers with status ${response.status}`);
  }
  // A server that doesn't know the type of .wasm files makes compileStreaming fail.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
});

// Other runtimes don't have these two. A token is for one caller: no cache may keep it, and no cookie goes along.
sendWith({ cache: 'no-store', credentials: 'omit' });

export * from './index.js';
