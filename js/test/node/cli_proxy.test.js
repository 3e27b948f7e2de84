// fetchtoken proxy: programs send to it with a key, and the API gets the token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { refusalOf } from '../../cli/proxy_request.js';
import { ruleOf } from '../../lib/proxy_rules.js';
import { COMMAND, ended, place } from '../support/command.js';

/**
 * What the proxy does with a request, which the proxy in Go does, too.
 *
 * @typedef {{ target: string, method?: string, headers?: Record<string, string> }} Row
 * @type {{
 *   refused: (Row & { status: number, why: string | null })[],
 *   passed: Row[],
 *   rules: { allow: string[], requests: Record<string, number>, replacing: Record<string, string>,
 *     wrong: string[] },
 *   notSent: Record<string, string>,
 *   notReturned: Record<string, string>,
 *   locations: Record<string, string | null>,
 * }}
 */
const table = JSON.parse(
  await readFile(new URL('../../../core/testdata/command/proxy.json', import.meta.url), 'utf8'),
);

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
  const client = options.includes('--endpoint') ? ['--client-id', 'client-1'] : here.client;
  const child = here.start(['proxy', ...client, '--to', api, ...options]);
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
    const { notSent, notReturned } = table;
    answers['/'] = (_, response) => response.writeHead(200, { ...notReturned, 'x-one': '1' }).end('fine');
    const { status, headers, text } = await ask(its, '/', { headers: notSent });
    assert.deepEqual([status, text, headers['x-one']], [200, 'fine', '1']);
    const left = (/** @type {any} */ got, /** @type {typeof notSent} */ never) =>
      Object.keys(never).filter((name) => [got[name] ?? []].flat().includes(never[name]));
    assert.deepEqual(left(seen[0].headers, notSent), []);
    assert.deepEqual(left(headers, notReturned), []);
    assert.ok(!JSON.stringify([seen[0].rawHeaders]).includes(its.key));
  });

  /** A row with its placeholders filled in. @param {Row} row @returns {Row} */
  const filled = (row) =>
    JSON.parse(JSON.stringify(row).replaceAll(/\{(key|port|api)\}/g, (_, /** @type {'key'} */ name) =>
      ({ key: its.key, port: its.url.port, api })[name]));

  test('refuses a request without the key, by a browser\'s name for it, or for another place', async () => {
    for (const row of table.refused) {
      const { target, status, why, ...options } = /** @type {typeof row} */ (filled(row));
      const answer = await ask(its, target, options);
      assert.equal(answer.status, status, `${JSON.stringify(row)}: ${answer.text}`);
      if (why !== null) { // else the parser of HTTP may refuse it, too
        assert.equal(answer.text, `fetchtoken proxy: ${why}\n`);
      }
      assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
    }
    assert.equal(seen.length, 0);
  });

  test('passes each plain path on, by each name of this machine', async () => {
    for (const row of table.passed) {
      const { target, ...options } = filled(row);
      assert.equal((await ask(its, target, options)).status, 200, JSON.stringify(row));
      assert.equal(String(seen.at(-1)?.url).split('?')[0], target.split('?')[0]);
    }
  });

  test('opens no tunnel', async () => {
    const socket = connect(Number(its.url.port), its.url.hostname);
    socket.write(`CONNECT attacker.example:443 HTTP/1.1\r\nHost: attacker.example:443\r\n\r\n`);
    assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 501 /);
  });

  test('leads on to the API only', async () => {
    for (const [location, path] of Object.entries(table.locations)) {
      answers['/at/here'] = (_, response) =>
        response.writeHead(302, { location: location.replace('{api}', api) }).end();
      const { status, headers, text } = await ask(its, '/at/here');
      const expected = path === null ? [502, undefined] : [302, path];
      assert.deepEqual([status, headers.location], expected, location);
      assert.equal(text, path === null ? 'fetchtoken proxy: the API redirects to another origin\n' : '');
    }
    assert.equal(seen.length, Object.keys(table.locations).length);
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

test('200 requests that the API refuses at once share one renewal', async () => {
  const its = await proxy('--scope', 'many');
  const before = here.asked;
  /** @type {Map<string, Set<string>>} the bodies by the token that they came with */
  const bodies = new Map();
  let refuses = () => {};
  const all = new Promise((resolve) => (refuses = () => resolve(undefined)));
  let old = '';
  answers['/'] = async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const token = String(request.headers.authorization);
    old ||= token;
    bodies.set(token, (bodies.get(token) ?? new Set()).add(body));
    if (token === old) {
      bodies.get(old)?.size === 200 && refuses();
      await all; // until each has come with the old token
      response.writeHead(401);
    }
    response.end(body);
  };
  const texts = Array.from({ length: 200 }, (_, i) => `body ${i}`);
  const got = await Promise.all(texts.map((body) => ask(its, '/', { method: 'POST', body })));
  assert.deepEqual(got.map(({ status, text }) => [status, text]), texts.map((text) => [200, text]));
  assert.equal(here.asked - before, 1);
  assert.deepEqual([...bodies.values()].map(({ size }) => size), [200, 200]);
});

test('--allow passes on what a rule permits, and nothing else', async () => {
  const { allow, requests, replacing } = table.rules;
  const its = await proxy(...allow.flatMap((rule) => ['--allow', rule]));
  for (const [name, value] of Object.entries(replacing)) {
    const { status, text } = await ask(its, '/v1/devices/1', { headers: { [name]: value } });
    const why = 'a header asks for another method or path, which no rule permits';
    assert.deepEqual([status, text], [403, `fetchtoken proxy: ${why}\n`], name);
  }
  for (const [line, status] of Object.entries(requests)) {
    const [method, path] = line.split(' ');
    assert.equal((await ask(its, path, { method })).status, status, line);
  }
  assert.equal(seen.length, Object.values(requests).filter((status) => status === 200).length);
});

test('the port of http need not be in a Host', () => { // RFC 9110 section 4.2.1
  const status = (/** @type {string} */ host, port = '80') =>
    refusalOf(
      /** @type {any} */ ({ headers: { host, authorization: 'Bearer key' }, method: 'GET', url: '/' }),
      { key: 'key', to: new URL(api), rules: [], authority: `127.0.0.1:${port}`, listensHere: true },
    )?.status;
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.0.0.1:80']) {
    assert.deepEqual([status(host), status(host, '8080')], [undefined, 421], host);
  }
  for (const host of ['', 'api.example', 'api.example:80', '127.0.0.1.example', ':80']) {
    assert.equal(status(host), 421, host);
  }
});

