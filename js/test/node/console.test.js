// The relay of the console: who may use it, and what it sends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

import { startConsole } from '../../cli/console.js';

/** @type {Awaited<ReturnType<typeof startConsole>>} */
let relay;
/** The links that were shown after the first one. @type {string[]} */
const links = [];
/** @type {import('node:http').Server} */
let api;
let apiURL = '';
/** What the API received. @type {{ method?: string, url?: string, headers: any, body: string }[]} */
const received = [];

before(async () => {
  relay = await startConsole({ onUsed: (link) => links.push(link) });
  api = createServer(async (asked, response) => {
    let body = '';
    for await (const chunk of asked) {
      body += chunk;
    }
    received.push({ method: asked.method, url: asked.url, headers: asked.headers, body });
    answers[/** @type {keyof typeof answers} */ (asked.url)](response);
  });
  await new Promise((resolve) => api.listen(0, '127.0.0.1', () => resolve(undefined)));
  apiURL = `http://127.0.0.1:${/** @type {any} */ (api.address()).port}`;
});
beforeEach(() => received.splice(0));
after(async () => {
  await relay.close();
  api.closeAllConnections();
  api.close();
});

/** @type {Record<string, (response: import('node:http').ServerResponse) => void>} */
const answers = {
  '/': (response) => response.writeHead(201, { 'x-answer': 'yes' }).end('{"a":1}'),
  '/redirect': (response) => response.writeHead(307, { location: '/' }).end(),
  '/bytes': (response) => response.end(Buffer.from([0, 255, 128])),
  '/large': (response) => response.end(Buffer.alloc((8 << 20) + 1)),
  '/whole': (response) => response.end(Buffer.alloc(8 << 20)),
  '/reset': (response) => response.destroy(),
};

/**
 * Sends a request to the console as it is: fetch would set Host and Origin itself.
 *
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string>, body?: unknown }} [options]
 * @returns {Promise<{ status: number | undefined, headers: any, text: string, json: any }>}
 */
function ask(path, { method = 'POST', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const own = { origin: relay.url, 'content-type': 'application/json' };
    const asked = request(relay.url + path, { method, headers: { ...own, ...headers } });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) {
        text += chunk;
      }
      let json;
      try {
        json = JSON.parse(text);
      } catch {
        // a file
      }
      resolve({ status: response.statusCode, headers: response.headers, text, json });
    });
    asked.end(typeof body === 'string' ? body : body && JSON.stringify(body));
  });
}

const keyOf = (/** @type {string} */ link) => new URL(link).hash.slice('#key='.length);
const freshKey = () => keyOf(links.at(-1) ?? relay.link);

async function session() {
  const { json } = await ask('/session', { body: { key: freshKey() } });
  return { 'x-fetchtoken-session': json.session };
}

test('the key of the link opens one session, and the next link is another one', async () => {
  const key = freshKey();
  const first = await ask('/session', { body: { key } });
  assert.equal(first.status, 200);
  assert.equal(Buffer.from(first.json.session, 'base64url').length, 32);
  const again = await ask('/session', { body: { key } });
  assert.equal(again.status, 403);
  assert.equal(again.json.session, undefined);
  assert.notEqual(freshKey(), key);
  assert.equal((await ask('/session', { body: { key: freshKey() } })).status, 200);
});

test('a wrong key, or none, opens no session', async () => {
  for (const key of ['', 'A'.repeat(43), `${freshKey()}A`, 1, null, undefined, [freshKey()]]) {
    assert.equal((await ask('/session', { body: { key } })).status, 403, String(key));
  }
});

test('without a session nothing is relayed', async () => {
  const body = { url: apiURL, method: 'GET' };
  for (const headers of [{}, { 'x-fetchtoken-session': 'A'.repeat(43) }]) {
    assert.equal((await ask('/relay', { headers, body })).status, 401);
  }
  assert.equal(received.length, 0);
});

test('a page of another origin is refused, with a session too', async () => {
  const headers = await session();
  const body = { url: apiURL, method: 'GET' };
  for (const origin of ['https://evil.example', 'null', relay.url.replace('127.0.0.1', 'localhost')]) {
    assert.equal((await ask('/relay', { headers: { ...headers, origin }, body })).status, 403);
    const seen = await ask('/dist/console/', { method: 'GET', headers: { origin } });
    assert.equal(seen.status, 403);
  }
  const preflight = await ask('/relay', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 403);
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  assert.equal(received.length, 0);
});

