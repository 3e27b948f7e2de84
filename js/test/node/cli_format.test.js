// What a token is printed as, for the programs that call the command for one.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { FORMATS } from '../../cli/format.js';
import { OPTIONS } from '../../cli/options.js';
import { CLI, place } from '../support/command.js';

/** @type {AsyncDisposable[]} */
const places = [];
after(async () => {
  for (const here of places) {
    await here[Symbol.asyncDispose]();
  }
});

/** A place whose tokens have that as well. @param {Record<string, unknown>} [response] */
async function at(response) {
  const here = await place(response);
  places.push(here);
  return here;
}

/** @param {string} stdout */
const printed = (stdout) => ({ status: 0, signal: null, stdout, stderr: '' });

test('each kind has its form', async () => {
  const here = await at({ access_token: `a.b-c_d~e+f/g==` });
  const forms = {
    token: 'a.b-c_d~e+f/g==\n',
    header: 'Authorization: Bearer a.b-c_d~e+f/g==\n',
    headers: '{"Authorization":"Bearer a.b-c_d~e+f/g=="}\n',
    env: "export ACCESS_TOKEN='a.b-c_d~e+f/g=='\n",
  };
  for (const [kind, form] of Object.entries(forms)) {
    assert.deepEqual(await here.run([...here.client, '--format', kind]), printed(form));
  }
  const json = await here.run([...here.client, '--format', 'json']);
  assert.deepEqual(
    { ...JSON.parse(json.stdout), expires_at: 0 },
    { access_token: 'a.b-c_d~e+f/g==', token_type: 'Bearer', expires_in: 3600, expires_at: 0 },
  );
  assert.deepEqual(FORMATS.slice().sort(), [...Object.keys(forms), 'json', 'exec-credential'].sort());
  for (const kind of FORMATS) {
    assert.ok(OPTIONS.format.help.includes(kind), kind);
  }
});

test('env is read by a shell as it is, under any name', async () => {
  const here = await at({ access_token: `it's "$HOME" \`id\` \\ #!` });
  const script = `eval "$('${process.execPath}' '${CLI}' ${here.client.join(' ')} --format env --as MY_TOKEN)"
    printf %s "$MY_TOKEN"; sh -c 'test -n "$MY_TOKEN"'`;
  const { stdout, status } = await here.run(['-c', script], { program: ['sh'] });
  assert.deepEqual([stdout, status], [`it's "$HOME" \`id\` \\ #!`, 0]);
});

