import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertNoSecret, run, secretOf, useTokenServer } from './support.js';

const server = await useTokenServer();
const example = 'examples/node/index.js';

for (const [name, system] of Object.entries({
  'here/credentials.properties': 'here',
  'ota-connect/treehub.json': 'ota-connect',
})) {
  test(`calls an API with ${name}`, async () => {
    const { api, clientId } = server.systems[system];
    const { status, stdout, stderr } = await run(example, [api, server.file(name)]);
    assert.deepEqual([status, stderr, JSON.parse(stdout)], [0, '', { system, clientId }]);
  });
}

test("calls an API with High Mobility's private key JSON", async () => {
  const { api, clientId } = server.systems['high-mobility'].live;
  const { status, stdout, stderr } = await run(example, [
    api,
    server.file('high-mobility/live.json'),
  ]);
  assert.deepEqual(
    [status, stderr, JSON.parse(stdout)],
    [0, '', { system: 'high-mobility/live', clientId }],
  );
});

for (const system of ['iotspot', 'os-data-hub']) {
  test(`calls an API as ${system}, which the environment says`, async () => {
    const { api, clientId } = server.systems[system];
    const { status, stdout, stderr } = await run(
      example,
      [api],
      secretOf(system, server.systems[system]),
    );
    assert.deepEqual([status, stderr, JSON.parse(stdout)], [0, '', { system, clientId }]);
  });
}

test('says why there is no token, and what to do', async () => {
  const client = { ...server.systems.here, clientId: server.systems.here.appId };
  const { status, stdout, stderr } = await run(example, [client.api], secretOf('here', client));
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /401310.*\nWhat to do: clientId must be the access key id/);
  assertNoSecret(server.systems, stderr);
});

test('says that the API refuses', async () => {
  const { status, stdout, stderr } = await run(
    example,
    [server.systems.here.api],
    secretOf('iotspot', server.systems.iotspot),
  );
  assert.deepEqual([status, stdout, stderr], [1, '', 'the API answers with status 401\n']);
});
