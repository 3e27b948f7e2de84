// A viewer of JSON: objects and arrays open and close, values have colours, and long ones wrap.

import { printable, printableJSON } from '../cli/printable.js';
import { h } from './view.js';

/**
 * The depth to which a document is open at first; the most members of a value that are shown, and
 * of a whole document; and the most levels. A server may send more than a page can hold.
 */
const OPEN = 3;
const MOST = 500;
const MOST_OF_ALL = 5000;
const DEEPEST = 50;

/**
 * Shows a value. `note` may say more about a member.
 *
 * @param {unknown} value
 * @param {(name: string, value: unknown) => string | undefined} [note]
 */
export const jsonView = (value, note) =>
  h('div.json', null, valueView(value, note, 0, { left: MOST_OF_ALL }));

/**
 * @param {unknown} value
 * @param {((name: string, value: unknown) => string | undefined) | undefined} note
 * @param {number} depth
 * @param {{ left: number }} room how many members may still be shown
 * @returns {any}
 */
function valueView(value, note, depth, room) {
  if (typeof value !== 'object' || value === null) {
    return h(`span.${value === null ? 'null' : typeof value}`, null, printableJSON(value ?? null));
  }
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? '[]' : '{}';
  const members = Object.entries(value);
  if (members.length === 0) {
    return h('span', null, open + close);
  }
  const shown = depth < DEEPEST ? members.slice(0, Math.min(MOST, room.left)) : [];
  room.left -= shown.length;
  const list = h(
    'ul',
    null,
    shown.map(([name, member]) => {
      const words = note?.(name, member);
      return h(
        'li',
        null,
        !isArray && [h('span.name', null, printableJSON(name)), ': '],
        valueView(member, note, depth + 1, room),
        words && h('span.remark', null, ` ${words}`),
      );
    }),
    members.length > shown.length && h('li', null, `… ${members.length - shown.length} more`),
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
  const lines = () => text.replace(/[^\t\r\n]+/g, printable);
  return value === undefined ? h('pre', { tabindex: '0' }, lines()) : jsonView(value);
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
