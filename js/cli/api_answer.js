// Prints the answer of an API while it comes in.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { TokenError } from '../node.js';
import { IndentedJSON } from './indented_json.js';
import { complain } from './output.js';
import { printable } from './printable.js';

/** The exit status if the API answers with an error: of the client (4xx), of the server (5xx). */
const CLIENT_ERROR = 5;
const SERVER_ERROR = 6;

/**
 * Prints an answer, and sets the exit status if it is an error.
 *
 * @param {Response} response
 * @param {string} origin of the API
 * @param {boolean} withHeaders
 */
export async function printAnswer(response, origin, withHeaders) {
  const { status, statusText, headers, body } = response;
  const { stdout } = process;
  if (withHeaders) {
    const pairs = Array.from(headers, (pair) => pair.join(': '));
    const lines = [`HTTP ${status} ${statusText}`, ...pairs];
    stdout.write(`${lines.map(printable).join('\n')}\n\n`);
  }
  if (body !== null) {
    const source = Readable.fromWeb(/** @type {any} */ (body));
    try {
      await (stdout.isTTY
        ? pipeline(source, (chunks) => shown(chunks, headers), stdout, { end: false })
        : pipeline(source, stdout, { end: false }));
    } catch {
      throw new TokenError('network', `the answer of ${origin} was cut off`);
    }
  }
  if (status >= 400) {
    complain(`${origin} answers with status ${status} ${statusText}`.trimEnd());
    process.exitCode = status < 500 ? CLIENT_ERROR : SERVER_ERROR;
  }
}

/**
 * Yields the answer for a terminal: JSON is indented, and control characters become visible.
 *
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {Headers} headers
 */
async function* shown(chunks, headers) {
  const isJSON = /^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '');
  const json = isJSON ? new IndentedJSON() : undefined;
  const decoder = new TextDecoder();
  let last = '\n';
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const whole = text.replaceAll(/[^\n\t]+/g, printable);
    last = whole.at(-1) ?? last;
    yield json?.push(whole) ?? whole;
  }
  yield last === '\n' && json === undefined ? '' : '\n';
}
