// The entry for browsers. The module is fetched from beside this file and compiled while it
// arrives. If a bundler left it behind, or the page may not fetch it, the module's text is used.
// Bundlers that split programs keep the text in a part of its own.

import { compile } from './module/compile.js';
import { compact } from './module/module.js';
import { sendWith } from './token/send.js';

compact.compile = compile;
compact.load = async () => {
  try {
    return await compile(new URL('../dist/fetchtoken-compact.wasm', import.meta.url));
  } catch (error) {
    const { bytes } = await import('./module/text.js').catch(() => {
      throw error; // both attempts failed
    });
    return WebAssembly.compile(bytes());
  }
};

// Only browsers have these two options. A token is for one caller: no cache may keep it, and no
// cookie is sent with the request.
sendWith({ cache: 'no-store', credentials: 'omit' });

export * from './index.js';
