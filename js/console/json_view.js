// A viewer of JSON: objects and arrays open and close, values have colours, and long ones wrap.

import { h } from './view.js';

/**
 * The depth to which a document is open at first, and the most members of a value that are shown.
 */
const OPEN = 3;
const MOST = 500;

/**
 * Shows a value. `note` may say more about a member.
 *
 * @param {unknown} value
 * @param {(name: string, value: unknown) => string | undefined} [note]
 */
export const jsonView = (value, note) => h('div.json', null, valueView(value, note, 0));

/**
 * @param {unknown} value
 * @param {((name: string, value: unknown) => string | undefined) | undefined} note
 * @param {number} depth
 * @returns {any}
 */
function valueView(value, note, depth) {
  if (typeof value !== 'object' || value === null) {
    return h(`span.${value === null ? 'null' : typeof value}`, null, JSON.stringify(value));
  }
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? '[]' : '{}';
  const members = Object.entries(value);
  if (members.length === 0) {
    return h('span', null, open + close);
  }
  const list = h(
    'ul',
    null,
    members.slice(0, MOST).map(([name, member]) => {
      const words = note?.(name, member);
      return h(
        'li',
        null,
        !isArray && [h('span.name', null, JSON.stringify(name)), ': '],
        valueView(member, note, depth + 1),
        words && h('span.remark', null, ` ${words}`),
      );
    }),
    members.length > MOST && h('li', null, `… ${members.length - MOST} more`),
  );
  if (depth === 0) {
    return [open, list, close];
  }
  return h(
    'details',
    { made: (/** @type {any} */ element) => (element.open = depth < OPEN) },
    h('summary', null, open, h('span.folded', null, ` ${members.length} ${close}`)),
    list,
    close,
  );
}

/** Shows text: as JSON if it is. @param {string} text */
export function textView(text) {
  const value = parsed(text);
  return value === undefined ? h('pre', { tabindex: '0' }, text) : jsonView(value);
}

/** @param {string} text */
export function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
