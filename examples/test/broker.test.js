// examples/broker in workerd: the table of attempts of `fetchtoken proxy`, callers, tokens and
// programs that know nothing of fetchtoken. The API, the token endpoint and Access are on loopback.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { Miniflare } from 'miniflare';

import { until } from '../../js/test/support/until.js';
import { bundleWorker, root } from './support.js';

const table = JSON.parse(await readFile(join(root, 'core/testdata/command/proxy.json'), 'utf8'));
const settings = JSON.parse(await readFile(join(root, 'examples/broker/wrangler.jsonc'), 'utf8'));
const ofRecipes = createRequire(join(root, 'js/test/recipes/package.json'));

const SECRET = 'the secret of a client';
const KEYS = { app: 'a'.repeat(40), tool: 'b'.repeat(40), short: 'c'.repeat(31) };
const AUDIENCE = 'the tag of the application';

/** The requests that came to the API. @type {import('node:http').IncomingMessage[]} */
let seen = [];
/** The tokens that the API refuses. */
const revoked = new Set();
/** How many tokens were requested. */
let requested = 0;
/** How the API answers, by the path; else it sends the body back. */
let answers = {};

const access = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(access.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };

const server = createServer(async (request, response) => {
  const [path] = request.url.split('?');
  if (path === '/oauth/token') {
    const id = Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')[0];
    response.setHeader('content-type', 'application/json');
    const token = { access_token: `token-${id}-${++requested}`, token_type: 'Bearer', expires_in: 3600 };
    return response.end(JSON.stringify(token));
  }
  if (path === '/cdn-cgi/access/certs') {
    return response.end(JSON.stringify({ keys: [jwk] }));
  }
  seen.push(request);
  if (revoked.has(request.headers.authorization)) {
    return response.writeHead(401).end();
  }
  return Object.hasOwn(answers, path) ? answers[path](request, response) : request.pipe(response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

let dir;
let miniflare;
let url;
let log = '';

const credentialsOf = (clientId) =>
  JSON.stringify({ token_endpoint: `${origin}/oauth/token`, client_id: clientId, client_secret: SECRET });

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fetchtoken-broker-'));
  await bundleWorker('broker', dir, [{
    name: 'fetchtoken is this package',
    setup(building) {
      const inRoot = { resolveDir: root, pluginData: 'asked' };
      building.onResolve({ filter: /^fetchtoken/ }, ({ path, kind, pluginData }) =>
        pluginData === 'asked' ? undefined : building.resolve(path, { kind, ...inRoot }));
    },
  }]);
  const worker = (name, limit) => ({
    name,
    modulesRoot: dir,
    modules: [
      { type: 'ESModule', path: join(dir, 'worker.js') },
      { type: 'CompiledWasm', path: join(dir, 'fetchtoken-compact.wasm') },
    ],
    compatibilityDate: settings.compatibility_date,
    durableObjects: { TOKENS: { className: 'Tokens', useSQLite: true } },
    ratelimits: {
      LIMIT: { namespace_id: name, simple: { ...settings.ratelimits[0].simple, limit } },
    },
    bindings: {
      APIS: {
        api: { to: origin },
        ruled: { to: origin, allow: table.rules.allow },
        other: { to: origin, config: { clientId: 'replaced' } },
        away: { to: 'http://127.0.0.1:1' },
        denied: { to: origin },
      },
      CALLERS: {
        app: { proxy: ['api', 'ruled', 'away', 'denied'], token: ['api'] },
        tool: { token: ['other'] },
        short: { proxy: ['api'] },
        missing: { proxy: ['api'] },
      },
      ACCESS: { issuer: origin, audience: AUDIENCE, proxy: ['api'] },
      ORIGINS: ['https://app.example'],
      ...Object.fromEntries(Object.entries(KEYS).map(([of, key]) => [`KEY_${of}`, `${key}\n`])),
      ...Object.fromEntries(
        ['api', 'ruled', 'other', 'away'].map((api) => [`CREDENTIALS_${api}`, credentialsOf(api)]),
      ),
      CREDENTIALS_denied: 'nothing that anybody knows',
    },
  });
  miniflare = new Miniflare({
    cf: false,
    host: '127.0.0.1',
    port: 0,
    workers: [worker('broker', 1_000_000), worker('limited', 2)],
    handleRuntimeStdio(...streams) {
      streams.forEach((stream) => stream.on('data', (chunk) => (log += chunk)));
    },
  });
  url = await miniflare.ready;
});
after(async () => {
  await miniflare?.dispose();
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  seen = [];
  answers = {};
});

/** Sends a request as it is, for fetch would change some. It has the key of app or another one. */
async function ask(path, { method = 'GET', headers = {}, body, key = KEYS.app } = {}) {
  const own = key === null ? {} : { authorization: `Bearer ${key}` };
  const { hostname: host, port } = url;
  const sent = send({ host, port, path, method, headers: { ...own, ...headers } });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

test('a request is passed on with the token in place of the key', async () => {
  const answer = await ask('/proxy/api/a/b?c=d&e=//f', {
    method: 'POST',
    body: 'text',
    headers: { 'x-one': '1', 'cf-connecting-ip': '192.0.2.1', 'cf-access-jwt-assertion': 'a' },
  });
  assert.deepEqual([answer.status, answer.text], [200, 'text']);
  const [{ method, url: target, headers }] = seen;
  assert.deepEqual([method, target, headers['x-one']], ['POST', '/a/b?c=d&e=//f', '1']);
  assert.match(headers.authorization, /^Bearer token-api-\d+$/);
  assert.ok(!JSON.stringify(headers).includes(KEYS.app));
  assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('cf-access')), []);
});

