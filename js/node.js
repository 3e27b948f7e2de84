// The entry for Node. The module is a file beside this one. If a bundler has moved this file away
// from it, the module's text is used.

import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadCredentials as load } from './credentials/credentials.js';
import { clientsIn } from './client/runtime.js';
import { compile } from './module/compile.js';
import { readRegular } from './lib/read_regular.js';
import { compact } from './module/module.js';
import { readFilesWith } from './token/source.js';

/**
 * The path is not written within new URL(), because a bundler would see that and copy the file.
 * Bundlers have bundled.js.
 */
const FILE = '../dist/fetchtoken-compact.wasm';
/**
 * Never called. Tools that trace a program's files by the condition `module`, as Nitro does, read
 * this file, while Node loads dist/node/. The import tells them that the file is needed.
 *
 * @param {string} name
 */
const traced = (name) =>
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../dist/node', name));

const read = () => readFileSync(new URL(FILE, import.meta.url));

compact.loadNow = () => new WebAssembly.Module(read());
compact.load = async () => {
  // this throws an error with the reason
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

// Of a file that a configuration names: no assertion and no token is longer.
readFilesWith(async (path) => (await readRegular(path, () => 1 << 16)).toString());

// Diagnostics channels publish the clients' events, which hold no secrets.
const events = channel('fetchtoken');
clientsIn({ publish: (event) => events.publish(event) });

export * from './index.js';

/**
 * Loads credentials, and reads the file of the private key that a variable names.
 *
 * @type {typeof load}
 */
export const loadCredentials = async (source, options) => {
  const config = await load(source, options);
  return /** @type {any} */ (config).privateKey?.file === undefined
    ? config
    : (await import('./credentials/key_file.js')).withKeyFile(config);
};
