// The command of the npm package and the one in Go do the same, byte for byte, and share a token.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { CLI, ended, place } from './support/command.js';
import { startWorld } from './support/command_cases.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = await place();
const world = await startWorld();
after(async () => {
  await world[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

const binary = join(here.folder, 'fetchtoken');
await promisify(execFile)('go', ['build', '-o', binary, './cmd/fetchtoken'], {
  cwd: root, env: { ...process.env, CGO_ENABLED: '0' },
});
/** Both commands, by their names. @type {Record<string, string[]>} */
const PROGRAMS = { Node: [process.execPath, CLI], Go: [binary] };

/** @type {{ cases: import('./support/command_cases.js').Case[] }} */
const { cases } = JSON.parse(
  await readFile(join(root, 'core/testdata/command/cases.json'), 'utf8'),
);

suite('each case', { concurrency: 2 }, () => {
  for (const { name, want, ...given } of cases) {
    test(name, async () => {
      const node = await world.run(given, PROGRAMS.Node);
      assert.deepEqual(node, { ...node, ...want });
      assert.deepEqual(await world.run(given, PROGRAMS.Go), node);
    });
  }
});

test('there are cases', () => {
  assert.ok(cases.length > 100, String(cases.length));
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});

test('each command prints the token that the other one has kept', async () => {
  const names = Object.keys(PROGRAMS);
  for (const [first, second] of [names, names.toReversed()]) {
    for (const option of ['--cache', '--format=header']) {
      const args = [...here.client, '--scope', first + option, option];
      const got = await here.run(args, { program: PROGRAMS[first] });
      const { asked } = here;
      assert.deepEqual([got.status, got.stderr], [0, '']);
      assert.deepEqual(await here.run(args, { program: PROGRAMS[second] }), got, second);
      assert.equal(here.asked, asked, second);
      const { stderr } = await here.run([...args, '--verbose'], { program: PROGRAMS[second] });
      assert.match(stderr, /the token: from the cache\n$/);
    }
  }
});

test('an interrupt ends both with the same status', async () => {
  for (const program of Object.values(PROGRAMS)) {
    const child = here.start(here.client, {
      env: { FETCHTOKEN_CLIENT_SECRET: undefined }, program,
    });
    child.stderr.once('data', () => child.kill('SIGINT')); // it says that it waits for the secret
    const { status, stdout } = await ended(child);
    assert.deepEqual([status, stdout], [130, '']);
  }
});

test('both end with the same status when nobody reads the token', async () => {
  for (const program of Object.values(PROGRAMS)) {
    const child = here.start(here.client, { program });
    child.stdout.destroy();
    child.stdin.end();
    const { status, stderr } = await ended(child);
    assert.deepEqual([status, stderr], [141, '']);
  }
});
