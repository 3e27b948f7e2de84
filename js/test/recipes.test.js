// docs/recipes.md: each block in JavaScript runs, twice, with the packages that it imports. The API
// behind it wants a token of the token server, which forgets its tokens after the API's first
// answer: a block with client.fetch has a token renewed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import { startTokenServer } from '../../examples/token-server/server.js';
import { authority, key, selfSigned, trusted } from './support/certificates.js';
import { root, run } from './support/project.js';

/** @typedef {import('node:http').RequestListener} Listener */

const page = readFileSync(join(root, 'docs/recipes.md'), 'utf8');
const [client, ...recipes] = Array.from(
  page.matchAll(/^#+ (.*)\n(?:(?!#|```)[^\n]*\n)*```js\n([^]*?)^```$/gm),
  ([, heading, code]) => ({ heading, code }),
);

/** Calls what a recipe exports, or has the recipe run by another import. */
const CALLER = `
const { GET, default: app } = await import('./recipe.mjs');
const call = app === undefined ? GET : () => app.request('/things', {}, process.env);
for (const turn of [1, 2]) {
  if (call !== undefined) {
    console.log(await (await call()).json());
  } else if (turn === 2) {
    await import('./recipe.mjs?again');
  }
}
process.exit(); // connections are kept alive
`;

/** Has a server listen on loopback. @param {import('node:net').Server} server */
async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** What an MCP server answers, by method. @type {Record<string, object>} */
const MCP = {
  initialize: {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'loopback', version: '1.0.0' },
  },
  'tools/list': { tools: [{ name: 'things', inputSchema: { type: 'object' } }] },
};

/** The answer of the API to a request with a good token. @type {Listener} */
async function answer(request, response) {
  if (request.url === '/v1/things') {
    return response.setHeader('content-type', 'application/json').end('["a thing"]');
  }
  const bytes = [];
  for await (const chunk of request) {
    bytes.push(chunk);
  }
  if (request.url !== '/mcp' || request.method !== 'POST') {
    return response.writeHead(405).end();
  }
  const { id, method } = JSON.parse(Buffer.concat(bytes).toString());
  if (id === undefined) {
    return response.writeHead(202).end();
  }
  response.setHeader('content-type', 'application/json');
  return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: MCP[method] }));
}

/** Sends a request on, with its token, to an origin. @param {string} origin @returns {Listener} */
const forwardTo = (origin) => (request, response) => {
  const url = new URL(request.url ?? '', origin);
  const headers = { ...request.headers, host: url.host };
  request.pipe(
    send(url, { method: request.method, headers }, (got) => {
      response.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(response);
    }),
  );
};

suite('docs/recipes.md', { concurrency: true }, () => {
  /** @type {string} */ let folder;
  before(async () => {
    await mkdir(join(root, 'dist'), { recursive: true });
    folder = await mkdtemp(join(root, 'dist/recipes-'));
    await symlink(join(root, 'js/test/recipes/node_modules'), join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true }));

  test('every section has a block', () => {
    assert.equal(recipes.length + 1, page.match(/^```js$/gm)?.length);
    assert.ok(recipes.length >= 10, String(recipes.length));
  });

  for (const { heading, code } of recipes) {
    test(heading, async () => {
      const renews = code.includes('client.fetch');
      const world = await startWorld({ forgets: renews });
      try {
        const home = join(folder, heading.replaceAll(/\W+/g, '-'));
        await mkdir(home);
        const isOwn = code.includes('dispatcher');
        const isMutual = code.includes('client.crt');
        const origin = isMutual ? world.secureApi : world.api;
        const files = {
          'client.mjs': `${client.code}export { client };`,
          'recipe.mjs': code.includes('createClient(')
            ? code
            : `import { client } from './client.mjs';\n${code}`,
          'caller.mjs': CALLER,
          'client.crt': selfSigned,
          'client.key': key,
          'ca.crt': authority,
        };
        for (const [name, text] of Object.entries(files)) {
          await writeFile(join(home, name), text.replaceAll('https://api.example.com', origin));
        }
        const printed = await run(process.execPath, ['caller.mjs'], {
          cwd: home,
          env: {
            TOKEN_ENDPOINT: isMutual ? world.secureEndpoint : world.client.tokenEndpoint,
            CLIENT_ID: world.client.clientId,
            CLIENT_SECRET: world.client.clientSecret,
            HTTPS_PROXY: world.proxy,
          },
        });
        assert.equal(printed.match(/thing/g)?.length, 2, printed);
        assert.equal(world.tunnels > 0, code.includes('HTTPS_PROXY'), 'went through the proxy');
        // A block that makes the client itself has made two, each with a token of its own.
        const renewed = renews && !isOwn ? 1 : 0;
        const refused = world.statuses.filter((status) => status === 401).length;
        assert.equal(refused, renewed);
        assert.equal(world.tokenRequests(), isOwn || renewed ? 2 : 1);
      } finally {
        await world.close();
      }
    });
  }
});

/**
 * The token server, the API, both behind mutual TLS, and a proxy.
 *
 * @param {{ forgets: boolean }} options `forgets`: the tokens, once the API has had one
 */
async function startWorld({ forgets }) {
  const tokenServer = await startTokenServer();
  const client = tokenServer.systems.oauth2;
  /** @type {number[]} */ const statuses = [];
  let tunnels = 0;
  let forgotten = 0;
  const { pathname } = new URL(client.tokenEndpoint);
  const asked = () => tokenServer.requests.filter(({ path }) => path === pathname).length;

  /** @type {Listener} */
  const guard = async (request, response) => {
    const { status, headers } = await fetch(client.api, {
      headers: { authorization: request.headers.authorization ?? '' },
    });
    statuses.push(status);
    if (status !== 200) {
      const challenge = headers.get('www-authenticate') ?? '';
      return response.writeHead(status, { 'www-authenticate': challenge }).end();
    }
    if (forgets && forgotten === 0) {
      forgotten = asked();
      tokenServer.reset();
    }
    return answer(request, response);
  };
  const api = createServer(guard);
  const apiPort = await listen(api);
  const tls = { key, cert: trusted, ca: selfSigned, requestCert: true };
  const secureApi = createSecureServer(tls, forwardTo(`http://127.0.0.1:${apiPort}`));
  const secureEndpoint = createSecureServer(tls, forwardTo(tokenServer.url));
  const proxy = createServer();
  proxy.on('connect', (request, socket, head) => {
    tunnels++;
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  const servers = [api, secureApi, secureEndpoint, proxy];
  return {
    client,
    statuses,
    get tunnels() {
      return tunnels;
    },
    api: `http://127.0.0.1:${apiPort}`,
    secureApi: `https://127.0.0.1:${await listen(secureApi)}`,
    secureEndpoint: `https://127.0.0.1:${await listen(secureEndpoint)}${pathname}`,
    proxy: `http://127.0.0.1:${await listen(proxy)}`,
    tokenRequests: () => forgotten + asked(),
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await tokenServer.close();
    },
  };
}
