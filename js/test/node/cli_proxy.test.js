// fetchtoken proxy: programs send to it with a key, and the API gets the token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { ended, place } from '../support/command.js';

const here = await place();
/** What came in. @type {import('node:http').IncomingMessage[]} */
let seen = [];
/** @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown} Answer */
/** What the API does by the path of a request, else it sends the body back. @type {Record<string, Answer>} */
let answers = {};
const server = createServer((request, response) => {
  seen.push(request);
  const [path] = String(request.url).split('?');
  (Object.hasOwn(answers, path) ? answers[path] : () => request.pipe(response))(request, response);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const api = `http://127.0.0.1:${port}`;
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
after(async () => {
  await Promise.all(children.map((child) => {
    const end = child.exitCode === null && child.signalCode === null && once(child, 'close');
    child.kill();
    return end;
  }));
  server.closeAllConnections();
  server.close();
  await here[Symbol.asyncDispose]();
});
beforeEach(() => {
  seen = [];
  answers = {};
});

/** Starts a proxy. @param {string[]} options */
async function proxy(...options) {
  const child = here.start(['proxy', ...here.client, '--to', api, ...options]);
  children.push(child);
  const { url, key } = JSON.parse(String((await once(child.stdout, 'data'))[0]));
  return { child, url: new URL(url), key, authorization: `Bearer ${key}` };
}

/**
 * Sends a request as it is, for fetch would change some. Without another Authorization it has the
 * key.
 *
 * @param {{ url: URL, authorization: string }} to
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string | string[]>, body?: string }}
 *   [options]
 */
async function ask({ url, authorization }, path, { method = 'GET', headers = {}, body } = {}) {
  const { hostname: host, port } = url;
  const sent = send({ host, port, path, method, headers: { authorization, ...headers } });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

describe('the proxy', () => {
  /** @type {Awaited<ReturnType<typeof proxy>>} */
  let its;
  before(async () => {
    its = await proxy();
  });

  test('passes method, target, headers and body on, with the token in place of the key', async () => {
    const answer = await ask(its, "/a/b?c='d'&e=//f", {
      method: 'POST', body: 'text', headers: { 'x-one': '1', 'content-type': 'text/plain' },
    });
    assert.deepEqual([answer.status, answer.text], [200, 'text']);
    const [{ method, url, headers }] = seen;
    assert.deepEqual([method, headers['x-one'], headers['content-type']], ['POST', '1', 'text/plain']);
    assert.deepEqual(new URLSearchParams(String(url).split('?')[1]), new URLSearchParams("c='d'&e=//f"));
    assert.deepEqual([headers.authorization, headers.host], ['Bearer token-1', `127.0.0.1:${port}`]);
  });

  test('passes no header of one connection, no cookie and no credentials on, either way', async () => {
    const never = {
      'connection': 'x-named, keep-alive', 'x-named': '1', 'keep-alive': 'timeout=1', 'te': 'trailers',
      'proxy-authorization': 'Basic eA==', 'proxy-connection': 'keep-alive', 'cookie': 'a=b',
      'dpop': 'proof', 'forwarded': 'for=me', 'origin': 'https://page.example', 'referer': 'https://page.example/',
    };
    answers['/'] = (_, response) => response.writeHead(200, {
      'connection': 'x-private', 'x-private': '1', 'keep-alive': 'timeout=9', 'set-cookie': ['a=b', 'c=d'],
      'proxy-authenticate': 'Basic', 'alt-svc': 'h2=":1"', 'x-one': '1',
    }).end('fine');
    const { status, headers, text } = await ask(its, '/', { headers: never });
    assert.deepEqual([status, text, headers['x-one']], [200, 'fine', '1']);
    const sent = seen[0].headers;
    assert.deepEqual(Object.keys(never).filter((name) => sent[name] === never[/** @type {'te'} */ (name)]), []);
    assert.deepEqual(['x-named', 'cookie', 'dpop'].filter((name) => name in sent), []);
    for (const name of ['x-private', 'set-cookie', 'proxy-authenticate', 'alt-svc']) {
      assert.equal(headers[name], undefined, name);
    }
    assert.ok(!JSON.stringify([seen[0].rawHeaders]).includes(its.key));
  });

  test('refuses a request without the key, by a browser\'s name for it, or for another place', async () => {
    const own = its.url.host;
    /** @type {[string, Parameters<typeof ask>[2], number, RegExp][]} */
    const attempts = [
      ['/', { headers: { authorization: '' } }, 401, /key/],
      ['/', { headers: { authorization: 'Bearer token-1' } }, 401, /key/],
      ['/', { headers: { authorization: `Basic ${its.key}` } }, 401, /key/],
      ['/', { headers: { authorization: `Bearer ${its.key}x` } }, 401, /key/],
      ['/', { headers: { host: `attacker.example:${its.url.port}` } }, 421, /Host/],
      ['/', { headers: { host: 'api.ota.here.com' } }, 421, /Host/],
      ['/', { headers: { host: `127.0.0.1.attacker.example:${its.url.port}` } }, 421, /Host/],
      ['http://attacker.example/', {}, 400, /plain path/],
      [`http://${own}@attacker.example/`, {}, 400, /plain path/],
      [`${api}/`, {}, 400, /plain path/],
      ['//attacker.example/', {}, 400, /plain path/],
      ['/\\attacker.example/', {}, 400, /plain path/],
      ['\\\\attacker.example/', {}, 400, /^$/], // the parser of Node
      ['/a//b', {}, 400, /plain path/],
      ['/a/../b', {}, 400, /plain path/],
      ['/a/./b', {}, 400, /plain path/],
      ['/a/%2e%2e/b', {}, 400, /plain path/],
      ['/a/.%2E/b', {}, 400, /plain path/],
      ['/..', {}, 400, /plain path/],
      ['/a#b', {}, 400, /plain path/],
      ['@attacker.example/', {}, 400, /^$/],
      ['*', { method: 'OPTIONS' }, 400, /plain path/],
      ['/', { method: 'TRACE' }, 501, /method/],
      ['/', { headers: { connection: 'upgrade', upgrade: 'websocket' } }, 501, /WebSocket/],
    ];
    for (const [path, options, status, why] of attempts) {
      const answer = await ask(its, path, options);
      assert.equal(answer.status, status, `${path} ${JSON.stringify(options)}: ${answer.text}`);
      assert.match(answer.text, why);
      assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
    }
    assert.equal(seen.length, 0);
  });

  test('opens no tunnel', async () => {
    const socket = connect(Number(its.url.port), its.url.hostname);
    socket.write(`CONNECT attacker.example:443 HTTP/1.1\r\nHost: attacker.example:443\r\n\r\n`);
    assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 501 /);
  });

  test('is called by each name of this machine', async () => {
    for (const host of ['localhost', '127.0.0.1', '127.0.0.2', '[::1]']) {
      const { status } = await ask(its, '/', { headers: { host: `${host}:${its.url.port}` } });
      assert.equal(status, 200, host);
    }
  });

  test('leads on to the API only', async () => {
    answers['/here'] = (_, response) => response.writeHead(302, { location: `${api}/there?a#b` }).end();
    answers['/relative'] = (_, response) => response.writeHead(307, { location: '../up' }).end();
    answers['/away'] = (_, response) => response.writeHead(302, { location: 'https://attacker.example/' }).end();
    answers['/aside'] = (_, response) => response.writeHead(302, { location: '//attacker.example/' }).end();
    const [inside, relative, away, aside] = [
      await ask(its, '/here'), await ask(its, '/relative'), await ask(its, '/away'), await ask(its, '/aside'),
    ];
    assert.deepEqual([inside.status, inside.headers.location], [302, '/there?a#b']);
    assert.deepEqual([relative.status, relative.headers.location], [307, '/up']);
    for (const { status, headers, text } of [away, aside]) {
      assert.deepEqual([status, headers.location], [502, undefined]);
      assert.match(text, /redirects to another origin/);
    }
    assert.equal(seen.length, 4);
  });

  test('renews a token that the API refuses', async () => {
    /** @type {(string | undefined)[]} */
    const tokens = [];
    answers['/'] = async (request, response) => {
      tokens.push(request.headers.authorization);
      const body = Buffer.concat(await request.toArray());
      response.writeHead(tokens.length === 1 ? 401 : 200).end(body);
    };
    const { status, text } = await ask(its, '/', { method: 'PUT', body: 'again' });
    assert.deepEqual([status, text, new Set(tokens).size], [200, 'again', 2]);
  });

  test('streams both ways, and an event when it comes', async () => {
    answers['/'] = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      request.on('data', (chunk) => response.write(`data: ${chunk}\n\n`));
      request.on('end', () => response.end());
    };
    const { hostname: host, port } = its.url;
    const sent = send({ host, port, method: 'POST', headers: { authorization: its.authorization } });
    sent.write('one');
    const [response] = await once(sent, 'response');
    assert.equal(String((await once(response, 'data'))[0]), 'data: one\n\n');
    sent.write('two');
    assert.equal(String((await once(response, 'data'))[0]), 'data: two\n\n');
    sent.end();
    await once(response.resume(), 'end');
  });

  test('tells the API when the program goes away, and the program when the API does', async () => {
    const gone = new Promise((resolve) => {
      answers['/long'] = (_, response) => response.on('close', resolve).write('begun');
    });
    const { hostname: host, port } = its.url;
    const sent = send({ host, port, path: '/long', headers: { authorization: its.authorization } }).end();
    const [response] = await once(sent, 'response');
    response.on('error', () => {});
    await once(response, 'data');
    sent.destroy();
    await gone;
    answers['/half'] = (request, answer) =>
      answer.writeHead(200, { 'content-length': 9 }).write('half', () => request.socket.destroy());
    await assert.rejects(ask(its, '/half'), { code: 'ECONNRESET' });
    answers['/none'] = (request) => request.socket.destroy();
    const none = await ask(its, '/none');
    assert.equal(none.status, 502);
    assert.match(none.text, new RegExp(`the request to ${api} failed: \\w+\n$`));
  });

  test('passes the body on without its compression', async () => {
    answers['/'] = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('plain'));
    const { headers, text } = await ask(its, '/', { headers: { 'accept-encoding': 'gzip' } });
    assert.deepEqual([text, headers['content-encoding']], ['plain', undefined]);
  });
});

