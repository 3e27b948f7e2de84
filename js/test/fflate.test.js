import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { bundle, path } from './support/bundle_fflate.js';

test('js/credentials/fflate.js is what support/bundle_fflate.js makes', async () => {
  assert.equal(await readFile(path, 'utf8'), await bundle());
});