test('an --allow that is no rule is refused', () => {
  for (const text of table.rules.wrong) {
    assert.equal(ruleOf(text), undefined, text);
  }
  assert.notEqual(ruleOf(table.rules.allow[0]), undefined);
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

test('with --watch a changed secret counts, and the last one if it can not be read', async () => {
  /** @type {(string | undefined)[]} */
  const asked = [];
  const tokens = createServer((request, response) => {
    const [, basic] = String(request.headers.authorization).split(' ');
    asked.push(Buffer.from(basic, 'base64').toString());
    response.end(JSON.stringify({ access_token: `token-${asked.length}`, token_type: 'Bearer' }));
  });
  await once(tokens.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (tokens.address());
  const path = join(here.folder, 'secret');
  /** @type {[change: () => Promise<void>, secret: string, said: RegExp][]} */
  const table = [
    [() => writeFile(path, 'second'), 'second', /^$/],
    [
      () => rm(path), 'first',
      /^fetchtoken: the credentials can't be read again, so the last ones count: --client-secret-file can't be read: there is no such file\n$/,
    ],
  ];
  for (const [change, secret, said] of table) {
    await writeFile(path, 'first');
    asked.length = 0;
    const { child, ...its } = await proxy(
      '--endpoint', `http://127.0.0.1:${port}/`, '--client-secret-file', path, '--watch', '--no-cache',
    );
    const result = ended(child);
    answers['/'] = (request, response) =>
      response.writeHead(request.headers.authorization === 'Bearer token-1' ? 401 : 200).end();
    await change();
    assert.equal((await ask(its, '/')).status, 200);
    assert.deepEqual(asked, ['client-1:first', `client-1:${secret}`]);
    child.kill('SIGINT');
    assert.match((await result).stderr, said);
  }
  tokens.close();
  const nowhere = ['--endpoint', 'http://127.0.0.1:1/', '--client-id', 'client-1', '--timeout', '0.5'];
  const line = ['proxy', ...nowhere, '--to', api, '--client-secret-file', '-', '--watch'];
  const { status, stderr } = await here.run(line, { input: 'secret' });
  assert.deepEqual([status, stderr], [2,
    'fetchtoken: --watch reads the files again, and --client-secret-file is standard input\n' +
    'hint: give it by a file\n',
  ]);
});

test('standard input is never taken for the secret', async () => {
  const program = ['env', '-u', 'FETCHTOKEN_CLIENT_SECRET', ...COMMAND];
  const result = await here.run(['proxy', ...here.client, '--to', api], { program, input: 'secret' });
  assert.deepEqual([result.status, result.stdout], [2, '']);
  assert.match(result.stderr, /the client secret is missing/);
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
    [[], 2, /--to is missing: the origin of the API/],
    [['--to', 'https://api.example.com/v1'], 2, /--to has a path\n.*write https:\/\/api\.example\.com\n/],
    [['--to', 'http://api.example.com'], 2, /--to has http, which is only for this machine/],
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
