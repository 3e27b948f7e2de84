// Starts Workers of this folder in workerd.

import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { fileURLToPath } from 'node:url';

/** @typedef {Partial<import('miniflare').WorkerOptions>} Bindings */
/**
 * @typedef {{ miniflare: Miniflare, ask: (call: string, body?: unknown, name?: string) =>
 *   Promise<any>, complaints: () => string[], stop: () => Promise<void> }} Workers
 */

/**
 * Starts a Worker as a user's would be built: bundled by esbuild, the module beside it.
 *
 * @param {string} entry the name of a file of this folder
 * @param {Bindings} [bindings]
 * @returns {Promise<Workers>} what startWorkers returns
 */
export const startWorker = (entry, bindings) => startWorkers({ worker: { entry, ...bindings } });

/**
 * Starts Workers, each in an isolate of its own, which may be bound to one another by their names.
 *
 * @param {Record<string, Bindings & { entry: string }>} workers
 * @param {Partial<import('miniflare').SharedOptions>} [shared]
 * @returns {Promise<Workers>} ask() calls the first Worker, or the one of that name. It fails if a
 *   request never ends, or if workerd ends it as hung or canceled; complaints() has whatever else
 *   workerd says
 */
export async function startWorkers(workers, shared = {}) {
  let said = '';
  const miniflare = new Miniflare({
    ...shared,
    cf: false,
    host: '127.0.0.1',
    port: 0,
    workers: await Promise.all(
      Object.entries(workers).map(async ([name, { entry, ...bindings }]) => ({
        compatibilityDate: '2026-07-01',
        ...bindings,
        name,
        modulesRoot: '/',
        modules: /** @type {any} */ (await modulesOf(entry)),
      })),
    ),
    handleRuntimeStdio(/** @type {import('node:stream').Readable[]} */ ...streams) {
      for (const stream of streams) {
        stream.on('data', (chunk) => (said += chunk));
      }
    },
  });
  await miniflare.ready;
  return {
    miniflare,
    async ask(call, body = null, name) {
      const worker =
        name === undefined ? { fetch: miniflare.dispatchFetch } : await miniflare.getWorker(name);
      const response = await worker.fetch(`http://worker/${call}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(600_000),
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

/** Bundles a file of this folder. The first module is the Worker. @param {string} entry */
export async function modulesOf(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd'],
    external: ['cloudflare:*'],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
    outdir: '/',
  });
  const modules = outputFiles.map(({ path, contents }) => ({
    type: path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path,
    contents,
  }));
  return modules.sort((a) => (a.type === 'ESModule' ? -1 : 1));
}
