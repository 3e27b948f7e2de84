// A session that lasts: a refresh token that works once (RFC 9700 section 4.14.2), in a store.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createClient } from '../../node.js';
import { fileStore } from '../../stores/file.js';
import { memoryStore } from '../../stores/memory.js';
import { TokenError } from '../../lib/token_error.js';
import { RefreshTokens } from '../support/refresh_tokens.js';

const PROGRAM = fileURLToPath(new URL('../support/session_process.js', import.meta.url));
const HOUR = 3_600_000;
const LOST =
  'session_lost: sign in again: get a new code, refresh token or assertion, and make a client ' +
  'with that';

const root = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
after(() => rm(root, { recursive: true }));

/** Starts a token endpoint that takes each refresh token once. */
async function startServer() {
  const server = Object.assign(new RefreshTokens(), {
    /** Hears of each request once the server has taken the token; may hold the answer back. */
    hear: async () => {},
    url: '',
  });
  const http = createServer(async (request, response) => {
    const [status, members] = server.take(await text(request));
    await server.hear();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(members));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  after(() => {
    http.closeAllConnections();
    http.close();
  });
  server.url = `http://127.0.0.1:${/** @type {any} */ (http.address()).port}/token`;
  return server;
}

/**
 * @param {string} tokenEndpoint
 * @param {string} refreshToken
 * @param {import('../../types.js').TokenClientOptions} options
 */
const clientOf = (tokenEndpoint, refreshToken, options) =>
  createClient(
    {
      tokenEndpoint,
      clientId: 'app',
      clientSecret: 'a secret of the app',
      grantType: 'refresh_token',
      parameters: { refresh_token: refreshToken },
    },
    options,
  );

/** A clock that is so many milliseconds ahead. @param {number} ms */
const ahead = (ms) => ({ now: () => Date.now() + ms });
const START = Date.now();
/** A clock that stands still, so that no lease ends on a busy machine. */
const still = { now: () => START };

/** @param {import('../../types.js').TokenClient} client */
const tokenOf = async (client) => (await client.getToken()).access_token;

test('the next client goes on with the refresh token that came last', async () => {
  const server = await startServer();
  const store = memoryStore();
  for (const [i, refreshToken] of ['a.1', 'a.2', 'a.3'].entries()) {
    const client = clientOf(server.url, 'a.1', { store, clock: ahead(i * HOUR) });
    assert.equal(await tokenOf(client), `access of ${refreshToken}`);
    await client.close();
  }
  assert.deepEqual(server.came, ['a.1', 'a.2', 'a.3']);
});

test('a client that is closed during a request keeps the next refresh token', async () => {
  const server = await startServer();
  const store = memoryStore();
  const client = clientOf(server.url, 'z.1', { store });
  /** @type {Promise<void> | undefined} */
  let closed;
  server.hear = async () => {
    closed = client.close();
    server.hear = async () => {};
  };
  await assert.rejects(client.getToken(), { code: 'closed' });
  await closed;
  const next = clientOf(server.url, 'z.1', { store, clock: ahead(HOUR) });
  assert.equal(await tokenOf(next), 'access of z.2');
  await next.close();
  assert.deepEqual(server.came, ['z.1', 'z.2']);
});

test('a client whose session another one has renewed takes it from there', async () => {
  const server = await startServer();
  const store = memoryStore();
  let [now, ms] = [Date.now(), 0];
  const clock = { now: () => now + ms };
  const clients = ['one', 'two'].map(() => clientOf(server.url, 'b.1', { store, clock }));
  for (const [i, client] of [0, 1, 1, 0, 0, 1].map((n) => clients[n]).entries()) {
    assert.equal(await tokenOf(client), `access of b.${i + 1}`);
    ms += HOUR;
  }
  assert.deepEqual(server.replayed, []);
});

test('a new secret and another scope go on with the same session', async () => {
  const server = await startServer();
  const store = memoryStore();
  const changes = [{}, { clientSecret: 'the next secret of the app' }, { scope: 'read' }];
  for (const [i, change] of changes.entries()) {
    const config = {
      tokenEndpoint: server.url,
      clientId: 'app',
      clientSecret: 'a secret of the app',
      grantType: 'refresh_token',
      parameters: { refresh_token: 'n.1' },
    };
    const client = createClient({ ...config, ...change }, { store });
    assert.equal(await tokenOf(client), `access of n.${i + 1}`);
    await client.close();
  }
  assert.deepEqual(server.replayed, []);
});

test('clients of one session with other scopes renew it in turns', async () => {
  const server = await startServer();
  const store = memoryStore();
  const clients = Array.from({ length: 10 }, (_, i) =>
    createClient(
      {
        tokenEndpoint: server.url,
        clientId: 'app',
        clientAuth: 'none',
        grantType: 'refresh_token',
        scope: `scope-${i}`,
        parameters: { refresh_token: 'o.1' },
      },
      { store },
    ),
  );
  const tokens = await Promise.all(clients.map(tokenOf));
  assert.equal(new Set(tokens).size, 10);
  assert.deepEqual(server.replayed, []);
});

test('many clients renew a session once at a time', async () => {
  const server = await startServer();
  const store = fileStore(join(root, 'many'));
  for (let round = 0; round < 3; round++) {
    const clients = Array.from({ length: 20 }, () =>
      clientOf(server.url, 'c.1', { store, clock: ahead(round * HOUR) }),
    );
    const tokens = await Promise.all(clients.map(tokenOf));
    assert.deepEqual(new Set(tokens), new Set([`access of c.${round + 1}`]));
    await Promise.all(clients.map((client) => client.close()));
  }
  assert.deepEqual(server.came, ['c.1', 'c.2', 'c.3']);
});

test('a refresh token that stays is sent again, whatever became of it before', async () => {
  const server = await startServer();
  server.rotates = false;
  const store = memoryStore();
  const first = clientOf(server.url, 'd.1', { store });
  await first.getToken();
  await first.close();
  let [failing, sets] = [true, 0];
  const broken = {
    ...store,
    set: async (...args) => {
      sets++;
      return failing ? Promise.reject(new Error('disk full')) : store.set(...args);
    },
  };
  const second = clientOf(server.url, 'd.1', { store: broken, clock: ahead(HOUR) });
  assert.equal(await tokenOf(second), 'access of d.1');
  await second.close();
  assert.equal(sets, 1, 'the token alone');
});

test('nothing is sent if the store does not keep that it is', async () => {
  const server = await startServer();
  const store = memoryStore();
  const full = { ...store, set: () => Promise.reject(new Error('disk full')) };
  const client = clientOf(server.url, 'e.1', { store: full });
  const failure = { name: 'TokenError', code: 'network', retryable: true };
  await assert.rejects(client.getToken(), failure);
  const deaf = clientOf(server.url, 'e.1', {
    store: { ...store, get: () => Promise.reject(new Error('no connection')) },
  });
  await assert.rejects(deaf.getToken(), failure);
  assert.deepEqual(server.came, []);
  const whole = clientOf(server.url, 'e.1', { store });
  assert.equal(await tokenOf(whole), 'access of e.1');
});

test('a client whose store failed after the answer goes on with what it knows', async () => {
  const server = await startServer();
  const store = memoryStore();
  let isFull = false;
  const events = [];
  const sometimes = {
    ...store,
    set: (...args) => (isFull ? Promise.reject(new Error('disk full')) : store.set(...args)),
  };
  server.hear = async () => void (isFull = true);
  let ms = 0;
  const clock = { now: () => Date.now() + ms };
  const onEvent = ({ type }) => events.push(type);
  const client = clientOf(server.url, 'f.1', { store: sometimes, clock, onEvent });
  assert.equal(await tokenOf(client), 'access of f.1');
  assert.ok(events.includes('store_failed'));
  server.hear = async () => {};
  isFull = false;
  ms = HOUR;
  assert.equal(await tokenOf(client), 'access of f.2');
  await client.close();
  ms = 2 * HOUR;
  assert.equal(await tokenOf(clientOf(server.url, 'f.1', { store, clock })), 'access of f.3');
});

test('a record that nobody can read is a session that is lost', async () => {
  const server = await startServer();
  const store = memoryStore();
  const first = clientOf(server.url, 'g.1', { store });
  await first.getToken();
  await first.close();
  const damaged = {
    ...store,
    get: async (key) => (await store.get(key))?.replace(/.$/, (c) => (c === 'A' ? 'Q' : 'A')),
  };
  const client = clientOf(server.url, 'g.1', { store: damaged, clock: ahead(HOUR) });
  await assert.rejects(client.getToken(), { code: 'session_lost' });
  assert.deepEqual(server.came, ['g.1']);
});

test('nobody waits for a killed process whose clock was far ahead', async () => {
  const server = await startServer();
  const store = memoryStore();
  let isKilled = false;
  server.hear = async () => void (isKilled = true);
  const killed = {
    ...store,
    set: async (/** @type {Parameters<typeof store.set>} */ ...record) =>
      isKilled ? undefined : store.set(...record),
  };
  const first = clientOf(server.url, 'k.1', { store: killed, clock: ahead(HOUR) });
  await first.getToken();
  await first.close();
  const next = clientOf(server.url, 'k.1', { store, deadline: 2_000 });
  await assert.rejects(next.getToken(), { code: 'session_lost' });
  assert.deepEqual(server.came, ['k.1']);
});

/**
 * A client whose server asks it to wait, so that its lease ends meanwhile.
 *
 * @param {number} ms how long the client waits
 * @param {(other: () => import('../../types.js').TokenClient) => unknown} meanwhile
 */
async function waitsLonger(ms, meanwhile) {
  const server = await startServer();
  const [take, memory] = [server.take.bind(server), memoryStore()];
  let now = Date.now();
  let leasedUntil = 0;
  const store = {
    ...memory,
    lease: async (/** @type {string} */ key, /** @type {number} */ ttl) => {
      if (now < leasedUntil) {
        return undefined;
      }
      const mine = (leasedUntil = now + ttl);
      return { release: async () => void (leasedUntil === mine && (leasedUntil = 0)) };
    },
  };
  const clock = {
    now: () => now,
    sleep: async () => {
      now += ms;
      await meanwhile(() => clientOf(server.url, 'w.1', { store, clock: { now: () => now } }));
    },
  };
  server.take = (form) => {
    server.take = take;
    return [429, { error: 'slow_down' }];
  };
  return { server, client: clientOf(server.url, 'w.1', { store, clock }) };
}

test('a client whose lease has ended sends no refresh token that another has used', async () => {
  const { server, client } = await waitsLonger(12_000, async (other) => {
    const client = other();
    await tokenOf(client);
    await client.close(); // its lease is free again
  });
  await assert.rejects(client.getToken(), { code: 'timeout', retryable: true });
  assert.equal(await tokenOf(client), 'access of w.1');
  assert.equal((await client.getToken({ force: true })).access_token, 'access of w.2');
  assert.deepEqual([server.came, server.replayed], [['w.1', 'w.2'], []]);
});

test('a client whose lease has ended takes a new one', async () => {
  const { server, client } = await waitsLonger(12_000, () => {});
  assert.equal(await tokenOf(client), 'access of w.1');
  assert.deepEqual(server.came, ['w.1']);
});

test('a client whose time is over sends no refresh token', async () => {
  const { server, client } = await waitsLonger(120_000, () => {});
  await assert.rejects(client.getToken(), { code: 'timeout', retryable: true });
  assert.deepEqual(server.came, []);
  assert.equal(await tokenOf(client), 'access of w.1');
});

test('a caller that goes away takes no session with it', async () => {
  const server = await startServer();
  const gone = new AbortController();
  let answer = () => {};
  server.hear = () =>
    new Promise((resolve) => {
      answer = resolve;
      gone.abort();
    });
  const client = clientOf(server.url, 'v.1', { store: memoryStore() });
  await assert.rejects(client.getToken({ signal: gone.signal }), { name: 'AbortError' });
  server.hear = async () => {};
  answer();
  assert.equal(await tokenOf(client), 'access of v.1');
  assert.equal((await client.getToken({ force: true })).access_token, 'access of v.2');
  assert.deepEqual(server.came, ['v.1', 'v.2']);
});

/**
 * A store that does something else with some writes, which it counts from 1. `released` resolves
 * when the first lease is free again, and `isLeased` says whether somebody has that lease.
 *
 * @param {(number: number, write: () => Promise<void>) => Promise<void>} set
 */
function storeWith(set) {
  const memory = memoryStore();
  let sets = 0;
  let [hear, leased] = [() => {}, ''];
  const released = /** @type {Promise<void>} */ (new Promise((resolve) => (hear = resolve)));
  const store = {
    ...memory,
    set: (/** @type {Parameters<typeof memory.set>} */ ...record) =>
      set(++sets, () => memory.set(...record)),
    lease: async (/** @type {string} */ key, /** @type {number} */ ttl) => {
      leased = key;
      const lease = await memory.lease(key, ttl);
      return lease && { release: () => lease.release().then(hear) };
    },
  };
  const isLeased = async () => {
    const mine = await memory.lease(leased, HOUR);
    await mine?.release();
    return mine === undefined;
  };
  return { memory, store, released, isLeased };
}

test('a client keeps its lease until a late write has come, and mends it', async () => {
  const server = await startServer();
  let come = () => {};
  const late = /** @type {Promise<void>} */ (new Promise((resolve) => (come = resolve)));
  const { memory, store, released, isLeased } = storeWith((number, write) =>
    number === 1 ? late.then(write) : write());
  const first = clientOf(server.url, 'x.1', { store, clock: still });
  await assert.rejects(first.getToken(), { code: 'network', retryable: true });
  assert.equal(await isLeased(), true);
  const second = clientOf(server.url, 'x.1', { store: memory, clock: still });
  const waiting = tokenOf(second); // for the lease
  come();
  await released;
  assert.equal(await waiting, 'access of x.1');
  assert.equal(await tokenOf(first), 'access of x.1');
  assert.equal((await first.getToken({ force: true })).access_token, 'access of x.2');
  assert.deepEqual([server.came, server.replayed], [['x.1', 'x.2'], []]);
});

test('the next refresh token is written again if its write failed', async () => {
  const server = await startServer();
  const { memory, store } = storeWith((number, write) =>
    number === 2 ? Promise.reject(new Error('no connection')) : write());
  const first = clientOf(server.url, 'y.1', { store, clock: still });
  assert.equal(await tokenOf(first), 'access of y.1');
  await first.close();
  const second = clientOf(server.url, 'y.1', { store: memory, clock: ahead(HOUR) });
  assert.equal(await tokenOf(second), 'access of y.2');
  assert.deepEqual(server.replayed, []);
});

test('what a client could not write under a lease, it writes under no other one', async () => {
  const server = await startServer();
  const { memory, store, released } = storeWith(async (number, write) => {
    // the next refresh token, which the store has and yet fails; the access token; and once more
    await ([3, 4].includes(number) ? undefined : write());
    if ([2, 3, 4].includes(number)) {
      throw new Error('no connection');
    }
  });
  let [ms, hidden] = [0, 0];
  store.get = async (/** @type {string} */ key) => (hidden-- > 0 ? undefined : memory.get(key));
  const clock = { now: () => START + ms };
  const first = clientOf(server.url, 'q.1', { store, clock });
  assert.equal(await tokenOf(first), 'access of q.1');
  await released;
  ms = HOUR;
  const second = clientOf(server.url, 'q.1', { store: memory, clock });
  assert.equal(await tokenOf(second), 'access of q.2');
  await second.close();
  hidden = 1; // it finds the token in the store only after it has taken the lease
  assert.equal(await tokenOf(first), 'access of q.2');
  await first.close();
  ms = 2 * HOUR;
  assert.equal(await tokenOf(clientOf(server.url, 'q.1', { store, clock })), 'access of q.3');
  assert.deepEqual([server.came, server.replayed], [['q.1', 'q.2', 'q.3'], []]);
});

test('a store without leases keeps no session, for it could not keep two clients apart', async () => {
  const server = await startServer();
  const { lease: _, ...store } = memoryStore();
  const first = clientOf(server.url, 'h.1', { store });
  await first.getToken();
  await first.close();
  const second = clientOf(server.url, 'h.1', { store, clock: ahead(HOUR) });
  await assert.rejects(second.getToken(), { error: 'invalid_grant' });
});

/** Starts support/session_process.js, which the test kills. @param {string[]} args */
function start(...args) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const said = Promise.race([once(child.stdout, 'data').then(([data]) => String(data)), ended]);
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  return { said, kill };
}

