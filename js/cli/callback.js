// The address of this machine to which the browser comes back (RFC 8252 section 7.3).

import { once } from 'node:events';
import { createServer } from 'node:http';

import { race } from '../lib/in_time.js';
import { TokenError } from '../node.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('node:http').IncomingMessage} IncomingMessage */
/** @typedef {import('node:http').ServerResponse} ServerResponse */

/** The redirect URI without a port. */
const DEFAULT = 'http://127.0.0.1/callback';

/** The headers of every page. The pages are fixed texts, and hold nothing of a request. */
const HEADERS = {
  'cache-control': 'no-store',
  connection: 'close',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'content-type': 'text/plain; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Reads a redirect URI. It stays as it is, except that it gets a port, because a server may compare
 * the text.
 *
 * @param {string} uri
 */
function partsOf(uri) {
  const [, host, port = '0', path] =
    /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(\/[^\s?#]*)?$/.exec(uri) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new UsageError(
      '--redirect-uri wants an address of this machine without a query, such as ' +
      'http://localhost:8080/callback',
    );
  }
  return { host, port: Number(port), path: path ?? '' };
}

/** Reads the value of --port. @param {string} port */
function portOf(port) {
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError('--port wants the number of a port, from 1 to 65535');
  }
  return Number(port);
}

/** Waits for one callback. */
export class CallbackListener {
  #server;
  #authority;
  /** What a browser sends as Host: without the port of http. */ #host;
  #path;
  /** @type {{ state: string, take(callback: Callback): void } | undefined} */ #waiting;

  /**
   * @param {import('node:http').Server} server
   * @param {string} authority
   * @param {string} path
   */
  constructor(server, authority, path) {
    this.#server = server;
    this.#authority = authority;
    this.#host = new URL(`http://${authority}`).host;
    this.#path = path;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  /**
   * Listens at an address.
   *
   * @param {{ port?: string, 'redirect-uri'?: string }} values
   */
  static async open({ port: given, 'redirect-uri': uri = DEFAULT }) {
    const { host, port, path } = partsOf(uri);
    const server = createServer();
    const address = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '');
    try {
      await once(
        server.listen(given === undefined ? port : portOf(given), address), 'listening',
      );
    } catch (error) {
      if (error instanceof UsageError) {
        throw error;
      }
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      throw new UsageError(
        `the browser can't come back there: ${code}`, '--port or --redirect-uri names another port',
      );
    }
    const { port: taken } = /** @type {import('node:net').AddressInfo} */ (server.address());
    return new CallbackListener(server, `${host}:${taken}`, path);
  }

  /** The redirect URI, with its port. */
  get redirectUri() {
    return `http://${this.#authority}${this.#path}`;
  }

  /**
   * Waits for the callback with that state, for so many milliseconds. All others are refused, so
   * that another page can't end the wait.
   *
   * @param {string} state
   * @param {number} ms
   * @returns {Promise<Callback>}
   */
  callback(state, ms) {
    return race(
      new Promise((take) => {
        this.#waiting = { state, take };
      }),
      undefined,
      (_, reject) =>
        setTimeout(
          () => reject(new TokenError('timeout', `nobody signed in in ${ms / 1000} s`)), ms,
        ),
    );
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** @param {IncomingMessage} request @param {ServerResponse} response */
  #answer(request, response) {
    const [status, why] = this.#refusalOf(request) ?? [];
    if (status !== undefined) {
      return answer(response, status, `fetchtoken: ${why}\n`);
    }
    const take = this.#waiting?.take;
    this.#waiting = undefined; // one callback is answered
    take?.(new Callback(`http://${this.#authority}${request.url}`, response));
  }

  /**
   * Returns the status and the reason of a refusal; undefined for the callback.
   *
   * @param {IncomingMessage} request
   * @returns {[status: number, why: string] | undefined}
   */
  #refusalOf({ method, headers, url = '' }) {
    const [path] = url.split('?', 1);
    if (headers.host !== this.#host) {
      return [421, 'the Host is not this machine']; // a name that was pointed here
    }
    if (path !== (this.#path || '/')) {
      return [404, 'there is nothing'];
    }
    if (method !== 'GET') {
      return [405, 'the answer to a sign-in is a GET'];
    }
    if (new URLSearchParams(url.slice(path.length)).get('state') !== this.#waiting?.state) {
      return [400, 'this is not the answer to the sign-in that is under way'];
    }
  }
}

/** A request of the browser, which waits for its page. */
class Callback {
  #response;

  /** @param {string} url @param {ServerResponse} response */
  constructor(url, response) {
    this.url = url;
    this.#response = response;
  }

  /**
   * Shows the user whether the sign-in succeeded, and waits until the page is sent.
   *
   * @param {boolean} isSignedIn
   */
  async show(isSignedIn) {
    const text = isSignedIn
      ? 'You are signed in. You can close this page.'
      : 'You are not signed in. The terminal says why.';
    answer(this.#response, isSignedIn ? 200 : 400, `${text}\n`);
    if (!this.#response.destroyed) {
      await once(this.#response, 'close');
    }
  }
}

/** @param {ServerResponse} response @param {number} status @param {string} text */
function answer(response, status, text) {
  response.writeHead(status, HEADERS).end(text);
}