test('--allow passes on what a rule permits, and nothing else', async () => {
  const its = await proxy('--allow', 'GET /v1/devices/*', '--allow', '* /v1/items');
  const table = {
    'GET /v1/devices/': 200, 'GET /v1/devices/1/state?a=/v2': 200, 'POST /v1/items': 200,
    'DELETE /v1/items?all': 200,
    'POST /v1/devices/1': 403, 'GET /v1/devices': 403, 'GET /v1/items/': 403, 'GET /v1/itemsX': 403,
    'GET /v1/ITEMS': 403, 'GET /': 403, 'GET /v2?/v1/items': 403, 'HEAD /v1/devices/1': 403,
    'GET /v1/devices/%2e%2e%2fitems': 403, 'GET /v1/devices/..%2fadmin': 403,
    'GET /v1/devices/a%5c..%5cb': 403, 'GET /v1/devices/../items': 400,
  };
  for (const [line, status] of Object.entries(table)) {
    const [method, path] = line.split(' ');
    assert.equal((await ask(its, path, { method })).status, status, line);
  }
  assert.equal(seen.length, 4);
});

test('each session has a key of its own, and the one of another opens nothing', async () => {
  const [one, two] = [await proxy(), await proxy()];
  assert.notEqual(one.key, two.key);
  assert.match(one.key, /^[\w-]{43}$/);
  assert.equal((await ask({ ...one, authorization: two.authorization }, '/')).status, 401);
  assert.equal(one.url.hostname, '127.0.0.1');
});

