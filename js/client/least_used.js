// Keeps a limited number of objects by name. Beyond the limit, it drops the object that was used
// least recently. If callers may be waiting for that object, it stays reachable until it is no
// longer busy.

/**
 * @template {{ readonly isBusy: boolean }} T
 */
export class LeastUsed {
  #most;
  /** The object that was used least recently comes first. @type {Map<string, T>} */
  #kept = new Map();
  /** The dropped objects that may still be busy, in the order in which they were dropped. */
  #leaving = /** @type {Map<string, T>} */ (new Map());

  /** @param {number} most how many objects are kept */
  constructor(most) {
    this.#most = most;
  }

  /**
   * Returns the object of a name. If there is none, `make` makes it.
   *
   * @param {string} name
   * @param {() => T} make
   */
  get(name, make) {
    for (const [other, { isBusy }] of this.#leaving) {
      if (isBusy) {
        break; // the others were dropped later; an object is busy for one renewal at most
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

  /** Returns all objects that are reachable. */
  all() {
    return [...this.#kept.values(), ...this.#leaving.values()];
  }

  clear() {
    this.#kept.clear();
    this.#leaving.clear();
  }
}
