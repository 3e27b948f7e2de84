import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertNoSecret, clientOf, root, run, secretOf, useTokenServer } from './support.js';

const server = await useTokenServer();
const example = 'examples/node-raw/index.js';

/** Asserts that a token, and nothing else, was printed, and that it is good. */
async function assertToken({ status, stdout, stderr }, { api, clientId }) {
  assert.deepEqual([status, stderr], [0, '']);
  const response = await fetch(api, { headers: { authorization: `Bearer ${stdout.trimEnd()}` } });
  assert.deepEqual([response.status, (await response.json()).clientId], [200, clientId]);
}

for (const system of ['here', 'ota-connect', 'iotspot', 'os-data-hub']) {
  test(`prints a token of ${system}, and ends`, async () => {
    const { scope } = server.systems[system];
    await assertToken(
      await run(example, [], {
        ...secretOf(system, server.systems[system]),
        ...(scope && { SCOPE: scope }),
      }),
      server.systems[system],
    );
  });
}

test('prints a token of High Mobility, for which a key signs', async () => {
  const { sandbox } = server.systems['high-mobility'];
  const file = join(server.dir, 'key.pem');
  await writeFile(file, sandbox.privateKey);
  await assertToken(
    await run(example, [], {
      ...clientOf('high-mobility', sandbox),
      PRIVATE_KEY_FILE: file,
      KEY_ID: sandbox.keyId,
    }),
    sandbox,
  );
  assert.equal(server.requests[0].clientAuth, 'assertion');
});

test('says why there is no token, and ends', async () => {
  const osDataHub = server.systems['os-data-hub'];
  for (const [client, message] of [
    [{ ...osDataHub, clientSecret: 'wrong' }, /refused the request: invalid_client/],
    [
      server.faulty('redirect/302', osDataHub),
      /redirect to another path of it, which is not followed/,
    ],
    [server.faulty('reset', osDataHub), /the request to .+ failed/],
    [{ ...osDataHub, clientId: '' }, /clientId is empty/],
  ]) {
    const { status, stdout, stderr } = await run(example, [], secretOf('os-data-hub', client));
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assertNoSecret(server.systems, stderr);
  }
});

test('has nothing of js/', async () => {
  const imports = (await readFile(join(root, example), 'utf8')).match(/^import .*$/gm);
  assert.deepEqual(
    imports?.map((line) => line.match(/'(.+)'/)?.[1]),
    ['node:fs/promises', 'node:url', 'fetchtoken/wasm_exec.js'],
  );
});
