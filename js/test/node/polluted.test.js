// A polluted Object.prototype changes nothing: neither what is sent or kept, nor what is told or
// thrown. ../support/polluted.js tries one name after another, in a process of its own, for a test
// runner has objects, too.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('what every object inherits from a polluted Object.prototype is nothing to the package', async () => {
  const script = fileURLToPath(new URL('../support/polluted.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 1 << 26 });
  const { names, differing } = JSON.parse(stdout);
  assert.ok(names > 140, `${names} names`);
  assert.deepEqual(differing, []);
});
