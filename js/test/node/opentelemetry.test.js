// The metrics for OpenTelemetry, by a meter that adds up as that of @opentelemetry/sdk-metrics does.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient } from '../../node.js';
import { tokenMetrics } from '../../opentelemetry.js';
import { memoryStore } from '../../stores/memory.js';
import { config, failing, START, world } from '../support/world.js';

/** A meter, and what it has measured: each point by its name, unit and attributes. */
function measuring() {
  /** @type {Record<string, any>} */
  const seen = {};
  /** @param {(before: any, value: number) => unknown} add */
  const instrument = (add) => (/** @type {string} */ name, /** @type {any} */ { unit }) => {
    const put = (/** @type {number} */ value, attributes = {}) => {
      const key = [name, unit, ...Object.values(attributes)].join(' ');
      seen[key] = add(seen[key], value);
    };
    return { add: put, record: put };
  };
  const meter = {
    createCounter: instrument((before = 0, value) => before + value),
    createHistogram: instrument((before = { count: 0, sum: 0 }, value) => ({
      count: before.count + 1,
      sum: before.sum + value,
    })),
    createGauge: instrument((_, value) => value),
  };
  return { meter, seen };
}

test('requests, retries, sources, lifetimes, failures and the offset are measured', async () => {
  const { meter, seen } = measuring();
  const onEvent = tokenMetrics(meter);
  const hour = 3600;
  const w = world([
    failing(503), {}, {}, failing(401, {}, { error: 'invalid_client' }),
  ]);
  // answers take two seconds by the clock of the test
  const { fetch } = w.options;
  w.options.fetch = async (/** @type {any[]} */ ...args) => {
    w.now += 2000;
    return fetch(...args);
  };
  const store = memoryStore();
  const real = Date.now;
  Date.now = () => w.now; // by which the store and the metrics count
  try {
    const first = createClient(config, { ...w.options, store, onEvent });
    await first.getToken();
    await first.getToken();
    await first.getToken({ minLifetime: 1 });
    await first.close();
    const second = createClient(config, { ...w.options, store, onEvent });
    await second.getToken(); // of the store
    await second.invalidate();
    await second.getToken();
    await second.invalidate();
    await assert.rejects(second.getToken());
    await second.close();
  } finally {
    Date.now = real;
  }
  onEvent({ type: 'clock_corrected', offset: -90 });
  onEvent({ type: 'broker_failed', error: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
  onEvent({ type: 'shared', source: 'broker', expiresAt: START / 1000, served: 0 });
  onEvent({ type: 'store_failed', error: new RangeError('x') });

  const histogram = (/** @type {string} */ name) => {
    const { count, sum } = seen[name] ?? assert.fail(name);
    return { count, sum };
  };
  assert.deepEqual(histogram('fetchtoken.request.duration s'), { count: 2, sum: 4 });
  assert.deepEqual(
    histogram('fetchtoken.request.duration s http_error'), { count: 1, sum: 2 },
  );
  assert.deepEqual(
    histogram('fetchtoken.request.duration s error_response'), { count: 1, sum: 2 },
  );
  const { count, sum } = histogram('fetchtoken.token.lifetime s server');
  assert.ok(count === 2 && Math.abs(sum - 2 * (hour - 2)) <= 2, String(sum));
  assert.equal(histogram('fetchtoken.token.lifetime s store').count, 1);
  assert.deepEqual(histogram('fetchtoken.token.lifetime s broker'), { count: 1, sum: 0 });
  assert.deepEqual(
    Object.fromEntries(Object.entries(seen).filter(([, value]) => typeof value === 'number')),
    {
      'fetchtoken.request.retries {request} http_error': 1,
      'fetchtoken.tokens {token} server': 2,
      'fetchtoken.tokens {token} store': 1,
      'fetchtoken.tokens {token} broker': 1,
      'fetchtoken.failures {failure} broker ECONNRESET': 1,
      'fetchtoken.failures {failure} store RangeError': 1,
      'fetchtoken.clock.offset s': -90,
    },
  );
});

test('tokens that were served from what is kept are counted when another one takes their place', async () => {
  const { meter, seen } = measuring();
  const w = world();
  const client = createClient(config, { ...w.options, onEvent: tokenMetrics(meter) });
  for (let i = 0; i < 5; i++) {
    await client.getToken(); // the first one asks
  }
  await client.getToken({ force: true });
  await client.getToken();
  await client.invalidate();
  assert.equal(seen['fetchtoken.tokens {token} kept'], 5);
  assert.equal(seen['fetchtoken.tokens {token} server'], 2);
});

test('what is no meter is refused', () => {
  for (const meter of [undefined, null, {}, { createCounter() {}, createHistogram() {} }]) {
    assert.throws(() => tokenMetrics(/** @type {any} */ (meter)), {
      code: 'invalid_config', message: /^tokenMetrics needs a Meter of @opentelemetry\/api/,
    });
  }
});
