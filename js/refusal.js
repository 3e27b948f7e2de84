/** An error that is remembered for a while, so that nobody is asked again meanwhile. */
export class Refusal {
  #clock;
  /** @type {{ error: unknown, since: number, ticks: number, until: number } | undefined} */ #held;

  /** @param {import('./clock.js').Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** What is remembered now, if anything. */
  get error() {
    return this.#held !== undefined && this.#clock.isBefore(this.#held, this.#held.until) ? this.#held.error : undefined;
  }

  /** @param {unknown} error @param {number} ms */
  hold(error, ms) {
    const mark = this.#clock.mark();
    this.#held = { error, ...mark, until: mark.since + ms };
  }

  forget() {
    this.#held = undefined;
  }
}