/** What a URL makes of a target. A Worker sees nothing else of it. */
function normal(target) {
  const { pathname, search } = new URL(target, 'http://a.example');
  return pathname + search;
}

test('what the proxy refuses is refused, or is another path when the Worker gets it', async () => {
  for (const row of table.refused) {
    const { target, status, method, headers = {} } = JSON.parse(
      JSON.stringify(row).replaceAll('{key}', KEYS.app),
    );
    if (status === 421 || !target.startsWith('/')) {
      continue; // a Worker is called by its route
    }
    seen = [];
    const path = `/proxy/api${target}`;
    const answer = await ask(path, { method, headers, key: 'authorization' in headers ? null : KEYS.app });
    const isChanged = normal(path) !== path;
    if (isChanged && answer.status === 200) {
      assert.deepEqual(seen.map((request) => `/proxy/api${request.url}`), [normal(path)]);
      assert.equal(normal(path).includes('//'), false);
    } else {
      assert.equal(answer.status, isChanged ? answer.status : status, JSON.stringify(row));
      assert.ok(answer.status >= 400 && seen.length === 0, JSON.stringify(row));
    }
  }
});

test('what the proxy passes on is passed on', async () => {
  for (const { target } of table.passed) {
    assert.equal((await ask(`/proxy/api${target}`)).status, 200, target);
    assert.equal(seen.at(-1).url.split('?')[0], target.split('?')[0]);
  }
});

test('a rule permits what it permits in the proxy', async () => {
  let passed = 0;
  for (const [line, status] of Object.entries(table.rules.requests)) {
    const [method, target] = line.split(' ');
    const path = `/proxy/ruled${target}`;
    if (normal(path) === path) {
      assert.equal((await ask(path, { method })).status, status, line);
      passed += status === 200 ? 1 : 0;
    }
  }
  assert.equal(seen.length, passed);
});

test('no header of one connection, no cookie and no credentials pass, either way', async () => {
  const { notSent, notReturned } = table;
  answers['/'] = (_, response) => response.writeHead(200, { ...notReturned, 'x-one': '1' }).end();
  const { status, headers } = await ask('/proxy/api/', { headers: notSent });
  assert.deepEqual([status, headers['x-one']], [200, '1']);
  const left = (got, never) =>
    Object.keys(never).filter((name) => String(got[name]) === never[name]);
  assert.deepEqual(left(seen[0].headers, notSent), []);
  assert.deepEqual(left(headers, notReturned).filter((name) => name !== 'connection'), []);
});

