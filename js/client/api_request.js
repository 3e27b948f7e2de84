// A copy of the request that the caller gave client.fetch. The client checks, sends and repeats
// this copy, so a caller who changes the arguments afterwards changes nothing.

import { bytesOf, joined, memberOf, ownOf } from '../lib/own.js';
import { tagOf } from '../lib/tag.js';

/**
 * The members that are read from a Request, and from an init that inherits them. Only Workers know
 * `cf`.
 */
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
 * One request in a chain of redirects.
 *
 * @typedef {{ url: string, method: string, headers: Headers, hasBody: boolean }} Hop
 */

export class ApiRequest {
  /** The first request that is sent. @type {Hop} */ hop;
  /** @type {AbortSignal | undefined} */ signal;
  /** @type {RequestRedirect} */ redirect;
  /**
   * The other members of the caller's init; #all adds the members of the caller's Request.
   *
   * @type {Record<string, any>}
   */
  #init;
  /** @type {Record<string, any>} */ #all;
  /** @type {any} */ #body;
  /**
   * A Request that still has its body, because it has not been sent.
   *
   * @type {Request | undefined}
   */
  #request;
  /** The kept bytes of a body that can be read only once. @type {Replay | undefined} */ #replay;
  #maxReplay;

  /**
   * Reads the arguments at once. It throws the error that fetch throws for unusable arguments.
   *
   * @param {RequestInfo | URL} input
   * @param {RequestInit | undefined} init
   * @param {number} maxReplay the most bytes of a one-time body that are kept
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
      // The copy has the class of the caller's Request, because the caller's fetch may know no
      // other class. It keeps the body's length, and browsers can send its body.
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
    // No script can ask for this mode.
    this.#all = all.mode === 'navigate' ? { ...all, mode: undefined } : all;
    this.#init = given;
    this.#maxReplay = maxReplay;
  }

  /**
   * Returns the arguments of fetch. The first call can use a body that can be read only once. A
   * later call can use it only after repeatable() has returned true.
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
   * Says whether the body can be sent again. It waits until the body that is being sent ends or
   * becomes longer than maxReplay.
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

  /** Cancels a body that will not be sent, or not again. */
  end() {
    this.#replay?.stop();
    const unsent = this.#request?.body ?? (isStream(this.#body) ? this.#body : undefined);
    unsent?.cancel().catch(() => {});
  }
}

/** The Fetch standard spells these methods in capitals, however the caller spells them. */
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
 * Reads the defined members of an init, or of a Request that is used as one. Own members that no
 * standard knows are kept for the caller's fetch.
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
 * Leaves out members that are undefined.
 *
 * @param {Record<string, any>} members
 * @returns {Record<string, any>}
 */
const present = (members) =>
  ownOf(Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)));

/** Copies a body, unless the body is immutable or a stream. @param {any} body */
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
  // this includes String objects
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

/** Keeps the bytes of a body while it is sent. */
class Replay {
  /** @type {ReadableStreamDefaultReader<Uint8Array> | undefined} */ #reader;
  #stopped = false;
  /**
   * The whole body; undefined if it is too long or reading it fails.
   *
   * @type {Promise<Blob | Uint8Array<ArrayBuffer> | undefined>}
   */
  bytes;

  /**
   * @param {ReadableStream<Uint8Array> | Request | null | undefined} body a Request, in a runtime
   *   that doesn't show a Request's body
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
      if (!(length <= most)) { // also false if the chunk is not bytes
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
