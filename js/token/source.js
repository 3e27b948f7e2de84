// Answers the module when it asks for an assertion or a token that somebody else issues: with a
// function of the caller, or with a file. The text is for one request, and nothing keeps it.

import { ownOf } from '../lib/own.js';
import { failure, wordsOf, within } from './send.js';

/** @typedef {import('../module/wire.js').Fields} Fields */
/**
 * What is to be had, as the core says it.
 *
 * @typedef {{ field: string, audience: string, timeout: string, file?: string }} Get
 */

/**
 * How this runtime reads a file that a configuration names, if it does.
 *
 * @type {((path: string) => Promise<string>) | undefined}
 */
let readFile;

/** Says how this runtime reads a file. @param {typeof readFile} read */
export function readFilesWith(read) {
  readFile = read;
}

/**
 * Returns the function that answers for this configuration: with the text, or why there is none. It
 * rejects with the reason of the caller's signal.
 *
 * @param {Record<string, unknown>} config which inherits nothing
 * @returns {(get: Get, signal?: AbortSignal) => Promise<Fields>}
 */
export function giverOf(config) {
  const { clientAssertion, subjectToken, actorToken } = config;
  /** @type {any} */
  const functions = ownOf({ clientAssertion, subjectToken, actorToken });
  return async ({ field, audience, timeout, file }, signal) => {
    if (signal?.aborted) {
      throw signal.reason;
    }
    const controller = new AbortController();
    const giving = async () => {
      try {
        const text = await (file === undefined
          ? functions[field](ownOf({ audience, signal: controller.signal }))
          : read(file));
        return typeof text === 'string'
          ? ['a', 'text', text]
          : failure('no_text', text === null ? 'null' : typeof text);
      } catch (error) {
        return failure('threw', wordsOf(error));
      }
    };
    try {
      return await within(Number(timeout), signal, giving());
    } finally {
      controller.abort(); // what the function began and nobody waits for any more
    }
  };
}

/** @param {string} path */
function read(path) {
  if (readFile === undefined) {
    throw new Error('this runtime reads no files: give a function in place of { file }');
  }
  return readFile(path);
}