test('a redirect leads to the API only', async () => {
  for (const [location, path] of Object.entries(table.locations)) {
    answers['/at/here'] = (_, response) =>
      response.writeHead(302, { location: location.replace('{api}', origin) }).end();
    const { status, headers } = await ask('/proxy/api/at/here');
    const expected = path === null ? [502, undefined] : [302, `/proxy/api${path}`];
    assert.deepEqual([status, headers.location], expected, location);
  }
  assert.equal(seen.length, Object.keys(table.locations).length);
});

test('200 overlapping requests, with refusals between, renew the token once', async () => {
  await ask('/proxy/api/');
  const [first] = seen;
  const before = requested;
  let came = 0;
  answers['/many'] = (request, response) => {
    if (++came === 50) {
      revoked.add(first.headers.authorization);
    }
    request.pipe(response);
  };
  const all = Array.from({ length: 200 }, (_, i) =>
    ask('/proxy/api/many', { method: 'PUT', body: `body ${i}` }),
  );
  const results = await Promise.all(all);
  assert.deepEqual(results.map((answer) => `${answer.status} ${answer.text}`),
    all.map((_, i) => `200 body ${i}`));
  assert.ok(seen.length > 201, 'some were refused');
  assert.equal(requested - before, 1);
});

test('an event comes when it is sent, and the API learns that the program went away', async () => {
  let stream;
  const gone = new Promise((resolve) => {
    answers['/events'] = (_, response) => {
      stream = response;
      response.on('close', resolve);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n');
    };
  });
  const controller = new AbortController();
  const response = await fetch(new URL('/proxy/api/events', url), {
    headers: { authorization: `Bearer ${KEYS.app}` }, signal: controller.signal,
  });
  const reader = response.body.getReader();
  const next = async () => Buffer.from((await reader.read()).value).toString();
  assert.equal(await next(), 'data: one\n\n');
  stream.write('data: two\n\n');
  assert.equal(await next(), 'data: two\n\n');
  controller.abort();
  const events = setInterval(() => stream.write('data: more\n\n'), 20);
  await gone;
  clearInterval(events);
});

test('the body comes without its compression', async () => {
  answers['/'] = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('plain'));
  const { headers, text } = await ask('/proxy/api/');
  assert.deepEqual([text, headers['content-encoding']], ['plain', undefined]);
});

test('/token/NAME returns the token of each API to its callers', async () => {
  const { status, headers, text } = await ask('/token/api');
  assert.deepEqual([status, headers['cache-control']], [200, 'no-store']);
  const { access_token, token_type, expires_in } = JSON.parse(text);
  assert.match(access_token, /^token-api-\d+$/);
  assert.equal(token_type, 'Bearer');
  assert.ok(expires_in > 3500 && expires_in <= 3600, String(expires_in));
  const other = JSON.parse((await ask('/token/other', { key: KEYS.tool })).text);
  assert.match(other.access_token, /^token-replaced-\d+$/, 'config replaces fields');
  assert.equal(JSON.parse((await ask('/token/api')).text).access_token, access_token);
  assert.equal((await ask('/token/api', { method: 'POST' })).status, 405);
});

test('a caller gets what it has the right to, and nothing without its key', async () => {
  const rows = [
    [401, '/token/api', null],
    [401, '/proxy/api/', null],
    [401, '/proxy/nothing/', null],
    [401, '/proxy/api/', `${KEYS.app}x`],
    [401, '/proxy/api/', KEYS.app.slice(1)],
    [401, '/proxy/api/', KEYS.short],
    [401, '/proxy/api/', 'undefined'],
    [403, '/token/api', KEYS.tool],
    [403, '/proxy/api/', KEYS.tool],
    [403, '/proxy/other/', KEYS.tool],
    [403, '/token/ruled', KEYS.app],
    [403, '/token/other', KEYS.app],
    [403, '/proxy/nothing/', KEYS.app],
    [403, '/proxy/constructor/', KEYS.app],
    [404, '/token/api/more', KEYS.app],
    [404, '/token', KEYS.app],
    [404, '/', KEYS.app],
    [400, '/proxy/api', KEYS.app],
  ];
  for (const [status, path, key] of rows) {
    const answer = await ask(path, { key });
    assert.equal(answer.status, status, `${path} ${key}: ${answer.text}`);
    assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
  }
  assert.equal(seen.length, 0);
  assert.equal((await ask('/healthz', { key: null })).text, '{"status":"ok"}');
});

