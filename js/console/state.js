// The state of the page, and the actions of its user. Everything is in memory: a reload forgets it.
// The package itself makes the requests: explain, fetchToken, createClient, loadCredentials.

import { createClient, explain, fetchToken, loadCredentials } from '../browser.js';
import { compareWith } from './compare.js';
import { fetchNoting, NO_RELAY, openRelay } from './relay.js';
import { candidatesOf, SYSTEMS, systemOf } from './systems.js';

/**
 * @typedef {import('../types.js').Config} Config
 * @typedef {import('../types.js').Explanation} Explanation
 * @typedef {import('../types.js').TokenResponse} TokenResponse
 * @typedef {import('./relay.js').Exchange} Exchange
 */

/** The number of random bytes, which is enough for every request of the package. */
const RANDOM = 64;

/** Seconds until a failed renewal is tried again. */
const REST = 30;

/** The most requests that the timeline keeps. */
const MOST_EXCHANGES = 200;

/** @type {any} */
const EMPTY = {
  system: undefined,
  /** The values of the input fields, by field name. */
  typed: {},
  /** The configuration that was dropped, pasted or picked, and its name. */
  file: undefined,
  fileError: undefined,
  /** The secrets that are shown. */
  revealed: new Set(),
  /** The request: `{ explanation, secrets, sentAt }` or `{ error }`. */
  preview: undefined,
  isBusy: false,
  /** `{ response, exchange }` or `{ error, exchange, config }`. */
  outcome: undefined,
  isRenewing: false,
  renewal: undefined,
  /** How many seconds the server's clock is ahead of ours. */
  offset: 0,
  other: { text: '', outcome: undefined },
};

/** @type {any} */
export const state = {
  ...EMPTY,
  relay: 'off',
  now: Date.now(),
  tab: 'request',
  /** The parameter of the base string that is selected. */
  lit: undefined,
  api: { method: 'GET', url: '', body: '', isBusy: false, exchange: undefined, error: undefined },
  /** @type {Exchange[]} */
  log: [],
  copied: undefined,
  said: '',
};

let draw = () => {};

/** @param {Record<string, any>} changes */
export function change(changes) {
  Object.assign(state, changes);
  draw();
}

/** Opens the relay, and starts the clock. @param {() => void} drawNow */
export async function begin(drawNow) {
  draw = drawNow;
  draw();
  change({ relay: await openRelay() });
  setInterval(tick, 1000);
}

/** The time by the server's clock, in seconds. */
export const serverNow = () => state.now / 1000 + state.offset;

/**
 * Announces something to users of a screen reader. A screen reader announces a changed text only,
 * so the same words again get a blank that nobody hears.
 *
 * @param {string} said
 */
export const say = (said) => change({ said: said === state.said ? `${said}\u00a0` : said });

/**
 * Moves the focus to an element if the next drawing removes the one that has it.
 *
 * @param {string} selector
 */
function keepFocus(selector) {
  if (document.activeElement === document.body) {
    return;
  }
  queueMicrotask(() => { // after the drawing
    if (document.activeElement === document.body) {
      /** @type {any} */ (document.querySelector(selector))?.focus({ preventScroll: true });
    }
  });
}

function tick() {
  state.now = Date.now();
  if (state.outcome?.response || state.outcome?.error?.retryAfter) {
    draw();
  }
  renewIfDue();
}

/** Notes an exchange. @type {Exchange | undefined} */
let last;
const send = fetchNoting((exchange) => {
  last = exchange;
  change({ log: [exchange, ...state.log].slice(0, MOST_EXCHANGES) });
  if (exchange.failure?.startsWith('this page has no session')) {
    change({ relay: 'lost' });
  } else if (exchange.failure === NO_RELAY) {
    change({ relay: 'ended' });
  } else if (state.relay === 'ended' && exchange.status !== undefined) {
    change({ relay: 'on' });
  }
});

// The configuration.

