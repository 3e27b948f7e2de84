import { ownOf } from './own.js';

/**
 * Waits for a promise that is not ours, but not for ever: then it rejects with an error of that
 * message, and with the reason of a signal.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {string} message
 * @param {{ signal?: AbortSignal | undefined, onLate?: ((value: T) => unknown) | undefined }}
 *   [options] `onLate` has what comes when the time is up
 * @returns {Promise<T>}
 */
export async function inTime(promise, ms, message, options) {
  const { signal, onLate = () => {} } = ownOf(options ?? {});
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {() => void} */
  let onAbort = () => {};
  const interrupted = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(message));
      promise.then(onLate).catch(() => {});
    }, ms);
    onAbort = () => reject(/** @type {AbortSignal} */ (signal).reason);
    signal?.addEventListener('abort', onAbort);
  });
  try {
    return await /** @type {Promise<T>} */ (Promise.race([promise, interrupted]));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