/** A JWT of Access. */
const assertion = ({ audience = AUDIENCE, issuer = origin, expires = '5 minutes' } = {}) =>
  new SignJWT({ email: 'somebody@example.com' })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setSubject('somebody')
    .setAudience([audience])
    .setIssuer(issuer)
    .setIssuedAt()
    .setExpirationTime(expires);

test('a user of Access comes with the JWT that Access made for this Worker', async () => {
  const { privateKey, publicKey } = access;
  const other = (await generateKeyPair('RS256')).privateKey;
  const noEnd = new SignJWT({}).setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setAudience(AUDIENCE).setIssuer(origin);
  const unsigned = new UnsecuredJWT({}).setAudience(AUDIENCE).setIssuer(origin)
    .setExpirationTime('5 minutes').encode();
  const byPublicKey = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .setAudience(AUDIENCE).setIssuer(origin).setExpirationTime('5 minutes')
    .sign(new TextEncoder().encode((await exportJWK(publicKey)).n));
  const user = async (jwt, path = '/proxy/api/', more = {}) =>
    (await ask(path, { key: null, headers: { 'cf-access-jwt-assertion': jwt, ...more } })).status;
  const valid = await assertion().sign(privateKey);
  assert.equal(await user(valid), 200);
  assert.equal(await user(valid, '/token/api'), 403, 'Access has no right to that');
  assert.equal(await user(valid, '/proxy/api/', { origin: 'https://app.example' }), 200);
  assert.equal(await user(valid, '/proxy/api/', { origin: 'https://attacker.example' }), 401);
  assert.equal(await user(valid, '/proxy/api/', { authorization: 'Bearer wrong' }), 401);
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(await user(valid, '/proxy/api/', { 'sec-fetch-site': site }), 401, site);
  }
  assert.equal(seen.length, 2);
  const listed = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  for (const more of [listed, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
    assert.equal(await user(valid, '/proxy/api/', more), 200);
  }
  seen = [];
  for (const [why, jwt] of Object.entries({
    expired: await assertion({ expires: '-1 minute' }).sign(privateKey),
    'another audience': await assertion({ audience: 'another' }).sign(privateKey),
    'another issuer': await assertion({ issuer: 'https://other.example' }).sign(privateKey),
    'another key': await assertion().sign(other),
    'without an end': await noEnd.sign(privateKey),
    unsigned,
    'signed with the public key': byPublicKey,
    'no JWT': 'a.b.c',
  })) {
    assert.equal(await user(jwt), 401, why);
  }
  assert.equal(seen.length, 0);
});

test('too many requests of a caller are refused, and told when to come again', async () => {
  const limited = await miniflare.getWorker('limited');
  const call = (key) =>
    limited.fetch('http://limited/token/api', { headers: { authorization: `Bearer ${key}` } });
  const answers = [];
  for (let i = 0; i < 5; i++) { // a new minute may begin meanwhile
    answers.push(await call(KEYS.app));
  }
  assert.deepEqual(answers.slice(0, 2).map(({ status }) => status), [200, 200]);
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(refused.length > 0);
  for (const { status, headers } of refused) {
    assert.deepEqual([status, headers.get('retry-after')], [429, '60']);
  }
  assert.equal((await call(KEYS.tool)).status, 403, 'each caller has its own limit');
});

test('pages of listed origins may read the answers', async () => {
  answers['/'] = (_, response) => response.writeHead(200, {
    'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true',
  }).end();
  const of = ({ status, headers }) => [
    status, headers['access-control-allow-origin'], headers['access-control-allow-credentials'],
  ];
  const listed = 'https://app.example';
  const preflight = (origin) => ask('/proxy/api/', {
    method: 'OPTIONS', key: null, headers: { origin, 'access-control-request-method': 'PUT' },
  });
  assert.deepEqual(of(await ask('/proxy/api/', { headers: { origin: listed } })), [200, listed, undefined]);
  assert.deepEqual(of(await ask('/proxy/api/', { headers: { origin: 'https://attacker.example' } })),
    [200, undefined, undefined]);
  const allowed = await preflight(listed);
  assert.deepEqual(of(allowed), [204, listed, undefined]);
  assert.match(allowed.headers['access-control-allow-headers'], /authorization/);
  assert.deepEqual(of(await preflight('https://attacker.example')), [403, undefined, undefined]);
  assert.deepEqual(of(await ask('/proxy/api/', { key: null, headers: { origin: listed } })),
    [401, listed, undefined]);
});

