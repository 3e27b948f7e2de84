// What the command adds to a request, how often it sends it, and what it says meanwhile.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { writeCredentials } from '../../../examples/token-server/credentials.js';
import { startTokenServer } from '../../../examples/token-server/server.js';

const CLI = fileURLToPath(new URL('../../cli/cli.js', import.meta.url));
const dir = await mkdtemp(join(tmpdir(), 'fetchtoken-request-'));
const tokenServer = await startTokenServer();
await writeCredentials(tokenServer.systems, dir);

/** What the server below is to answer, one after the other; then a token. @type {Function[]} */
let answers = [];
/** The bodies that came in. @type {URLSearchParams[]} */
let bodies = [];
/** Their headers. @type {import('node:http').IncomingHttpHeaders[]} */
let headers = [];
const server = createServer(async (request, response) => {
  headers.push(request.headers);
  bodies.push(new URLSearchParams(Buffer.concat(await request.toArray()).toString()));
  (answers.shift() ?? token)(response, request);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
after(async () => {
  server.close();
  await tokenServer.close();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  answers = [];
  bodies = [];
  headers = [];
});

/** @param {import('node:http').ServerResponse} response */
const token = (response) =>
  response.end('{"access_token":"token-1","token_type":"Bearer","expires_in":60}');
/** @param {number} status @param {Record<string, string>} [headers] */
const refuses = (status, headers = {}) =>
  (/** @type {import('node:http').ServerResponse} */ response) =>
    response.writeHead(status, headers).end('{}');
/** @type {Function} */
const resets = (/** @type {unknown} */ _, /** @type {any} */ request) =>
  request.socket.resetAndDestroy();

const CLIENT = ['--endpoint', `http://127.0.0.1:${port}/token`, '--client-id', 'client-1'];
const GOT = { status: 0, stdout: 'token-1\n', stderr: '' };

/**
 * Runs the command with a secret.
 *
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @param {string[]} [command]
 */
async function run(args, env, command = [process.execPath, CLI]) {
  const child = spawn(command[0], [...command.slice(1), ...args], {
    cwd: dir,
    env: { ...process.env, GITHUB_ACTIONS: '', FETCHTOKEN_CLIENT_SECRET: 'secret-of-the-client', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const status = await new Promise((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

test('a 502, a 429 and a reset are repeated, without a word', async () => {
  for (const first of [refuses(502), refuses(429, { 'Retry-After': '0' }), resets]) {
    answers = [first];
    bodies = [];
    assert.deepEqual(await run(CLIENT), GOT);
    assert.equal(bodies.length, 2);
  }
});

test('what will not succeed later is not repeated, and nothing more than three times', async () => {
  answers = Array(9).fill(refuses(401));
  assert.equal((await run(CLIENT)).status, 1);
  assert.equal(bodies.length, 1);
  answers = Array(9).fill(refuses(502));
  bodies = [];
  assert.equal((await run(CLIENT)).status, 1);
  assert.equal(bodies.length, 3);
});

test('--no-retry sends one request', async () => {
  for (const [first, status] of [[refuses(502), 1], [resets, 3]]) {
    answers = [/** @type {Function} */ (first)];
    bodies = [];
    assert.equal((await run([...CLIENT, '--no-retry'])).status, status);
    assert.equal(bodies.length, 1);
  }
  const { status, stderr } = await run([...CLIENT, '--no-retry', '--cache']);
  assert.equal(status, 2);
  assert.match(stderr, /--cache and --no-retry exclude each other/);
});

test('--timeout holds for all requests and waits together', async () => {
  answers = [refuses(503, { 'Retry-After': '10' })];
  assert.equal((await run([...CLIENT, '--timeout', '5'])).status, 1);
  assert.equal(bodies.length, 1);
});

test('a person at a terminal is told of a wait, and of nothing else', async () => {
  const words = [process.execPath, CLI, ...CLIENT].map((word) => `'${word}'`).join(' ');
  const terminal = ['script', '-qec', words, '/dev/null'];
  answers = [refuses(503, { 'Retry-After': '1' })];
  const { stdout } = await run([], {}, terminal);
  assert.match(
    stdout.replaceAll('\r', ''),
    /^fetchtoken: .+ answers with status 503.*; the next attempt is in [12] s\ntoken-1\n$/,
  );
  assert.equal((await run([], {}, terminal)).stdout, 'token-1\r\n');
  answers = [refuses(503, { 'Retry-After': '0' })];
  assert.match((await run([...CLIENT, '--verbose'])).stderr, /the next attempt is in [01] s\n/);
});

test('Ctrl-C ends a wait', async () => {
  answers = [refuses(503, { 'Retry-After': '30' })];
  const child = spawn(process.execPath, [CLI, ...CLIENT, '--verbose'], {
    env: { ...process.env, GITHUB_ACTIONS: '', FETCHTOKEN_CLIENT_SECRET: 'secret-of-the-client' },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (stderr.includes('the next attempt')) {
      child.kill('SIGINT');
    }
  });
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 130);
});

test("the clock is corrected by HERE's time, without --cache", async () => {
  const late = 'const now = Date.now; Date.now = () => now() - 3_600_000;';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(late)}` };
  const file = join(dir, 'here/credentials.properties');
  const { status, stderr } = await run([file, '--verbose'], env);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /the clock of this machine is 3[56]\d\d s behind the server's: corrected\n/);
  const once = await run([file, '--no-retry'], env);
  assert.equal(once.status, 1);
  assert.match(once.stderr, /hint: the clock of this machine is 3[56]\d\d s behind the server's/);
});

test('--response-token says where the answer has the token', async () => {
  const elsewhere = (/** @type {import('node:http').ServerResponse} */ response) =>
    response.end('{"result":{"accessToken":"token-2","ttl":60,"scp":"a b"}}');
  answers = [elsewhere, elsewhere, elsewhere];
  const paths = ['--response-token', 'result.accessToken', '--response-expires-in', 'result.ttl'];
  assert.deepEqual(await run([...CLIENT, ...paths]), { ...GOT, stdout: 'token-2\n' });
  const { stdout } = await run([...CLIENT, '--json', '--response-scope', 'result.scp'], {
    FETCHTOKEN_RESPONSE_TOKEN: 'result.accessToken', FETCHTOKEN_RESPONSE_EXPIRES_IN: 'result.ttl',
  });
  const { access_token, expires_in, scope } = JSON.parse(stdout);
  assert.deepEqual({ access_token, expires_in, scope }, {
    access_token: 'token-2', expires_in: 60, scope: 'a b',
  });
  assert.deepEqual(await run([...CLIENT, '--response-token', 'result.token']), {
    status: 1,
    stdout: '',
    stderr: `fetchtoken: the response of http://127.0.0.1:${port} holds no access_token at ` +
      'result.token, but what may be a token stands at result.accessToken\n' +
      'hint: the response has another shape than that of RFC 6749: check that --endpoint is one ' +
      'of OAuth 2.0, or set --response-token to the place of the token\n',
  });
});

test('--header and --header-file add headers, and the values are never printed', async () => {
  const path = join(dir, 'api-key');
  await writeFile(path, 'the key of mine\n');
  const args = [
    ...CLIENT, '--header', 'x-tenant=a=b', '--header=idempotency-key={uuid}',
    '--header-file', `x-api-key=${path}`,
  ];
  assert.deepEqual(await run(args), GOT);
  assert.equal(headers[0]['x-tenant'], 'a=b');
  assert.equal(headers[0]['x-api-key'], 'the key of mine');
  assert.match(String(headers[0]['idempotency-key']), /^[0-9a-f-]{36}$/);
  const { stdout } = await run([...args, '--explain']);
  assert.match(stdout, /x-api-key: \[redacted\]\nx?/);
  assert.ok(!stdout.includes('of mine') && !stdout.includes('a=b'));
  for (const name of ['X-API-Key', 'Ocp-Apim-Subscription-Key', 'x-auth', 'x-access-token']) {
    assert.deepEqual(await run([...CLIENT, '--header', `${name}=mine`]), {
      status: 2,
      stdout: '',
      stderr: `fetchtoken: ${name} is a secret, and none is taken from the command line\n` +
        `hint: give it by --header-file ${name}=PATH\n`,
    });
  }
  const twice = await run([...CLIENT, '--header', 'a=1', '--header', 'A=2']);
  assert.match(twice.stderr, /^fetchtoken: --header and --header-file give a header twice\n/);
  const wrong = await run([...CLIENT, '--header', 'accept=text/html']);
  assert.match(wrong.stderr, /^fetchtoken: --header accept is there twice, or is made by --client-/);
});

test('--allow-http allows it to a host, loudly, and no variable does', async () => {
  const client = ['--endpoint', 'http://keycloak:8080/token', '--client-id', 'id', '--explain'];
  const refused = await run(client);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /^fetchtoken: --endpoint must start with https:.*--allow-http/);
  const allowed = await run([...client, '--allow-http', 'keycloak:8080']);
  assert.match(allowed.stdout, /^POST http:\/\/keycloak:8080\/token\n/);
  assert.match(allowed.stdout, /allowHttp +given +http:\/\/keycloak:8080: WITHOUT ENCRYPTION/);
  assert.match(allowed.stderr, /^fetchtoken: the request goes over http, without encryption/);
  const variable = await run(client, { FETCHTOKEN_ALLOW_HTTP: 'keycloak' });
  assert.match(variable.stderr, /^fetchtoken: unknown variable/);
});

test('a client that is none needs no id, and a folder is no file', async () => {
  const [option, url] = CLIENT;
  assert.deepEqual(
    await run([option, url, '--client-auth', 'none', '--parameter', 'apikey=a']),
    GOT,
  );
  assert.equal(bodies[0].has('client_id'), false);
  const folder = await run([dir]);
  assert.match(folder.stderr, /\nhint: give the path of a file in that folder\n$/);
});

test('--parameter adds parameters, also several of a name', async () => {
  const { status } = await run([
    ...CLIENT, '--parameter', 'a=1', '--parameter=b=x=y', '--parameter', 'a=', '--parameter=c=',
  ]);
  assert.equal(status, 0);
  assert.deepEqual([...bodies[0]].slice(1), [['a', '1'], ['a', ''], ['b', 'x=y'], ['c', '']]);
});

test('--parameter-file adds one whose value is a secret, and is never printed', async () => {
  const path = join(dir, 'refresh');
  await writeFile(path, 'refresh-token-of-mine\n');
  const grant = [...CLIENT, '--grant-type', 'refresh_token'];
  const args = [...grant, '--parameter-file', `refresh_token=${path}`];
  assert.deepEqual(await run(args), GOT);
  assert.equal(bodies[0].get('refresh_token'), 'refresh-token-of-mine');
  const explained = await run([...args, '--explain']);
  assert.match(explained.stdout, /refresh_token=\[redacted\]/);
  assert.ok(!explained.stdout.includes('refresh-token-of-mine'));
  for (const name of ['refresh_token', 'password', 'code', 'client_secret']) {
    assert.deepEqual(await run([...grant, '--parameter', `${name}=mine`]), {
      status: 2,
      stdout: '',
      stderr: `fetchtoken: ${name} is a secret, and none is taken from the command line\n` +
        `hint: give it by --parameter-file ${name}=PATH\n`,
    });
  }
  const missing = await run([...CLIENT, '--parameter-file', 'a=/none']);
  assert.match(missing.stderr, /^fetchtoken: --parameter-file a can't be read: there is no such/);
});

test('a secret parameter goes to no endpoint that a file of the working directory names', async () => {
  const folder = await mkdtemp(join(dir, 'found-'));
  await writeFile(
    join(folder, 'credentials.env'),
    `FETCHTOKEN_CLIENT_ID=x\nFETCHTOKEN_CLIENT_SECRET=theirs\n` +
    `FETCHTOKEN_TOKEN_ENDPOINT=http://127.0.0.1:${port}/token\n`,
  );
  await writeFile(join(folder, 'mine'), 'mine');
  const command = ['env', '-u', 'FETCHTOKEN_CLIENT_SECRET', `--chdir=${folder}`, `HOME=${folder}`];
  const result = await run(['--parameter-file', 'subject_token=mine'], {}, [
    ...command, process.execPath, CLI,
  ]);
  assert.equal(result.status, 2);
  assert.match(
    result.stderr,
    /the secret of --parameter-file subject_token is not sent to the endpoint of .*credentials\.env/,
  );
  assert.equal(bodies.length, 0);
});

test('a pair that is none is refused, and not repeated', async () => {
  const wrong = {
    parameter: 'NAME=VALUE',
    'parameter-file': 'NAME=PATH',
    header: 'NAME=VALUE',
    'header-file': 'NAME=PATH',
    'assertion-claim': 'NAME=TEXT or NAME:=JSON',
  };
  for (const [name, form] of Object.entries(wrong)) {
    for (const value of ['HUNTER2', '=HUNTER2']) {
      const { stderr } = await run([...CLIENT, `--${name}`, value]);
      const [said, hint] = stderr.split('\n');
      assert.equal(said, `fetchtoken: --${name} wants ${form}`);
      assert.equal(hint.startsWith('hint: it is for the token request;'), name === 'header');
      assert.ok(!stderr.includes('HUNTER2'));
    }
  }
  const { stderr } = await run([...CLIENT, '--assertion-claim', 'a:={HUNTER2']);
  assert.match(stderr, /^fetchtoken: --assertion-claim has a value behind := that is no JSON\n/);
});

test('claims, header, lifetime and type of the assertion are options', async () => {
  const { status, stdout, stderr } = await run([
    ...CLIENT, '--client-auth', 'client_secret_jwt', '--explain', '--assertion-claim',
    'aud=https://as.example.com', '--assertion-claim', 'ver:=2', '--assertion-claim', 'jti:=null',
    '--assertion-header', 'typ=client+jwt', '--assertion-lifetime', '90', '--assertion-type', 'urn:x',
  ]);
  assert.equal(status, 0, stderr);
  const claims = JSON.parse(stdout.match(/claims (\{.*\})/)?.[1] ?? '');
  assert.deepEqual(
    [claims.aud, claims.ver, claims.jti, claims.exp - claims.iat],
    ['https://as.example.com', 2, undefined, 90],
  );
  assert.match(stdout, /header \{.*"typ":"client\+jwt"/);
  assert.match(stdout, /client_assertion_type=urn%3Ax/);
  const wrong = await run([...CLIENT, '--assertion-lifetime', '1.5']);
  assert.match(wrong.stderr, /--assertion-lifetime wants a whole number of seconds/);
});
