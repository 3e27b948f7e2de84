// What refusals leave behind in the process, and what close() leaves behind of a client.

import assert from 'node:assert/strict';
import { test } from 'node:test';

/** The memories of the instances that were started. @type {WebAssembly.Memory[]} */
const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, [module, imports]) {
    const instance = new target(module, imports);
    memories.push(/** @type {any} */ (instance.exports).memory);
    return instance;
  },
});

const { createClient } = await import('../../node.js');
const { failing, world } = await import('../support/world.js');

const refused = failing(401, {}, { error: 'invalid_client' });

test('of more than 1,000 refusals the oldest is forgotten, so that they do not grow without a bound', async () => {
  const w = world([refused]);
  const ask = (/** @type {number} */ n) =>
    assert.rejects(
      createClient(
        {
          tokenEndpoint: 'https://as.example/token',
          clientId: `client-${n}`,
          clientSecret: 'a secret',
        },
        w.options,
      ).getToken(),
      { error: 'invalid_client' },
    );
  for (let n = 0; n <= 1000; n++) {
    await ask(n);
  }
  assert.equal(w.requests, 1001);
  await ask(1000);
  await ask(1);
  assert.equal(w.requests, 1001, 'these are remembered');
  await ask(0);
  assert.equal(w.requests, 1002, 'this one is not');
});

test('a client that was closed leaves no secret in the memory of the module', async () => {
  const secret = 'a-secret-that-is-told-from-any-other-text';
  const holds = () => memories.some(({ buffer }) => Buffer.from(buffer).includes(secret));
  const client = createClient(
    { tokenEndpoint: 'https://as.example/token', clientId: 'client', clientSecret: secret },
    world().options,
  );
  await client.getToken();
  assert.ok(holds(), 'it is looked for where it was');
  client.close();
  assert.ok(!holds());
});
