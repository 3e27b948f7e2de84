// How much of the suite each runtime ran. The tests say it in lines that `make test` collects:
//
//	counted Deno 2.9.5: 2698 + 2 vectors, 147 + 0 behaviours
//
// The second of two numbers is what the runtime can't have, which runtimes/absent.js lists. In Go
// there are vectors alone.

const LINE = /counted ([\w. -]+): (\d+) \+ (\d+) vectors(?:, (\d+) \+ (\d+) behaviours)?/g;

/** What `make test` has run when it ends. */
const EXPECTED = [
  'native Go',
  'wazero',
  'Node 20',
  'Node 24',
  'Node 26',
  'Bun',
  'Deno',
  'workerd',
  'Chromium',
  'Firefox',
];

/** @typedef {{ ran: number, absent: number }} Count */

export class Counts {
  /** @type {Map<string, { vectors: Count, behaviours?: Count }>} */
  #runtimes = new Map();

  get size() {
    return this.#runtimes.size;
  }

  /** Takes the lines out of what tests have printed. @param {string} output */
  read(output) {
    for (const [, name, ...numbers] of output.matchAll(LINE)) {
      const [vectors, without, behaviours, others] = numbers.map(Number);
      this.#runtimes.set(name, {
        vectors: { ran: vectors, absent: without },
        ...(numbers[2] !== undefined && { behaviours: { ran: behaviours, absent: others } }),
      });
    }
  }

  /** A line for each runtime. */
  table() {
    const shown = (/** @type {Count | undefined} */ count) =>
      count === undefined ? '-' : `${count.ran}${count.absent ? ` + ${count.absent} absent` : ''}`;
    const row = (/** @type {string[]} */ [name, vectors, behaviours]) =>
      `${name.padEnd(24)}${vectors.padEnd(20)}${behaviours}`;
    return [
      row(['runtime', 'vectors', 'behaviours']),
      ...Array.from(this.#runtimes, ([name, { vectors, behaviours }]) =>
        row([name, shown(vectors), shown(behaviours)]),
      ),
    ].join('\n');
  }

  /**
   * Says where the runtimes differ, and which are missing if all have to be there.
   *
   * @param {boolean} isWhole
   */
  faults(isWhole) {
    const names = [...this.#runtimes.keys()];
    const missing = EXPECTED.filter((name) => !names.some((other) => other.startsWith(name)));
    const all = [...this.#runtimes.values()];
    const totals = (/** @type {'vectors' | 'behaviours'} */ what) =>
      new Set(all.flatMap(({ [what]: count }) => (count ? [count.ran + count.absent] : [])));
    return [
      ...(isWhole ? missing.map((name) => `${name} has not run`) : []),
      ...(totals('vectors').size > 1 ? ['the numbers of vectors differ'] : []),
      ...(totals('behaviours').size > 1 ? ['the numbers of behaviours differ'] : []),
    ];
  }
}
