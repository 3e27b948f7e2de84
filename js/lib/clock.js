import { memberOf } from './own.js';
import { TokenError } from './token_error.js';

/**
 * Tells the time and waits. It reads two clocks: the system's, which can be set back, and one that
 * only runs forward, which may stop while a laptop sleeps.
 */
export class Clock {
  /** Milliseconds since the epoch. @type {() => number} */ now;
  /** Milliseconds that only run forward. @type {() => number} */ #ticks;
  #sleep;
  /** Clocks that tell the same time have the same origin. @type {object} */ origin;

  /** @param {import('../types.js').TokenClientOptions['clock']} [clock] the caller's */
  constructor(clock) {
    this.origin = clock ?? Clock;
    this.now = clock === undefined ? Date.now : () => checked(clock.now());
    this.#ticks = clock === undefined ? () => performance.now() : this.now;
    const isOwn = memberOf(clock, 'sleep') === undefined;
    this.#sleep = isOwn
      ? pause
      : (/** @type {number} */ ms, /** @type {AbortSignal} */ signal) => clock?.sleep?.(ms, signal);
  }

  /** @param {number} ms @param {AbortSignal} signal the wait rejects with its reason */
  async sleep(ms, signal) {
    await this.#sleep(ms, signal);
  }

  /** Returns the current moment by both clocks. */
  mark() {
    return { since: this.now(), ticks: this.#ticks() };
  }

  /**
   * Says whether a time has not come yet. It returns false if the system's clock was set back
   * before the mark.
   *
   * @param {{ since: number, ticks: number }} mark
   * @param {number} time in milliseconds since the epoch
   */
  isBefore({ since, ticks }, time) {
    const now = this.now();
    return now < time && now >= since && this.#ticks() - ticks < time - since;
  }

  /**
   * Returns how many milliseconds are left until a time; 0 if isBefore is false.
   *
   * @param {{ since: number, ticks: number }} mark
   * @param {number} time in milliseconds since the epoch
   */
  leftOf({ since, ticks }, time) {
    const now = this.now();
    const left = Math.min(time - now, time - since - (this.#ticks() - ticks));
    return now < since ? 0 : Math.max(0, left);
  }
}

/** The longest wait of a timer in milliseconds. A timer for a longer one would end at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Checks what the caller's clock says.
 *
 * @param {unknown} now
 * @returns {number}
 * @throws {TokenError} `invalid_config`
 */
function checked(now) {
  if (typeof now !== 'number' || !Number.isFinite(now)) {
    throw new TokenError(
      'invalid_config',
      'options.clock must be an object with a function now, which returns milliseconds since the ' +
      'epoch',
    );
  }
  return now;
}

/**
 * Waits with a timer of the current request, for 24 days at most.
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
    }, Math.min(ms, LONGEST));
    signal.addEventListener('abort', onAbort);
  });
}
