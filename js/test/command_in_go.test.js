// The command in Go passes the tests of exec, call, proxy and login, and does OTA Connect's guide.
// A session that one command began is renewed by the other one.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, createServer as createTCPServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { writeCredentials } from '../../examples/token-server/credentials.js';
import { startTokenServer } from '../../examples/token-server/server.js';
import { key, otaConnect } from './support/certificates.js';
import { CLI, ended, start } from './support/command.js';
import { browse, startProvider } from './support/oidc_provider.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-go-'));
after(() => rm(folder, { recursive: true }));
const command = join(folder, 'fetchtoken');
await promisify(execFile)('go', ['build', '-o', command, './cmd/fetchtoken'], { cwd: root });

for (const file of [
  'node/cli_exec', 'node/cli_call', 'node/cli_proxy', 'node/cli_login', 'login_provider',
]) {
  test(`${file} in Go`, async () => {
    const { NODE_TEST_CONTEXT, ...env } = process.env; // else it reports to this process
    const tests = ['--test', '--test-reporter=tap', `js/test/${file}.test.js`];
    const run = promisify(execFile)(process.execPath, tests, {
      cwd: root, env: { ...env, FETCHTOKEN_TESTED: command },
    });
    const { stdout } = await run.catch((error) => assert.fail(error.stdout));
    assert.match(stdout, /^# pass [1-9]/m);
  });
}

test('a session that one command began, the other one renews, and the first one ends', async () => {
  const redirectUris = ['http://127.0.0.1/callback'];
  const its = await startProvider([
    { client_id: 'tool', token_endpoint_auth_method: 'none', redirect_uris: redirectUris },
  ]);
  const client = ['--issuer', its.issuer, '--client-id', 'tool', '--client-auth', 'none'];
  const node = [process.execPath, CLI];
  try {
    for (const [name, first, second] of /** @type {[string, string[], string[]][]} */ ([
      ['node', node, [command]], ['go', [command], node],
    ])) {
      const place = await mkdtemp(join(folder, name));
      const begin = (/** @type {string[]} */ program, /** @type {string[]} */ args) => {
        const child = start(place, args, { program, env: { XDG_STATE_HOME: join(place, 'state') } });
        child.stdin.end();
        return child;
      };
      const login = [
        'login', ...client, '--scope', 'openid offline_access', '--json', '--parameter',
        'prompt=consent',
      ];
      const signingIn = begin(first, login);
      const signedIn = ended(signingIn);
      const [line] = await once(signingIn.stdout, 'data');
      const { url } = JSON.parse(String(line));
      await fetch(await browse(url, String(new URL(url).searchParams.get('redirect_uri'))));
      assert.equal((await signedIn).status, 0);

      /** Returns the refresh token after a run. */
      const refreshTokenOf = async (/** @type {string[]} */ program, /** @type {string[]} */ scope) => {
        const { stdout, stderr } = await ended(begin(program, [...client, '--json', ...scope]));
        assert.notEqual(stdout, '', stderr);
        return JSON.parse(stdout).refresh_token;
      };
      // each scope has a token of its own, so each run renews; the provider ends the session when a
      // refresh token comes twice
      const tokens = [await refreshTokenOf(second, [])];
      for (const [scope, program] of /** @type {[string, string[]][]} */ ([
        ['openid', second], ['offline_access', first], ['offline_access openid', second],
      ])) {
        tokens.push(await refreshTokenOf(program, ['--scope', scope]));
      }
      assert.equal(new Set(tokens).size, 4, name);
      assert.equal(await refreshTokenOf(first, ['--scope', 'openid']), tokens[1], 'kept by the other');
      // both at once; each audience has a token of its own, too
      tokens.push(...await Promise.all([first, second, first, second].map(
        (program, i) => refreshTokenOf(program, ['--audience', String(i)]),
      )));
      assert.equal(new Set(tokens).size, 8, name);
      const out = await ended(begin(first, ['logout', ...client]));
      assert.equal(out.status, 0, out.stderr);
      const left = await Promise.all(tokens.map((text) => its.provider.RefreshToken.find(text)));
      assert.ok(left.every((token) => token === undefined || token.consumed), 'none can be used');
      const after = await ended(begin(second, ['logout', ...client]));
      assert.match(after.stderr, /nobody is signed in/);
    }
  } finally {
    await its.close();
  }
});

test('what comes after the end of an answer is not logged', async () => {
  const token = '{"access_token":"a token","token_type":"Bearer","expires_in":3600}';
  const sockets = [];
  const server = createTCPServer((socket) => {
    sockets.push(once(socket.on('error', () => {}), 'close'));
    socket.once('data', () => {
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${token.length}\r\n\r\n`;
      socket.write(`${head}${token}{"access_token":"another token"}`);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const here = `http://127.0.0.1:${port}`;
  const line = ['proxy', '--endpoint', here, '--client-id', 'a', '--to', here];
  const child = spawn(command, line, {
    env: { ...process.env, FETCHTOKEN_CLIENT_SECRET: 'secret' }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = text(child.stderr);
  await once(child.stdout, 'data'); // it has the token
  await sockets[0]; // it has seen what came after the token
  child.kill();
  assert.equal(await said, '');
  server.close();
});

test("OTA Connect's guide is two commands in Go, the list of devices included", async () => {
  const systems = await startTokenServer();
  // the API of the guide, behind a proxy that leads here
  const hosts = createSecureServer({ key, cert: otaConnect }, (request, response) => {
    const { method, headers: { host, ...headers } } = request;
    const passed = send(`${systems.url}/ota-connect${request.url}`, { method, headers });
    passed.on('response', (answer) => {
      response.writeHead(Number(answer.statusCode), answer.headers);
      answer.pipe(response);
    });
    request.pipe(passed);
  });
  await once(hosts.listen(0, '127.0.0.1'), 'listening');
  /** @type {string[]} */
  const asked = [];
  const way = createServer().on('connect', ({ url }, socket) => {
    asked.push(String(url));
    const { port } = /** @type {import('node:net').AddressInfo} */ (hosts.address());
    const tunnel = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(tunnel).pipe(socket);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('error', () => tunnel.destroy());
  });
  await once(way.listen(0, '127.0.0.1'), 'listening');
  try {
    await writeCredentials(systems.systems, folder);
    const certificate = join(folder, 'ota-connect.pem');
    await writeFile(certificate, otaConnect);
    const { port } = /** @type {import('node:net').AddressInfo} */ (way.address());
    const env = {
      PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache'), SSL_CERT_FILE: certificate,
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
    };
    const file = join(folder, 'ota-connect', 'credentials.zip');
    const token = await promisify(execFile)(command, [file], { env });
    assert.match(token.stdout, /^[\w.-]+\n$/);
    const line = ['call', 'https://api.ota.here.com/v1alpha/devices', file];
    const list = await promisify(execFile)(command, line, { env });
    const { values, total } = JSON.parse(list.stdout);
    assert.deepEqual(
      [values.map((/** @type {any} */ { deviceId }) => deviceId), total],
      [['front-camera', 'gateway'], 2],
    );
    assert.deepEqual([token.stderr, list.stderr], ['', '']);
    assert.deepEqual(asked, ['api.ota.here.com:443']);
  } finally {
    way.closeAllConnections();
    way.close();
    hosts.closeAllConnections();
    hosts.close();
    await systems.close();
  }
});
