// Sessions of a TokenBroker in workerd: refresh tokens that work once, in the storage of an object
// that may end at any moment. The token endpoint is where the outbound requests of workerd end.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Response } from 'miniflare';

import { RefreshTokens } from './support/refresh_tokens.js';
import { startWorkers } from './support/workerd.js';

const server = new RefreshTokens();
/** Hears of each request once the server has taken the token; may hold the answer back. */
let hear = async () => {};

/** @type {string} */ let folder;
/** @type {import('./support/workerd.js').Workers} */ let workers;

const start = () =>
  startWorkers(
    {
      owner: {
        entry: 'broker_session_worker.js',
        durableObjects: { SESSIONS: { className: 'Sessions', useSQLite: true } },
        kvNamespaces: ['TOKENS_KV'],
        async outboundService(request) {
          const [status, members] = server.take(await request.text());
          await hear();
          return Response.json(members, { status });
        },
      },
    },
    { durableObjectsPersist: folder },
  );

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetchtoken-sessions-'));
  workers = await start();
});
after(async () => {
  await workers?.stop();
  await rm(folder, { recursive: true });
  assert.deepEqual(server.replayed, []);
});

const configOf = (/** @type {string} */ refreshToken, clientSecret = 'a secret of the app') => ({
  tokenEndpoint: 'https://as.example/token',
  clientId: 'app',
  clientSecret,
  grantType: 'refresh_token',
  parameters: { refresh_token: refreshToken },
});

/** Calls a method of the object of a name. @param {string} name @param {object} [call] */
const ask = (name, call) => workers.ask('', { name, ...call });

/** Ends an object; the next call makes it anew from its storage. @param {string} name */
const end = async (name) =>
  assert.deepEqual(await ask(name, { method: 'end' }), { ended: 'the test ends the object' });

/**
 * Gets a token, or the code of an error.
 *
 * @param {string} name
 * @param {{ refused?: string, config?: object, step?: number }} [call]
 */
async function tokenOf(name, { refused, ...others } = {}) {
  const { found, ended } = await ask(name, { options: { refused }, ...others });
  return found?.record?.token.access_token ?? found?.error.code ?? ended;
}

/** The refresh tokens of a family that came. @param {string} family */
const cameOf = (family) => server.came.filter((token) => token.startsWith(`${family}.`));

test('an object that ended goes on with the refresh token that came last', async () => {
  const config = configOf('a.1');
  const overlapping = Array.from({ length: 50 }, () => tokenOf('a', { config }));
  assert.deepEqual(new Set(await Promise.all(overlapping)), new Set(['access of a.1']));
  for (const n of [1, 2, 3]) {
    await end('a');
    assert.equal(await tokenOf('a', { refused: `access of a.${n}` }), `access of a.${n + 1}`);
  }
  assert.deepEqual(cameOf('a'), ['a.1', 'a.2', 'a.3', 'a.4']);
});

test('the refresh token leaves the object only for the server, and its storage sealed', async () => {
  const { found } = await ask('b', { config: configOf('b.1') });
  assert.equal(found.record.token.access_token, 'access of b.1');
  assert.equal(JSON.stringify(found).includes('b.2'), false);
  const { found: entries } = await ask('b', { method: 'entries' });
  assert.match(entries, /\["session:[0-9a-f]{64}"/);
  assert.equal(entries.includes('b.1') || entries.includes('b.2'), false);
  const namespace = await workers.miniflare.getKVNamespace('TOKENS_KV');
  const { keys } = await namespace.list();
  assert.ok(keys.length > 0);
  for (const { name } of keys) {
    assert.equal(entries.includes(`session:${name.replace('fetchtoken:', '')}`), false);
  }
});

test('a new secret goes on with the session; another grant has its own', async () => {
  const token = (config, refused) => tokenOf('c', { config, refused });
  assert.equal(await token(configOf('c.1')), 'access of c.1');
  await end('c');
  assert.equal(await token(configOf('c.1', 'the next secret')), 'access of c.2');
  assert.equal(await token(configOf('d.1'), 'access of c.2'), 'access of d.1');
  await end('c');
  assert.equal(await token(configOf('c.1'), 'access of d.1'), 'access of c.3');
  assert.deepEqual(cameOf('d'), ['d.1']);
});

test('an object that ends at any step loses no session in silence, and replays no token', async () => {
  const results = [];
  for (let step = 0, word = ''; !word.startsWith('access'); step++) {
    const family = `step-${step}`;
    word = await tokenOf(family, { config: configOf(`${family}.1`), step });
    const wasSent = cameOf(family).length > 0;
    results.push({ family, word, wasSent, then: await tokenOf(family, { step: -1 }) });
  }
  for (const { family, word, wasSent, then } of results) {
    const good = ['session_lost', `access of ${family}.1`, wasSent && `access of ${family}.2`];
    assert.ok(good.includes(then), `${family}, ${word}: ${then}`);
  }
  const lost = results.filter(({ then }) => then === 'session_lost').map(({ word }) => word);
  // between the confirmed write before the request and the confirmed write after the answer
  assert.deepEqual(lost, [
    'after sync', 'before list', 'after list', 'before put', 'after put', 'before sync',
  ]);
});

test('kill -9 between the request and its answer says that the session is lost', async () => {
  const config = configOf('k.1');
  const sent = new Promise((resolve) => {
    hear = () => {
      resolve(undefined);
      return new Promise(() => {});
    };
  });
  const cut = ask('k', { config }).catch(() => {});
  await sent;
  await workers.stop(); // kills workerd
  await cut;
  hear = async () => {};
  workers = await start();
  assert.equal(await tokenOf('k', { config }), 'session_lost');
  assert.deepEqual(cameOf('k'), ['k.1']);
  assert.equal(await tokenOf('k', { config: configOf('m.1') }), 'access of m.1', 'signed in again');
});
