import { memberOf } from './own.js';

/**
 * Tells the time and waits. The clock of the system can be set, so a moment is marked by one that
 * only runs forward, too; that one may stand still while a laptop sleeps, so neither is enough.
 */
export class Clock {
  /** Milliseconds since the epoch. @type {() => number} */ now;
  /** Milliseconds that only run forward. @type {() => number} */ #ticks;
  #sleep;
  /** What all clocks of one time have in common. @type {object} */ origin;

  /** @param {import('../types.js').TokenClientOptions['clock']} [clock] the caller's */
  constructor(clock) {
    this.origin = clock ?? Clock;
    this.now = clock === undefined ? Date.now : () => clock.now();
    this.#ticks = clock === undefined ? () => performance.now() : this.now;
    const isOwn = memberOf(clock, 'sleep') === undefined;
    this.#sleep = isOwn
      ? pause
      : (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => clock?.sleep?.(ms, signal);
  }

  /** @param {number} ms @param {AbortSignal} signal it rejects with the reason of */
  async sleep(ms, signal) {
    await this.#sleep(ms, signal);
  }

  /** Returns this moment. */
  mark() {
    return { since: this.now(), ticks: this.#ticks() };
  }

  /**
   * Says whether it is still before a time, and not before the moment that was marked either, for
   * then the clock was set back.
   *
   * @param {{ since: number, ticks: number }} mark
   * @param {number} time in milliseconds since the epoch
   */
  isBefore({ since, ticks }, time) {
    const now = this.now();
    return now < time && now >= since && this.#ticks() - ticks < time - since;
  }
}

/**
 * Waits in the request's own context.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort);
  });
}
