// fetchtoken login and logout at a small server: where the browser comes back, the code of a
// device, and the session that is kept. js/test/login_provider.test.js does it at oidc-provider.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';

import { CallbackListener } from '../../cli/callback.js';
import { COMMAND, ended, place, start } from '../support/command.js';

const here = await place();
/** What came to the token and the revocation endpoint. @type {Record<string, string>[]} */
let asked = [];
/** What the endpoints answer, one after the other. The last one stays. @type {any[]} */
let answers = [];
/** @type {(response: import('node:http').ServerResponse) => void} */
let hold;

/** Answers by what is next. */
const server = createServer(async (request, response) => {
  const issuer = `http://${request.headers.host}`;
  if (request.url?.startsWith('/.well-known/')) {
    return response.end(
      JSON.stringify({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        device_authorization_endpoint: `${issuer}/device`,
        revocation_endpoint: `${issuer}/revoke`,
        authorization_response_iss_parameter_supported: true,
        token_endpoint_auth_methods_supported: ['none'],
      }),
    );
  }
  const body = Buffer.concat(await request.toArray()).toString();
  const { method = '', headers: { 'content-type': type } } = request;
  asked.push({
    path: String(request.url),
    ...(method !== 'POST' && { method }),
    ...(type === 'application/json'
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body))),
  });
  if (request.url === '/api') { // shows who calls it
    return response.end(JSON.stringify(request.headers.authorization));
  }
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  if (answer === 'held') {
    return hold(response);
  }
  const { status = 200, ...members } = answer;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(members));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const issuer = `http://127.0.0.1:${port}`;
const client = ['--issuer', issuer, '--client-id', 'tool', '--client-auth', 'none'];

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
after(async () => {
  children.forEach((child) => child.kill('SIGKILL'));
  server.closeAllConnections();
  server.close();
  await here[Symbol.asyncDispose]();
});

/** A token, with further members. */
const token = (members = {}) => ({ access_token: 'token', token_type: 'Bearer', ...members });
const lasting = token({ access_token: 'first', expires_in: 3600, refresh_token: 'refresh-1' });

beforeEach(async () => {
  asked = [];
  answers = [lasting];
  await rm(join(here.folder, 'cache'), { recursive: true, force: true });
});

/** Starts the command. @param {string[]} args @param {Record<string, string>} [env] */
function begin(args, env = {}) {
  const child = start(here.folder, args, {
    env: { XDG_STATE_HOME: join(here.folder, 'state'), ...env },
  });
  children.add(child);
  child.stdin.end();
  return child;
}

/** Runs the command to its end. @param {...string} args */
const run = (...args) => ended(begin(args));

/** Starts a login of the client. @param {...string} args */
const login = (...args) => loginOf(client, ...args);

/**
 * Starts a login. `said` is its first line of standard output, as JSON.
 *
 * @param {string[]} client
 * @param {...string} args
 */
async function loginOf(client, ...args) {
  const child = begin(['login', ...client, '--json', ...args]);
  const end = ended(child);
  const line = await Promise.race([once(child.stdout, 'data').then(([data]) => String(data)), end]);
  assert.equal(typeof line, 'string', JSON.stringify(line));
  const said = JSON.parse(/** @type {string} */ (line));
  const query = said.url === undefined ? undefined : new URL(said.url).searchParams;
  return { child, end, said, query, back: query && new URL(String(query.get('redirect_uri'))) };
}

/** Adds parameters to an address. @param {URL | undefined} url @param {Record<string, any>} query */
const withQuery = (url, query) => `${url}?${new URLSearchParams(query)}`;

/**
 * Sends a request as it is.
 *
 * @param {string} url
 * @param {{ method?: string, headers?: Record<string, string> }} [options]
 */
