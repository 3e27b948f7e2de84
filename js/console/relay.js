// Sends the requests of the page: through the relay that served the page, or else directly, as far
// as CORS allows. Notes each request for the timeline, in the memory of this tab.

/**
 * A request and its answer.
 *
 * @typedef {{ id: number, at: number, method: string, url: string, sent: [string, string][],
 *   body: string, status?: number, headers: [string, string][], answer: string, size: number,
 *   ms: number, failure?: string, isRelayed: boolean }} Exchange
 */

/** The failure when the relay has ended. */
export const NO_RELAY = 'the relay of the console gives no answer';

/** The session with the relay. @type {string | undefined} */
let session;
let count = 0;

/**
 * Opens a session with the key of the link, and takes the key out of the address.
 *
 * @returns {Promise<'on' | 'off' | 'lost'>} off: the page was not served by the console; lost: the
 *   console served the page, but the page has no session
 */
export async function openRelay() {
  if (document.documentElement.dataset.relay === undefined) {
    return 'off';
  }
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  history.replaceState(null, '', location.pathname);
  if (key === null) {
    return 'lost';
  }
  const response = await postJSON('/session', { key }).catch(() => undefined);
  session = response?.ok ? (await response.json()).session : undefined;
  return session === undefined ? 'lost' : 'on';
}

/**
 * Returns a fetch for the package.
 *
 * @param {(exchange: Exchange) => void} note receives each exchange when it is over
 * @returns {(url: string, init?: any) => Promise<Response>}
 */
export function fetchNoting(note) {
  return async (url, init = {}) => {
    const started = performance.now();
    /** @type {Exchange} */
    const exchange = {
      id: ++count,
      at: Date.now(),
      method: init.method ?? 'GET',
      url,
      sent: [...new Headers(init.headers)],
      body: init.body ?? '',
      headers: [],
      answer: '',
      size: 0,
      ms: 0,
      isRelayed: session !== undefined,
    };
    try {
      const response = await (session === undefined ? fetch(url, init) : relayed(exchange, init));
      if (response.type === 'opaqueredirect') {
        exchange.failure = 'a redirect, which is not followed';
        return response;
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      exchange.status = response.status;
      exchange.headers = /** @type {any} */ (response).pairs ?? [...response.headers];
      exchange.answer = new TextDecoder().decode(bytes);
      exchange.size = bytes.length;
      return responseOf(response.status, exchange.headers, bytes);
    } catch (error) {
      exchange.failure = wordsOf(error);
      throw error;
    } finally {
      exchange.ms = Math.round(performance.now() - started);
      note(exchange);
    }
  };
}

/** @param {Exchange} exchange @param {any} init */
async function relayed({ method, url, sent, body }, { signal }) {
  const asked = { method, url, headers: sent, body: body === '' ? undefined : body };
  const response = await postJSON('/relay', asked, signal).catch((error) => {
    if (signal?.aborted) {
      throw error;
    }
    throw new RelayGone(NO_RELAY);
  });
  const answer = await response.json();
  if (response.status === 401) {
    throw new RelayGone(answer.error);
  }
  if (!response.ok) {
    throw new TypeError(answer.error);
  }
  if (answer.failure) {
    const { code, message } = answer.failure;
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
  }
  const bytes = Uint8Array.from(atob(answer.body), (character) => character.charCodeAt(0));
  return Object.assign(responseOf(answer.status, answer.headers, bytes), {
    pairs: answer.headers,
  });
}

/** The relay has ended, or doesn't know this page. */
class RelayGone extends TypeError {}

/**
 * @param {number} status
 * @param {[string, string][]} headers
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
function responseOf(status, headers, bytes) {
  const isBare = status === 204 || status === 205 || status === 304; // these have no body
  return new Response(isBare ? null : bytes, { status, headers });
}

/** @param {string} path @param {unknown} value @param {AbortSignal} [signal] */
function postJSON(path, value, signal) {
  const headers = { 'content-type': 'application/json', 'x-fetchtoken-session': session ?? '' };
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(value), signal });
}

/** @param {any} error */
function wordsOf(error) {
  const { code, message } = error?.cause ?? error ?? {};
  return [code, message].filter((word) => typeof word === 'string').join(': ');
}