test('openapi-fetch, an MCP client and curl go through it', async () => {
  const authorization = `Bearer ${KEYS.app}`;
  const { default: createApi } = ofRecipes('openapi-fetch');
  const api = createApi({ baseUrl: new URL('/proxy/api', url).href, headers: { authorization } });
  answers['/v1/things'] = (_, response) =>
    response.setHeader('content-type', 'application/json').end('["a thing"]');
  assert.deepEqual((await api.GET('/v1/things')).data, ['a thing']);

  const { Client } = ofRecipes('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = ofRecipes('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const results = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'loopback', version: '1.0.0' },
    },
    'tools/list': { tools: [{ name: 'things', inputSchema: { type: 'object' } }] },
  };
  answers['/mcp'] = async (request, response) => {
    if (request.method !== 'POST') {
      return response.writeHead(405).end();
    }
    const { id, method } = JSON.parse(await text(request));
    if (id === undefined) {
      return response.writeHead(202).end();
    }
    const message = JSON.stringify({ jsonrpc: '2.0', id, result: results[method] });
    response.setHeader('content-type', 'text/event-stream');
    return response.end(`event: message\ndata: ${message}\n\n`);
  };
  const mcp = new Client({ name: 'app', version: '1.0.0' });
  const requestInit = { headers: { authorization } };
  await mcp.connect(new StreamableHTTPClientTransport(new URL('/proxy/api/mcp', url), { requestInit }));
  assert.deepEqual((await mcp.listTools()).tools.map(({ name }) => name), ['things']);
  await mcp.close();

  const { stdout } = await promisify(execFile)('curl', [
    '--silent', '--header', `authorization: ${authorization}`, '--data', 'a=b',
    new URL('/proxy/api/curl', url).href,
  ]);
  assert.equal(stdout, 'a=b');
  const tokens = new Set(seen.map(({ headers }) => headers.authorization));
  assert.equal(tokens.size, 1);
  assert.match([...tokens][0], /^Bearer token-api-\d+$/);
});

test('a failure is a line in the log with its cause, and the log has no secret', async () => {
  const denied = await ask('/proxy/denied/');
  assert.deepEqual([denied.status, denied.text.startsWith('fetchtoken broker: no token: ')], [502, true]);
  assert.equal((await ask('/proxy/away/')).text, 'fetchtoken broker: the request to the API failed\n');
  const lines = () =>
    log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const find = async (api) => {
    for (;;) {
      const line = lines().find((other) => other.api === api);
      if (line !== undefined) {
        return line;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const { ms, why, error, ...line } = await find('denied');
  assert.deepEqual(line, { method: 'GET', caller: 'app', route: 'proxy', api: 'denied', status: 502 });
  assert.ok(ms >= 0 && error.length > 0 && why.length > 0);
  assert.equal((await find('away')).caller, 'app');
  await ask('/proxy/api/', { key: KEYS.short });
  await until('the line about the short key', () =>
    lines().some(({ status, why }) => status === 401 && why === 'KEY_short has fewer than 32 characters'));
  const secrets = [SECRET, ...Object.values(KEYS), 'token-api-', 'eyJ', 'somebody'];
  assert.deepEqual(secrets.filter((secret) => log.includes(secret)), []);
});

test('wrangler.jsonc names what the Worker has, and no secret', async () => {
  const { main, vars, ratelimits, durable_objects, migrations } = settings;
  assert.deepEqual(
    [main, Object.keys(vars), ratelimits[0].name, ratelimits[0].simple.period],
    ['worker.js', ['APIS', 'CALLERS', 'ACCESS', 'ORIGINS'], 'LIMIT', 60],
  );
  assert.deepEqual(
    [durable_objects.bindings, migrations[0].new_sqlite_classes],
    [[{ name: 'TOKENS', class_name: 'Tokens' }], ['Tokens']],
  );
});