/**
 * What the next process gets. It is not before the lease of the one before has ended, and by its
 * clock a request of that one is over.
 *
 * @param {string} url
 * @param {string} refreshToken
 * @param {string} folder
 */
async function afterwards(url, refreshToken, folder) {
  const store = fileStore(folder);
  const client = clientOf(url, refreshToken, { store, clock: ahead(120_000) });
  try {
    return await tokenOf(client);
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error));
    return `${error.code}: ${error.hint}`;
  } finally {
    await client.close();
  }
}

test('kill -9 at each step loses no session in silence, and replays no token', async () => {
  const server = await startServer();
  const outcomes = [];
  for (let step = 0, done = false; !done; step++) {
    const folder = join(root, `step-${step}`);
    const { said, kill } = start(folder, server.url, `s${step}.1`, String(step));
    const word = await said;
    assert.ok(['stopped\n', 'done\n'].includes(String(word)), String(word));
    done = word === 'done\n';
    await kill();
    const wasSent = server.came.some((token) => token.startsWith(`s${step}.`));
    outcomes.push({ wasSent, after: afterwards(server.url, `s${step}.1`, folder) });
  }
  assert.ok(outcomes.length > 10, 'a step before and after each of the store');
  const results = await Promise.all(outcomes.map(({ after }) => after));
  for (const [step, { wasSent }] of outcomes.entries()) {
    const good = [LOST, `access of s${step}.1`, ...(wasSent ? [`access of s${step}.2`] : [])];
    assert.ok(good.includes(results[step]), `${step}: ${results[step]}`);
  }
  // from the end of the write before the request to the end of the write after the answer
  const lost = results.map((after) => after === LOST);
  assert.ok(lost.lastIndexOf(true) - lost.indexOf(true) <= 2, String(results));
  assert.deepEqual(server.replayed, []);
});

test('kill -9 between the request and its answer says that the session is lost', async () => {
  const server = await startServer();
  const folder = join(root, 'answer');
  const { kill } = start(folder, server.url, 'k.1', '-1');
  await new Promise((resolve) => {
    server.hear = () => {
      resolve(undefined);
      return new Promise(() => {});
    };
  });
  await kill();
  server.hear = async () => {};
  assert.equal(await afterwards(server.url, 'k.1', folder), LOST);
  assert.deepEqual([server.came, server.replayed], [['k.1'], []]);
});
