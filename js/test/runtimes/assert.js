// The part of node:assert/strict that the behaviours use, for runtimes without Node's modules.

/** @param {unknown} condition @param {unknown} message */
function ensure(condition, message) {
  if (!condition) {
    throw new Error(String(message));
  }
}

/** @param {unknown} value */
const shown = (value) => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
};

export const assert = {
  /** @param {unknown} value @param {string} [message] */
  ok(value, message = `${shown(value)} is not true`) {
    ensure(value, message);
  },

  /** @param {unknown} got @param {unknown} want @param {string} [message] */
  equal(got, want, message = '') {
    ensure(Object.is(got, want), `got ${shown(got)}, want ${shown(want)}: ${message}`);
  },

  /** @param {unknown} got @param {unknown} want @param {string} [message] */
  deepEqual(got, want, message = '') {
    ensure(isDeepEqual(got, want), `got ${shown(got)}, want ${shown(want)}: ${message}`);
  },

  /** @param {string} text @param {RegExp} pattern @param {string} [message] */
  match(text, pattern, message = '') {
    ensure(
      typeof text === 'string' && pattern.test(text),
      `${shown(text)} is not like ${pattern}: ${message}`,
    );
  },

  /** @param {string} text @param {RegExp} pattern @param {string} [message] */
  doesNotMatch(text, pattern, message = '') {
    ensure(
      typeof text === 'string' && !pattern.test(text),
      `${shown(text)} is like ${pattern}: ${message}`,
    );
  },
};

/**
 * Whether two values are alike, as the strict deepEqual sees plain objects, arrays and primitives.
 *
 * @param {any} got
 * @param {any} want
 * @returns {boolean}
 */
function isDeepEqual(got, want) {
  if (typeof got !== 'object' || typeof want !== 'object' || got === null || want === null) {
    return Object.is(got, want);
  }
  const names = Object.keys(got);
  return (
    Object.getPrototypeOf(got) === Object.getPrototypeOf(want) &&
    Array.isArray(got) === Array.isArray(want) &&
    names.length === Object.keys(want).length &&
    names.every((name) => Object.hasOwn(want, name) && isDeepEqual(got[name], want[name]))
  );
}
