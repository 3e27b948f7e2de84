// What the tests of the examples share.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

import { writeCredentials } from '../token-server/credentials.js';
import { startTokenServer } from '../token-server/server.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts a token server for the tests of a file, with the credentials files of its systems in a
 * folder, and ends it after them.
 *
 * @param {Parameters<typeof startTokenServer>[0]} [options]
 */
export async function useTokenServer(options) {
  const server = await startTokenServer(options);
  const dir = await mkdtemp(join(tmpdir(), 'fetchtoken examples '));
  await writeCredentials(server.systems, dir);
  beforeEach(() => server.reset());
  after(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  return {
    ...server,
    dir,
    /** The path of a credentials file. @param {string} name */
    file: (name) => join(dir, name),
    /** A system whose token endpoint has that fault. @param {string} fault @param {any} system */
    faulty: (fault, system) => ({
      ...system,
      tokenEndpoint: system.tokenEndpoint.replace(server.url, `${server.url}/fault/${fault}`),
    }),
  };
}

/**
 * Bundles the Worker of an example as wrangler does.
 *
 * @param {string} example the name of its folder
 * @param {string} outdir
 * @param {import('esbuild').Plugin[]} [plugins]
 */
export const bundleWorker = (example, outdir, plugins = []) =>
  build({
    entryPoints: [join(root, `examples/${example}/worker.js`)],
    outdir,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'], // those of wrangler
    external: ['cloudflare:*'],
    loader: { '.wasm': 'copy' },
    assetNames: '[name]',
    logLevel: 'error',
    plugins,
  });

/**
 * Asserts that text holds no secret and no key of the systems.
 *
 * @param {Record<string, any>} systems
 * @param {string} text
 */
export function assertNoSecret(systems, text) {
  for (const { clientId, clientSecret, privateKey } of Object.values(systems).flatMap((system) => [
    system,
    ...Object.values(system),
  ])) {
    for (const secret of [
      clientSecret,
      clientSecret && Buffer.from(`${clientId}:${clientSecret}`).toString('base64'),
      privateKey?.split('\n')[1],
    ]) {
      assert.ok(secret === undefined || !text.includes(secret), 'a secret where none belongs');
    }
  }
}

/**
 * Runs a script with this Node to its end.
 *
 * @param {string} script path in the root folder
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<{ status: number | string | null | undefined, stdout: string, stderr: string
 *   }>}
 */
export function run(script, args = [], env = {}) {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, script), ...args],
      { env: { ...process.env, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ status: error ? error.code : 0, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

/**
 * What the examples take from their environment: who a client of the token server is.
 *
 * @param {string} provider
 * @param {any} client
 */
export const clientOf = (provider, { tokenEndpoint, clientId }) => ({
  PROVIDER: provider,
  TOKEN_ENDPOINT: tokenEndpoint,
  CLIENT_ID: clientId,
});

/** The same with the client's secret. @param {string} provider @param {any} client */
export const secretOf = (provider, client) => ({
  ...clientOf(provider, client),
  CLIENT_SECRET: client.clientSecret,
});

/**
 * Starts Workers of the same modules, each with bindings of its own.
 *
 * @param {string} modulesRoot
 * @param {{ type: 'ESModule' | 'CompiledWasm', path: string }[]} modules the main one first
 * @param {Record<string, Record<string, string>>} bindings by the name of the Worker
 * @param {Partial<import('miniflare').WorkerOptions>} [options] what else each has
 * @returns {Promise<{ call(name: string): Promise<{ status: number, headers: Record<string,
 *   string>, text: string }>, log(): string, stop(): Promise<void> }>}
 */
export async function startWorkers(modulesRoot, modules, bindings, options) {
  let printed = '';
  const miniflare = new Miniflare({
    cf: false,
    host: '127.0.0.1',
    port: 0,
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr]) {
        stream.on('data', (chunk) => (printed += chunk));
      }
    },
    workers: Object.entries(bindings).map(([name, values]) => ({
      ...options,
      name,
      modulesRoot,
      modules: modules.map(({ type, path }) => ({ type, path: join(modulesRoot, path) })),
      compatibilityDate: '2026-07-30',
      bindings: values,
    })),
  });
  await miniflare.ready;
  return {
    async call(name) {
      const worker = await miniflare.getWorker(name);
      const response = await worker.fetch('http://worker.example/');
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    },
    log: () => printed,
    stop: () => miniflare.dispose(),
  };
}
