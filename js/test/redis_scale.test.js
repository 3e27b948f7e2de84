// 8 processes with 500 callers each share one token by one Redis: first undisturbed, then with
// leaders and the Redis killed.
//
// Nothing is judged by how long it took, and no part ends before what it is about has happened.
// What is judged is what each request had before it, by one clock. On a busy machine a lease may
// end before the token is there, and the client may give up a Redis that has no turn: whoever asks
// then may, and what it overtook says nothing about the others.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startCrowd } from './support/crowd.js';
import { startRedis } from './support/redis.js';
import { until } from './support/until.js';

/** @typedef {import('./support/crowd.js').Asked} Asked */
/** @typedef {import('./support/crowd.js').Tally} Tally */

const PROCESSES = 8;
const CALLERS = 500;
/** Seconds that a token lives. */
const LIFETIME = 12;
/** How many tokens all processes are to have had before the undisturbed part is over. */
const TOKENS = 4;
/** How many leaders are killed. */
const KILLS = 3;

const redis = await startRedis();
const crowd = await startCrowd({
  redis: `redis://127.0.0.1:${redis.port}`,
  processes: PROCESSES,
  callers: CALLERS,
  lifetime: LIFETIME,
});
after(() => crowd.close().then(redis.close));

/**
 * When a token is due: a quarter of its lifetime before its end, give or take a tenth.
 *
 * @param {Asked} asked
 */
const due = ({ until: end = 0, renewed = 0 }) => end - (1.1 * (end - renewed)) / 4;
/** The same of a token of which only the end is known. @param {number} end */
const dueAtTheEarliest = (end) => end - (1.1 * LIFETIME * 1000) / 4;

/** @param {Asked[]} requests */
const inOrder = (requests) => requests.toSorted((a, b) => a.sent - b.sent);

/** Whether the client gave up a Redis that is there. @param {Asked} asked */
const hasGivenUp = ({ alone }) => alone?.includes('did not answer in') === true;

/** Whether the lease ended before the token was in the Redis. @param {Asked} asked */
const isOvertaken = ({ stored = Infinity, leased }) => stored > leased;

/** No caller had an error or a token that had ended. @param {Tally[]} tallies */
function judgeCalls(tallies) {
  assert.deepEqual(
    tallies.flatMap(({ errors }) => errors),
    [],
  );
  const sum = (/** @type {'calls' | 'failed' | 'ended'} */ of) =>
    tallies.reduce((total, tally) => total + tally[of], 0);
  assert.deepEqual([sum('failed'), sum('ended')], [0, 0]);
  assert.ok(sum('calls') > PROCESSES * CALLERS);
  return `${sum('calls')} calls, none failed, no token had ended; the longest took ` +
    `${Math.max(...tallies.map(({ longest }) => longest))} ms`;
}

/**
 * Nobody asks who has the Redis, while another does who has a lease, or while there is a token that
 * isn't due.
 *
 * @param {Asked[]} requests in their order
 * @param {(a: number, b: number) => boolean} [isLost] whether the Redis lost what it held between
 *   two moments
 */
function judgeLeaders(requests, isLost = () => false) {
  const leaders = requests.filter(({ alone }) => alone === undefined);
  for (const [i, asked] of leaders.entries()) {
    for (const before of leaders
      .slice(0, i)
      .filter(({ killed, sent }) => !killed && !isLost(sent, asked.sent))) {
      const { stored = Infinity, leased } = before;
      assert.ok(asked.sent >= Math.min(stored, leased), 'nobody asks while another does');
      const replaced = requests.some(
        (other) =>
          other !== before &&
          (isOvertaken(other) || other.alone !== undefined) &&
          (other.stored ?? 0) >= stored,
      );
      if (stored <= asked.looked && !replaced) {
        assert.ok(
          asked.sent >= due(before),
          `somebody asked ${due(before) - asked.sent} ms before the token was due`,
        );
      }
    }
  }
}

/**
 * How many tokens are at all places, of requests that nothing overtook.
 *
 * @param {Tally[]} tallies
 */
const tokensOfAll = (tallies) => crowd.requests().filter(({ token }) => {
  const places = tallies.filter(({ tokens }) => tokens.includes(token)).map(({ place }) => place);
  return new Set(places).size === PROCESSES;
});

