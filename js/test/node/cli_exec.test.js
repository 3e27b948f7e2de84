// fetchtoken exec: a program with the token in its environment, and without the secret.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { COMMAND, ended, place } from '../support/command.js';

const here = await place();
after(() => here[Symbol.asyncDispose]());
/** The command for a shell. */
const quoted = COMMAND.map((word) => `'${word}'`).join(' ');

/** The command line that runs a program of Node. @param {string} source @param {string[]} [options] */
const node = (source, options = []) => [
  'exec', ...here.client, ...options, '--', process.execPath, '-e', source,
];

test('the program has the token under the name that is asked for', async () => {
  for (const [options, name] of /** @type {[string[], string][]} */ ([
    [[], 'ACCESS_TOKEN'],
    [['--as', 'MY_TOKEN'], 'MY_TOKEN'],
  ])) {
    const source = `process.stdout.write(process.env.${name})`;
    assert.deepEqual(await here.run(node(source, options)), {
      status: 0, signal: null, stdout: 'token-1', stderr: '',
    });
  }
  assert.equal(here.asked, 1); // it is kept
});

test('the program has nothing that fetchtoken reads, and all the rest', async () => {
  const env = {
    FETCHTOKEN_PRIVATE_KEY: 'a key', FETCHTOKEN_PASSPHRASE: 'a phrase', FETCHTOKEN_SCOPE: 'a',
    HERE_ACCESS_KEY_SECRET: 'a secret', HERE_ACCESS_KEY_ID: 'id', OTHER: 'kept',
  };
  const { stdout } = await here.run(node('console.log(JSON.stringify(process.env))'), { env });
  const seen = JSON.parse(stdout);
  const names = Object.keys(seen);
  assert.deepEqual(names.filter((name) => name.startsWith('FETCHTOKEN_')), []);
  assert.equal(names.includes('HERE_ACCESS_KEY_SECRET'), false);
  assert.deepEqual([seen.OTHER, seen.HERE_ACCESS_KEY_ID, seen.PATH], ['kept', 'id', process.env.PATH]);
});

test('arguments arrive as they are, also those that look like options', async () => {
  const args = ['--', '--help', '-x', 'a b', '', '--client-id', "it's"];
  const line = ['exec', ...here.client, '--', process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))'];
  const { stdout } = await here.run([...line, '--', ...args]);
  assert.deepEqual(JSON.parse(stdout), args);
});

test('standard input, output and error are the program\'s', async () => {
  const source = `process.stdin.on('data', (c) => process.stdout.write(String(c).toUpperCase()))
    .on('end', () => process.stderr.write('done'))`;
  assert.deepEqual(await here.run(node(source), { input: 'text' }), {
    status: 0, signal: null, stdout: 'TEXT', stderr: 'done',
  });
});

test('standard input is never taken for the secret, unless an option says so', async () => {
  const program = ['--', process.execPath, '-e', 'process.stdin.pipe(process.stdout)'];
  const line = (/** @type {string[]} */ ...options) => ['exec', ...here.client, ...options, ...program];
  const bare = ['env', '-u', 'FETCHTOKEN_CLIENT_SECRET', ...COMMAND];
  const missing = await here.run(line(), { input: 'data', program: bare });
  assert.deepEqual([missing.status, missing.stdout], [2, '']);
  assert.match(missing.stderr, /the client secret is missing/);
  const given = await here.run(line('--client-secret-file', '-'), { input: 'a-secret', program: bare });
  assert.deepEqual([given.status, given.stdout, given.stderr], [0, '', '']);
});

test('the status is the program\'s', async () => {
  for (const status of [0, 1, 7, 255]) {
    assert.equal((await here.run(node(`process.exit(${status})`))).status, status);
  }
});

test('the signal that ends the program ends the command', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP']) {
    const result = await here.run(node(`process.kill(process.pid, '${signal}'); setInterval(() => {}, 1e6)`));
    assert.deepEqual([result.signal, result.stderr], [signal, ''], signal);
  }
  const shell = `${quoted} exec ${here.client.join(' ')} -- sh -c 'kill -TERM $$'; echo $?`;
  assert.equal((await here.run(['-c', shell], { program: ['sh'] })).stdout, '143\n');
});

test('signals are passed on', async () => {
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGQUIT'])) {
    const child = here.start(node(`
      process.on('${signal}', () => { console.log('${signal}'); process.exit(3); });
      console.log('ready'); setInterval(() => {}, 1e6);`));
    await once(child.stdout, 'data');
    const result = ended(child);
    child.kill(signal);
    assert.deepEqual(await result, { status: 3, signal: null, stdout: `${signal}\n`, stderr: '' });
  }
});

test('at a terminal the program gets an interruption once, from the terminal', async () => {
  const source = `
    let times = 0;
    process.on('SIGINT', () => console.log('interrupted ' + ++times));
    process.stdin.resume();
    console.log('ready');`;
  const line = node(source).map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
  const child = here.start(['-qec', `${quoted} ${line}`, '/dev/null'], { program: ['script'] });
  const result = ended(child);
  let text = '';
  const has = (/** @type {string} */ word) =>
    new Promise((resolve) => {
      const look = (/** @type {string} */ chunk = '') => (text += chunk).includes(word) && resolve(undefined);
      child.stdout.on('data', look);
      look();
    });
  await has('ready');
  for (const times of [1, 2, 3]) {
    child.stdin.write('\x03');
    await has(`interrupted ${times}`);
  }
  child.stdin.write('\x04');
  assert.equal((await result).stdout.match(/interrupted/g)?.length, 3);
});

test('a program that is not there is 127, one that can not be run 126', async () => {
  const line = ['exec', ...here.client, '--'];
  const none = await here.run([...line, 'no-such-program-1']);
  assert.deepEqual([none.status, none.stderr], [
    127,
    "fetchtoken: the program can't be run: ENOENT\n" +
    'hint: there is no such program: check its name and PATH, and the first line of a script\n',
  ]);
  const path = join(here.folder, 'program');
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o600);
  const refused = await here.run([...line, path]);
  assert.deepEqual([refused.status, refused.stderr], [
    126,
    "fetchtoken: the program can't be run: EACCES\n" +
    'hint: the file is no program: make it executable by chmod +x, or check its folders\n',
  ]);
});

test('nothing is run without a token, or without a program', async () => {
  const ran = join(here.folder, 'ran');
  const touch = ['--', 'touch', ran];
  const refused = await here.run(['exec', '--endpoint', 'http://127.0.0.1:1/', '--client-id', 'x', '--no-retry', ...touch]);
  assert.equal(refused.status, 3);
  for (const line of [[], ['--']]) {
    const { status, stderr } = await here.run(['exec', ...here.client, ...line]);
    assert.equal(status, 2);
    assert.match(stderr, /^fetchtoken: exec has no program to run\nhint: write it behind --: /);
  }
  const { status, stderr } = await here.run(['exec', '--jsn', ...touch]);
  assert.equal(status, 2);
  assert.match(stderr, /^fetchtoken: argument 2 is an unknown option.*\nhint: fetchtoken exec --help lists/);
  await assert.rejects(chmod(ran, 0o600), { code: 'ENOENT' });
});

test('GitHub Actions mask the token before the program runs', async () => {
  const { stderr } = await here.run(node('console.error("program")'), { env: { GITHUB_ACTIONS: 'true' } });
  assert.equal(stderr, '::add-mask::token-1\nprogram\n');
});
