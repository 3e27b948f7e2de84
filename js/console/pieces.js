// Pieces that several views have.

import { change, copy, reveal, state } from './state.js';
import { masked } from './texts.js';
import { h } from './view.js';

/** A button that copies. @param {string} id @param {string} name @param {() => string} text */
export function copyButton(id, name, text) {
  const { copied } = state;
  const words = copied?.id === id ? (copied.ok ? 'Copied' : 'Not allowed') : name;
  return h('button.quiet.small', { type: 'button', onclick: () => copy(id, text()) }, words);
}

/** A secret: masked until it is revealed. @param {string} id @param {string} text */
export function secret(id, text, name = id) {
  const isRevealed = state.revealed.has(id);
  return h(
    'span.secret',
    null,
    h('code', null, isRevealed ? text : masked(text)),
    h(
      'button.link',
      {
        type: 'button',
        'aria-pressed': String(isRevealed),
        'aria-label': `Reveal ${name}`,
        onclick: () => reveal(id),
      },
      isRevealed ? 'Hide' : 'Reveal',
    ),
  );
}

/**
 * A list of names and values.
 *
 * @param {[name: string, value: any][]} rows rows without a value are left out
 */
export const facts = (rows) =>
  h(
    'dl.facts',
    null,
    rows
      .filter(([, value]) => value !== undefined && value !== false && value !== '')
      .map(([name, value]) => h('div', { key: name }, h('dt', null, name), h('dd', null, value))),
  );

/**
 * A section that can be opened and closed.
 *
 * @param {string} name
 * @param {any} content
 * @param {any} [props]
 */
export const details = (name, content, props) =>
  h('details', { key: name, ...props }, h('summary', null, name), h('div.inside', null, content));

/** Opens a panel. @param {string} tab */
export const open = (tab) => () => {
  change({ tab });
  document.getElementById(`tab-${tab}`)?.focus();
};

/** The head of a table. @param {string[]} names */
export const headRow = (names) =>
  h('thead', null, h('tr', null, names.map((name) => h('th', { scope: 'col' }, name))));