async function ask(url, options = {}) {
  const sent = send(url, { ...options, setHost: options.headers?.host === undefined });
  sent.end();
  const [response] = await once(sent, 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

/** Signs in. @param {...string} args */
async function signIn(...args) {
  const { end, query, back } = await login(...args);
  const page = await ask(withQuery(back, { code: 'c', state: query?.get('state'), iss: issuer }));
  return { page, ...(await end) };
}

describe('the callback', () => {
  test('comes to 127.0.0.1 at a free port, and the request has PKCE by S256 and a state', async () => {
    const { said, query, back, child, end } = await login('--scope', 'a b', '--parameter', 'x=y');
    assert.equal(said.url.split('?')[0], `${issuer}/authorize`);
    assert.match(String(back), /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    assert.notEqual(back?.port, '0');
    const { state, code_challenge: challenge, ...rest } = Object.fromEntries(query ?? []);
    assert.match(state, /^[\w-]{22,}$/);
    assert.deepEqual(rest, {
      response_type: 'code', client_id: 'tool', redirect_uri: String(back), scope: 'a b', x: 'y',
      code_challenge_method: 'S256',
    });
    const { status, text, headers } = await ask(withQuery(back, { code: 'c-1', state, iss: issuer }));
    assert.deepEqual([status, text], [200, 'You are signed in. You can close this page.\n']);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; frame-anc/);
    const [{ code_verifier: verifier, ...sent }] = asked;
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), challenge);
    assert.deepEqual(sent, {
      path: '/token', grant_type: 'authorization_code', code: 'c-1', client_id: 'tool',
      redirect_uri: String(back),
    });
    const { status: exit, stderr } = await end;
    assert.deepEqual([exit, child.signalCode], [0, null]);
    assert.match(stderr, /^fetchtoken: signed in: with the same FILE and options, .*\n$/);
    await assert.rejects(ask(String(back)), { code: 'ECONNREFUSED' });
  });

  test('is refused with another Host, path, method or state, and the login goes on', async () => {
    const { query, back, end } = await login();
    const state = query?.get('state');
    const good = withQuery(back, { code: 'c', state, iss: issuer });
    const { origin, port: own } = /** @type {URL} */ (back);
    for (const [url, options, status] of /** @type {[string, any, number][]} */ ([
      [good, { headers: { host: `attacker.example:${own}` } }, 421],
      [good, { headers: { host: '127.0.0.1' } }, 421],
      [good, { headers: { host: `localhost:${own}` } }, 421],
      [good.replace('/callback', '/'), {}, 404],
      [good.replace('/callback', '/callback/'), {}, 404],
      [good.replace('/callback', '//callback'), {}, 404],
      [`${origin}/favicon.ico`, {}, 404],
      [good, { method: 'POST' }, 405],
      [good, { method: 'HEAD' }, 405],
      [withQuery(back, { code: 'c', state: `${state}x`, iss: issuer }), {}, 400],
      [withQuery(back, { error: 'access_denied' }), {}, 400],
      [withQuery(back, { error: '<script>', state: '' }), {}, 400],
    ])) {
      const answer = await ask(url, options);
      assert.equal(answer.status, status, url);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.ok(!answer.text.includes('script') && !answer.text.includes(String(state)), url);
    }
    assert.deepEqual(asked, []);
    assert.equal((await ask(good)).status, 200);
    assert.equal((await end).status, 0);
  });

  test('is answered once', async () => {
    const renewal = new Promise((resolve) => (hold = resolve));
    answers = ['held'];
    const { query, back, end } = await login();
    const url = withQuery(back, { code: 'c', state: query?.get('state'), iss: issuer });
    const first = ask(url);
    const response = await renewal;
    assert.equal((await ask(url)).status, 400);
    response.end(JSON.stringify(lasting));
    assert.equal((await first).status, 200);
    assert.deepEqual([(await end).status, asked.length], [0, 1]);
  });

  test('of another issuer, or of none, ends the login, and its code is sent to nobody', async () => {
    for (const iss of ['https://attacker.example', undefined]) {
      const { query, back, end } = await login();
      const state = query?.get('state');
      const page = await ask(withQuery(back, { code: 'c', state, ...(iss && { iss }) }));
      assert.deepEqual(
        [page.status, page.text], [400, 'You are not signed in. The terminal says why.\n'],
      );
      const { status, stderr } = await end;
      assert.equal(status, 1);
      assert.match(stderr, /issuer.*\nhint: .*RFC 9207/);
    }
    assert.deepEqual(asked, []);
  });

  test('with a refusal of the user, or a code that the server refuses, signs nobody in', async () => {
    const { query, back, end } = await login();
    const state = query?.get('state');
    const denied = { error: 'access_denied', error_description: 'no', state, iss: issuer };
    assert.equal((await ask(withQuery(back, denied))).status, 400);
    const { status, stderr } = await end;
    assert.deepEqual([status, asked], [1, []]);
    assert.match(stderr, /access_denied: no/);
    answers = [{ status: 400, error: 'invalid_grant' }];
    const refused = await signIn();
    assert.deepEqual([refused.status, refused.page.status], [1, 400]);
    const { stderr: later } = await run('logout', ...client);
    assert.match(later, /nobody is signed in/);
  });

  test('is awaited for as long as --timeout says', async () => {
    const { status, stderr } = await run('login', ...client, '--json', '--timeout', '0.2');
    assert.equal(status, 3);
    assert.match(stderr, /nobody signed in in 0\.2 s/);
  });

  test('comes where --port and --redirect-uri say, and nowhere else', async () => {
    const free = createServer();
    await once(free.listen(0, '127.0.0.1'), 'listening');
    const { port: own } = /** @type {import('node:net').AddressInfo} */ (free.address());
    const taken = await run('login', ...client, '--json', '--port', String(own));
    assert.equal(taken.status, 2);
    assert.match(taken.stderr, /EADDRINUSE\nhint: --port or --redirect-uri names another port/);
    free.close();
    await once(free, 'close');
    for (const [options, uri] of /** @type {[string[], string][]} */ ([
      [['--port', String(own)], `http://127.0.0.1:${own}/callback`],
      [['--redirect-uri', `http://localhost:${own}`], `http://localhost:${own}`],
    ])) {
      const { query, end } = await login(...options);
      assert.equal(query?.get('redirect_uri'), uri);
      const query2 = { code: 'c', state: query?.get('state'), iss: issuer };
      const url = withQuery(new URL(uri.replace('localhost', '127.0.0.1')), query2);
      const { host } = new URL(uri);
      assert.equal((await ask(url, { headers: { host } })).status, 200);
      assert.equal((await end).status, 0);
    }
  });

  test('is known without the port of http', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const listener = new CallbackListener(server, 'localhost:80', '/callback');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const end = listener.callback('s', 60_000);
    const url = new URL(`http://127.0.0.1:${port}/callback?a=b?c&state=s`);
    for (const host of ['localhost:8080', 'attacker.example']) {
      assert.equal((await ask(url, { headers: { host } })).status, 421, host);
    }
    const answer = ask(url, { headers: { host: 'localhost' } });
    const callback = await end;
    assert.equal(callback.url, 'http://localhost:80/callback?a=b?c&state=s');
    await callback.show(true);
    assert.equal((await answer).status, 200);
    listener.close();
  });

  test('is nowhere but on this machine', async () => {
    for (const uri of [
      'https://127.0.0.1/', 'http://127.0.0.1.attacker.example/', 'http://0.0.0.0/',
      'http://user@localhost/', 'http://localhost/?a=b', 'http://localhost:99999/', 'callback',
    ]) {
      await assert.rejects(
        CallbackListener.open({ 'redirect-uri': uri }), { message: /--redirect-uri wants/ }, uri,
      );
    }
    for (const wrong of ['0', '65536', 'http', '-1']) {
      await assert.rejects(CallbackListener.open({ port: wrong }), { message: /--port wants/ });
    }
  });
});

