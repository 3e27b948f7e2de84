// 8 processes with 500 callers each share one token by one Redis for a minute: first undisturbed, then with leaders and the Redis killed.
//
// Nothing is judged by how long it took, for a busy machine renews later. What is judged is what each request had before it, by one clock.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { startCrowd } from './support/crowd.js';
import { startRedis } from './support/redis.js';
import { until } from './support/until.js';

/** @typedef {import('./support/crowd.js').Asked} Asked */
/** @typedef {import('./support/crowd.js').Tally} Tally */

const PROCESSES = 8;
const CALLERS = 500;
/** Seconds that a token lives. */
const LIFETIME = 5;
/** Milliseconds of the undisturbed part, and of the other. */
const CALM = 25_000;
const STORM = 35_000;
/** Milliseconds from one killed process to the next, at least. */
const BETWEEN_KILLS = 6_000;
/** Milliseconds without a Redis. */
const OUTAGE = 1_000;

const redis = await startRedis();
const crowd = await startCrowd({ redis: `redis://127.0.0.1:${redis.port}`, processes: PROCESSES, callers: CALLERS, lifetime: LIFETIME });
after(() => crowd.close().then(redis.close));

/** When a token is due: a quarter of its lifetime before its end, give or take a tenth. @param {Asked} asked */
const due = ({ until: end = 0, renewed = 0 }) => end - (1.1 * (end - renewed)) / 4;
/** The same of a token of which only the end is known. @param {number} end */
const dueAtTheEarliest = (end) => end - (1.1 * LIFETIME * 1000) / 4;

/** @param {Asked[]} requests */
const inOrder = (requests) => requests.toSorted((a, b) => a.sent - b.sent);

/** No caller had an error or a token that had ended. @param {Tally[]} tallies */
function judgeCalls(tallies) {
  assert.deepEqual(tallies.flatMap(({ errors }) => errors), []);
  const sum = (/** @type {'calls' | 'failed' | 'ended'} */ of) => tallies.reduce((total, tally) => total + tally[of], 0);
  assert.deepEqual([sum('failed'), sum('ended')], [0, 0]);
  assert.ok(sum('calls') > PROCESSES * CALLERS);
  return `${sum('calls')} calls, none failed, no token had ended; the longest took ${Math.max(...tallies.map(({ longest }) => longest))} ms`;
}

test('one request per renewal', async (t) => {
  await setTimeout(CALM);
  await until('four tokens, all of them in the Redis', () => crowd.requests().length >= 4 && crowd.requests().every(({ stored }) => stored));
  const requests = inOrder(crowd.requests());
  const tallies = await crowd.tally();

  assert.deepEqual(requests.filter(({ alone }) => alone), [], 'nobody lost the Redis');
  requests.slice(1).forEach((asked, i) => {
    const before = requests[i];
    assert.ok(asked.sent >= Number(before.stored), `request ${i + 2} was sent while another was on its way`);
    assert.ok(asked.sent >= due(before), `request ${i + 2} was sent ${due(before) - asked.sent} ms before the token was due`);
  });
  for (const { tokens } of tallies) {
    assert.ok(tokens.length >= requests.length - 1, 'every process had every token, but perhaps the last');
  }
  t.diagnostic(`${requests.length} requests for as many tokens, each in all processes; ${judgeCalls(tallies)}`);
});

test('one more for each leader that is killed, and at most one for each process while there is no Redis', async (t) => {
  const before = crowd.requests().length;
  const outage = { from: Infinity, to: Infinity };
  let lastKill = 0;
  let kills = 0;
  crowd.killIf(() => {
    const now = Date.now();
    if (kills >= 2 && outage.from === Infinity) { // while a token is on its way
      outage.from = now;
      redis.stop().then(() => setTimeout(OUTAGE)).then(redis.start).then(() => (outage.to = Date.now()));
      return false;
    }
    const fatal = now - lastKill >= BETWEEN_KILLS && (now < outage.from || now > outage.to);
    if (fatal) {
      lastKill = now;
      kills++;
    }
    return fatal;
  });
  await setTimeout(STORM);
  await until('two killed, the Redis restarted, and a token in it again', () => crowd.requests().some(({ stored = 0 }) => stored > outage.to));
  crowd.killIf(() => false);
  const isOver = (/** @type {Asked} */ { sent, alone, killed, renewed, stored }) => stored || killed || (renewed && (alone || sent < outage.to));
  await until('no request is on its way', () => crowd.requests().every(isOver));
  const requests = inOrder(crowd.requests());
  const tallies = await crowd.tally();
  const calls = judgeCalls(tallies);

  /** Whether the Redis lost what it held between two moments. @param {number} a @param {number} b */
  const isLost = (a, b) => a <= outage.to && b >= outage.from;
  const leaders = requests.filter(({ alone }) => !alone);
  for (const [i, asked] of leaders.entries()) {
    for (const { sent, stored = Infinity, killed, ...token } of leaders.slice(0, i)) {
      if (!killed && !isLost(sent, asked.sent)) {
        assert.ok(asked.sent >= stored, 'nobody asks while another does');
        assert.ok(asked.sent >= due({ ...token, sent }), 'nobody asks while there is a token that is not due');
      }
    }
  }
  const lone = requests.filter(({ killed, stored }) => !killed && !stored);
  for (const asked of requests) {
    assert.ok(asked.sent >= dueAtTheEarliest(asked.had), 'nobody asks who has a token that is not due');
    assert.ok(!asked.alone || asked.sent >= outage.from, 'nobody is alone before the Redis is');
  }
  // A process that is alone has its own token until that is due, and the end of a token is told in whole seconds.
  const shortest = dueAtTheEarliest(LIFETIME * 1000 - 1000);
  const [first, last] = [lone[0]?.sent ?? 0, lone.at(-1)?.sent ?? 0];
  assert.ok(lone.length <= PROCESSES * (1 + Math.floor((last - first) / shortest)), `${lone.length} without a Redis`);
  assert.equal(requests.filter(({ killed }) => killed).length, kills);
  t.diagnostic(`${requests.length - before} more requests: ${kills} of a process that was killed, ${lone.length} without a Redis, ${
    requests.length - before - kills - lone.length} for the tokens that all shared; since the start ${calls}`);
});
