import { setTimeout } from 'node:timers/promises';

/**
 * Minutes after which what is waited for has failed: no measure of how long it takes on a busy
 * machine.
 */
const MOST = 10;

/**
 * Waits until a condition holds, and fails if it never does.
 *
 * @param {string} what
 * @param {() => unknown} condition may return a promise
 */
export async function until(what, condition) {
  for (const start = Date.now(); !(await condition()); await setTimeout(5)) {
    if (Date.now() - start > MOST * 60_000) {
      throw new Error(`never happened: ${what}`);
    }
  }
}
