// The layout of the page. state.js has its state and its actions.

import { comparePanel } from './compare_view.js';
import { credentialsCard } from './credentials_view.js';
import { outcomeCard } from './outcome_view.js';
import { requestPanel } from './request_view.js';
import { begin, change, clear, resetClock, state, take, takeFile } from './state.js';
import { timelinePanel } from './timeline_view.js';
import { tryPanel } from './try_view.js';
import { drawing, h } from './view.js';

/** @typedef {import('./view.js').Node} Node */

/** The panels, in their order. @type {[id: string, name: string, view: () => any][]} */
const PANELS = [
  ['request', 'Request', requestPanel],
  ['try', 'Try it', tryPanel],
  ['compare', 'Compare', comparePanel],
  ['timeline', 'Timeline', timelinePanel],
];

const page = /** @type {HTMLElement} */ (document.getElementById('page'));
const said = /** @type {HTMLElement} */ (document.getElementById('said'));

function view() {
  if (said.textContent !== state.said) {
    said.textContent = state.said;
  }
  return [
    header(),
    relayNote(),
    h('main', null, credentialsCard(), h('div.results', null, outcomeCard(), panels())),
  ];
}

function header() {
  const { relay, offset } = state;
  const [tone, words] = {
    on: ['good', 'relay on'],
    off: ['plain', 'no relay'],
    ended: ['bad', 'relay ended'],
    lost: ['bad', 'relay lost'],
  }[/** @type {'on'} */ (relay)];
  return h(
    'header',
    null,
    h(
      'h1',
      null,
      h('img', { src: 'icon.svg', alt: '', width: '28', height: '28' }),
      h('span', null, 'fetchtoken ', h('span.faint', null, 'console')),
    ),
    offset !== 0 && h(
      'span.pill',
      null,
      `clock ${offset > 0 ? '+' : '−'}${Math.abs(Math.round(offset))} s `,
      h('button.link', { type: 'button', onclick: resetClock }, 'reset'),
    ),
    h(`span.pill.${tone}`, { id: 'relay' }, words),
    h('button.quiet.small', { type: 'button', onclick: clear }, 'Clear'),
  );
}

/** Names the functions that the page lacks without the relay. */
function relayNote() {
  const { relay } = state;
  if (relay === 'on') {
    return undefined;
  }
  const words = {
    lost: [
      h('strong', null, 'This page has lost its relay. '),
      'A link of the console works once, and a reload needs another one: the terminal shows it.',
    ],
    ended: [
      h('strong', null, 'The relay has ended. '),
      h('code', null, 'npx fetchtoken console'),
      ' starts another one, and prints the link of a new page.',
    ],
    off: [
      h('strong', null, 'Without the relay '),
      'this page gets tokens only from servers that answer pages (CORS). ',
      h('code', null, 'npx fetchtoken console'),
      ' opens it with the relay.',
    ],
  }[/** @type {'off'} */ (relay)];
  return h('aside.note', { 'aria-label': 'Relay' }, h('p', null, words));
}

function panels() {
  const index = PANELS.findIndex(([id]) => id === state.tab);
  /** @param {KeyboardEvent} event */
  const onkeydown = (event) => {
    const to = /** @type {Record<string, number>} */ ({
      ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1,
    })[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = PANELS[(to + PANELS.length) % PANELS.length][0];
      change({ tab: next });
      queueMicrotask(() => document.getElementById(`tab-${next}`)?.focus());
    }
  };
  const [id, , panel] = PANELS[index];
  return h(
    'section.card.panels',
    { 'aria-label': 'Details' },
    h(
      'div.tabs',
      { role: 'tablist', 'aria-label': 'Details', onkeydown },
      PANELS.map(([other, name]) =>
        h(
          'button',
          {
            id: `tab-${other}`,
            type: 'button',
            role: 'tab',
            'aria-selected': String(other === id),
            'aria-controls': 'panel',
            tabindex: other === id ? '0' : '-1',
            onclick: () => change({ tab: other }),
          },
          name,
          other === 'timeline' && state.log.length > 0 && [
            ' ',
            h('span.count', null, state.log.length),
          ],
        ),
      ),
    ),
    h(
      'div.panel',
      { key: id, id: 'panel', role: 'tabpanel', 'aria-labelledby': `tab-${id}`, tabindex: '0' },
      panel(),
    ),
  );
}

/** @param {EventTarget | null} target */
const isField = (target) =>
  /^(?:INPUT|TEXTAREA|SELECT)$/.test(/** @type {any} */ (target)?.tagName);

addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dragging');
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) {
    document.body.classList.remove('dragging');
  }
});
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dragging');
  takeFile(event.dataTransfer?.files[0]);
});
addEventListener('paste', (event) => {
  const { clipboardData } = event;
  if (clipboardData && !isField(event.target)) {
    clipboardData.files.length > 0
      ? takeFile(clipboardData.files[0])
      : take(clipboardData.getData('text/plain'));
  }
});

begin(drawing(page, view));
