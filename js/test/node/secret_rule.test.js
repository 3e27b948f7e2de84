import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mayGo } from '../../cli/secret_rule.js';

test('whose secret may go to whose endpoint', () => {
  const table =
    /** @type {[Parameters<typeof mayGo>[0], Parameters<typeof mayGo>[1], boolean][]} */ ([
      ['user', 'user', true],
      ['user', 'preset', true],
      ['user', 'found', false],
      ['found', 'user', true], // somebody else's secret is none of the user's
      ['found', 'preset', true],
      ['found', 'found', true],
    ]);
  for (const [secret, endpoint, may] of table) {
    assert.equal(mayGo(secret, endpoint), may, `${secret} to ${endpoint}`);
  }
});
