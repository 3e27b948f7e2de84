// Starts a Worker of this folder in workerd.

import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { fileURLToPath } from 'node:url';

/**
 * Starts a Worker as a user's would be built: bundled by esbuild, the module beside it.
 *
 * @param {string} entry the name of a file of this folder
 * @param {Partial<import('miniflare').WorkerOptions>} [bindings]
 * @returns {Promise<{ miniflare: Miniflare, ask: (call: string, body?: unknown) => Promise<any>, complaints: () => string[], stop: () => Promise<void> }>}
 *   ask() fails if a request never ends, or if workerd ends it as hung or canceled; complaints() has whatever else workerd says
 */
export async function startWorker(entry, bindings = {}) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
    outdir: '/',
  });
  const modules = outputFiles.map(({ path, contents }) => ({ type: path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule', path, contents }));
  let said = '';
  const miniflare = new Miniflare({
    ...bindings,
    cf: false,
    host: '127.0.0.1',
    port: 0,
    compatibilityDate: '2026-07-01',
    modulesRoot: '/',
    modules: /** @type {any} */ (modules.sort((a) => (a.type === 'ESModule' ? -1 : 1))), // the first is the Worker
    handleRuntimeStdio(/** @type {import('node:stream').Readable[]} */ ...streams) {
      for (const stream of streams) {
        stream.on('data', (chunk) => (said += chunk));
      }
    },
  });
  await miniflare.ready;
  return {
    miniflare,
    async ask(call, body = null) {
      const response = await miniflare.dispatchFetch(`http://worker/${call}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await response.text();
      if (response.status !== 200) {
        throw new Error(`the Worker answers with status ${response.status}: ${text}\n${said}`);
      }
      return JSON.parse(text);
    },
    complaints: () => said.split('\n').filter((line) => line.trim() !== ''),
    stop: () => miniflare.dispose(),
  };
}