test('who names no origin is no page of the console', async () => {
  const { port } = new URL(relay.url);
  const headers = await session();
  const status = await new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path: '/relay', method: 'POST', headers: {
      ...headers, 'content-type': 'application/json',
    } });
    asked.on('response', (response) => resolve(response.resume().statusCode));
    asked.end(JSON.stringify({ url: apiURL, method: 'GET' }));
  });
  assert.equal(status, 403);
  assert.equal(received.length, 0);
});

test('a name that was made to lead to this machine is refused', async () => {
  const { port } = new URL(relay.url);
  const headers = await session();
  for (const host of [`evil.example:${port}`, 'evil.example', `localhost:${port}`, '127.0.0.1']) {
    const page = await ask('/', { method: 'GET', headers: { host } });
    assert.equal(page.status, 421, host);
    const body = { url: apiURL, method: 'GET' };
    const origin = `http://${host}`;
    assert.equal((await ask('/relay', { headers: { ...headers, host, origin }, body })).status, 421);
  }
  assert.equal(received.length, 0);
});

test('a request and its answer pass as they are', async () => {
  const { json } = await ask('/relay', {
    headers: await session(),
    body: {
      url: `${apiURL}/`,
      method: 'POST',
      headers: [['authorization', 'Basic Zm9v'], ['content-type', 'text/plain']],
      body: 'é',
    },
  });
  assert.deepEqual(
    received.map(({ method, body, headers }) => [method, body, headers.authorization]),
    [['POST', 'é', 'Basic Zm9v']],
  );
  assert.equal(received[0].headers['x-fetchtoken-session'], undefined);
  assert.equal(received[0].headers.origin, undefined);
  assert.equal(json.status, 201);
  assert.equal(Buffer.from(json.body, 'base64').toString(), '{"a":1}');
  assert.deepEqual(json.headers.filter(([name = '']) => name === 'x-answer'), [['x-answer', 'yes']]);
});

test('bytes that are no text pass, too', async () => {
  const { json } = await relayed({ url: `${apiURL}/bytes` });
  assert.deepEqual([...Buffer.from(json.body, 'base64')], [0, 255, 128]);
});

/** @param {object} body */
const relayed = async (body) =>
  ask('/relay', { headers: await session(), body: { method: 'GET', ...body } });

test('a redirect is told, not followed', async () => {
  const { json } = await relayed({ url: `${apiURL}/redirect` });
  assert.equal(json.status, 307);
  assert.deepEqual(received.map(({ url }) => url), ['/redirect']);
});

test('a target is an https URL, or an http one of this machine', async () => {
  for (const url of [
    'http://api.example/', 'http://192.168.0.1/', 'http://127.0.0.1.example/', 'http://0.0.0.0/',
    'http://user:password@127.0.0.1/', 'ftp://127.0.0.1/', 'file:///etc/passwd', 'data:,a',
    'https://user@api.example/', '', 'nothing', 1, undefined, ['https://api.example/'],
  ]) {
    const { status, json } = await relayed({ url });
    assert.deepEqual([status, /asks https URLs/.test(json.error)], [400, true], String(url));
  }
});

test('what only the connection may say is refused, and so is a method that fetch does not send', async () => {
  for (const name of ['Host', 'connection', 'Transfer-Encoding', 'proxy-authorization']) {
    const { status } = await relayed({ url: apiURL, headers: [[name, 'x']] });
    assert.equal(status, 400, name);
  }
  for (const headers of [[['a b', 'x']], [['a', 'x\ny']], [1], [null]]) {
    assert.equal((await relayed({ url: apiURL, headers })).status, 400, JSON.stringify(headers));
  }
  for (const method of ['CONNECT', 'TRACE', 'get', 'GET /', undefined]) {
    assert.equal((await relayed({ url: apiURL, method })).status, 400, method);
  }
  assert.equal(received.length, 0);
});

