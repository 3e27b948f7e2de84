// In workerd, the runtime of Cloudflare Workers: requests overlap there, and each may only wait for
// what is its own.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';

import { startTokenServer } from '../../examples/token-server/server.js';
import { failuresOf } from './failures.js';
import { hostSigners, signers } from './signers.js';
import { archives, corpus, corpusCount } from './support/corpus.js';
import { startFailing } from './support/failing.js';
import { systemsOf, withFault } from './support/systems.js';
import { until } from './support/until.js';
import { startWorker } from './support/workerd.js';

const server = await startTokenServer();
const worker = await startWorker('worker.js');
const rawWorker = await startWorker('raw_worker.js');
const systems = systemsOf(server);
// so that many requests are soon under way
const quick = systems.filter(({ name }) => !name.includes('rsa'));

/** For signOAuth1. */
const REQUEST = {
  method: 'GET',
  url: 'https://api.example/',
  consumerKey: 'key',
  consumerSecret: 'secret',
};

afterEach(() => {
  server.reset();
  assert.deepEqual([...worker.complaints(), ...rawWorker.complaints()], []);
});
after(() => Promise.all([worker.stop(), rawWorker.stop(), server.close()]));

/** @param {{ token?: any, error?: object }} outcome */
function assertToken({ token, error }) {
  assert.equal(error, undefined);
  assert.equal(typeof token.access_token, 'string');
  assert.ok(token.expires_at > Date.now() / 1000);
}

/**
 * Sends overlapping requests, one system after another. The promises are of outcomes.
 *
 * @param {Awaited<ReturnType<typeof startWorker>>} worker
 * @param {number} count
 * @param {string} fault
 * @param {object} [options]
 */
function overlap(worker, count, fault, options) {
  return Array.from({ length: count }, (_, i) =>
    worker.ask('token', { config: withFault(quick[i % quick.length].config, fault), options }),
  );
}

/**
 * Has slow requests overlap with some that get no answer at all.
 *
 * @param {Awaited<ReturnType<typeof startWorker>>} worker
 * @param {number} slow
 * @param {number} hanging
 */
async function assertOverlap(worker, slow, hanging) {
  let answered = 0;
  const waiting = overlap(worker, slow, 'slow/6000').map((outcome) =>
    outcome.finally(() => answered++),
  );
  const hopeless = overlap(worker, hanging, 'hang', { timeout: 1000 });
  await until('every request has come in', () => server.requests.length === slow + hanging);
  for (const { error } of await Promise.all(hopeless)) {
    assert.equal(error?.code, 'timeout');
  }
  assert.equal(answered, 0, 'all of them wait at once');
  (await Promise.all(waiting)).forEach(assertToken);
}

test('importing starts the module, and ten cold requests start no other', async () => {
  assert.deepEqual(await worker.ask('instances'), { startedGlobally: 1, started: 1 });
  const outcomes = await Promise.all(
    systems.slice(0, 10).map(({ config }) => worker.ask('token', { config })),
  );
  outcomes.forEach(assertToken);
  assert.deepEqual(await worker.ask('instances'), { startedGlobally: 1, started: 1 });
});

test('signOAuth1 signs in the global scope, and in a request, without ready()', async () => {
  assert.match((await worker.ask('signedGlobally')).authorization, /^OAuth /);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => worker.ask('sign', REQUEST)));
  assert.equal(new Set(outcomes.map(({ authorization }) => authorization)).size, 20);
});

test('signOAuth1 survives the death of the module', async () => {
  const { started } = await worker.ask('instances');
  for (let deaths = 1; deaths <= 10; deaths++) {
    await worker.ask('kill');
    assert.match((await worker.ask('sign', REQUEST)).authorization, /^OAuth /);
    assert.equal((await worker.ask('instances')).started, started + deaths);
  }
});

test('the corpus', async () => {
  // one of its own, for workerd prints why a broken key can't sign
  const worker = await startWorker('worker.js');
  try {
    let total = 0;
    for (const [name, file] of Object.entries(corpus)) {
      // one by one, for a request may take 20 seconds
      const { count, failures } = await worker.ask('vectors', { [name]: file });
      assert.deepEqual(failures, []);
      total += count;
    }
    assert.equal(total, corpusCount);
    const ofKeys = /^stack: | workerd\/api\/crypto\/keys\.c\+\+:\d+: failed: OpenSSL /;
    assert.deepEqual(worker.complaints().filter((line) => !ofKeys.test(line)), []);
  } finally {
    await worker.stop();
  }
});

