// The entry for browsers: the module is fetched from beside this file, and compiled while it
// arrives. Where it isn't, because a bundler left it behind, or where the page may not fetch it,
// there is its text, which bundlers keep apart where they split programs.

import { compile } from './module/compile.js';
import { compact } from './module/module.js';
import { sendWith } from './token/send.js';

compact.compile = compile;
compact.load = async () => {
  try {
    return await compile(new URL('../dist/fetchtoken-compact.wasm', import.meta.url));
  } catch (error) {
    const { bytes } = await import('./module/text.js').catch(() => {
      throw error; // neither is there
    });
    return WebAssembly.compile(bytes());
  }
};

// Other runtimes don't have these two. A token is for one caller: no cache may keep it, and no
// cookie goes along.
sendWith({ cache: 'no-store', credentials: 'omit' });

export * from './index.js';
