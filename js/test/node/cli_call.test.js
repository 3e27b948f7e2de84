// fetchtoken call: a request to an API with the token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

import { writeCredentials } from '../../../examples/token-server/credentials.js';
import { startTokenServer } from '../../../examples/token-server/server.js';
import { originsOf } from '../../cli/api_origins.js';
import { readArguments } from '../../cli/arguments.js';
import { run } from '../../cli/call.js';
import { IndentedJSON } from '../../cli/indented_json.js';
import { UsageError } from '../../cli/usage_error.js';
import { COMMAND, ended, place } from '../support/command.js';

const here = await place();

/**
 * What came in.
 *
 * @type {{ method?: string, url?: string, headers: import('node:http').IncomingHttpHeaders, body:
 *   string }[]}
 */
let seen = [];
/** @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => unknown} Answer */
/** What the API does by the path of a request, else it answers "fine". @type {Record<string, Answer>} */
let answers = {};
/** @param {string} host */
const listening = async (host) => {
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const answer = answers[url];
    if (answer?.length === 2) {
      seen.push({ method, url, headers, body: '' });
      return answer(request, response);
    }
    const body = Buffer.concat(await request.toArray()).toString('latin1');
    seen.push({ method, url, headers, body });
    response.end('fine');
  });
  await once(server.listen(0, host), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${host}:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
};
const api = await listening('127.0.0.1');
const other = await listening('127.0.0.2');
after(() => here[Symbol.asyncDispose]());
beforeEach(() => {
  seen = [];
  answers = {};
});

/** The command line of a call. @param {string} path @param {string[]} options */
const line = (path, ...options) => ['call', `${api}${path}`, ...here.client, '--origin', api, ...options];
/** @param {string[]} args @param {any} [options] */
const call = (args, options) => here.run(args, options);
const FINE = { status: 0, signal: null, stdout: 'fine', stderr: '' };

test('the request has the token, and the next one has it kept', async () => {
  assert.deepEqual(await call(line('/a?b=c')), FINE);
  assert.deepEqual(await call(line('/a')), FINE);
  const [{ method, url, headers, body }, second] = seen;
  assert.deepEqual([method, url, body], ['GET', '/a?b=c', '']);
  assert.equal(headers.authorization, 'Bearer token-1');
  assert.equal(headers['user-agent'], 'fetchtoken');
  assert.equal(second.headers.authorization, 'Bearer token-1');
  assert.equal(here.asked, 1);
});

test('method, headers and bodies are those of the command line', async () => {
  const path = join(here.folder, 'body');
  await writeFile(path, 'from\na file\n');
  const FORM = 'application/x-www-form-urlencoded';
  /** @type {[string[], string, string | undefined, string, string?][]} */
  const table = [
    [['-d', 'a=1'], 'POST', FORM, 'a=1'],
    [['-d', 'a=1', '--data', 'b=2'], 'POST', FORM, 'a=1&b=2'],
    [['-X', 'PUT', '-d', `@${path}`], 'PUT', FORM, 'from\na file\n'],
    [['-XPATCH', '-d', '-'], 'PATCH', FORM, 'from input', 'from input'],
    [['-d', '@-', '-H', 'Content-Type: text/plain'], 'POST', 'text/plain', 'input', 'input'],
    [['--json', '{"a":1}'], 'POST', 'application/json', '{"a":1}'],
    [['--json', `@${path}`, '-H', 'content-type: a/b+json'], 'POST', 'a/b+json', 'from\na file\n'],
    [['-X', 'DELETE'], 'DELETE', undefined, ''],
    [['-X', 'PURGE'], 'PURGE', undefined, ''],
  ];
  for (const [options, method, type, body, input] of table) {
    seen = [];
    assert.deepEqual(await call(line('/', ...options), { input }), FINE, options.join(' '));
    assert.deepEqual([seen[0].method, seen[0].headers['content-type'], seen[0].body], [method, type, body]);
  }
  assert.deepEqual(await call(line('/', '-H', 'X-One: 1', '-H', 'x-two:2', '-H', 'User-Agent: mine')), FINE);
  const { headers } = seen[1];
  assert.deepEqual([headers['x-one'], headers['x-two'], headers['user-agent']], ['1', '2', 'mine']);
});

test('a multipart form has fields, files and standard input', async () => {
  const path = join(here.folder, 'picture');
  await writeFile(path, Buffer.from([0, 255, 10]));
  const fields = ['-F', 'name=a value', '-F', `file=@${path}`, '-F', 'more=@-'];
  assert.deepEqual(await call(line('/', ...fields), { input: 'input' }), FINE);
  const [{ headers, body }] = seen;
  const form = await new Response(Buffer.from(body, 'latin1'), {
    headers: { 'content-type': String(headers['content-type']) },
  }).formData();
  assert.equal(form.get('name'), 'a value');
  const [file, more] = ['file', 'more'].map((name) => /** @type {File} */ (form.get(name)));
  assert.deepEqual([file.name, more.name, await more.text()], ['picture', 'stdin', 'input']);
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), Buffer.from([0, 255, 10]));
});