test('an answer is bounded, and so is what the page sends', async () => {
  const whole = await relayed({ url: `${apiURL}/whole` });
  assert.equal(Buffer.from(whole.json.body, 'base64').length, 8 << 20);
  const { json } = await relayed({ url: `${apiURL}/large` });
  assert.equal(json.failure.code, 'TOO_LARGE');
  const long = await ask('/relay', { headers: await session(), body: ' '.repeat((1 << 20) + 1) });
  assert.equal(long.status, 413);
});

test('why there is no answer is said in a code and a few words', async () => {
  const nobody = createServer();
  await new Promise((resolve) => nobody.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {any} */ (nobody.address());
  await new Promise((resolve) => nobody.close(resolve));
  const { json } = await relayed({ url: `https://127.0.0.1:${port}/` });
  assert.equal(json.failure.code, 'ECONNREFUSED');
  assert.ok((await relayed({ url: `${apiURL}/reset` })).json.failure.message);
});

test('what is no JSON is refused', async () => {
  const headers = await session();
  assert.equal((await ask('/relay', { headers, body: '{' })).status, 400);
  const plain = { ...headers, 'content-type': 'text/plain' };
  assert.equal((await ask('/relay', { headers: plain, body: '{}' })).status, 415);
});

test('the page and its package are served, and nothing else', async () => {
  const get = (/** @type {string} */ path) => ask(path, { method: 'GET' });
  const { status, headers } = await get('/');
  assert.deepEqual([status, headers.location], [302, '/dist/console/']);
  const page = await get('/dist/console/');
  assert.match(page.text, /<html data-relay /);
  for (const [path, type] of [
    ['/dist/console/console.js', 'text/javascript; charset=utf-8'],
    ['/dist/console/style.css', 'text/css; charset=utf-8'],
    ['/dist/console/icon.svg', 'image/svg+xml'],
    ['/dist/fetchtoken-compact.wasm', 'application/wasm'],
  ]) {
    const file = await get(path);
    assert.deepEqual([file.status, file.headers['content-type']], [200, type], path);
  }
  for (const path of [
    '/package.json', '/js/cli/cli.js', '/js/test/node/console.test.js', '/dist/console/nothing.js',
    '/dist/console/../../package.json', '/dist/console/%2e%2e/node/all.cjs', '/dist/node/all.cjs',
    '/dist/console/..%2fnode/all.cjs', '//etc/passwd', '/dist/console', '/dist/fetchtoken.wasm',
    '/.git/config',
  ]) {
    assert.equal((await get(path)).status, 404, path);
  }
});

test('every answer forbids what the page does not need', async () => {
  for (const path of ['/', '/dist/console/', '/dist/console/console.js', '/nothing']) {
    const { headers } = await ask(path, { method: 'GET' });
    const policy = headers['content-security-policy'];
    assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
    assert.match(policy, /connect-src 'self'; base-uri 'none'; form-action 'none'; /);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('it listens on this machine alone', () => {
  assert.equal(new URL(relay.url).hostname, '127.0.0.1');
});

const root = new URL('../../../', import.meta.url);

test('script and style take at most 60 KB with brotli, beside the module', async () => {
  const folder = new URL('dist/console/', root);
  const names = (await readdir(folder)).filter((name) => /\.(?:js|css)$/.test(name));
  assert.ok(names.includes('console.js') && names.includes('style.css'));
  const contents = await Promise.all(names.map((name) => readFile(new URL(name, folder))));
  const sum = contents.reduce((total, each) => total + brotliCompressSync(each).length, 0);
  assert.ok(sum <= 60_000, `${sum} bytes`);
});

test('the command prints a link that works, and the next one when it was used', async (t) => {
  const command = fileURLToPath(new URL('js/cli/cli.js', root));
  const child = spawn(process.execPath, [command, 'console'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: first } = await lines.next();
  const [, url, key] = /^the console is open at (http:\/\/127\.0\.0\.1:\d+)\/#key=(\S+)$/.exec(first) ?? [];
  assert.match((await lines.next()).value, /^The link works once\./);
  const response = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  assert.equal(response.status, 200);
  const { value: next } = await lines.next();
  assert.match(next, /^for one more page: http:\/\/127\.0\.0\.1:\d+\/#key=/);
  assert.ok(!next.includes(key));
  child.kill('SIGINT');
  const [status] = await once(child, 'exit');
  assert.equal(status, 130);
});
