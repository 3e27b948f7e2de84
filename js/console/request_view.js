// Shows the exact request, before and after it is sent; the base string, whose parts are linked to
// their parameters; the assertion; and the source of each value.

import { curlCommand, lifeOf } from '../cli/explanation.js';
import { linkedPartsOf } from './base_string.js';
import { asCommand, asGo, asJavaScript } from './commands.js';
import { inWords, lackOf } from './credentials_view.js';
import { jsonView, parsed } from './json_view.js';
import { copyButton, details, headRow } from './pieces.js';
import { change, configOf, reveal, serverNow, state } from './state.js';
import { local, relative, timeOfDay } from './texts.js';
import { h } from './view.js';

/** @typedef {import('./base_string.js').Part} Part */

export function requestPanel() {
  const { preview, revealed } = state;
  if (preview === undefined) {
    return h('p.empty', null, 'Give credentials, and the request appears here before it is sent.');
  }
  if (preview.error) {
    return h(
      'div',
      null,
      h('p.empty', null, 'There is no request yet: '),
      h('p', null, lackOf(preview.error)),
      preview.error.hint && h('p.faint', null, inWords(preview.error.hint)),
    );
  }
  const { explanation, secrets, sentAt } = preview;
  const isOpen = revealed.has('request');
  const { request, baseString, assertion, choices } = isOpen ? secrets : explanation;
  const parts = baseString === undefined ? undefined : linkedPartsOf(baseString, request.url);
  return [
    h(
      'div.row',
      null,
      h(
        'p.faint',
        null,
        sentAt
          ? `Sent at ${timeOfDay(sentAt)}; ${lifeOf(explanation)}.`
          : `Not sent; ${lifeOf(explanation)}.`,
      ),
      h(
        'button.quiet.small',
        { type: 'button', 'aria-pressed': String(isOpen), onclick: () => reveal('request') },
        isOpen ? 'Hide the secrets' : 'Reveal the secrets',
      ),
    ),
    requestView(request, parts?.params ?? []),
    h(
      'div.row.copies',
      null,
      copyButton('curl', 'Copy as curl, with secrets', () => curlCommand(secrets)),
      copyButton('js', 'Copy as fetchToken(…)', () => asJavaScript(configOf())),
      copyButton('go', 'Copy as Go', () => asGo(configOf())),
      copyButton('command', 'Copy as command', () => asCommand(configOf())),
    ),
    parts && baseStringView(parts),
    assertion && assertionView(assertion),
    choicesView(choices),
  ];
}

/**
 * The request on the wire. The values that are part of the base string are marked.
 *
 * @param {import('../types.js').Explanation['request']} request
 * @param {Part[]} params
 */
export function requestView({ method, url, headers, body }, params = []) {
  const isForm = headers['Content-Type']?.startsWith('application/x-www-form-urlencoded');
  return h(
    'div.wire',
    { tabindex: '0', role: 'group', 'aria-label': 'The request' },
    h('div', null, h('strong', null, method), ' ', h('span.url', null, url)),
    Object.entries(headers).map(([name, value]) =>
      h(
        'div',
        null,
        h('span.name', null, `${name}: `),
        name === 'Authorization' ? authorizationView(value, params) : value,
      ),
    ),
    h('div.body', null, isForm ? formView(body, params) : jsonOrText(body)),
  );
}

/** @param {string} body */
function jsonOrText(body) {
  const value = parsed(body);
  return value === undefined ? body : jsonView(value);
}

/** @param {string} value @param {Part[]} params */
function authorizationView(value, params) {
  if (!value.startsWith('OAuth ')) {
    return value;
  }
  return value.split(/(\w+="[^"]*")/).map((text) => {
    const name = /^(\w+)="/.exec(text)?.[1];
    const i = params.findIndex((part) => part.from === 'header' && part.name === name);
    return i < 0 ? text : lit(i, 'header', text);
  });
}

/** @param {string} body @param {Part[]} params */
function formView(body, params) {
  const used = new Set();
  return body.split(/(&)/).map((text) => {
    const [[name, value]] = text === '&' ? [['', '']] : [...new URLSearchParams(text), ['', '']];
    const i = params.findIndex(
      (part, at) =>
        part.from === 'body' && part.name === name && part.value === value && !used.has(at),
    );
    used.add(i);
    return i < 0 ? text : lit(i, 'body', text);
  });
}

