// The entry for browsers: a module is fetched from beside this file, and compiled while it arrives.

import { compact, whole } from './module.js';
import { sendWith } from './send.js';
import { startGo } from './start_go.js';

compact.load = () => compile(new URL('../dist/fetchtoken-compact.wasm', import.meta.url));
whole.load = () => compile(new URL('../dist/fetchtoken.wasm', import.meta.url));
whole.start = startGo;
whole.startNow = undefined;

/** @param {URL} url */
async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url.href} answers with status ${response.status}`);
  }
  // A server that doesn't know the type of .wasm files makes compileStreaming fail.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

// Other runtimes don't have these two. A token is for one caller: no cache may keep it, and no cookie goes along.
sendWith({ cache: 'no-store', credentials: 'omit' });

export * from './index.js';