test('one request per renewal', async (t) => {
  await until(`${TOKENS} tokens, each in all processes`, async () => {
    const candidates = crowd
      .requests()
      .filter((asked) => asked.alone === undefined && !isOvertaken(asked));
    return (
      candidates.length >= TOKENS &&
      tokensOfAll(await crowd.tally()).filter((asked) => candidates.includes(asked)).length >=
        TOKENS
    );
  });
  const requests = inOrder(crowd.requests());
  const tallies = await crowd.tally();

  assert.deepEqual(
    requests.filter((asked) => asked.alone !== undefined && !hasGivenUp(asked)),
    [],
    'nobody lost the Redis',
  );
  judgeLeaders(requests);
  for (const asked of requests) {
    assert.ok(
      asked.sent >= dueAtTheEarliest(asked.had),
      'nobody asks who has a token that is not due',
    );
  }
  const overtaken = requests.filter(isOvertaken).length;
  t.diagnostic(
    `${requests.length} requests, ${overtaken} of them by or beside a process that was too slow, ` +
      `${tokensOfAll(tallies).length} tokens in all processes; ${judgeCalls(tallies)}`,
  );
});

test('one more for each leader that is killed, and at most one for each process while there is no Redis', async (t) => {
  const before = crowd.requests().length;
  const outage = { from: Infinity, to: Infinity };
  const alone = () =>
    crowd
      .requests()
      .filter(({ alone: failure, sent }) => failure !== undefined && sent >= outage.from);
  let [kills, spared] = [0, 0];
  /** @type {Promise<void> | undefined} */ let restarted;
  crowd.killIf(() => {
    if (kills > spared) { // whoever takes over is answered
      spared++;
      return false;
    }
    if (kills < KILLS) {
      kills++;
      return true;
    }
    if (restarted === undefined) { // while a token is on its way
      outage.from = Date.now();
      restarted = (async () => {
        await redis.stop();
        await until(
          'half of the processes ask without the Redis',
          () => alone().length >= PROCESSES / 2,
        );
        await redis.start();
        outage.to = Date.now();
      })();
      restarted.catch(() => {}); // it is awaited below
    }
    return false;
  });
  await until('the leaders are killed and the Redis is stopped', () => restarted !== undefined);
  await restarted;
  await until('a token is in the Redis again', () =>
    crowd.requests().some(({ sent, stored = 0 }) => sent > outage.to && stored > outage.to),
  );
  const isOver = (/** @type {Asked} */ { sent, alone: failure, killed, renewed, stored }) =>
    stored || killed || (renewed && (failure !== undefined || sent < outage.to));
  await until('no request is on its way', () => crowd.requests().every(isOver));
  const requests = inOrder(crowd.requests());
  const tallies = await crowd.tally();
  const calls = judgeCalls(tallies);

  judgeLeaders(requests, (a, b) => a <= outage.to && b >= outage.from);
  for (const asked of requests) {
    assert.ok(
      asked.sent >= dueAtTheEarliest(asked.had),
      'nobody asks who has a token that is not due',
    );
    assert.ok(
      asked.alone === undefined || asked.sent >= outage.from || hasGivenUp(asked),
      'nobody is alone before the Redis is',
    );
  }
  // A process that is alone has its own token until that is due, and the end of a token is told in
  // whole seconds.
  const lone = alone().filter(({ stored }) => !stored);
  const shortest = dueAtTheEarliest(LIFETIME * 1000 - 1000);
  const [first, last] = [lone[0]?.sent ?? 0, lone.at(-1)?.sent ?? 0];
  assert.ok(
    lone.length <= PROCESSES * (1 + Math.floor((last - first) / shortest)),
    `${lone.length} without a Redis`,
  );
  assert.equal(requests.filter(({ killed }) => killed).length, KILLS);
  const more = requests.length - before;
  t.diagnostic(
    `${more} more requests: ${KILLS} of a process that was killed, ` +
      `${lone.length} without a Redis, ${more - KILLS - lone.length} ` +
      `for the tokens that all shared; since the start ${calls}`,
  );
});
