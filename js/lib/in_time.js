import { ownOf } from './own.js';

/**
 * Waits for a promise until a timer or a signal ends the wait. It rejects with the signal's reason.
 * It is cheaper than Promise.race.
 *
 * @template T, [U=never]
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @param {(resolve: (value: U) => void, reject: (reason: unknown) => void) => ReturnType<typeof
 *   setTimeout> | undefined} [start] starts a timer, which may settle the wait
 * @returns {Promise<T | U>}
 */
export function race(promise, signal, start) {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (/** @type {(value: any) => void} */ settle, /** @type {unknown} */ value) => {
      if (!isOver) {
        isOver = true;
        clearTimeout(timer); // this also clears an interval
        signal?.removeEventListener('abort', onAbort);
        settle(value);
      }
    };
    const resolveOnce = (/** @type {T | U} */ value) => end(resolve, value);
    const rejectOnce = (/** @type {unknown} */ error) => end(reject, error);
    const onAbort = () => rejectOnce(/** @type {AbortSignal} */ (signal).reason);
    const timer = start?.(resolveOnce, rejectOnce);
    if (signal?.aborted) { // by what has just begun
      onAbort();
    }
    signal?.addEventListener('abort', onAbort);
    promise.then(resolveOnce, rejectOnce);
  });
}

/**
 * Waits for the caller's promise at most `ms` milliseconds. After that it rejects with an error of
 * the given message. It also rejects with the reason of a signal.
 *
 * @template T
 * @param {Promise<T> | T} given the promise, or the value that a caller's function returns at once
 * @param {number} ms
 * @param {string} message
 * @param {{ signal?: AbortSignal | undefined, onLate?: ((value: T) => unknown) | undefined }}
 *   [options] `onLate` gets a value that comes too late
 * @returns {Promise<T>}
 */
export async function inTime(given, ms, message, options) {
  const promise = Promise.resolve(given);
  const { signal, onLate = () => {} } = ownOf(options ?? {});
  return race(promise, signal, (_, reject) =>
    setTimeout(() => {
      reject(new Error(message));
      promise.then(onLate).catch(() => {});
    }, ms),
  );
}
