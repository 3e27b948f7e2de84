// A Worker that uses nothing but Go's wasm_exec.js and the module.

import 'fetchtoken/wasm_exec.js';
import module from 'fetchtoken/fetchtoken.wasm';
import { runSigners, signers } from '../signers.js';
import { callsOf } from './calls.js';

/** @type {Record<string, (body: any) => unknown>} */
const calls = {
  ...callsOf((config, options) => globalThis.fetchtoken.fetchToken(config, options)),
  signers: () => runSigners(signers, globalThis.fetchtoken.fetchToken),
};

/** @type {Promise<void> | undefined} */
let starting;

async function start() {
  const go = new globalThis.Go();
  // it ends when the module does, so nobody waits for it
  go.run(await WebAssembly.instantiate(module, go.importObject));
}

export default {
  /** @param {Request} request */
  async fetch(request) {
    const body = await request.json();
    await (starting ??= start());
    return Response.json(await calls[new URL(request.url).pathname.slice(1)](body));
  },
};
