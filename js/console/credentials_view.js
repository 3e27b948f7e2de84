// The input: a file that is dropped, pasted or picked, or a system with its fields.

import { details, facts, secret } from './pieces.js';
import {
  choose, clear, configOf, getToken, isEmpty, reveal, state, stop, take, takeFile, type,
} from './state.js';
import { candidatesOf, inLabels, LABELS, MORE, nameOf, SYSTEMS } from './systems.js';
import { h } from './view.js';

const SECRETS = new Set(['clientSecret', 'privateKey', 'passphrase']);

export function credentialsCard() {
  const { file, fileError, isBusy } = state;
  const config = configOf();
  return h(
    'form.card.credentials',
    {
      'aria-labelledby': 'credentials',
      autocomplete: 'off',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        getToken();
      },
    },
    h(
      'div.inputs',
      { key: 'inputs' },
      h('h2', { id: 'credentials' }, 'Credentials'),
      file ? found(file) : dropZone(),
      fileError && h(
        'div.alert.bad',
        { key: 'error', role: 'alert' },
        fileError.hint && h('p.hint', null, fileError.hint),
        h('p', null, fileError.message),
      ),
      systems(),
      fields(),
      !isEmpty(config) && more(),
    ),
    h(
      'div.buttons',
      { key: 'buttons' },
      h(
        'button.primary',
        // While it asks, the button keeps the focus, which `disabled` would take away.
        { type: 'submit', disabled: isEmpty(config), 'aria-disabled': isBusy && 'true' },
        isBusy ? 'Asking…' : 'Get the token',
      ),
      isBusy && h('button.quiet', { type: 'button', onclick: stop }, 'Stop'),
    ),
    missing(),
  );
}

/** The choice of a file. The same file can be chosen again. */
const fileInput = () =>
  h('input', {
    type: 'file',
    class: 'unseen',
    onchange: (/** @type {any} */ { target }) => {
      takeFile(target.files[0]);
      target.value = '';
    },
  });

function dropZone() {
  return h(
    'div.drop',
    { key: 'drop' },
    h(
      'label',
      null,
      fileInput(),
      h('strong', null, 'Drop or choose a credentials file'),
      h(
        'small',
        null,
        'credentials.zip, treehub.json, credentials.properties or .ini, a private key JSON, a .env',
      ),
    ),
    h('textarea', {
      rows: '1',
      'aria-label': 'Paste credentials',
      placeholder: 'or paste what it holds',
      spellcheck: 'false',
      autocapitalize: 'off',
      value: '',
      oninput: (/** @type {any} */ { target }) => {
        const { value } = target;
        target.value = '';
        take(value);
      },
    }),
  );
}

/** The recognized file. @param {{ name: string, config: any }} file */
function found({ name, config }) {
  const rows = Object.entries(config)
    .filter(([, value]) => typeof value === 'string' || Array.isArray(value))
    .map(([field, value]) => {
      const text = [value].flat().join(' ');
      const shown = field === 'provider' ? (nameOf(text) ?? text) : h('code', null, text);
      const label = LABELS[field] ?? field;
      return /** @type {[string, any]} */ ([
        label,
        SECRETS.has(field) ? secret(`file ${field}`, text, label) : shown,
      ]);
    });
  return h(
    'div.found',
    { key: 'found' },
    h(
      'p',
      null,
      h('strong.good', null, `✓ ${nameOf(config.provider) ?? 'Credentials'}`),
      h('span.faint', null, ` from ${name}`),
    ),
    facts(rows),
    h(
      'label.link',
      null,
      fileInput(),
      'Choose another file',
    ),
    h('button.link', { type: 'button', onclick: clear }, 'Forget it'),
  );
}

