// The command in Go passes the tests of exec, call and proxy.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-go-'));
after(() => rm(folder, { recursive: true }));
const command = join(folder, 'fetchtoken');
await promisify(execFile)('go', ['build', '-o', command, './cmd/fetchtoken'], { cwd: root });

for (const name of ['exec', 'call', 'proxy']) {
  test(`fetchtoken ${name} in Go`, async () => {
    const { NODE_TEST_CONTEXT, ...env } = process.env; // else it reports to this process
    const tests = ['--test', '--test-reporter=tap', `js/test/node/cli_${name}.test.js`];
    const run = promisify(execFile)(process.execPath, tests, {
      cwd: root, env: { ...env, FETCHTOKEN_TESTED: command },
    });
    const { stdout } = await run.catch((error) => assert.fail(error.stdout));
    assert.match(stdout, /^# pass [1-9]/m);
  });
}