/** Returns the configuration of the file, overridden by the input fields. @returns {any} */
export function configOf() {
  const { file, system, typed } = state;
  const chosen = SYSTEMS.find(({ id }) => id === system);
  const isPlaced = file?.config.tokenEndpoint !== undefined || typed.tokenEndpoint;
  const named = chosen && {
    provider: chosen.provider,
    environment: isPlaced ? undefined : chosen.environment,
  };
  const filled = Object.entries(typed).filter(([, value]) => value !== '' && value !== undefined);
  return Object.fromEntries(
    Object.entries({ ...named, ...file?.config, ...Object.fromEntries(filled) }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** @param {any} config */
export const isEmpty = (config) => Object.keys(config).length === 0;

/** A private key in PEM (RFC 7468), which is one field of a configuration. */
const PEM_KEY = /^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Takes a platform's credentials, as bytes or as text, or the private key for the chosen system.
 *
 * @param {Uint8Array | string} source
 * @param {string} [name]
 */
export async function take(source, name) {
  if (source.length === 0) {
    return;
  }
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  if (PEM_KEY.test(text)) {
    change({ system: state.system ?? 'oauth2', fileError: undefined });
    say('The private key is recognised.');
    return type('privateKey', text.trim());
  }
  try {
    const config = await loadCredentials(source, name === undefined ? {} : { filename: name });
    forgetOutcome();
    change({
      ...EMPTY,
      typed: {},
      revealed: new Set(),
      file: { name: name ?? 'what you pasted', config },
      system: systemOf(config)?.id,
    });
    keepFocus('.credentials .primary');
    say('The credentials are recognised.');
    await preview();
  } catch (error) {
    change({ fileError: error });
  }
}

/** @param {File | undefined} file */
export async function takeFile(file) {
  if (file) {
    await take(new Uint8Array(await file.arrayBuffer()), file.name);
  }
}

/** The fields of a client, which stay when another system is chosen. */
const OF_CLIENT = new Set(['clientId', 'clientSecret', 'privateKey']);

/** @param {string} system */
export function choose(system) {
  forgetOutcome();
  const { file } = state;
  const fits = file && candidatesOf(file.config).some(({ id }) => id === system);
  // The rest, such as the endpoint, is of another system.
  const typed = Object.entries(state.typed).filter(([name]) => OF_CLIENT.has(name));
  change({
    system,
    typed: Object.fromEntries(typed),
    offset: 0,
    fileError: undefined,
    file: fits ? file : undefined,
  });
  return preview();
}

/** @param {string} name @param {string | undefined} value */
export function type(name, value) {
  state.typed = { ...state.typed, [name]: value };
  if (name === 'tokenEndpoint') {
    state.offset = 0; // another server has another clock
  }
  forgetOutcome();
  return preview();
}

/** Forgets everything except the timeline. */
export function clear() {
  forgetOutcome();
  change({ ...EMPTY, typed: {}, revealed: new Set(), other: { text: '' } });
  keepFocus('.drop input');
  say('Everything is cleared.');
}

function forgetOutcome() {
  asking?.abort(FORGOTTEN);
  closeClient();
  change({ outcome: undefined, isRenewing: false, renewal: undefined, preview: undefined });
}

/** @param {string} name */
export function reveal(name) {
  const revealed = new Set(state.revealed);
  revealed.has(name) ? revealed.delete(name) : revealed.add(name);
  change({ revealed });
}

// The request.

/** A moment and random bytes. With them a request is the same each time that it is made. */
function momentNow() {
  const now = Date.now() + state.offset * 1000;
  const random = crypto.getRandomValues(new Uint8Array(RANDOM));
  return { clock: { now: () => now }, random: (/** @type {number} */ n) => random.slice(0, n) };
}

let previews = 0;

/**
 * Shows the request that would be sent, or the request that was sent at that moment.
 *
 * @param {ReturnType<typeof momentNow>} [moment]
 * @param {number} [sentAt]
 */
async function preview(moment = momentNow(), sentAt) {
  const turn = ++previews;
  const config = configOf();
  if (isEmpty(config)) {
    return change({ preview: undefined });
  }
  /** @type {any} */
  let next;
  try {
    next = {
      explanation: await explain(config, moment),
      secrets: await explain(config, { ...moment, showSecrets: true }),
      sentAt,
    };
  } catch (error) {
    next = { error };
  }
  if (turn === previews) {
    change({ preview: next });
  }
}

/** Ends the request for a token. @type {AbortController | undefined} */
let asking;
const STOPPED = new Error('stopped');
/** The credentials of the request have changed: nobody wants its answer. */
const FORGOTTEN = new Error('stopped, because the credentials changed');

/** Stops waiting for the token. */
export const stop = () => asking?.abort(STOPPED);

/** How many times a token was requested. */
let turns = 0;

/**
 * Requests a token, and shows it or the failure.
 *
 * @param {(signal: AbortSignal) => Promise<TokenResponse>} run
 * @returns {Promise<boolean>} whether the credentials are still the same
 */
async function ask(run) {
  const { signal } = (asking = new AbortController());
  change({ isBusy: true, said: '' });
  last = undefined;
  try {
    const response = await run(signal);
    signal.throwIfAborted();
    change({ outcome: { response, exchange: last }, now: Date.now(), renewal: undefined });
    say('Here is the token.');
  } catch (error) {
    if (signal.aborted) {
      signal.reason === STOPPED && say('Stopped.');
      return signal.reason === STOPPED;
    }
    closeClient();
    const outcome = { error, exchange: last, turn: ++turns };
    change({ outcome, now: Date.now(), isRenewing: false });
  } finally {
    change({ isBusy: false });
    keepFocus('.outcome');
  }
  return true;
}

/** Requests a token once. */
export async function getToken() {
  if (state.isBusy) {
    return;
  }
  const config = configOf();
  const moment = momentNow();
  if (await ask((signal) => fetchToken(config, { ...moment, fetch: send, signal }))) {
    document.querySelector('.outcome')?.scrollIntoView({ block: 'nearest' });
    await preview(moment, last && /** @type {Exchange} */ (last).at);
  }
}

/** Corrects the clock by the server's, and requests again. @param {number} offset */
export async function correctClock(offset) {
  if (!state.isBusy) {
    change({ offset: state.offset + offset });
    await getToken();
  }
}

/** Lets the package ask the server for its time and sign again by it, and keeps the difference. */
export async function askTime() {
  if (!state.isBusy) {
    await ask((signal) => clientOf().getToken({ force: true, signal }));
  }
}

export function resetClock() {
  change({ offset: 0 });
  return preview();
}

// The renewal.

/** @type {ReturnType<typeof createClient> | undefined} */
let client;

function clientOf() {
  client ??= createClient(configOf(), {
    fetch: /** @type {any} */ (send),
    clock: { now: () => Date.now() + state.offset * 1000 },
    onEvent: (event) => {
      if (event.type === 'clock_corrected') {
        change({ offset: state.offset + event.offset });
      }
    },
  });
  return client;
}

function closeClient() {
  client?.close();
  client = undefined;
}

/** @param {boolean} isRenewing */
export function renewByItself(isRenewing) {
  change({ isRenewing, renewal: undefined });
}

/**
 * Returns when the token is renewed, in seconds: in the last quarter of its life, at most 60 s
 * before its end.
 */
export function dueOf(/** @type {any} */ { expires_at, expires_in }) {
  return expires_at === undefined ? undefined : expires_at - Math.min(60, expires_in / 4);
}

async function renewIfDue() {
  const { isRenewing, outcome, isBusy, renewal } = state;
  const due = outcome?.response && dueOf(outcome.response);
  if (!isRenewing || isBusy || due === undefined || serverNow() < (renewal?.next ?? due)) {
    return;
  }
  const { signal } = (asking = new AbortController());
  change({ isBusy: true });
  try {
    const response = await clientOf().getToken({ force: true, signal });
    signal.throwIfAborted();
    change({ outcome: { response, exchange: last }, renewal: { at: Date.now() } });
    say('The token is renewed.');
  } catch (error) {
    if (signal.reason !== FORGOTTEN) {
      change({ renewal: { error, next: serverNow() + REST } });
    }
  } finally {
    change({ isBusy: false });
  }
}

// The API.

/** Sends one request with the token. */
export async function tryIt() {
  const { api, outcome } = state;
  const { access_token, token_type } = outcome.response;
  const hasBody = api.body !== '' && api.method !== 'GET' && api.method !== 'HEAD';
  change({ api: { ...api, isBusy: true, error: undefined, exchange: undefined } });
  last = undefined;
  let error;
  try {
    await send(api.url, {
      method: api.method,
      headers: {
        Accept: 'application/json, */*;q=0.5',
        Authorization: `${/^bearer$/i.test(token_type) ? 'Bearer' : token_type} ${access_token}`,
        ...(hasBody && { 'Content-Type': isJSON(api.body) ? 'application/json' : 'text/plain' }),
      },
      body: hasBody ? api.body : undefined,
      redirect: 'manual',
      credentials: 'omit',
    });
  } catch (thrown) {
    error = thrown;
  }
  change({ api: { ...state.api, isBusy: false, exchange: last, error } });
  const status = state.api.exchange?.status;
  say(status === undefined ? 'The request failed.' : `The API answers with status ${status}.`);
}

/** @param {string} text */
function isJSON(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {Record<string, any>} changes */
export const changeAPI = (changes) => change({ api: { ...state.api, ...changes } });

// The comparison.

let comparisons = 0;

/** Compares with a pasted or dropped request. @param {Uint8Array | string} source */
export async function compare(source, name = /** @type {string | undefined} */ (undefined)) {
  const turn = ++comparisons;
  const text = typeof source === 'string' ? source : '';
  change({ other: { text, name, outcome: state.other.outcome } });
  /** @type {any} */
  let outcome;
  try {
    outcome = source.length === 0 ? undefined : await compareWith(configOf(), source, name);
  } catch (error) {
    outcome = { error };
  }
  if (turn === comparisons) {
    change({ other: { text, name, outcome } });
  }
}

/** Copies a text, and says so on its button. @param {string} id @param {string} text */
export async function copy(id, text) {
  try {
    await navigator.clipboard.writeText(text);
    change({ copied: { id, ok: true } });
    say('Copied.');
  } catch {
    change({ copied: { id, ok: false } });
    say('The browser does not allow to copy.');
  }
  setTimeout(() => state.copied?.id === id && change({ copied: undefined }), 2000);
}
