// The entry for Node: the module is a file beside this one. Where it isn't, because somebody
// bundled this file, there is its text.

import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { clientsIn } from './client/client.js';
import { compile } from './module/compile.js';
import { compact } from './module/module.js';

/**
 * Not within new URL(), where a bundler would see it and copy the file: bundlers have bundled.js.
 */
const FILE = '../dist/fetchtoken-compact.wasm';
/**
 * Never called. Tools that trace the files of a program by the condition `module`, as Nitro does,
 * come here, where Node loads dist/node/ instead: they read in this that it is needed.
 *
 * @param {string} name
 */
const traced = (name) =>
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../dist/node', name));

const read = () => readFileSync(new URL(FILE, import.meta.url));

compact.loadNow = () => new WebAssembly.Module(read());
compact.load = async () => {
  // it says why the file can't be read
  const { bytes } = await import('./module/text.js').catch(() => ({ bytes: read }));
  return WebAssembly.compile(bytes());
};

// fetch reads no file
compact.compile = (source) =>
  compile(
    source instanceof URL && source.protocol === 'file:'
      ? readFileSync(fileURLToPath(source.href))
      : source,
  );

// What clients do can be subscribed to: it holds no secrets.
const events = channel('fetchtoken');
clientsIn({ publish: (event) => events.publish(event) });

export * from './index.js';
