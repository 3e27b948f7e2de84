// createProxy: a Request is passed on with the token of a client, by the rules of `fetchtoken proxy`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, beforeEach, test } from 'node:test';

import { createClient } from '../../node.js';
import { createProxy } from '../../proxy.js';

const table = JSON.parse(
  await readFile(new URL('../../../core/testdata/command/proxy.json', import.meta.url), 'utf8'),
);

/** @type {import('node:http').IncomingMessage[]} */
let seen = [];
/** @type {(response: import('node:http').ServerResponse) => unknown} */
let answer = (response) => response.end('fine');
const server = createServer((request, response) => {
  if (request.url === '/token') {
    return response.end('{"access_token":"a token","token_type":"Bearer","expires_in":3600}');
  }
  seen.push(request);
  return answer(response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const to = `http://127.0.0.1:${port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  answer = (response) => response.end('fine');
});

const client = createClient(
  { tokenEndpoint: `${to}/token`, clientId: 'client', clientSecret: 'secret' },
  { origins: [to] },
);

/** A request of a program to a server. @param {string} path @param {RequestInit} [init] */
const asked = (path, init) => new Request(`https://server.example${path}`, init);

test('what is below the base is passed on, with the token and nothing of the caller', async () => {
  const forward = createProxy(client, { to, base: '/a/b' });
  const headers = { ...table.notSent, authorization: 'Bearer key', 'x-one': '1' };
  const response = await forward(asked('/a/b/c?d=//e', { headers }));
  assert.deepEqual([response.status, await response.text()], [200, 'fine']);
  const [{ url, headers: sent }] = seen;
  assert.deepEqual([url, sent['x-one'], sent.authorization], ['/c?d=//e', '1', 'Bearer a token']);
  const left = Object.keys(table.notSent).filter((name) => sent[name] === table.notSent[name]);
  assert.deepEqual(left, []);
});

test('what is not below the base, or is no plain path, is refused', async () => {
  const forward = createProxy(client, { to, base: '/api' });
  for (const path of ['/', '/api', '/apis/a', '/api/../a', '/api//a', '/api/a%2', '/API/a']) {
    const response = await forward(asked(path));
    const why = 'fetchtoken proxy: the target is no plain path of the API\n';
    assert.deepEqual([response.status, await response.text()], [400, why], path);
  }
  const upgrade = await forward(asked('/api/', { headers: { upgrade: 'websocket' } }));
  assert.equal(upgrade.status, 501);
  assert.equal(seen.length, 0);
});

test('a rule is for the path at the API', async () => {
  const forward = createProxy(client, { to, base: '/v1', allow: table.rules.allow });
  for (const [line, status] of Object.entries(table.rules.requests)) {
    const [method, path] = line.split(' ');
    if (new URL(path, to).href === to + path) { // else no Request has that path
      assert.equal((await forward(asked(`/v1${path}`, { method }))).status, status, line);
    }
  }
  for (const [name, value] of Object.entries(table.rules.replacing)) {
    const request = asked('/v1/v1/devices/1', { headers: { [name]: value } });
    assert.equal((await forward(request)).status, 403, name);
  }
});

test('a redirect stays below the base', async () => {
  const forward = createProxy(client, { to, base: '/api' });
  for (const [location, path] of Object.entries(table.locations)) {
    answer = (response) =>
      response.writeHead(302, { location: location.replace('{api}', to) }).end();
    const { status, headers } = await forward(asked('/api/at/here'));
    const expected = path === null ? [502, null] : [302, `/api${path}`];
    assert.deepEqual([status, headers.get('location')], expected, location);
  }
});

test('the end of the request ends that to the API', async () => {
  const controller = new AbortController();
  const gone = new Promise((resolve) => {
    answer = (response) => {
      response.on('close', resolve);
      controller.abort();
    };
  });
  const forward = createProxy(client, { to });
  await assert.rejects(forward(asked('/', { signal: controller.signal })), { name: 'AbortError' });
  await gone;
});

test('wrong options are refused', () => {
  /** @type {[any, RegExp][]} */
  const rows = [
    [{}, /options\.to is missing/],
    [{ to: 'https://api.example/v1' }, /options\.to has a path: write "https:\/\/api\.example"/],
    [{ to: 'http://api.example' }, /options\.to has http, which is only for this machine/],
    [{ to, base: '/api/' }, /options\.base must be a path/],
    [{ to, base: 'api' }, /options\.base must be a path/],
    [{ to, allow: 'GET /' }, /options\.allow must be a list/],
    [{ to, rules: [] }, /unknown option/],
    ...table.rules.wrong.map((/** @type {string} */ rule) => [
      { to, allow: [rule] }, /options\.allow must be a list of rules/,
    ]),
  ];
  for (const [options, message] of rows) {
    assert.throws(() => createProxy(client, options), { code: 'invalid_config', message });
  }
});