test('the archives', async () => {
  assert.deepEqual(await worker.ask('archives', archives), {
    count: archives.length,
    failures: [],
  });
});

test('an environment is a configuration, which is printed without its secret', async () => {
  const printing = await startWorker('worker.js');
  try {
    const { tokenEndpoint, accessKeyId, clientSecret } = server.systems.here;
    const variables = {
      HERE_TOKEN_ENDPOINT_URL: tokenEndpoint,
      HERE_ACCESS_KEY_ID: accessKeyId,
      HERE_ACCESS_KEY_SECRET: clientSecret,
      OTHER: { a: 1 },
    };
    (await printing.ask('print', variables)).forEach(assertToken);
    const printed = printing.complaints().join('\n');
    assert.ok(!printed.includes(clientSecret), 'a secret is printed');
    assert.equal(printed.match(/\[redacted\]/g)?.length, 5, printed);
  } finally {
    await printing.stop();
  }
});

test('whoever signs, jose accepts it', async () => {
  assert.deepEqual(await worker.ask('signers'), {
    count: signers.length + hostSigners.length,
    failures: [],
  });
});

test('raw module: whoever signs, jose accepts it', async () => {
  assert.deepEqual(await rawWorker.ask('signers'), { count: signers.length, failures: [] });
});

test('ready() in the global scope', async () => {
  const eagerWorker = await startWorker('eager_worker.js');
  try {
    assert.deepEqual(await eagerWorker.ask('refusal'), { code: 'none', message: '' });
    assertToken(await eagerWorker.ask('token', { config: systems[0].config }));
    assert.deepEqual(eagerWorker.complaints(), []);
  } finally {
    await eagerWorker.stop();
  }
});

for (const { name, config } of systems) {
  test(`a token: ${name}`, async () => assertToken(await worker.ask('token', { config })));
}

test('200 slow requests overlap, and 20 that get no answer', () => assertOverlap(worker, 200, 20));

test('50 requests that wait survive the death of the module', async () => {
  const { started } = await worker.ask('instances');
  let answered = 0;
  const waiting = overlap(worker, 50, 'slow/4000').map((outcome) =>
    outcome.finally(() => answered++),
  );
  await until('every request has come in', () => server.requests.length === 50);
  await worker.ask('kill');
  assert.equal(answered, 0, 'all of them wait as it dies');
  (await Promise.all(waiting)).forEach(assertToken);
  assert.equal((await worker.ask('instances')).started, started + 1);
});

test('the first request after its death gets a token', async () => {
  const { started } = await worker.ask('instances');
  await worker.ask('kill');
  assertToken(await worker.ask('token', { config: systems[0].config }));
  assert.equal((await worker.ask('instances')).started, started + 1);
});

test("the caller's own abort rejects with its reason", async () => {
  const { isReason, error } = await worker.ask('abort', {
    config: withFault(systems[0].config, 'hang'),
  });
  assert.ok(isReason, error);
});

test('a request that hangs would be noticed', async () => {
  await assert.rejects(worker.ask('hang'), /status 500: .*hung/s);
});

for (const [name, entry] of [['js/', 'worker.js'], ['raw module', 'raw_worker.js']]) {
  test(`${name}: a request that gets no answer`, async (t) => {
    const failing = await startFailing();
    // one of its own, for workerd complains about hosts and certificates
    const worker = await startWorker(entry);
    try {
      for (const { name, call, check } of failuresOf('workerd', failing.endpoints, assert)) {
        await t.test(name, async () => check(await worker.ask('token', call)));
      }
    } finally {
      await worker.stop();
      failing.close();
    }
  });
}

for (const { name, config } of systems) {
  test(`raw module, a token: ${name}`, async () =>
    assertToken(await rawWorker.ask('token', { config })));
}

test('raw module: 100 slow requests overlap, and 10 that get no answer', () =>
  assertOverlap(rawWorker, 100, 10));

test("raw module: the caller's own abort rejects with its reason", async () => {
  const { isReason, error } = await rawWorker.ask('abort', {
    config: withFault(systems[0].config, 'hang'),
  });
  assert.ok(isReason, error);
});
