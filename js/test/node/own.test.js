// What a configuration costs that was made to cost much: by aliases of YAML, or by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient, fetchToken } from '../../node.js';
import { copyOf, jsonOf } from '../../lib/own.js';

/**
 * An object that stands twice in each of so many, and how often one looks at it.
 *
 * @param {number} levels
 */
function shared(levels) {
  const seen = { looks: 0 };
  let object = /** @type {object} */ ({ get x() { return ++seen.looks; } });
  for (let i = 0; i < levels; i++) {
    object = { a: object, b: object };
  }
  return { object, seen };
}

for (const [name, read] of Object.entries({ copyOf, jsonOf })) {
  test(`${name}: an object that stands in many places is given up before long`, () => {
    const few = shared(10);
    read(few.object);
    assert.equal(few.seen.looks, 1024);
    const many = shared(40); // 2⁴⁰
    assert.throws(() => read(many.object), {
      code: 'invalid_config',
      message: /more than 600000 values/,
    });
    assert.ok(many.seen.looks < 600_000);
    assert.throws(() => read([new Array(2 ** 32 - 1)]), { code: 'invalid_config' });
  });
}

test('so it is wherever it stands, and nothing is sent', async () => {
  const fetch = async () => assert.fail('sent');
  let deep = shared(40).object;
  for (let i = 0; i < 70; i++) { // deeper than a configuration is copied
    deep = { deep };
  }
  const base = {
    tokenEndpoint: 'https://as.example/token',
    clientId: 'client',
    clientSecret: 'a secret',
  };
  for (const value of [shared(40).object, deep, new Array(2 ** 32 - 1)]) {
    const config = /** @type {any} */ ({ ...base, parameters: { value } });
    await assert.rejects(fetchToken(config, { fetch }), { code: 'invalid_config' });
    await assert.rejects(async () => createClient(config, { fetch }).getToken(), {
      code: 'invalid_config',
    });
  }
});
