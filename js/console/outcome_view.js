// Shows the token, or the reason why there is none.

import { asCommand } from './commands.js';
import { inWords } from './credentials_view.js';
import { jsonView, textView } from './json_view.js';
import { copyButton, details, facts, open, secret } from './pieces.js';
import { timeNote } from './request_view.js';
import {
  askTime, configOf, correctClock, dueOf, getToken, renewByItself, serverNow, state,
} from './state.js';
import {
  ahead, decodeJWT, duration, grantedOf, local, masked, relative, scopesOf, timeOfDay,
} from './texts.js';
import { h } from './view.js';

export function outcomeCard() {
  const { outcome } = state;
  if (outcome === undefined) {
    return nothingCard();
  }
  return outcome.response ? tokenCard(outcome) : failureCard(outcome);
}

/** What to do next, while there is neither a token nor a failure. */
function nothingCard() {
  const { isBusy, preview } = state;
  const next = isBusy
    ? 'The server has not answered yet.'
    : preview?.explanation
      ? 'The request is ready: look at it under Request, then press Get the token.'
      : preview?.error
        ? 'Complete the form: then the request stands under Request.'
        : 'Drop a credentials file anywhere on this page, or choose a system.';
  return h(
    'section.card.outcome.nothing',
    { key: 'nothing', tabindex: '-1', 'aria-label': 'Outcome' },
    h('h2', null, isBusy ? 'Asking for the token' : 'No token yet'),
    h('p', null, next),
    h(
      'p.faint',
      null,
      'Credentials stay in the memory of this tab. They go into the request to the token ' +
        'endpoint, and nowhere else.',
    ),
  );
}

/** @param {any} outcome */
function tokenCard({ response, exchange }) {
  const jwt = decodeJWT(response.access_token);
  return h(
    'section.card.outcome.token',
    { key: 'token', tabindex: '-1', 'aria-labelledby': 'outcome' },
    h(
      'div.row',
      null,
      h('h2.good', { id: 'outcome' }, 'Here is the token'),
      copyButton('token', 'Copy', () => response.access_token),
    ),
    secret('token', response.access_token, 'the token'),
    lifeBar(response),
    facts([
      ['Type', response.token_type],
      ['Expires', expiryOf(response)],
      ['Scope', scopeView(response)],
      ["Server's clock", clockView(exchange)],
      [
        'Answered',
        exchange && `${exchange.status}, in ${exchange.ms} ms, at ${timeOfDay(exchange.at)}`,
      ],
    ]),
    renewalView(response),
    jwt && details('The token is a JWT', [
      h('h3', null, 'Header'),
      jsonView(jwt.header),
      h('h3', null, 'Claims'),
      jsonView(jwt.claims, timeNote),
      h('p.faint', null, 'Decoded, not verified: that is for the API to do.'),
    ]),
    details('The whole answer', jsonView({ ...response, ...maskedMembers(response) })),
  );
}

/** The members of a response that are credentials. @param {any} response */
const maskedMembers = (response) =>
  Object.fromEntries(
    ['access_token', 'refresh_token', 'id_token']
      .filter((name) => typeof response[name] === 'string')
      .map((name) => [name, masked(response[name])]),
  );

/** The bar that shows the remaining time. @param {any} response */
function lifeBar({ expires_at, expires_in }) {
  if (expires_at === undefined || !(expires_in > 0)) {
    return false;
  }
  const left = Math.max(0, expires_at - serverNow());
  const share = Math.min(1, left / expires_in);
  const tone = left === 0 ? 'over' : share < 0.25 ? 'low' : '';
  return h(
    'div.life',
    {
      role: 'progressbar',
      'aria-label': 'Life left',
      'aria-valuemin': '0',
      'aria-valuemax': String(expires_in),
      'aria-valuenow': String(Math.round(left)),
      'aria-valuetext': left === 0 ? 'expired' : `${duration(left)} left`,
      class: tone,
    },
    h('div', { style: { width: `${share * 100}%` } }),
  );
}