describe('the browser', () => {
  const skip = process.platform === 'linux' ? false : 'script is another program there';
  test('is opened with the address, without the secrets of the environment', { skip }, async () => {
    const opener = join(here.folder, 'xdg-open');
    const seen = join(here.folder, 'opened');
    await writeFile(
      opener,
      `#!/bin/sh\n{ echo "$1"; env; } > '${seen}.tmp'\nmv '${seen}.tmp' '${seen}'\n`,
      { mode: 0o755 },
    );
    // script gives it a terminal: without one nothing is opened
    const words = [...COMMAND, 'login', ...client].map((word) => `'${word}'`);
    const child = start(here.folder, ['-qec', words.join(' '), '/dev/null'], {
      program: ['script'],
      env: {
        XDG_STATE_HOME: join(here.folder, 'state'),
        PATH: `${here.folder}:${process.env.PATH}`,
        FETCHTOKEN_PASSPHRASE: 'a secret',
      },
    });
    children.add(child);
    const end = ended(child);
    let opened = '';
    while (opened === '') {
      opened = await readFile(seen, 'utf8').catch(() => '');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [url, ...env] = opened.split('\n');
    assert.ok(env.length > 1 && !env.join('\n').includes('FETCHTOKEN_'));
    const query = new URL(url).searchParams;
    const back = new URL(String(query.get('redirect_uri')));
    await ask(withQuery(back, { code: 'c', state: query.get('state'), iss: issuer }));
    const { status, stdout } = await end;
    assert.equal(status, 0, stdout);
    assert.ok(stdout.includes(url), 'and printed, too');
  });

  test('is neither opened nor awaited without a terminal, if nothing says that somebody is there', async () => {
    const { status, stderr } = await run('login', ...client);
    assert.equal(status, 2);
    assert.match(stderr, /there is no terminal.*\nhint: give --device or --no-browser/);
    const child = begin(['login', ...client, '--no-browser']);
    const [text] = await once(child.stderr, 'data');
    assert.match(String(text), /^fetchtoken: open http:.*state=/);
    child.kill();
  });
});

describe('a device', () => {
  const codes = {
    device_code: 'd', user_code: 'WDJB-MJHT', verification_uri: `${issuer}/device-page`,
    expires_in: 600, interval: 1,
  };

  test('needs no terminal: it prints the address and the code, and asks as told', async () => {
    answers = [codes, { status: 400, error: 'authorization_pending' }, lasting];
    const child = begin(['login', ...client, '--device', '--scope', 'a']);
    const { status, stderr, stdout } = await ended(child);
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /^fetchtoken: open http:\S+\/device-page on any device, and type the code WDJB-MJHT\n/);
    const poll = {
      path: '/token', grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'd', client_id: 'tool',
    };
    assert.deepEqual(asked, [{ path: '/device', client_id: 'tool', scope: 'a' }, poll, poll]);
    assert.deepEqual((await run(...client)).stdout, 'first\n');
  });

  test('shows its codes as JSON, but not the code that is a secret', async () => {
    answers = [codes, { status: 400, error: 'expired_token' }];
    const { said, end } = await login('--device');
    const { expires_at, ...rest } = said;
    const { device_code, ...shown } = codes;
    assert.deepEqual(rest, shown);
    const { status, stderr } = await end;
    assert.equal(status, 1);
    assert.match(stderr, /expired_token/);
  });

  test('gives up when the codes end, and when Ctrl-C comes', async () => {
    answers = [
      { ...codes, expires_in: 1, interval: 2 }, { status: 400, error: 'authorization_pending' },
    ];
    const late = await run('login', ...client, '--device');
    assert.equal(late.status, 3);
    assert.match(late.stderr, /hint: fetchtoken login asks for a new code\n/);
    answers = [{ ...codes, interval: 600 }];
    const { child, end } = await login('--device');
    child.kill('SIGINT');
    assert.equal((await end).status, 130);
  });
});

