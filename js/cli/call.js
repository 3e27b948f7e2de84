// fetchtoken call: sends a request to an API with the token.

import { checkOrigin, originsOf } from './api_origins.js';
import { printAnswer } from './api_answer.js';
import { readConfiguration } from './configuration.js';
import { bodyInputs, bodyOf } from './request_body.js';
import { TokenError } from '../node.js';
import { clientOf } from './token.js';
import { UsageError } from './usage_error.js';

/** The headers that the command, or the connection, sets. */
const NOT_YOURS = [
  'accept-encoding', 'authorization', 'connection', 'content-length', 'dpop', 'expect', 'host',
  'keep-alive', 'transfer-encoding', 'upgrade',
];
/** The methods that fetch never sends. */
const NOT_SENT = ['CONNECT', 'TRACE', 'TRACK'];

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals, values }) {
  const { url, file } = sorted(positionals);
  const headers = headersOf(values['api-header']);
  const inputs = bodyInputs(values);
  const method = methodOf(values);
  const config = await readConfiguration({ file, values, inputs, asks: false });
  const origins = originsOf(config, values.origin);
  checkOrigin(url, origins);
  const { headers: usual, ...body } = await bodyOf(values);
  for (const [name, value] of Object.entries({ 'user-agent': 'fetchtoken', ...usual })) {
    headers.has(name) || headers.set(name, value);
  }
  const { client, tellOfCache } = await clientOf(config, values, true, { origins });
  const response = await client
    .fetch(url, /** @type {RequestInit} */ ({ method, headers, ...body }))
    .catch((error) => {
      throw error instanceof TokenError ? error : unreachable(url, error);
    });
  tellOfCache();
  await printAnswer(response, url.origin, values.include);
}

/**
 * Sorts the URL and FILE, which may come in either order.
 *
 * @param {string[]} positionals
 */
function sorted(positionals) {
  const isURL = (/** @type {string} */ text) => /^https?:\/\//i.test(text);
  const [text, ...more] = positionals.filter(isURL);
  const [file, ...files] = positionals.filter((given) => !isURL(given));
  if (text === undefined || more.length > 0 || files.length > 0 || !URL.canParse(text)) {
    throw new UsageError(
      'call wants one URL, such as https://api.example.com/path',
      'quote it, because the shell reads & and ? itself',
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('the URL holds a user or a password', 'leave them out');
  }
  return { url, file };
}

/** @param {string[]} [lines] */
function headersOf(lines = []) {
  const headers = new Headers();
  for (const line of lines) {
    const [, name = '', value] = /^([^:\s]+):[ \t]*([\t -~\x80-\xff]*)$/.exec(line) ?? [];
    const own = NOT_YOURS.find((known) => known === name.toLowerCase());
    if (own !== undefined) {
      throw new UsageError(`-H can't set ${own}: the command does that itself`, 'leave it out');
    }
    try {
      headers.append(name, value);
    } catch {
      throw new UsageError("-H wants 'NAME: VALUE'");
    }
  }
  return headers;
}

/** Returns the method: POST with a body, else GET. @param {Record<string, any>} values */
function methodOf({ request, data, form, json }) {
  const hasBody = (data ?? form ?? json) !== undefined;
  const method = request ?? (hasBody ? 'POST' : 'GET');
  if (!/^[!#$%&'*+.^`|~\w-]{1,32}$/.test(method) || NOT_SENT.includes(method.toUpperCase())) {
    throw new UsageError('-X wants a method such as GET, POST or DELETE');
  }
  if (hasBody && ['GET', 'HEAD'].includes(method.toUpperCase())) {
    throw new UsageError('a GET and a HEAD have no body', 'leave -d, -F and --json, or -X, out');
  }
  return method;
}

/** @param {URL} url @param {any} error of fetch */
function unreachable({ origin }, error) {
  const { code, name } = error?.cause ?? error ?? {};
  return new TokenError('network', `the request to ${origin} failed: ${code ?? name}`);
}
