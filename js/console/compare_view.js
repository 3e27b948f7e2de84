// Two requests side by side, with the first difference marked.

import { details, headRow } from './pieces.js';
import { compare, configOf, isEmpty, state } from './state.js';
import { h } from './view.js';

export function comparePanel() {
  if (isEmpty(configOf())) {
    return h('p.empty', null, 'Give credentials first: what you paste here is compared with them.');
  }
  const { other } = state;
  return [
    h(
      'p.faint',
      null,
      'Paste a curl command that works, the base string that a server says it has, or other ' +
        'credentials. The first difference is marked.',
    ),
    h('textarea.other', {
      rows: '4',
      'aria-label': 'Compare with',
      placeholder: "curl … | POST&https%3A%2F%2F… | credentials",
      spellcheck: 'false',
      autocapitalize: 'off',
      value: other.text,
      oninput: (/** @type {any} */ { target }) => compare(target.value),
    }),
    h(
      'label.link',
      null,
      h('input', {
        type: 'file',
        class: 'unseen',
        onchange: async (/** @type {any} */ { target }) => {
          const [file] = target.files;
          if (file) {
            compare(new Uint8Array(await file.arrayBuffer()), file.name);
          }
        },
      }),
      other.name ? `Compared with ${other.name}: choose another file` : 'or choose a file',
    ),
    other.outcome && outcomeView(other.outcome),
  ];
}

/** @param {any} outcome */
function outcomeView({ error, verdict, isSame, rows, strings }) {
  if (error) {
    return [
      h('p.alert.bad', { role: 'alert' }, error.message),
      error.cause && details('Why it is no credentials file', h('p', null, error.cause.message)),
    ];
  }
  const first = rows.findIndex((/** @type {any} */ each) => !each.isSame);
  return [
    h(`p.verdict.alert.${isSame ? 'good' : 'bad'}`, { role: 'status' }, verdict),
    strings && stringsView(strings),
    h(
      'div.scroll',
      { tabindex: '0', role: 'group', 'aria-label': 'Comparison' },
      h(
        'table.comparison',
        null,
        headRow(['What', 'Ours', 'Theirs']),
        h(
          'tbody',
          null,
          rows.map((/** @type {any} */ { what, ours, theirs, isSame: same, note }, i = 0) =>
            h(
              'tr',
              { class: [same ? '' : 'differs', i === first ? 'first' : ''].join(' ') },
              h(
                'th',
                { scope: 'row' },
                !same && [
                  h('span', { 'aria-hidden': 'true' }, '≠ '),
                  h('span.unseen', null, 'differs: '),
                ],
                what,
              ),
              cell(ours),
              h('td', null, valueOf(theirs), note && h('small', null, note)),
            ),
          ),
        ),
      ),
    ),
  ];
}

/** @param {string | undefined} value */
const cell = (value) => h('td', null, valueOf(value));

/** @param {string | undefined} value */
const valueOf = (value) =>
  value === undefined ? h('span.faint', null, 'none') : h('code', null, value);

/** @param {{ ours: string, theirs: string, at: number }} strings */
function stringsView({ ours, theirs, at }) {
  return h(
    'dl.strings',
    null,
    [['Ours', ours], ['Theirs', theirs]].map(([name, text]) => [
      h('dt', null, name),
      h(
        'dd',
        null,
        at < 0
          ? text
          : [
            h('span.same', null, text.slice(0, at)),
            h('mark.difference', null, text.slice(at, at + 1) || '⌁'),
            text.slice(at + 1),
          ],
      ),
    ]),
  );
}
