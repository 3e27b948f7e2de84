// Node processes and Go processes share one token, by one folder and by one Redis.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createClient as createRedis } from 'redis';

import { createClient } from '../node.js';
import { fileStore } from '../stores/file.js';
import { redisStore } from '../stores/redis.js';
import { RefreshTokens } from './support/refresh_tokens.js';
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

/**
 * A token server that counts. It refuses the secret `wrong`, and answers for the scope `held` only
 * when the test lets it.
 */
const server = createServer(async (request, response) => {
  const form = new URLSearchParams(await text(request));
  const isRight = !Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
    .toString()
    .endsWith(':wrong');
  requests++;
  const [status, body] = !isRight
    ? [401, { error: 'invalid_client' }]
    : form.has('refresh_token')
      ? refreshTokens.take(form.toString())
      : [200, { access_token: `token-${requests}`, token_type: 'Bearer', expires_in: 3600 }];
  asked.push(['scope', 'audience', 'resource', 'p'].map((name) => form.get(name)).join());
  await (form.get('scope') === 'other' ? undefined : held);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
closing.push(() => server.close(), () => server.closeAllConnections());
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
let requests = 0;
const refreshTokens = new RefreshTokens();
/** The request of each token. @type {string[]} */
const asked = [];
/** @type {Promise<void> | undefined} */
let held;

/**
 * Starts a Go process. Each line that it is sent gets one answer.
 *
 * @param {string[]} args
 * @returns {(line: string, request?: object) => Promise<any>}
 */
function startGo(args) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  closing.push(() => child.kill());
  return async (line, request) => {
    child.stdin.write(`${line}${request === undefined ? '' : ` ${JSON.stringify(request)}`}\n`);
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
  const both = (config, ...later) => {
    requests = asked.length = 0;
    /** @type {string[]} */
    const heard = [];
    const node = createClient(config, { store: open(), onEvent: ({ type }) => heard.push(type) });
    closing.push(() => node.close());
    const configs = [config, ...later].map((given) => JSON.stringify(given));
    return { node, heard, go: () => startGo([kind, place, ...configs]) };
  };

  /** Holds the answers of the server. @returns {() => void} lets it answer */
  const hold = () => {
    /** @type {() => void} */
    let answer = () => {};
    held = new Promise((resolve) => (answer = resolve));
    return answer;
  };

  test(`${kind}: processes of both ask once, at the same time`, async () => {
    const { node, go } = both(configOf(`${kind} at once`));
    const answer = hold();
    const tokens = [go(), go(), go()].map((ask) => ask('token').then(({ token }) => token));
    tokens.push(node.getToken().then(({ access_token }) => access_token));
    await until('one asks', () => requests > 0);
    answer();
    assert.deepEqual(await Promise.all(tokens), Array(4).fill('token-1'));
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

  /**
   * Asks all processes for a token at once.
   *
   * @param {import('../types.js').TokenClient} node
   * @param {ReturnType<typeof startGo>[]} others
   * @param {object} [request]
   */
  const all = (node, others, request) =>
    Promise.all([
      node.getToken(request).then(({ access_token }) => access_token),
      ...others.map(async (ask) => (await ask('token', request)).token),
    ]);

  test(`${kind}: each request has its own record and its own lease`, async () => {
    const { node, go } = both(configOf(`${kind} many`));
    const others = [go(), go()];
    const given = [
      { scope: ['a', 'b'] }, { scope: [] }, { audience: ['x'] }, { resource: ['urn:x'] },
      { parameters: { p: ['1'] } },
    ];
    for (const [i, request] of given.entries()) {
      assert.deepEqual(await all(node, others, request), Array(3).fill(`token-${i + 1}`));
    }
    const answer = hold();
    const waiting = all(node, [go(), go()]);
    await until('one asks', () => requests === 6);
    // the other requests go on while the lease of that token is held
    const other = await all(node, others, { scope: ['other'] });
    assert.deepEqual(other, Array(3).fill('token-7'));
    answer();
    assert.deepEqual(await waiting, Array(3).fill('token-6'));
    assert.deepEqual(asked, [
      'a b,,,', ',,,', 'read write,x,,', 'read write,,urn:x,', 'read write,,,1', 'read write,,,',
      'other,,,',
    ]);
  });

  test(`${kind}: an API refuses one token after the other, and each is renewed once`, async () => {
    const { node, go } = both(configOf(`${kind} rounds`));
    const others = [go(), go()];
    for (let number = 1; number <= 30; number += 2) {
      const tokens = await Promise.all([
        all(node, others),
        all(node, others, { scope: ['a'] }),
      ]);
      assert.deepEqual(tokens, tokens.map(([token]) => Array(3).fill(token)));
      const numbers = [number, number + 1].map((n) => `token-${n}`);
      assert.deepEqual(new Set(tokens.flat()), new Set(numbers));
      await Promise.all([
        node.invalidate(),
        ...others.flatMap((ask) => [ask('invalidate'), ask('invalidate', { scope: ['a'] })]),
      ]);
    }
    assert.equal(requests, 30);
  });

  test(`${kind}: a Go process follows a changed configuration to Node's token`, async () => {
    const [old, current] = ['s1', 's2'].map((secret) => configOf(`${kind} changed`, secret));
    const { go } = both(old, current);
    const ask = go();
    assert.equal((await ask('token')).token, 'token-1');
    const node = createClient(current, { store: open() });
    closing.push(() => node.close());
    assert.equal((await node.getToken()).access_token, 'token-2');
    await ask('next');
    await ask('invalidate');
    assert.deepEqual(await ask('token'), { token: 'token-2', events: ['shared'] });
    assert.equal(requests, 2);
  });

  test(`${kind}: both renew one session, and send no refresh token twice`, async () => {
    const { node, go } = both({
      ...configOf(`${kind} session`),
      grantType: 'refresh_token',
      parameters: { refresh_token: [`${kind}.1`] },
    });
    const others = [go(), go()];
    for (let number = 1; number <= 10; number++) {
      const tokens = await all(node, others);
      assert.deepEqual(tokens, Array(3).fill(`access of ${kind}.${number}`));
      await Promise.all([node.invalidate(), ...others.map((ask) => ask('invalidate'))]);
    }
    const scopes = ['a', 'b', 'c'].map((scope) => ({ scope: [scope] }));
    const tokens = await Promise.all([
      ...scopes.map((request) => all(node, others, request)),
      all(node, others),
    ]);
    assert.equal(new Set(tokens.flat()).size, 4);
    assert.equal(asked.length, 14);
    assert.deepEqual(refreshTokens.replayed, []);
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