/** Milliseconds after an answer at which a process is killed. */
const MOMENTS = [0, 1, 3, 10, 30, 100];

/**
 * Starts a process, and waits for its request, which stays without an answer. If the process uses
 * up its time before that, because the machine is busy, it is started again.
 *
 * @param {() => import('node:child_process').ChildProcess} start
 */
async function requestOf(start) {
  /** @type {Promise<import('node:http').ServerResponse>} */
  const came = new Promise((resolve) => (hold = resolve));
  answers = ['held'];
  for (;;) {
    const child = start();
    const response = await Promise.race([came, once(child, 'exit')]);
    if (!Array.isArray(response)) {
      return { child, response };
    }
  }
}

/** Kills a process. @param {import('node:child_process').ChildProcess} child */
async function kill(child) {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit');
  }
}

/**
 * Answers the request of a process with a refresh token, and kills the process so many milliseconds
 * later, whatever it is doing.
 *
 * @param {number} ms
 * @param {() => import('node:child_process').ChildProcess} start
 * @param {string} refreshToken
 */
async function killedAfter(ms, start, refreshToken) {
  const { child, response } = await requestOf(start);
  const answer = token({ expires_in: 3600, refresh_token: refreshToken });
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  await Promise.race([once(response, 'close'), once(child, 'exit')]);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await kill(child);
}

