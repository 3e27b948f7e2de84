import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import {
  assertNoSecret,
  clientOf,
  root,
  secretOf,
  startWorkers,
  useTokenServer,
} from './support.js';

const server = await useTokenServer();
const MODULES = /** @type {const} */ ([
  { type: 'ESModule', path: 'worker.mjs' },
  { type: 'ESModule', path: 'runtime.mjs' },
  { type: 'ESModule', path: 'wasm_exec.js' },
  { type: 'CompiledWasm', path: 'app.wasm' },
]);
const FAULTS = ['reset', 'redirect/307', 'large', 'html', 'status/204', 'status/503'];

let dir;
let workers;

/** Builds the Worker into a folder of its own, with the commands of wrangler.jsonc. */
async function build() {
  const { build } = JSON.parse(
    await readFile(join(root, 'examples/worker-go/wrangler.jsonc'), 'utf8'),
  );
  const command = build.command
    .replace('-mode=go', `-mode=go -o '${dir}'`)
    .replace('build/app.wasm', `'${dir}/app.wasm'`);
  await promisify(execFile)('sh', ['-c', command], {
    cwd: join(root, 'examples/worker-go'),
    env: { ...process.env, GOFLAGS: '' },
  });
}

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fetchtoken-worker-go-'));
  await build();
  const {
    'os-data-hub': osDataHub,
    here,
    'high-mobility': { sandbox },
    'ota-connect': ota,
  } = server.systems;
  workers = await startWorkers(dir, MODULES, {
    'os-data-hub': { ...secretOf('os-data-hub', osDataHub), API: osDataHub.api },
    here: { ...secretOf('here', here), API: here.api },
    'ota-connect': { ...secretOf('ota-connect', ota), SCOPE: ota.scope, API: ota.api },
    'high-mobility/sandbox': {
      ...clientOf('high-mobility', sandbox),
      PRIVATE_KEY: sandbox.privateKey,
      KEY_ID: sandbox.keyId,
      API: sandbox.api,
    },
    'wrong-secret': {
      ...secretOf('os-data-hub', osDataHub),
      CLIENT_SECRET: 'wrong',
      API: osDataHub.api,
    },
    'wrong-config': {
      ...secretOf('os-data-hub', osDataHub),
      CLIENT_SECRET: 'with a line break\n',
      API: osDataHub.api,
    },
    'wrong-api': { ...secretOf('here', here), API: osDataHub.api },
    ...Object.fromEntries(
      FAULTS.map((fault) => [
        fault,
        { ...secretOf('os-data-hub', server.faulty(fault, osDataHub)), API: osDataHub.api },
      ]),
    ),
  });
});

after(async () => {
  await workers?.stop();
  await rm(dir, { recursive: true });
});

const SYSTEMS = {
  'os-data-hub': 'Basic',
  here: 'OAuth',
  'ota-connect': 'Basic',
  'high-mobility/sandbox': 'assertion',
};
for (const [system, clientAuth] of Object.entries(SYSTEMS)) {
  test(`calls the API of ${system} with a token, and shows neither it nor the secret`, async () => {
    const { status, headers, text } = await workers.call(system);
    const { clientId } = system.split('/').reduce((systems, name) => systems[name], server.systems);
    assert.deepEqual([status, JSON.parse(text)], [200, { system, clientId }]);
    assert.deepEqual(
      Object.keys(headers).filter((name) => !/^(content|transfer)-/.test(name)),
      [],
    );
    assert.deepEqual(
      server.requests.map((request) => `${request.clientAuth} ${request.outcome}`),
      [`${clientAuth} ok`, 'Bearer ok'],
    );
    assertNoSecret(server.systems, text + JSON.stringify(headers));
  });
}

test('overlapping requests are all answered', async () => {
  const names = Object.keys(SYSTEMS);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => workers.call(names[i % names.length])),
  );
  assert.deepEqual(
    answers.map(({ status, text }) => `${status} ${JSON.parse(text).system}`),
    answers.map((_, i) => `200 ${names[i % names.length]}`),
  );
});

test('overlapping requests that wait before they ask again are all answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => workers.call(i % 2 ? 'status/503' : 'here')),
  );
  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map((_, i) => (i % 2 ? 502 : 200)),
  );
  assert.equal(server.requests.filter(({ fault }) => fault === 'status/503').length, 45);
});

test(
  'a failure is a line in the log, and no detail for the caller',
  { timeout: 300_000 },
  async () => {
    for (const [name, line, shown] of [
      ['wrong-secret', 'refused the request: invalid_client', 'The service cannot be reached.\n'],
      ['wrong-config', 'ClientSecret contains a line break', 'The service cannot be reached.\n'],
      ['wrong-api', 'the API answers with status 401', 'The service does not answer.\n'],
      ['reset', 'Network connection lost', 'The service cannot be reached.\n'],
      [
        'redirect/307',
        'answers with a redirect to another path of it, which is not followed',
        'The service cannot be reached.\n',
      ],
      ['large', 'is larger than Options.MaxBody allows', 'The service cannot be reached.\n'],
      ['html', 'is HTML or XML', 'The service cannot be reached.\n'],
      ['status/204', 'answers with status 204', 'The service cannot be reached.\n'],
      ['status/503', 'answers with status 503', 'The service cannot be reached.\n'],
    ]) {
      const { status, text } = await workers.call(name);
      assert.deepEqual([name, status, text], [name, 502, shown]);
      while (!workers.log().includes(line)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    assert.ok(server.requests.every(({ system }) => system !== 'redirected'));
    assertNoSecret(server.systems, workers.log());
  },
);

test('wrangler.jsonc names the Worker, and no secret', async () => {
  const { main, compatibility_date, vars } = JSON.parse(
    await readFile(join(root, 'examples/worker-go/wrangler.jsonc'), 'utf8'),
  );
  assert.deepEqual(
    [main, compatibility_date <= '2026-07-30', Object.keys(vars)],
    ['build/worker.mjs', true, ['PROVIDER', 'CLIENT_ID', 'API']],
  );
});

test('go.mod keeps its dependencies at one version', async () => {
  const required = async (path) =>
    Object.fromEntries(
      Array.from(
        (await readFile(join(root, path), 'utf8')).matchAll(/^\s+(\S+) (v\S+)/gm),
        ([, name, version]) => [name, version],
      ),
    );
  const ours = await required('go.mod');
  for (const [name, version] of Object.entries(await required('examples/worker-go/go.mod'))) {
    assert.equal(
      version,
      ours[name] ??
        { 'github.com/syumai/workers': 'v0.33.0', 'github.com/fetchtoken/fetchtoken': 'v0.0.0' }[
          name
        ],
    );
  }
});
