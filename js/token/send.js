// Sends one HTTP request, limited in time and size, without following redirects. wasm/send_js.go
// does the same, and the same tests run against both.

import { race } from '../lib/in_time.js';
import { joined } from '../lib/own.js';

/** @typedef {import('../module/wire.js').Fields} Fields */

/** @type {RequestInit} */
let runtimeInit = {};

/** Sets further members of fetch's init that this runtime needs. @param {RequestInit} init */
export function sendWith(init) {
  runtimeInit = init;
}

/** The redirect statuses of the Fetch standard. */
export const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and returns its outcome as fields for the module: a whole response or a failure.
 * It throws only the reason of the caller's signal.
 *
 * @param {{ method: string, url: string, headers: [string, string][], body?: string, timeout:
 *   number, maxBody: number }} request
 * @param {typeof globalThis.fetch} fetch
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Fields>}
 */
export async function send(request, fetch, signal) {
  if (signal?.aborted) {
    throw signal.reason;
  }
  /** @type {AbortController | undefined} */
  let controller;
  let isOver = false;
  /** @type {any} */
  const init = {
    __proto__: null,
    ...runtimeInit,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: request.body,
    redirect: 'manual', // 'error' throws in workerd
    // Making a signal costs as much as writing the request. So it is made only when fetch reads it.
    get signal() {
      controller ??= new AbortController();
      if (isOver) {
        controller.abort();
      }
      return controller.signal;
    },
  };
  let finished = false;
  try {
    // The caller's fetch may ignore its signal, so the wait also ends without its help.
    const outcome = await within(request.timeout, signal, exchange(request, fetch, init));
    finished = outcome[1] === 'status';
    return outcome;
  } finally {
    if (!finished) {
      isOver = true;
      controller?.abort();
    }
  }
}

/**
 * Returns the promise's result, or the failure 'timeout' when the time is over. It rejects with the
 * reason of the caller's signal.
 *
 * @param {number} timeout in milliseconds
 * @param {AbortSignal | undefined} signal
 * @param {Promise<Fields>} promise
 * @returns {Promise<Fields>}
 */
export function within(timeout, signal, promise) {
  return race(promise, signal, (resolve) =>
    setTimeout(() => resolve(failure('timeout')), timeout),
  );
}

/**
 * @param {Parameters<typeof send>[0]} request
 * @param {typeof globalThis.fetch} fetch
 * @param {RequestInit} init
 * @returns {Promise<Fields>}
 */
async function exchange(request, fetch, init) {
  try {
    const response = await fetch(request.url, init);
    const { status } = response;
    // A browser hides the status of a redirect that it doesn't follow.
    if (REDIRECTS.has(status) || response.type === 'opaqueredirect' || response.redirected) {
      const location = response.redirected ? response.url : response.headers?.get('location');
      return [...failure('redirect', '', status), ...(location ? ['h', 'location', location] : [])];
    }
    if (!(status > 0)) {
      return failure('network', 'fetch returned no response');
    }
    const body = await readBody(response.body, request.maxBody);
    if (body === undefined) {
      return failure('too_large', '', status);
    }
    /** @type {Fields} */
    const outcome = ['a', 'status', String(status), 'a', 'body', body];
    response.headers?.forEach((value, name) => outcome.push('h', name.toLowerCase(), value));
    return outcome;
  } catch (error) {
    return failure('network', reason(error));
  }
}

/**
 * Returns the body, or undefined if it is larger than the limit. Bytes count after decompression.
 *
 * @param {Response['body']} stream
 * @param {number} most
 */
async function readBody(stream, most) {
  if (!stream) {
    return new Uint8Array();
  }
  const reader = stream.getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let length = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    length += chunk.value.length;
    if (length > most) {
      return undefined;
    }
    chunks.push(chunk.value);
  }
  return joined(chunks, length);
}

/**
 * Returns a header of an outcome.
 *
 * @param {Fields} outcome
 * @param {string} name in lower case
 * @returns {string | undefined}
 */
export function headerOf(outcome, name) {
  const at = outcome.findIndex((part, i) => i % 3 === 0 && part === 'h' && outcome[i + 1] === name);
  return at < 0 ? undefined : /** @type {string} */ (outcome[at + 2]);
}

/**
 * @param {string} name
 * @param {string} [detail]
 * @param {number} [status]
 * @returns {Fields}
 */
export function failure(name, detail = '', status = 0) {
  return ['a', 'failure', name, 'a', 'detail', detail, 'a', 'status', String(status)];
}

/**
 * Describes the error of a failed fetch in a few words: the system's error code, if there is one,
 * and the message.
 *
 * @param {any} thrown
 */
export function reason(thrown) {
  try {
    const { code, message } = thrown?.cause ?? thrown ?? {};
    if (typeof message !== 'string') {
      return typeof code === 'string' ? code : '';
    }
    return typeof code !== 'string' || message.includes(code)
      ? message
      : `${code} ${message}`.trim();
  } catch {
    return ''; // a getter threw
  }
}

/** Says in a few words what a function of the caller's threw. @param {any} error */
export function wordsOf(error) {
  const words = reason(error);
  const name = error instanceof Error && error.name !== 'Error' ? error.name : '';
  return name === '' || words.includes(name) ? words : `${name}: ${words}`;
}