/** @param {any} response */
function expiryOf({ expires_at }) {
  if (expires_at === undefined) {
    return 'the server does not say';
  }
  const left = expires_at - serverNow();
  return left <= 0
    ? h('strong.bad', null, `expired ${relative(expires_at, serverNow())}`)
    : [h('strong', null, `in ${duration(left)}`), `, ${local(expires_at)}`];
}

/** The requested scope, beside the granted one. @param {any} response */
function scopeView(response) {
  const asked = scopesOf(
    state.preview?.explanation?.choices.find((/** @type {any} */ { field }) => field === 'scope')
      ?.value,
  );
  const granted = grantedOf(response);
  if (!asked && !granted) {
    return undefined;
  }
  const all = [...new Set([...(asked ?? []), ...(granted?.scopes ?? [])])];
  return h(
    'ul.scopes',
    null,
    all.map((scope) => {
      const [isAsked, isGranted] = [asked?.includes(scope), granted?.scopes.includes(scope)];
      const [tone, words] = !granted
        ? ['', 'asked; the answer does not say what is granted']
        : isAsked && isGranted
          ? ['good', `asked, granted by ${granted.from}`]
          : isGranted
            ? ['good', `granted by ${granted.from}, not asked`]
            : ['bad', 'asked, not granted'];
      return h('li', null, h('code', null, scope), ' ', h(`span.${tone || 'faint'}`, null, words));
    }),
  );
}

/** @param {any} exchange */
function clockView(exchange) {
  const offset = offsetOf(exchange);
  if (offset === undefined) {
    return exchange && 'the server does not tell this page its time';
  }
  return `${timeOfDay(state.now + offset * 1000)}, ${ahead(offset)}`;
}

/** How many seconds the server's Date is ahead of the middle of the exchange. */
function offsetOf(/** @type {any} */ exchange) {
  const date = exchange?.headers.find((/** @type {string[]} */ [name]) => name === 'date')?.[1];
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? undefined : (time + 500 - (exchange.at + exchange.ms / 2)) / 1000;
}

/** @param {any} response */
function renewalView(response) {
  const { isRenewing, renewal } = state;
  const due = dueOf(response);
  if (due === undefined) {
    return false;
  }
  const words = renewal?.error
    ? `The renewal failed: ${renewal.error.message}. ` +
      `Next try ${relative(renewal.next, serverNow())}.`
    : isRenewing
      ? `Next renewal ${relative(due, serverNow())}.`
      : renewal && `Renewed at ${timeOfDay(renewal.at)}.`;
  return h(
    'div.renewal',
    null,
    h(
      'label.switch',
      null,
      h('input', {
        type: 'checkbox',
        role: 'switch',
        checked: isRenewing,
        onchange: (/** @type {any} */ { target }) => renewByItself(target.checked),
      }),
      h('span', null, 'Renew it by itself'),
    ),
    words && h(`span.${renewal?.error ? 'bad' : 'faint'}`, null, words),
  );
}

/** @param {any} outcome */
function failureCard({ error, exchange }) {
  const wall = wallOf(error, exchange);
  const hint = wall?.hint ?? error.hint ?? HINTS[error.code] ?? 'See what the server says.';
  const isOurs = error.code === 'invalid_config';
  return h(
    'section.card.outcome.failure',
    { key: 'failure', tabindex: '-1', 'aria-labelledby': 'outcome' },
    // Only this is read out: the rest has times that change. Each failure is a new element, so
    // the same advice is read out again.
    h(
      'div',
      { key: `alert ${state.outcome.turn}`, role: 'alert' },
      h('h2.bad', { id: 'outcome' }, 'There is no token'),
      h('p.hint', null, sentence(inWords(hint))),
    ),
    actions(error, exchange, wall),
    h('h3', null, exchange?.status ? 'The server says' : 'What happened'),
    h('p', null, isOurs ? sentence(inWords(error.message)) : error.message),
    facts([
      ['Status', exchange?.status],
      ['Error', error.error],
      ["Server's code", error.providerCode],
      ['Request id', error.requestId],
      ['Code', h('code', null, error.code ?? error.name)],
      ["Server's clock", exchange?.status !== undefined && clockView(exchange)],
      [
        'May succeed later',
        error.retryable ? `yes${waitOf(error, exchange)}` : exchange && 'not with this request',
      ],
    ]),
    exchange?.answer && details('The whole answer', textView(exchange.answer)),
  );
}

