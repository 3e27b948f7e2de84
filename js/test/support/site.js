// A website on loopback: a page that imports the package by its name, the package's own files, and
// jose. The page runs the script that `run` in its query names.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url);
const { exports } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
const subpaths = Object.entries(exports)
  .filter(([name]) => name.startsWith('./stores/') || name === './without-webcrypto')
  .map(([name, path]) => [`fetchtoken${name.slice(1)}`, path.default.slice(1)]);
const imports = {
  fetchtoken: exports['.'].default.slice(1),
  ...Object.fromEntries(subpaths),
  jose: '/node_modules/jose/dist/webapi/index.js',
};
const PAGE = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">
  ${JSON.stringify({ imports })}
</script><script type="module">
  const script = new URLSearchParams(location.search).get('run');
  if (script !== null) {
    import(script);
  }
</script>`;

/**
 * Starts the site. Beside the files it has `POST /token`, which gives anyone a token and remembers
 * the cookies.
 *
 * @param {{ wasmType?: string }} [options] the Content-Type of .wasm files
 * @returns {Promise<{ url: string, failures: { status: number }[], cookies: (string | undefined)[],
 *   served: string[], close: () => Promise<void> }>} what is in `failures` is answered, one after
 *   another, to those who want the .wasm; `served` are the paths of what was asked for
 */
export async function startSite({ wasmType = 'application/wasm' } = {}) {
  const types = {
    '.js': 'text/javascript',
    '.wasm': wasmType,
    '.html': 'text/html',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  };
  /** @type {{ status: number }[]} */ const failures = [];
  /** @type {(string | undefined)[]} */ const cookies = [];
  /** @type {string[]} */ const served = [];

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(/** @type {string} */ (request.url), 'http://site');
    const extension = extname(pathname);
    served.push(pathname);
    if (pathname === '/') {
      return response.setHeader('content-type', 'text/html').end(PAGE);
    }
    if (pathname === '/token') {
      cookies.push(request.headers.cookie);
      response.setHeader('content-type', 'application/json');
      return response.end('{"access_token":"t","token_type":"Bearer","expires_in":60}');
    }
    const failure = extension === '.wasm' && failures.shift();
    if (failure || !/^\/(js|dist|node_modules\/jose\/dist\/webapi)\/[\w./-]+$/.test(pathname)) {
      return response.writeHead(failure ? failure.status : 404).end();
    }
    try {
      const content = await readFile(fileURLToPath(new URL(pathname.slice(1), root)));
      response
        .setHeader('content-type', types[/** @type {keyof typeof types} */ (extension)])
        .end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    failures,
    cookies,
    served,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