test('a 401 renews the token, and a file of any length is sent again', async () => {
  const path = join(here.folder, 'large');
  await writeFile(path, 'x'.repeat(3 << 20));
  /** @type {(string | undefined)[]} */
  const tokens = [];
  answers['/'] = async (request, response) => {
    const bytes = Buffer.concat(await request.toArray()).length;
    tokens.push(request.headers.authorization);
    response.writeHead(tokens.length === 1 ? 401 : 200).end(String(bytes));
  };
  const { status, stdout, stderr } = await call(line('/', '-d', `@${path}`, '--scope', 'renewed'));
  assert.deepEqual([status, stdout, stderr], [0, String(3 << 20), '']);
  assert.equal(tokens.length, 2);
  assert.notEqual(tokens[0], tokens[1]);
});

test('the answer is printed while it comes, and the body is sent while it comes', async () => {
  answers['/'] = (request, response) => {
    request.on('data', (chunk) => response.write(chunk));
    request.on('end', () => response.end());
  };
  const child = here.start(line('/', '-d', '-'));
  child.stdin.write('first');
  assert.equal(String((await once(child.stdout, 'data'))[0]), 'first');
  const result = ended(child);
  child.stdin.end('second');
  assert.equal((await result).stdout, 'second');
});

test('the token goes to no origin that is not named, and nothing is asked for', async () => {
  const before = here.asked;
  for (const url of [other, `${api.replace('127.0.0.1', 'localhost')}`, 'https://api.ota.here.com/']) {
    const { status, stdout, stderr } = await call(['call', url, ...here.client, '--origin', api]);
    assert.deepEqual([status, stdout], [2, '']);
    const { origin } = new URL(url);
    assert.equal(
      stderr,
      `fetchtoken: the token of this client isn't sent to ${origin}\nhint: if that API may have it: --origin ${origin}\n`,
    );
  }
  assert.deepEqual([seen.length, here.asked], [0, before]);
});

test('a redirect elsewhere is followed without the token', async () => {
  answers['/'] = (_, response) => response.writeHead(307, { location: `${other}/there` }).end();
  assert.deepEqual(await call(line('/')), FINE);
  assert.deepEqual(seen.map(({ url }) => url), ['/', '/there']);
  assert.equal(seen[1].headers.authorization, undefined);
});

test('the presets know the origins of their APIs', () => {
  const known = (/** @type {any} */ config) => originsOf(config);
  assert.deepEqual(known({ provider: 'ota-connect' }), ['https://api.ota.here.com']);
  assert.deepEqual(known({ provider: 'os-data-hub' }), ['https://api.os.uk']);
  assert.deepEqual(known({ provider: 'iotspot' }), ['https://openapi.prod.iotspot.co']);
  assert.ok(known({ provider: 'here' }).includes('https://router.hereapi.com'));
  const [sandbox, live] = ['https://sandbox.api.high-mobility.com', 'https://api.high-mobility.com'];
  assert.deepEqual(known({ provider: 'high-mobility', environment: 'sandbox' }), [sandbox]);
  assert.deepEqual(known({ provider: 'high-mobility', environment: 'live' }), [live]);
  assert.deepEqual(known({ provider: 'high-mobility' }), [sandbox, live]);
  assert.deepEqual(known({}), []);
  for (const provider of ['cognito', 'oauth2', '__proto__', 'constructor']) {
    assert.deepEqual(known({ provider }), []);
  }
});

test('an error of the API has a status of its own, and its answer is printed', async () => {
  for (const [answered, status] of [[404, 5], [403, 5], [500, 6], [503, 6]]) {
    answers['/'] = (_, response) => response.writeHead(answered, 'So it is').end('why');
    const result = await call(line('/'));
    assert.deepEqual([result.status, result.stdout], [status, 'why']);
    assert.match(result.stderr, new RegExp(`^fetchtoken: ${api} answers with status ${answered} So it is\n$`));
  }
});

test('a network that fails is 3, and so is an answer that is cut off', async () => {
  answers['/reset'] = (request, _) => request.socket.destroy();
  answers['/half'] = (request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.destroy());
  };
  const reset = await call(line('/reset'));
  assert.deepEqual([reset.status, reset.stdout], [3, '']);
  assert.match(reset.stderr, new RegExp(`^fetchtoken: the request to ${api} failed: \\w+\n$`));
  const half = await call(line('/half'));
  assert.equal(half.status, 3);
  assert.equal(half.stderr, `fetchtoken: the answer of ${api} was cut off\n`);
});