/** The choice of the system, unless the file names it. */
function systems() {
  const { file, system } = state;
  const candidates = file ? candidatesOf(file.config) : SYSTEMS;
  const isSettled =
    file && (candidates.length < 2 || file.config.environment || file.config.tokenEndpoint);
  if (isSettled) {
    return false;
  }
  const isSubset = candidates.length < SYSTEMS.length;
  return h(
    'fieldset.systems',
    { key: 'systems' },
    h('legend', null, isSubset ? 'Which environment?' : file ? 'Which system?' : 'or a system'),
    candidates.map(({ id, name, about }) =>
      h(
        'label',
        { key: id, class: system === id ? 'chosen' : '' },
        h('input', {
          type: 'radio',
          name: 'system',
          class: 'unseen',
          checked: system === id,
          onchange: () => choose(id),
        }),
        h('span', null, name),
        h('small', null, about),
      ),
    ),
  );
}

/** The fields that the system needs and the file lacks. */
function wanted() {
  const { file, system } = state;
  const chosen = SYSTEMS.find(({ id }) => id === system);
  const held = file?.config ?? {};
  const hasKey = (held.privateKey ?? state.typed.privateKey) !== undefined;
  return (chosen?.fields ?? []).filter(
    ({ name }) => held[name] === undefined && !(hasKey && name === 'clientSecret'),
  );
}

function fields() {
  const { system, typed } = state;
  return [
    ...wanted().map((field) => fieldView(field, `${system}-${field.name}`)),
    typed.privateKey !== undefined && keyView(typed.privateKey),
  ];
}

/** The private key that was dropped or pasted. @param {string} key */
const keyView = (key) =>
  h(
    'div.found',
    { key: 'privateKey' },
    facts([[LABELS.privateKey, secret('privateKey', key, LABELS.privateKey)]]),
    h(
      'button.link',
      { type: 'button', onclick: () => type('privateKey', undefined) },
      'Forget the key',
    ),
  );

/**
 * @param {import('./systems.js').Field & { options?: string[] }} field
 * @param {string} id
 */
function fieldView({ name, label, where, isSecret, isOptional, type: kind, options }, id) {
  const isRevealed = state.revealed.has(id);
  const props = {
    id,
    name,
    value: state.typed[name] ?? '',
    'aria-describedby': `${id}-where`,
    oninput: (/** @type {any} */ { target }) => type(name, target.value),
  };
  const input = options
    ? h(
      'select',
      props,
      h('option', { value: '' }, 'as usual'),
      options.map((option) => h('option', { value: option }, option)),
    )
    : h('input', {
      ...props,
      type: isSecret && !isRevealed ? 'password' : (kind ?? 'text'),
      required: !isOptional && !(isSecret && state.typed.clientAuth === 'none'),
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
    });
  return h(
    'div.field',
    { key: id },
    h('label', { for: id }, label),
    h('div.input', null, input, isSecret && revealButton(id, label, isRevealed)),
    h('small', { id: `${id}-where` }, where),
  );
}

/** @param {string} id @param {string} label @param {boolean} isRevealed */
function revealButton(id, label, isRevealed) {
  return h(
    'button.link',
    {
      type: 'button',
      'aria-pressed': String(isRevealed),
      'aria-label': `Reveal ${label}`,
      onclick: () => reveal(id),
    },
    isRevealed ? 'Hide' : 'Reveal',
  );
}

function more() {
  const { system } = state;
  const shown = SYSTEMS.find(({ id }) => id === system)?.fields.map(({ name }) => name) ?? [];
  return details(
    'Endpoint, scope and more',
    MORE.filter(({ name }) => !shown.includes(name)).map((field) =>
      fieldView(field, `more-${field.name}`),
    ),
  );
}

/** A message of the package, in the words of the form. @param {string} message */
export const inWords = (message) => inLabels(message, state.file ? undefined : state.system);

/** Says why there is no request: which fields are empty, or else what the package says. */
export function lackOf(/** @type {any} */ { message }) {
  const empty = wanted().filter(({ name }) => !state.typed[name]).map(({ label }) => label);
  if (empty.length === 0 || !message.endsWith(' is missing')) {
    return inWords(message);
  }
  const [last, ...before] = empty.reverse();
  return `Fill in ${[before.reverse().join(', '), last].filter(Boolean).join(' and ')}.`;
}

/** What is missing on the form. */
function missing() {
  const { preview, outcome } = state;
  const isSaid = preview?.error && !outcome;
  return isSaid && h('p.missing', null, lackOf(preview.error));
}
