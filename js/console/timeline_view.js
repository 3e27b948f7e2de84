// Shows the requests of this tab, with the time and the result of each.

import { textView } from './json_view.js';
import { details } from './pieces.js';
import { state } from './state.js';
import { bytes, masked, timeOfDay } from './texts.js';
import { h } from './view.js';

export function timelinePanel() {
  /** @type {import('./relay.js').Exchange[]} */
  const log = state.log;
  if (log.length === 0) {
    return h('p.empty', null, 'Each request of this tab will stand here, until you reload it.');
  }
  const longest = Math.max(1, ...log.map(({ ms }) => ms));
  return h(
    'ol.timeline',
    null,
    log.map((exchange) =>
      h(
        'li',
        { key: exchange.id },
        h(
          'details',
          null,
          h(
            'summary',
            null,
            h('time', null, timeOfDay(exchange.at)),
            statusView(exchange),
            h('span.what', null, h('strong', null, exchange.method), ` ${shortOf(exchange.url)}`),
            h('span.took', null, `${exchange.ms} ms`),
            h(
              'span.bar',
              { 'aria-hidden': 'true' },
              h('span', { style: { width: `${(exchange.ms / longest) * 100}%` } }),
            ),
          ),
          exchangeView(exchange),
        ),
      ),
    ),
  );
}

/** @param {string} url */
function shortOf(url) {
  return URL.canParse(url) ? `${new URL(url).host}${new URL(url).pathname}` : url;
}

/** @param {import('./relay.js').Exchange} exchange */
function statusView({ status, failure }) {
  const isGood = status !== undefined && status < 400;
  return h(
    `span.status.${isGood ? 'good' : 'bad'}`,
    null,
    status ?? (failure?.startsWith('a redirect') ? 'redirect' : 'failed'),
  );
}

/**
 * An exchange: status, headers, body.
 *
 * @param {import('./relay.js').Exchange} exchange
 */
export function exchangeView(exchange) {
  const { status, failure, headers, answer, size, ms, isRelayed } = exchange;
  return h(
    'div.exchange',
    { key: exchange.id },
    h(
      'p.row',
      null,
      statusView(exchange),
      h(
        'span.faint',
        null,
        status === undefined
          ? failure
          : `${ms} ms, ${bytes(size)}, ${isRelayed ? 'through the relay' : 'from this page'}`,
      ),
    ),
    answer !== '' && bodyView(answer),
    headers.length > 0 && details('Headers of the answer', headerList(headers)),
    details('Headers of the request', headerList(exchange.sent.map(maskedHeader))),
  );
}

/** Shows a body, without the tokens in it. @param {string} answer */
function bodyView(answer) {
  const hidden = answer.replace(
    /("(?:access_token|accessToken|refresh_token|id_token)"\s*:\s*")([^"]*)"/g,
    (_, before, token) => `${before}${masked(token)}"`,
  );
  return textView(hidden);
}

/** @param {[string, string]} header @returns {[string, string]} */
function maskedHeader([name, value]) {
  if (name !== 'authorization') {
    return [name, value];
  }
  const [scheme, ...rest] = value.split(' ');
  return [name, `${scheme} ${masked(rest.join(' '))}`];
}

/** @param {[string, string][]} headers */
const headerList = (headers) =>
  h(
    'div.wire',
    { tabindex: '0', role: 'group', 'aria-label': 'Headers' },
    headers.map(([name, value]) => h('div', null, h('span.name', null, `${name}: `), value)),
  );