/**
 * A text that belongs to a parameter.
 *
 * @param {number} i
 * @param {string} from
 * @param {string} text
 */
const lit = (i, from, text) =>
  h('mark', { class: `${from} ${state.lit === i ? 'lit' : ''}`, ...looking(i) }, text);

/** Selects a parameter. @param {number} i */
const looking = (i) => ({
  onmouseenter: () => change({ lit: i }),
  onmouseleave: () => change({ lit: undefined }),
});

const FROM = /** @type {Record<string, string>} */ ({
  header: 'Authorization header',
  body: 'body',
  query: 'query of the URL',
});

/** @param {NonNullable<ReturnType<typeof linkedPartsOf>>} parts */
function baseStringView({ method, rawUrl, url, params }) {
  return h(
    'section',
    null,
    h('h3', null, 'Signature base string'),
    h(
      'p.faint',
      null,
      'RFC 5849 section 3.4.1. Point at a part, or step through with Tab: its parameter lights up.',
    ),
    h(
      'div.base',
      null,
      h('mark.method', null, method),
      '&',
      h('mark.url', null, rawUrl),
      '&',
      params.map(({ raw, from }, i) => [
        i > 0 && h('span.faint', null, '%26'),
        h(
          'button',
          {
            type: 'button',
            class: `${from} ${state.lit === i ? 'lit' : ''}`,
            'aria-describedby': `param-${i}`,
            ...looking(i),
            onfocus: () => change({ lit: i }),
            onblur: () => change({ lit: undefined }),
            onclick: () => document.getElementById(`param-${i}`)?.scrollIntoView({
              block: 'nearest',
            }),
          },
          raw,
        ),
      ]),
    ),
    h(
      'div.scroll',
      { tabindex: '0', role: 'group', 'aria-label': 'The parts of the base string' },
      h(
        'table',
        null,
        headRow(['Part', 'Value', 'From']),
        h(
          'tbody',
          null,
          tableRow(['method', method, 'request'], 'method'),
          tableRow(['URL', url, 'request'], 'url'),
          params.map(({ name, value, from }, i) =>
            tableRow([name, value, FROM[from]], from, {
              id: `param-${i}`,
              class: state.lit === i ? 'lit' : '',
              ...looking(i),
            }),
          ),
        ),
      ),
    ),
  );
}

/** @param {string[]} cells @param {string} from @param {any} [props] */
const tableRow = ([name, value, words], from, props) =>
  h(
    'tr',
    props,
    h('td', null, h(`mark.${from}`, null, name)),
    h('td', null, h('code', null, value)),
    h('td.faint', null, words),
  );

/** The claims that are times (RFC 7519 section 4.1, OpenID Connect). */
const TIMES = new Set(['exp', 'iat', 'nbf', 'auth_time', 'updated_at']);

/** Returns the time in a claim. @param {string} name @param {unknown} value */
export const timeNote = (name, value) =>
  TIMES.has(name) && typeof value === 'number'
    ? `${local(value)}, ${relative(value, serverNow())}`
    : undefined;

/** @param {{ header: unknown, claims: unknown }} assertion */
function assertionView({ header, claims }) {
  return h(
    'section',
    null,
    h('h3', null, 'Assertion'),
    h('p.faint', null, 'The JWT that says who the client is (RFC 7523), decoded.'),
    h('h4', null, 'Header'),
    jsonView(header),
    h('h4', null, 'Claims'),
    jsonView(claims, timeNote),
  );
}

/** @param {{ field: string, value: string, from: string }[]} choices */
function choicesView(choices) {
  return details(
    'Who decided what',
    h(
      'div.scroll',
      { tabindex: '0', role: 'group', 'aria-label': 'Who decided what' },
      h(
        'table',
        null,
        headRow(['Field', 'Value', 'From']),
        h(
          'tbody',
          null,
          choices.map(({ field, value, from }) =>
            h(
              'tr',
              null,
              h('td', null, field),
              h('td', null, h('code', null, value)),
              h('td.faint', null, from),
            ),
          ),
        ),
      ),
    ),
    { open: true },
  );
}
