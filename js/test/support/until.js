import { setTimeout } from 'node:timers/promises';

/**
 * Waits until a condition holds, and fails if it never does.
 *
 * @param {string} what
 * @param {() => unknown} condition may return a promise
 */
export async function until(what, condition) {
  for (const start = Date.now(); !(await condition()); await setTimeout(5)) {
    if (Date.now() - start > 20_000) {
      throw new Error(`never happened: ${what}`);
    }
  }
}