/** Starts a renewal that gives up after a second. */
const renewalOf = (/** @type {string} */ scope) =>
  begin([...client, '--scope', scope, '--timeout', '1']);

describe('the session', () => {
  test('is used by the other commands, which rotate its refresh token', async () => {
    assert.equal((await signIn('--scope', 'a b')).status, 0);
    assert.equal((await run(...client, '--scope', 'a b')).stdout, 'first\n');
    assert.equal(asked.length, 1, 'the token of the login was kept');
    answers = [
      token({ access_token: 'second', expires_in: 3600, refresh_token: 'refresh-2' }),
      token({ access_token: 'third', expires_in: 3600, refresh_token: 'refresh-3' }),
    ];
    const narrow = await run(...client, '--scope', 'a', '--timeout', '9');
    assert.equal(narrow.stdout, 'second\n');
    const program = [process.execPath, '-e', 'console.log(process.env.ACCESS_TOKEN)'];
    const executed = await run('exec', ...client, '--scope', 'b', '--', ...program);
    assert.deepEqual([executed.stdout, executed.stderr], ['third\n', '']);
    assert.deepEqual(asked.slice(1).map(({ refresh_token, scope }) => [refresh_token, scope]), [
      ['refresh-1', 'a'], ['refresh-2', 'b'],
    ]);
  });

  test('is used by call and proxy, and --verbose says so', async () => {
    await signIn('--scope', 'a b');
    const mine = [...client, '--scope', 'a b'];
    const called = await run('call', `${issuer}/api`, ...mine, '--origin', issuer, '--verbose');
    assert.deepEqual([called.status, called.stdout], [0, '"Bearer first"']);
    assert.match(
      called.stderr, /the session: of fetchtoken login\nfetchtoken: the token: from the cache\n$/,
    );
    const program = `fetch(process.env.PROXY_URL + '/api', {
      headers: { authorization: 'Bearer ' + process.env.PROXY_KEY },
    }).then(async (response) => console.log(await response.text()))`;
    const to = ['proxy', '--to', issuer, ...mine];
    const proxied = await run(...to, '--', process.execPath, '-e', program);
    assert.deepEqual([proxied.stdout, proxied.stderr], ['"Bearer first"\n', '']);
    const watched = await run(...to, '--watch');
    assert.deepEqual([watched.status, watched.stdout], [2, '']);
    assert.match(watched.stderr, /^fetchtoken: --watch is for credentials in files.*\nhint: leave it out\n$/);
  });

  test('lasts from each renewal on', async () => {
    await signIn();
    const cache = join(here.folder, 'cache', 'fetchtoken');
    /** When the record was written that is kept for a day less than a session. */
    const written = async () => {
      const names = (await readdir(cache, { withFileTypes: true })).filter((one) => one.isFile());
      const texts = await Promise.all(names.map(({ name }) => readFile(join(cache, name), 'utf8')));
      const [{ since }, ...more] = texts
        .map((text) => JSON.parse(text))
        .filter((record) => record.until - record.since === 89 * 86_400_000);
      assert.deepEqual(more, []);
      return since;
    };
    const before = await written();
    assert.equal((await run(...client)).status, 0);
    assert.equal(await written(), before, 'a kept token renews nothing');
    assert.equal((await run(...client, '--scope', 'a')).status, 0);
    assert.ok((await written()) > before);
  });

  test('is of one tenant: the refresh token is not sent to another tenant', async () => {
    const at = (/** @type {string} */ tenant) => [
      '--endpoint', `${issuer}/{tenant}/token`, '--tenant', tenant, '--client-id', 'tool',
      '--authorization-endpoint', `${issuer}/{tenant}/authorize`, '--client-auth', 'none',
    ];
    const { end, query, back } = await loginOf(at('one'));
    await ask(withQuery(back, { code: 'c', state: query?.get('state') }));
    assert.equal((await end).status, 0);
    assert.equal((await run(...at('one'))).stdout, 'first\n');
    await run(...at('two'));
    assert.deepEqual(
      asked.flatMap(({ path, refresh_token: token }) => (token === undefined ? [] : path)), [],
    );
    assert.equal(asked.at(-1)?.path, '/two/token');
  });

  test('lies sealed in the cache, and its key elsewhere, for nobody else to read', async () => {
    await signIn();
    const cache = join(here.folder, 'cache', 'fetchtoken');
    const names = (await readdir(cache, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile());
    assert.ok(names.length >= 2);
    const key = join(here.folder, 'state', 'fetchtoken', 'sealing-key');
    const texts = await Promise.all(
      names.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
    );
    assert.ok(!/refresh-1|first|tool/.test(texts.join('\n')));
    assert.match(await readFile(key, 'utf8'), /^[\w-]{43}$/);
    assert.equal((await stat(key)).mode & 0o777, 0o600);
    assert.equal((await stat(join(key, '..'))).mode & 0o777, 0o700);
    assert.equal((await run(...client)).stdout, 'first\n');
    await writeFile(key, 'x'.repeat(43));
    answers = [{ status: 400, error: 'unauthorized_client' }];
    assert.equal((await run(...client)).status, 1);
    assert.equal(asked.at(-1)?.grant_type, 'client_credentials');
    await rm(key);
  });

  test('counts after a grant of the command line, and excludes --no-cache and --no-retry', async () => {
    await signIn();
    asked = [];
    await writeFile(join(here.folder, 'refresh'), 'own');
    const own = ['--grant-type', 'refresh_token', '--parameter-file', 'refresh_token=refresh'];
    for (const more of [['--grant-type', 'client_credentials'], own]) {
      assert.equal((await run(...client, ...more)).status, 0);
    }
    assert.deepEqual(asked.map((sent) => [sent.grant_type, sent.refresh_token]), [
      ['client_credentials', undefined], ['refresh_token', 'own'],
    ]);
    for (const option of ['--no-cache', '--no-retry']) {
      const { status, stderr } = await run(...client, option);
      assert.equal(status, 2);
      assert.match(stderr, new RegExp(`${option} keeps nothing.*\nhint: .*fetchtoken logout`));
    }
    assert.equal(asked.length, 2);
  });

  test('begins with no other secret: none comes into an address', async () => {
    await writeFile(join(here.folder, 'secret'), 'own');
    for (const name of ['refresh_token', 'password']) {
      const secret = ['--parameter-file', `${name}=secret`];
      const { status, stdout, stderr } = await run('login', ...client, '--json', ...secret);
      assert.deepEqual([status, stdout], [2, ''], name);
      assert.match(stderr, /login gets the grant from the user/);
    }
    const { stderr } = await run('login', ...client.slice(0, 4), '--json');
    assert.match(stderr, /secret is missing\nhint: .*if it has none, say --client-auth none\n/);
  });

  test('without a refresh token lasts as long as its token', async () => {
    answers = [token({ access_token: 'only' })];
    const { stderr } = await signIn();
    assert.match(stderr, /no refresh token.*\nhint: many servers give one for --scope offline_acc/);
    assert.equal((await run(...client)).stdout, 'only\n');
    const other = await run(...client, '--scope', 'other');
    assert.deepEqual([other.status, other.stdout], [1, '']);
    assert.match(other.stderr, /nothing was sent: a server takes .*\nhint: run fetchtoken login with the same/);
    assert.equal(asked.length, 1);
  });

  test('is shown by --explain and --curl without its refresh token', async () => {
    await signIn();
    const shown = await run(...client, '--explain', '--curl', '--show-secrets');
    assert.match(shown.stdout, /grant_type=refresh_token&refresh_token=REFRESH_TOKEN/);
    assert.ok(!shown.stdout.includes('refresh-1'));
  });

  test('is not ended by the next login until that one has succeeded', async () => {
    await signIn();
    const { child, end } = await login();
    child.kill('SIGKILL');
    await end;
    assert.equal((await run(...client)).stdout, 'first\n');
    answers = [token({ access_token: 'new', refresh_token: 'refresh-9', expires_in: 3600 })];
    await signIn();
    assert.equal((await run(...client)).stdout, 'new\n');
  });

  test('is lost if a renewal was killed before its answer, and the next login heals that', async () => {
    await signIn();
    await kill((await requestOf(() => renewalOf('x'))).child);
    // while that request may be under way, nobody sends the refresh token again
    let result;
    do {
      result = await run(...client, '--scope', 'x', '--timeout', '30');
    } while (result.status === 3);
    assert.equal(result.status, 1);
    assert.match(
      result.stderr,
      /the process that sent the refresh token.*\nhint: sign in again: run fetchtoken login with/,
    );
    assert.equal(asked.filter(({ refresh_token }) => refresh_token === 'refresh-1').length, 1);
    answers = [token({ access_token: 'healed', expires_in: 3600, refresh_token: 'refresh-7' })];
    await signIn();
    assert.equal((await run(...client)).stdout, 'healed\n');
  });

  test('goes on or is lost if a renewal was killed after its answer: no refresh token comes twice', async () => {
    for (const ms of MOMENTS) {
      answers = [token({ expires_in: 3600, refresh_token: `${ms}-1` })];
      await signIn();
      await killedAfter(ms, () => renewalOf('x'), `${ms}-2`);
      answers = [token({ access_token: 'next', expires_in: 3600, refresh_token: `${ms}-3` })];
      let result;
      do {
        result = await run(...client, '--scope', 'y', '--timeout', '30');
      } while (result.status === 3);
      if (result.status === 0) {
        assert.deepEqual([result.stdout, asked.at(-1)?.refresh_token], ['next\n', `${ms}-2`]);
      } else {
        assert.match(result.stderr, /nothing was sent: .*\nhint: .*run fetchtoken login with/);
      }
    }
    const sent = asked.flatMap(({ refresh_token }) => refresh_token ?? []);
    assert.equal(new Set(sent).size, sent.length, String(sent));
  });

  test('is the old one or the new one if the next login was killed after its answer', async () => {
    for (const ms of MOMENTS) {
      answers = [token({ expires_in: 3600, refresh_token: `old-${ms}` })];
      await signIn();
      const { child, end, query, back } = await login();
      const url = withQuery(back, { code: 'c', state: query?.get('state'), iss: issuer });
      ask(url).catch(() => {}); // it is killed before its page, or after
      await killedAfter(ms, () => child, `new-${ms}`);
      await end;
      answers = [token({ access_token: 'next', expires_in: 3600, refresh_token: `next-${ms}` })];
      const { status, stdout, stderr } = await run(...client, '--scope', 'y');
      assert.deepEqual([status, stdout], [0, 'next\n'], stderr);
      assert.match(String(asked.at(-1)?.refresh_token), new RegExp(`^(old|new)-${ms}$`));
    }
  });
});

describe('logout', () => {
  test('revokes the newest refresh token, and forgets everything', async () => {
    await signIn('--scope', 'a');
    answers = [
      token({ access_token: 'second', expires_in: 3600, refresh_token: 'refresh-2' }), {},
    ];
    await run(...client, '--scope', 'b');
    const { status, stdout, stderr } = await run('logout', ...client, '--scope', 'a');
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /signed out: the session is forgotten, and its token is revoked/);
    assert.deepEqual(asked.at(-1), {
      path: '/revoke', token: 'refresh-2', token_type_hint: 'refresh_token', client_id: 'tool',
    });
    const again = await run('logout', ...client);
    assert.deepEqual([again.status, again.stderr.includes('nobody is signed in')], [0, true]);
    answers = [{ status: 400, error: 'unauthorized_client' }];
    for (const scope of ['a', 'b']) {
      assert.equal((await run(...client, '--scope', scope)).status, 1);
    }
  });

  test('revokes the access token if there is no refresh token', async () => {
    answers = [token({ access_token: 'only' }), {}];
    await signIn();
    await run('logout', ...client);
    assert.deepEqual(asked.at(-1), {
      path: '/revoke', token: 'only', token_type_hint: 'access_token', client_id: 'tool',
    });
  });

  test('forgets the session even if the server does not revoke it, and says so', async () => {
    answers = [lasting, { status: 503 }];
    await signIn();
    const { status, stderr } = await run('logout', ...client);
    assert.equal(status, 1);
    assert.match(stderr, /the session is forgotten here, but the server has not revoked its token/);
    assert.match((await run('logout', ...client)).stderr, /nobody is signed in/);
  });

  test('of High Mobility is a DELETE with the newest refresh token', async () => {
    await writeFile(join(here.folder, 'client-secret'), 'secret');
    const fleet = [
      '--provider', 'high-mobility', '--endpoint', `${issuer}/token`, '--authorization-endpoint',
      `${issuer}/authorize`, '--client-id', 'fleet', '--client-secret-file', 'client-secret',
    ];
    const { end, query, back } = await loginOf(fleet);
    await ask(withQuery(back, { code: 'c', state: query?.get('state') }));
    assert.equal((await end).status, 0);
    answers = [{}];
    const { status, stderr } = await run('logout', ...fleet);
    assert.equal(status, 0, stderr);
    assert.deepEqual(asked.at(-1), { // as hm-oauth-rest-v1.yml of High Mobility has it
      path: '/token', method: 'DELETE', grant_type: 'refresh_token', refresh_token: 'refresh-1',
      client_id: 'fleet', client_secret: 'secret',
    });
  });

  test('sends no token to an endpoint that a file of this folder names', async () => {
    const file = join(here.folder, 'credentials.env');
    const lines = [
      `FETCHTOKEN_ISSUER=${issuer}`, 'FETCHTOKEN_CLIENT_ID=tool', 'FETCHTOKEN_CLIENT_AUTH=none',
      `FETCHTOKEN_REVOCATION_ENDPOINT=${issuer}/stolen`,
    ];
    await signIn();
    await writeFile(file, lines.join('\n'));
    answers = [{}];
    try {
      assert.equal((await run('logout')).status, 0);
    } finally {
      await rm(file);
    }
    assert.equal(asked.at(-1)?.path, '/revoke');
  });
});
