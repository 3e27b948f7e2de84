// At most so many, by name: beyond that the one that was used least recently goes. One that callers
// may be waiting for stays within reach until they have what they wait for.

/**
 * @template {{ readonly isBusy: boolean }} T
 */
export class LeastUsed {
  #most;
  /** The first is the one that was used least recently. @type {Map<string, T>} */
  #kept = new Map();
  /** Beyond the bound, while they are busy; the first has been so for longest. */
  #leaving = /** @type {Map<string, T>} */ (new Map());

  /** @param {number} most */
  constructor(most) {
    this.#most = most;
  }

  /**
   * Returns the one of that name, which `make` makes if there is none.
   *
   * @param {string} name
   * @param {() => T} make
   */
  get(name, make) {
    for (const [other, { isBusy }] of this.#leaving) {
      if (isBusy) {
        break; // those behind it came later, and none lasts longer than a renewal may
      }
      this.#leaving.delete(other);
    }
    const found = this.#kept.get(name) ?? this.#leaving.get(name) ?? make();
    this.#leaving.delete(name);
    this.#kept.delete(name);
    this.#kept.set(name, found);
    if (this.#kept.size > this.#most) {
      const [[oldest, dropped]] = this.#kept;
      this.#kept.delete(oldest);
      if (dropped.isBusy) {
        this.#leaving.set(oldest, dropped);
      }
    }
    return found;
  }

  /** Returns all that are within reach. */
  all() {
    return [...this.#kept.values(), ...this.#leaving.values()];
  }

  clear() {
    this.#kept.clear();
    this.#leaving.clear();
  }
}
