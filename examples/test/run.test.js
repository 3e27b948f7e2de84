import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertNoSecret, run, useTokenServer } from './support.js';

const server = await useTokenServer();
const example = 'examples/run.js';

/** The rows of the table, as cells. @param {string} stdout */
const rows = (stdout) =>
  stdout
    .split(/^-[- ]+$/m)[1]
    .trim()
    .split('\n\n')[0]
    .split('\n')
    .map((row) => row.split(/ {2,}/));

test('gets a token in every way of the five systems', async () => {
  const { status, stdout, stderr } = await run(example);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /\nEvery token was got\.\n$/);
  const ways = rows(stdout).map(([system, authentication, token, lifetime, ms]) => {
    assert.match(token, /^[\w-]{6}… \(\d+\)$/);
    assert.match(ms, /^\d+\.\d$/);
    return `${system}: ${authentication}: ${lifetime}`;
  });
  assert.deepEqual(ways, [
    'here: OAuth 1.0 signature, form: 23 h 59 min 59 s',
    'here: OAuth 1.0 signature, JSON: 23 h 59 min 59 s',
    'ota-connect: Basic, form: 24 h',
    'iotspot: Basic, form: 1 h',
    'high-mobility sandbox: secret in the body, JSON: 5 min',
    'high-mobility sandbox: JWT signed by a key, JSON: 5 min',
    'high-mobility live: JWT signed by a key, JSON: 5 min',
    'os-data-hub: Basic, form: 4 min 59 s',
  ]);
});

for (const [spoil, refusals] of Object.entries({ here: 2, 'high-mobility': 3, 'os-data-hub': 1 })) {
  test(`fails when ${spoil} refuses`, async () => {
    const { status, stdout, stderr } = await run(example, ['--spoil', spoil]);
    assert.equal(status, 1);
    assert.equal(rows(stdout).length, 8);
    assert.equal(
      rows(stdout).filter(
        ([system, , token]) => system.startsWith(spoil) && token === 'none: error_response',
      ).length,
      refusals,
    );
    assert.match(stdout, new RegExp(`\n${refusals} of 8 failed\\.\n$`));
    assert.equal(stderr.match(/refused the request/g)?.length, refusals);
  });
}

for (const [name, row] of [
  ['here/credentials.properties', ['here', 'OAuth 1.0 signature, form']],
  ['ota-connect/treehub.json', ['ota-connect', 'Basic, form']],
  ['high-mobility/sandbox.json', ['high-mobility', 'JWT signed by a key, JSON']],
]) {
  test(`gets one token for ${name}`, async () => {
    const { status, stdout, stderr } = await run(example, [server.file(name)]);
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(rows(stdout).map((cells) => cells.slice(0, 2)), [row]);
    assert.equal(server.requests.length, 1);
    assertNoSecret(server.systems, stdout);
  });
}

test('says the provider and the environment that the file does not', async () => {
  const { status, stdout } = await run(example, [
    server.file('high-mobility/live.json'),
    '--environment',
    'live',
  ]);
  assert.deepEqual([status, rows(stdout)[0][0]], [0, 'high-mobility live']);
  const other = await run(example, [
    server.file('ota-connect/treehub.json'),
    '--provider',
    'cognito',
  ]);
  assert.deepEqual([other.status, rows(other.stdout)[0][0]], [0, 'cognito']);
});

test('fails when the system of the file refuses', async () => {
  const { clientSecret } = server.systems['ota-connect'];
  const wrong = join(server.dir, 'wrong.json');
  await writeFile(
    wrong,
    (await readFile(server.file('ota-connect/treehub.json'), 'utf8')).replace(
      clientSecret,
      'wrong',
    ),
  );
  const { status, stdout, stderr } = await run(example, [wrong]);
  assert.deepEqual([status, rows(stdout).length], [1, 1]);
  assert.match(stderr, /invalid_client\n {2}What to do: check clientId and clientSecret\n$/);
  assertNoSecret(server.systems, stdout + stderr);
});

test('refuses what it cannot use', async () => {
  for (const [args, message] of [
    [
      ['--spoil', 'nobody'],
      /--spoil wants one of here, ota-connect, iotspot, high-mobility, os-data-hub/,
    ],
    [['--unknown'], /Unknown option '--unknown'/],
    [[server.file('iotspot.txt')], /is text of an unknown kind/],
    [[join(server.dir, 'none')], /no such file/],
  ]) {
    const { status, stderr } = await run(example, args);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
});