test('an ExecCredential has the version that is asked for, and its expiry', async () => {
  const here = await at();
  const before = Math.floor(Date.now() / 1000);
  const args = [...here.client, '--format', 'exec-credential', '--no-cache'];
  /** @param {string} [info] */
  const credential = async (info) => {
    const env = info === undefined ? {} : { KUBERNETES_EXEC_INFO: info };
    return JSON.parse((await here.run(args, { env })).stdout);
  };
  const { apiVersion, kind, status, ...rest } = await credential();
  assert.deepEqual([apiVersion, kind, rest], ['client.authentication.k8s.io/v1', 'ExecCredential', {}]);
  assert.deepEqual(Object.keys(status).sort(), ['expirationTimestamp', 'token']);
  assert.equal(status.token, 'token-1');
  assert.match(status.expirationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const left = Date.parse(status.expirationTimestamp) / 1000 - before;
  assert.ok(left >= 3600 && left < 3660, String(left));
  const versions = {
    'client.authentication.k8s.io/v1': 'client.authentication.k8s.io/v1',
    'client.authentication.k8s.io/v1beta1': 'client.authentication.k8s.io/v1beta1',
    'client.authentication.k8s.io/v7': 'client.authentication.k8s.io/v1',
  };
  for (const [asked, given] of Object.entries(versions)) {
    const info = JSON.stringify({ apiVersion: asked, kind: 'ExecCredential', spec: {} });
    assert.equal((await credential(info)).apiVersion, given);
  }
  assert.equal((await credential('no JSON')).apiVersion, 'client.authentication.k8s.io/v1');
});

test('an ExecCredential has no expiry where the token has none', async () => {
  for (const life of [undefined, 0]) {
    const here = await at({ expires_in: life });
    const { stdout } = await here.run([...here.client, '--format', 'exec-credential']);
    assert.deepEqual(JSON.parse(stdout).status, { token: 'token-1' }, String(life));
  }
});

test('what programs call often is kept without a word, unless --no-cache', async () => {
  for (const kind of FORMATS) {
    const isKept = ['header', 'headers', 'exec-credential'].includes(kind);
    const here = await at();
    const args = [...here.client, '--format', kind];
    await here.run(args);
    const { stdout } = await here.run(args);
    assert.ok(stdout.includes(isKept ? 'token-1' : 'token-2'), kind);
    assert.equal(here.asked, isKept ? 1 : 2);
    const fresh = await here.run([...args, '--no-cache']);
    assert.ok(fresh.stdout.includes(`token-${here.asked}`));
    assert.equal(here.asked, isKept ? 2 : 3);
  }
});

test('what can not be kept is printed all the same, and only --cache complains', async () => {
  const here = await at();
  const env = { XDG_CACHE_HOME: CLI }; // a file
  const args = [...here.client, '--format', 'header'];
  const got = (/** @type {number} */ n) => `Authorization: Bearer token-${n}\n`;
  assert.deepEqual(await here.run(args, { env }), printed(got(1)));
  const asked = await here.run([...args, '--cache'], { env });
  assert.equal(asked.stdout, got(2));
  assert.match(asked.stderr, /^fetchtoken: the cache can't be used: \w+\n$/);
  const homeless = { XDG_CACHE_HOME: '', HOME: '.', USERPROFILE: '.' };
  assert.deepEqual(await here.run(args, { env: homeless }), printed(got(3)));
  // a client that has nothing to seal with
  assert.deepEqual(await here.run([...args, '--client-auth', 'none']), printed(got(4)));
  assert.deepEqual(await here.run([...args, '--no-retry']), printed(got(5)));
});

test('a token that makes no header is refused by the kinds that need one', async () => {
  for (const type of ['DPoP', 'mac', 'a b', 'N_A']) {
    const here = await at({ token_type: type });
    for (const kind of ['header', 'headers']) {
      const { status, stdout, stderr } = await here.run([...here.client, '--format', kind]);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^fetchtoken: the token makes no header: /);
    }
    assert.deepEqual(await here.run(here.client), printed(`token-${here.asked}\n`));
  }
});

test('GitHub Actions mask the token before anybody has it', async () => {
  const here = await at({ access_token: 'a%0Ab', refresh_token: 'refresh-1' });
  const env = { GITHUB_ACTIONS: 'true' };
  for (const kind of FORMATS) {
    const { stderr } = await here.run([...here.client, '--format', kind], { env });
    assert.equal(stderr, '::add-mask::a%250Ab\n::add-mask::refresh-1\n', kind);
  }
  const script = `'${process.execPath}' '${CLI}' ${here.client.join(' ')} 2>&1`;
  const { stdout } = await here.run(['-c', script], { program: ['sh'], env });
  assert.equal(stdout, '::add-mask::a%250Ab\n::add-mask::refresh-1\na%0Ab\n');
  assert.deepEqual(await here.run(here.client, { env: { GITHUB_ACTIONS: 'false' } }), printed('a%0Ab\n'));
});

test('a terminal is shown no mask, for it would show the token', async () => {
  const here = await at();
  const command = `'${process.execPath}' '${CLI}' ${here.client.join(' ')} > /dev/null`;
  const { stdout } = await here.run(['-qec', command, '/dev/null'], {
    program: ['script'],
    env: { GITHUB_ACTIONS: 'true' },
  });
  assert.equal(stdout, '');
  assert.equal(here.asked, 1);
});

test('a wrong command line is refused', async () => {
  const here = await at();
  const wrong = {
    '--format yaml': /^fetchtoken: --format wants one of token, json, header, headers, env, exec-credential\n$/,
    '--format __proto__': /--format wants one of/,
    '--format json --json': /--format and --json exclude each other/,
    '--as TOKEN': /--as belongs to --format env/,
    '--format env --as 1A': /--as wants the name of a variable/,
    '--format env --as A=B': /--as wants the name of a variable/,
    '--cache --no-cache': /--cache and --no-cache exclude each other/,
  };
  for (const [args, message] of Object.entries(wrong)) {
    const { status, stdout, stderr } = await here.run([...here.client, ...args.split(' ')]);
    assert.deepEqual([status, stdout], [2, ''], args);
    assert.match(stderr, message);
  }
  assert.equal(here.asked, 0);
});
