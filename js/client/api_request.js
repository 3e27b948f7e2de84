// A request of client.fetch as it was when that was called. Whatever becomes of its arguments
// afterwards, this is what is checked, sent, and sent again.

import { bytesOf, joined, memberOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';

/** What a Request tells of itself, and what an init may have from its class. `cf` is of Workers. */
const MEMBERS = [
  'method',
  'headers',
  'body',
  'signal',
  'redirect',
  'mode',
  'credentials',
  'cache',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
  'cf',
];

/**
 * What one request of a chain of redirects is.
 *
 * @typedef {{ url: string, method: string, headers: Headers, hasBody: boolean }} Hop
 */

export class ApiRequest {
  /** What is sent first. @type {Hop} */ hop;
  /** @type {AbortSignal | undefined} */ signal;
  /** @type {RequestRedirect} */ redirect;
  /**
   * What the caller's init says besides, and with what a Request says.
   *
   * @type {Record<string, any>}
   */
  #init;
  /** @type {Record<string, any>} */ #all;
  /** @type {any} */ #body;
  /** A Request that has the body, until it is sent. @type {Request | undefined} */ #request;
  /** What is kept of a body that can be read only once. @type {Replay | undefined} */ #replay;
  #maxReplay;

  /**
   * Reads everything at once. It throws what fetch throws about arguments that can't be used.
   *
   * @param {RequestInfo | URL} input
   * @param {RequestInit | undefined} init
   * @param {number} maxReplay the most bytes of such a body that are kept
   */
  constructor(input, init, maxReplay) {
    const given = membersOf(init, isRequest(init) ? {} : ownOf(init ?? {}));
    const asked = isRequest(input) ? { ...membersOf(input, {}), body: undefined } : {};
    const {
      method,
      headers,
      body,
      signal,
      redirect = 'follow',
      ...all
    } = /** @type {Record<string, any>} */ (ownOf({ ...asked, ...given }));
    let url = new URL(
      isRequest(input) ? input.url : String(input),
      globalThis.document?.baseURI ?? globalThis.location?.href,
    ).href;
    const spelled = spelledOf(method);
    if (
      isRequest(input) &&
      body === undefined &&
      input.body !== null &&
      spelled !== 'GET' &&
      spelled !== 'HEAD'
    ) {
      // One of the same class, for the caller's fetch may know no other. It has the length of the
      // body, and the body that browsers can send.
      const request = /** @type {Request} */ (Reflect.construct(input.constructor, [input]));
      this.#request = request;
      url = request.url;
    }
    this.#body = copyOfBody(body);
    this.hop = {
      url,
      method: spelled,
      headers: new Headers(headers),
      hasBody: this.#request !== undefined || (this.#body ?? null) !== null,
    };
    this.signal = signal ?? undefined;
    this.redirect = redirect;
    // which no script can ask for
    this.#all = all.mode === 'navigate' ? { ...all, mode: undefined } : all;
    this.#init = given;
    this.#maxReplay = maxReplay;
  }

  /**
   * Returns the arguments of fetch. A body that can be read only once is there for the first call,
   * and for each after repeatable() has said so.
   *
   * @param {Hop} hop
   * @returns {[input: RequestInfo, init: RequestInit]}
   */
  argumentsFor({ url, method, headers, hasBody }) {
    const { signal } = this;
    const init = (/** @type {object} */ others, /** @type {object} */ more) =>
      present({
        ...others,
        body: undefined,
        method,
        headers,
        redirect: 'manual',
        ...(signal && { signal }),
        ...more,
      });
    if (!hasBody) {
      return [url, init(this.#all, { duplex: undefined })];
    }
    const request = this.#request;
    if (request !== undefined) {
      this.#request = undefined;
      const spare = this.#maxReplay > 0 ? request.clone() : undefined;
      this.#replay = new Replay(spare?.body === undefined ? spare : spare.body, this.#maxReplay);
      return [request, init(this.#init, {})];
    }
    if (isStream(this.#body)) {
      const [body, spare] = this.#maxReplay > 0 ? this.#body.tee() : [this.#body, undefined];
      this.#body = undefined;
      this.#replay = new Replay(spare, this.#maxReplay);
      return [url, init(this.#all, { body, duplex: 'half' })];
    }
    return [url, init(this.#all, { body: this.#body })];
  }

  /**
   * Says whether the body can be sent again. It waits for the end of one that is being sent, or for
   * one byte too many of it.
   */
  async repeatable() {
    if (this.#replay !== undefined) {
      const replay = this.#replay;
      const stop = () => replay.stop();
      this.signal?.throwIfAborted();
      this.signal?.addEventListener('abort', stop);
      const bytes = await replay.bytes;
      this.signal?.removeEventListener('abort', stop);
      this.signal?.throwIfAborted();
      if (bytes === undefined) {
        return false;
      }
      this.#body = bytes;
      this.#replay = undefined;
    }
    return true;
  }

  /** Lets go of a body that is not sent, or not again. */
  end() {
    this.#replay?.stop();
    const unsent = this.#request?.body ?? (isStream(this.#body) ? this.#body : undefined);
    unsent?.cancel().catch(() => {});
  }
}

/** The methods that the Fetch standard spells in capitals, whatever the caller does. */
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

/** @param {unknown} method */
function spelledOf(method = 'GET') {
  const text = String(method);
  return METHODS.find((known) => known === text.toUpperCase()) ?? text;
}

/** @param {any} value @returns {value is Request} */
const isRequest = (value) => tagOf(value) === 'Request';

/** @param {any} value @returns {value is ReadableStream<Uint8Array<ArrayBuffer>>} */
const isStream = (value) => tagOf(value) === 'ReadableStream';

/**
 * Reads the members of an init, or of a Request in its place, that are there. Those of its own that
 * are known to no standard are for the caller's fetch.
 *
 * @param {any} object
 * @param {Record<string, any>} own
 * @returns {Record<string, any>}
 */
function membersOf(object, own) {
  const inherited = MEMBERS.filter((name) => !Object.hasOwn(own, name));
  return present({
    ...own,
    ...Object.fromEntries(inherited.map((name) => [name, memberOf(object, name)])),
  });
}

/**
 * Leaves out what is undefined.
 *
 * @param {Record<string, any>} members
 * @returns {Record<string, any>}
 */
const present = (members) =>
  ownOf(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)));

/** Copies a body, unless it can't be changed or is a stream. @param {any} body */
function copyOfBody(body) {
  const tag = tagOf(body);
  if (
    typeof body !== 'object' ||
    body === null ||
    ['ReadableStream', 'Blob', 'File'].includes(tag)
  ) {
    return body;
  }
  if (ArrayBuffer.isView(body) || tag === 'ArrayBuffer') {
    return bytesOf(/** @type {ArrayBuffer} */ (body));
  }
  if (tag === 'FormData') {
    const copy = Reflect.construct(body.constructor, []);
    for (const [name, value] of body) {
      copy.append(name, value);
    }
    return copy;
  }
  if (tag === 'URLSearchParams') {
    return new URLSearchParams(String(body));
  }
  const iterate = memberOf(body, Symbol.asyncIterator);
  // of a string as an object, too
  return typeof iterate === 'function' ? streamOf(iterate.call(body)) : String(body);
}

/** @param {AsyncIterator<Uint8Array | string>} iterator @returns {ReadableStream} */
function streamOf(iterator) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) {
        controller.close();
      } else {
        controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
      }
    },
    async cancel(reason) {
      await iterator.return?.(reason);
    },
  });
}

/** What is kept of a body while it is sent. */
class Replay {
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */ #reader;
  #stopped = false;
  /**
   * The whole body, or undefined if it is too long, or fails.
   *
   * @type {Promise<Blob | Uint8Array<ArrayBuffer> | undefined>}
   */
  bytes;

  /**
   * @param {ReadableStream<Uint8Array> | Request | null | undefined} body a Request where its body
   *   can't be looked into
   * @param {number} most
   */
  constructor(body, most) {
    if (isRequest(body)) {
      this.bytes = body
        .blob()
        .then((blob) => (blob.size > most ? undefined : blob))
        .catch(() => undefined);
    } else {
      this.#reader = body?.getReader();
      this.bytes = this.#read(most).catch(() => undefined);
    }
  }

  /** @param {number} most */
  async #read(most) {
    const reader = this.#reader;
    if (reader === undefined) {
      return undefined;
    }
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const chunks = [];
    let length = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      length += chunk.value.byteLength;
      if (!(length <= most)) { // also if it is no bytes
        this.stop();
        return undefined;
      }
      chunks.push(bytesOf(chunk.value));
    }
    if (this.#stopped) {
      return undefined;
    }
    return joined(chunks, length);
  }

  stop() {
    this.#stopped = true;
    this.#reader?.cancel().catch(() => {});
  }
}
