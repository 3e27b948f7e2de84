import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertNoSecret, bundleWorker, root, secretOf, startWorkers, useTokenServer,
} from './support.js';

const server = await useTokenServer();
const MODULES = /** @type {const} */ ([
  { type: 'ESModule', path: 'worker.js' },
  { type: 'CompiledWasm', path: 'fetchtoken-compact.wasm' },
]);

let dir;
let workers;

/** @param {string} provider @param {any} system */
const bindings = (provider, system) => ({
  ...Object.fromEntries(
    Object.entries(secretOf(provider, system)).map(([name, value]) => [
      `FETCHTOKEN_${name}`,
      value,
    ]),
  ),
  API: system.api,
});

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fetchtoken-worker-'));
  await bundleWorker('worker', dir);
  const { 'os-data-hub': osDataHub, iotspot, here } = server.systems;
  workers = await startWorkers(dir, MODULES, {
    'os-data-hub': bindings('os-data-hub', osDataHub),
    iotspot: bindings('iotspot', iotspot),
    here: bindings('here', here),
    cold: bindings('here', here),
    'wrong-secret': bindings('iotspot', { ...iotspot, clientSecret: 'wrong' }),
    'wrong-config': bindings('iot-spot', iotspot),
    'wrong-api': bindings('here', { ...here, api: iotspot.api }),
    unreachable: bindings('os-data-hub', server.faulty('reset', osDataHub)),
  }, { durableObjects: { TOKENS: { className: 'TokenBroker', useSQLite: true } } });
});

after(async () => {
  await workers?.stop();
  await rm(dir, { recursive: true });
});

for (const system of ['os-data-hub', 'iotspot', 'here']) {
  test(`calls the API of ${system} twice with one token, and shows neither it nor the secret`, async () => {
    const first = await workers.call(system);
    const second = await workers.call(system);
    for (const { status, headers, text } of [first, second]) {
      assert.deepEqual(
        [status, JSON.parse(text)],
        [200, { system, clientId: server.systems[system].clientId }],
      );
      assert.deepEqual(
        Object.keys(headers).filter((name) => !/^(content|transfer)-/.test(name)),
        [],
      );
      assertNoSecret(server.systems, text + JSON.stringify(headers));
    }
    assert.deepEqual(
      server.requests.map(({ method, outcome }) => `${method} ${outcome}`),
      ['POST ok', 'GET ok', 'GET ok'],
    );
  });
}

test('a token that is good no more is replaced', async () => {
  // though the server has forgotten the token of the test before
  assert.equal((await workers.call('here')).status, 200);
  assert.deepEqual(
    server.requests.map(({ method, status }) => `${method} ${status}`),
    ['GET 401', 'POST 200', 'GET 200'],
  );
});

test('overlapping requests are all answered, from the first on', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => workers.call('cold')));
  const expected = `200 ${JSON.stringify({ system: 'here', clientId: server.systems.here.clientId })}`;
  assert.deepEqual(
    [...new Set(answers.map(({ status, text }) => `${status} ${text}`))],
    [expected],
  );
  assert.equal(server.requests.filter(({ method }) => method === 'POST').length, 1);
});

test('a failure is a line in the log, and no detail for the caller', async () => {
  for (const [name, line, shown] of [
    ['wrong-secret', 'no token: error_response: ', 'The service cannot be reached.\n'],
    [
      'wrong-config',
      'no token: invalid_config: unknown provider',
      'The service cannot be reached.\n',
    ],
    ['unreachable', 'no token: network: ', 'The service cannot be reached.\n'],
    ['wrong-api', 'the API answers with status 401', 'The service does not answer.\n'],
  ]) {
    const { status, text } = await workers.call(name);
    assert.deepEqual([status, text], [502, shown]);
    while (!workers.log().includes(line)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  assertNoSecret(server.systems, workers.log());
});

test('wrangler.jsonc names the Worker, and no secret', async () => {
  const { main, compatibility_date, vars, durable_objects, migrations } = JSON.parse(
    await readFile(join(root, 'examples/worker/wrangler.jsonc'), 'utf8'),
  );
  assert.deepEqual(
    [main, compatibility_date <= '2026-07-30', Object.keys(vars)],
    ['worker.js', true, ['FETCHTOKEN_PROVIDER', 'FETCHTOKEN_CLIENT_ID', 'API']],
  );
  assert.deepEqual(
    [durable_objects.bindings, migrations[0].new_sqlite_classes],
    [[{ name: 'TOKENS', class_name: 'TokenBroker' }], ['TokenBroker']],
  );
});