/** A text that begins with a name as code, such as `keyId`, keeps it. @param {string} text */
const sentence = (text) =>
  (/^[a-z]+[A-Z]/.test(text) ? text[0] : text[0].toUpperCase()) +
  text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');

/** Advice for errors without a hint of the package. @type {Record<string, string>} */
const HINTS = {
  invalid_config: 'Fill in what is missing, or mend what is wrong, on the form.',
  invalid_key: 'Give the private key as the platform handed it out.',
  timeout: 'The server took too long: try again.',
  network: 'The request got no answer: try again, and check the network.',
};

/** @param {any} error @param {any} exchange */
function waitOf({ retryAfter }, exchange) {
  if (retryAfter === undefined || exchange === undefined) {
    return '';
  }
  const left = Math.ceil(exchange.at / 1000 + retryAfter - state.now / 1000);
  return left > 0 ? `, the server asks to wait ${duration(left)}` : ', the wait is over';
}

/**
 * Names the obstacle of the page: no network, no relay, CORS.
 *
 * @param {any} error
 * @param {any} exchange
 */
function wallOf(error, exchange) {
  if (error.code !== 'network') {
    return undefined;
  }
  if (navigator.onLine === false) {
    return { kind: 'offline', hint: 'This browser is offline: connect it, then try again.' };
  }
  if (exchange?.isRelayed === false) {
    return {
      kind: 'cors',
      hint: 'The server lets no page read its answers (CORS), or it can’t be reached: a browser ' +
        'doesn’t say which. Open the console with its relay, or take the command.',
    };
  }
  if (/relay|session/.test(exchange?.failure ?? '')) {
    return {
      kind: 'relay',
      hint: 'The relay has ended: start npx fetchtoken console again, and open its link.',
    };
  }
  return undefined;
}

/** @param {any} error @param {any} exchange @param {any} wall */
function actions(error, exchange, wall) {
  const { isBusy } = state;
  const { clockOffset, timeEndpoint, providerCode } = error;
  const isOAuth1 = state.preview?.explanation?.baseString !== undefined;
  /** @param {string} name @param {() => void} onclick @param {string} look */
  const button = (name, onclick, look = 'quiet') =>
    h(`button.${look}`, { type: 'button', 'aria-disabled': isBusy && 'true', onclick }, name);
  return h(
    'div.row.actions',
    null,
    clockOffset !== undefined && button(
      `Correct the clock by ${clockOffset > 0 ? '+' : '−'}${Math.abs(clockOffset)} s and try again`,
      () => correctClock(clockOffset),
      'primary',
    ),
    clockOffset === undefined && timeEndpoint !== undefined && button(
      'Ask the server for its time and try again',
      askTime,
      'primary',
    ),
    wall?.kind === 'cors' && [
      copyButton('relay', 'Copy npx fetchtoken console', () => 'npx fetchtoken console'),
      copyButton('command-wall', 'Copy the command', () => asCommand(configOf())),
    ],
    isOAuth1 && (providerCode === '401300' || /signature/i.test(error.message)) && button(
      'Compare with a request that works',
      open('compare'),
    ),
    exchange && button('Try again', getToken),
    exchange && button('See the request', open('request')),
  );
}
