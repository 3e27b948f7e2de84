// One API request with the token.

import { exchangeView } from './timeline_view.js';
import { changeAPI, state, tryIt } from './state.js';
import { h } from './view.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

export function tryPanel() {
  const { api, outcome } = state;
  if (!outcome?.response) {
    return h('p.empty', null, 'Get a token first: then you can send one API request with it.');
  }
  const hasBody = !/^(?:GET|HEAD)$/.test(api.method);
  return [
    h(
      'form.try',
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (!api.isBusy) {
            tryIt();
          }
        },
      },
      h(
        'div.line',
        null,
        h(
          'select',
          {
            'aria-label': 'Method',
            value: api.method,
            onchange: (/** @type {any} */ { target }) => changeAPI({ method: target.value }),
          },
          METHODS.map((method) => h('option', { value: method }, method)),
        ),
        h('input', {
          type: 'url',
          required: true,
          'aria-label': 'Address of the API',
          placeholder: 'https://api.example.com/v1/things',
          spellcheck: 'false',
          value: api.url,
          oninput: (/** @type {any} */ { target }) => changeAPI({ url: target.value }),
        }),
        h(
          'button.primary',
          { type: 'submit', 'aria-disabled': api.isBusy && 'true' },
          api.isBusy ? 'Asking…' : 'Send',
        ),
      ),
      hasBody && h('textarea', {
        rows: '4',
        'aria-label': 'Body',
        placeholder: 'the body, such as {"name": "value"}',
        spellcheck: 'false',
        value: api.body,
        oninput: (/** @type {any} */ { target }) => changeAPI({ body: target.value }),
      }),
      h('p.faint', null, 'The token goes along as Authorization: check the address.'),
    ),
    api.exchange && exchangeView(api.exchange),
  ];
}