test('a program finds the proxy in its environment, no secret, and the proxy ends with it', async () => {
  const source = `
    const { PROXY_URL, PROXY_KEY } = process.env;
    const response = await fetch(PROXY_URL + '/a', {
      method: 'POST', body: 'text', headers: { authorization: 'Bearer ' + PROXY_KEY } });
    const left = Object.keys(process.env).filter((name) => name.startsWith('FETCHTOKEN'));
    console.log(await response.text(), left.length);
    process.exitCode = 7;`;
  const line = ['proxy', ...here.client, '--to', api, '--', process.execPath, '--input-type=module', '-e', source];
  assert.deepEqual(await here.run(line), { status: 7, signal: null, stdout: 'text 0\n', stderr: '' });
  assert.match(String(seen[0].headers.authorization), /^Bearer token-\d+$/);
});

test('an interruption ends it', async () => {
  const { child } = await proxy();
  const result = ended(child);
  child.kill('SIGINT');
  assert.deepEqual([(await result).status, (await result).stderr], [130, '']);
});

test('a wrong command line is refused, and a client without a token gets no proxy', async () => {
  /** @type {[string[], number, RegExp][]} */
  const table = [
    [[], 2, /--to wants the origin of the API/],
    [['--to', 'https://api.example.com/v1'], 2, /--to wants the origin of the API/],
    [['--to', 'http://api.example.com'], 2, /--to wants the origin of the API/],
    [['--to', api, '--listen', '8080'], 2, /--listen wants HOST:PORT/],
    [['--to', api, '--listen', '127.0.0.1:65536'], 2, /--listen wants HOST:PORT/],
    [['--to', api, '--listen', `127.0.0.1:${port}`], 2, /can't listen there: EADDRINUSE/],
    [['--to', api, '--allow', '/v1'], 2, /--allow wants 'METHOD \/path'/],
    [['--to', api, '--allow', 'GET v1'], 2, /--allow wants 'METHOD \/path'/],
    [['--to', api, '--allow', 'GET /a*b'], 2, /--allow wants 'METHOD \/path'/],
    [['--to', api, '--endpoint', 'http://127.0.0.1:1/', '--timeout', '0.5'], 3, /./],
  ];
  for (const [options, status, message] of table) {
    const isComplete = options.includes('--endpoint');
    const client = isComplete ? ['--client-id', 'client-1'] : here.client;
    const result = await here.run(['proxy', ...client, ...options]);
    assert.deepEqual([result.status, result.stdout], [status, ''], options.join(' '));
    assert.match(result.stderr, message);
  }
});

test('beyond this machine it listens only when it is told to, and says so', async () => {
  const child = here.start(['proxy', ...here.client, '--to', api, '--listen', '0.0.0.0:0']);
  children.push(child);
  const [said] = await once(child.stderr, 'data');
  assert.match(String(said), /^fetchtoken: the proxy listens at 0\.0\.0\.0:\d+, where other machines may reach it\n$/);
});