test('-i prints the status and the headers, too', async () => {
  answers['/'] = (_, response) => response.writeHead(201, { 'x-one': '1' }).end('body');
  const { stdout } = await call(line('/', '-i'));
  assert.match(stdout, /^HTTP 201 Created\n(.+: .+\n)*x-one: 1\n(.+: .+\n)*\nbody$/);
});

test('a terminal is shown indented JSON, and nothing that it obeys', async () => {
  answers['/'] = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/problem+json' });
    response.end('{"id":12345678901234567890,"text":"a\\"{b\x1b[1m","list":[1,[]]}');
  };
  const command = [...COMMAND, ...line('/')].map((arg) => `'${arg}'`).join(' ');
  const { stdout } = await call(['-qec', command, '/dev/null'], { program: ['script'] });
  const shown = '{\n  "id": 12345678901234567890,\n  "text": "a\\"{b\\u{1b}[1m",\n  "list": [\n    1,\n    []\n  ]\n}\n';
  assert.equal(stdout.replaceAll('\r', ''), shown);
});

test('indented JSON is that of JSON.stringify, wherever the pieces end', () => {
  for (const value of [1, '', {}, [], [[]], { a: [], b: {} }, { a: { b: [1, 'x,]}{:"\\', null] } }]) {
    const json = JSON.stringify(value);
    const pieces = new IndentedJSON();
    const indented = JSON.stringify(value, null, 2);
    assert.equal([...json].map((piece) => pieces.push(piece)).join(''), indented);
    assert.equal(new IndentedJSON().push(json), indented);
  }
  assert.ok(new IndentedJSON().push('['.repeat(1e5)).length < 1e7);
});

test('a wrong command line is refused before a file is read', async () => {
  const text = await readFile(new URL('../../../core/testdata/command/call.json', import.meta.url), 'utf8');
  const { refused } = JSON.parse(text);
  for (const { args, message, hint } of refused) {
    const wrong = run(readArguments(['call', ...args])).catch((error) => error);
    const { message: said, hint: advice, constructor } = await wrong;
    assert.deepEqual([said, advice, constructor], [message, hint, UsageError], args.join(' '));
  }
});

test('a wrong command line is refused before anything is sent', async () => {
  const before = here.asked;
  /** @type {[string[], RegExp][]} */
  const table = [
    [['call', 'http://user:word@127.0.0.1/'], /the URL holds a user or a password/],
    [line('/', '-H', 'Authorization: Bearer mine'), /-H can't set authorization/],
    [line('/', '-d', 'x', '--json', '1'), /--data and --json exclude each other/],
    [line('/', '-d', 'x', '-d', '@/dev/null'), /--data that reads a file is the whole body/],
    [line('/', '-d', '@/none'), /the file of --data can't be read: ENOENT/],
    [line('/', '-d', '@/'), /the file of --data can't be read: EISDIR/],
    [line('/', '-d', '-', '--client-secret-file', '-'), /are both standard input/],
    [line('/', '--origin', 'https://a.example/path'), /--origin has a path\n.*write https:\/\/a\.example\n/],
    [line('/', '--no-retry'), /argument \d+ is an unknown option/],
  ];
  for (const [args, message] of table) {
    const { status, stdout, stderr } = await call(args);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.ok(!stderr.includes('mine') && !stderr.includes('word@'));
  }
  assert.deepEqual([seen.length, here.asked], [0, before]);
});

// its hosts are by a table of Node
const isNode = COMMAND[0] === process.execPath;
test("OTA Connect's guide is two commands, the list of devices included", { skip: !isNode }, async () => {
  const server = await startTokenServer();
  try {
    await writeCredentials(server.systems, here.folder);
    const folder = join(here.folder, 'ota-connect');
    // the hosts of the guide, by what a table of hosts does
    const hosts = {
      'https://ota.auth.eu-west-1.amazoncognito.com': `${server.url}/ota-connect`,
      'https://api.ota.here.com': `${server.url}/ota-connect`,
    };
    const table = `const real = fetch;
      globalThis.fetch = (url, init) => {
        const { origin, pathname, search } = new URL(url);
        const host = ${JSON.stringify(hosts)}[origin];
        return real(host === undefined ? url : host + pathname + search, init);
      };`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(table)}` };
    const token = await here.run([join(folder, 'credentials.zip')], { env });
    assert.deepEqual([token.status, token.stderr], [0, '']);
    const list = await here.run(
      ['call', 'https://api.ota.here.com/v1alpha/devices', join(folder, 'credentials.zip')],
      { env },
    );
    assert.deepEqual([list.status, list.stderr], [0, '']);
    const { values, total } = JSON.parse(list.stdout);
    assert.deepEqual([values.map((/** @type {any} */ { deviceId }) => deviceId), total], [['front-camera', 'gateway'], 2]);
    const wrong = await fetch(`${server.url}/ota-connect/v1alpha/devices`, {
      headers: { authorization: 'Bearer another' },
    });
    assert.equal(wrong.status, 401);
  } finally {
    await server.close();
  }
});
