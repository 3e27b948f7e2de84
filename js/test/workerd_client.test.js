// The token client in workerd, where a request that ends takes its promises and timers along.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, test } from 'node:test';

import { startTokenServer } from '../../examples/token-server/server.js';
import { systemsOf, withFault } from './support/systems.js';
import { until } from './support/until.js';
import { startWorker } from './support/workerd.js';

const server = await startTokenServer();
const worker = await startWorker('client_worker.js');
const [{ config }] = systemsOf(server);

afterEach(() => {
  server.reset();
  assert.deepEqual(worker.complaints(), []);
});
after(() => Promise.all([worker.stop(), server.close()]));

/**
 * Each name is a client of its own.
 *
 * @param {string} name
 * @param {object} [config]
 * @param {object} [options]
 */
const ask = (name, config, options) => worker.ask('token', { name, config, options });

test('a client that was made in the global scope works once it is asked', async () => {
  assert.deepEqual(await ask('early'), { code: 'network' });
});

test('200 overlapping requests on a cold client send one request', async () => {
  const tokens = await Promise.all(
    Array.from({ length: 200 }, () => ask('cold', withFault(config, 'slow/1500'))),
  );
  assert.equal(new Set(tokens.map(({ access_token }) => access_token)).size, 1);
  assert.equal(typeof tokens[0].access_token, 'string');
  assert.equal(server.requests.length, 1);
});

test('a kept token needs no request', async () => {
  const [first, second] = [await ask('kept', config), await ask('kept', config)];
  assert.deepEqual(second, first);
  assert.equal(server.requests.length, 1);
});

test('a renewal for which nobody waits goes on after the request in which it began', async () => {
  // which signs no time
  const { config: plain } =
    systemsOf(server).find(({ config: { provider } }) => provider === 'iotspot') ?? assert.fail();
  const first = await worker.ask('token', { name: 'behind', config: withFault(plain, 'slow/500') });
  const later = (first.expires_in - 30) * 1000; // within the last 60 s of its life
  let token = await worker.ask('token', { name: 'behind', later });
  assert.deepEqual(token, first);
  await until('the new token is there', async () => {
    token = await worker.ask('token', { name: 'behind', later });
    assert.ok(server.requests.length <= 2, 'no other request begins one');
    return token.access_token !== first.access_token;
  });
});

test('an error reaches all who wait, and the next request asks again', async () => {
  const failing = withFault(config, 'status/404');
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask('failing', failing)));
  assert.ok(
    outcomes.every(({ code }) => code === 'error_response' || code === 'http_error'),
    JSON.stringify(outcomes[0]),
  );
  assert.equal(server.requests.length, 1);
});

test('when the request that asks is cut off, one that waits takes over', async () => {
  const { port, hostname } = await worker.miniflare.ready;
  const leader = request({ port, hostname, method: 'POST', path: '/token' });
  leader.on('error', () => {});
  leader.end(JSON.stringify({ name: 'cut off', config: withFault(config, 'slow/4000') }));
  await until('the leader has asked', () => server.requests.length === 1);
  const joiners = Array.from({ length: 5 }, () => ask('cut off'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  leader.destroy();
  const tokens = await Promise.all(joiners);
  assert.equal(new Set(tokens.map(({ access_token }) => access_token)).size, 1);
  assert.equal(typeof tokens[0].access_token, 'string');
  assert.ok(server.requests.length <= 2, `${server.requests.length} requests`);
});
