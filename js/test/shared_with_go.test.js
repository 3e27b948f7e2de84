// Node processes and Go processes share one token, by one folder and by one Redis.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createClient as createRedis } from 'redis';

import { createClient } from '../node.js';
import { fileStore } from '../stores/file.js';
import { redisStore } from '../stores/redis.js';
import { startRedis } from './support/redis.js';
import { storeKeyOf } from './support/sealing.js';
import { until } from './support/until.js';

const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
const program = join(folder, 'stores');
await promisify(execFile)('go', ['build', '-o', program, '.'], {
  cwd: fileURLToPath(new URL('../../extra/stores', import.meta.url)),
});
const redisServer = await startRedis();
const redisAddress = `127.0.0.1:${redisServer.port}`;
const redis = await createRedis({ url: `redis://${redisAddress}` }).connect();

/** What to end. @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  closing.forEach((close) => close());
  redis.destroy();
  await redisServer.close();
  await rm(folder, { recursive: true, force: true });
});

/** A token server that counts. It refuses the secret `wrong`. */
const server = createServer(async (request, response) => {
  const isRight = !Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .endsWith(':wrong');
  requests++;
  const body = isRight
    ? { access_token: `token-${requests}`, token_type: 'Bearer', expires_in: 3600 }
    : { error: 'invalid_client' };
  await Promise.resolve(held);
  response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
closing.push(() => server.close(), () => server.closeAllConnections());
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
let requests = 0;
/** @type {Promise<void> | undefined} */
let held;

/**
 * Starts a Go process. Each line that it is sent gets one answer.
 *
 * @param {string[]} args
 */
function startGo(args) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  closing.push(() => child.kill());
  return async (/** @type {'token' | 'renew' | 'invalidate' | 'close'} */ line) => {
    child.stdin.write(`${line}\n`);
    const { value } = await lines.next();
    return JSON.parse(value);
  };
}

const stores = {
  file: { place: join(folder, 'tokens'), open: () => fileStore(join(folder, 'tokens')) },
  redis: { place: redisAddress, open: () => redisStore(redis) },
};

for (const [kind, { place, open }] of Object.entries(stores)) {
  const configOf = (/** @type {string} */ clientId, clientSecret = 'é secret') => ({
    tokenEndpoint: `http://127.0.0.1:${port}/token`,
    clientId,
    clientSecret,
    scope: ['read', 'write'],
  });

  /** @param {ReturnType<typeof configOf>} config */
  const both = (config) => {
    requests = 0;
    /** @type {string[]} */
    const heard = [];
    const node = createClient(config, { store: open(), onEvent: ({ type }) => heard.push(type) });
    closing.push(() => node.close());
    return { node, heard, go: () => startGo([kind, place, JSON.stringify(config)]) };
  };

  test(`${kind}: processes of both ask once, at the same time`, async () => {
    const { node, go } = both(configOf(`${kind} at once`));
    /** @type {() => void} */
    let answer = () => {};
    held = new Promise((resolve) => (answer = resolve));
    const asked = [go(), go(), go()].map((ask) => ask('token').then(({ token }) => token));
    asked.push(node.getToken().then(({ access_token }) => access_token));
    await until('one asks', () => requests > 0);
    answer();
    assert.deepEqual(await Promise.all(asked), Array(4).fill('token-1'));
    assert.equal(requests, 1);
  });

  test(`${kind}: each takes what the other has renewed`, async () => {
    const config = configOf(`${kind} in turn`);
    const { node, heard, go } = both(config);
    const first = go();
    assert.equal((await node.getToken()).access_token, 'token-1');
    const key = await storeKeyOf(config);
    await until('it is stored', async () => (await open().get(key)) !== undefined);
    assert.deepEqual(await first('token'), { token: 'token-1', events: ['shared'] });

    assert.equal((await first('renew')).token, 'token-2');
    await first('close');
    await node.invalidate();
    assert.equal((await node.getToken()).access_token, 'token-2');
    assert.equal(heard.at(-1), 'shared');

    await node.invalidate(); // a refused token leaves the store
    assert.equal((await go()('token')).token, 'token-3');
    assert.equal(requests, 3);
  });

  test(`${kind}: each sees the refusal of the other`, async () => {
    const wrong = configOf(`${kind} refused`, 'wrong');
    const { node, go } = both(wrong);
    const first = go();
    assert.deepEqual(await first('token'), {
      error: 'invalid_client', code: 'error_response', events: ['requested', 'request_failed'],
    });
    await first('close'); // it is in the store
    const refusal = { code: 'error_response', error: 'invalid_client', status: 401 };
    await assert.rejects(node.getToken(), refusal);
    assert.equal(requests, 1, 'Node has not asked');

    const other = both(configOf(`${kind} refused as well`, 'wrong'));
    await assert.rejects(other.node.getToken(), refusal);
    await other.node.close();
    assert.deepEqual(await other.go()('token'), {
      error: 'invalid_client', code: 'error_response', events: [],
    });
    assert.equal(requests, 1, 'Go has not asked');
  });
}
