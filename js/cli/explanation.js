// Prints an explanation.

import { printable, printableJSON, shellWord } from './printable.js';

/** @typedef {import('../types.js').Explanation} Explanation */

/** Returns the explanation as text for people. @param {Explanation} explanation */
export function explanationText({ request, baseString, assertion, choices }) {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => `${printable(`${name}: ${value}`)}\n`,
  );
  const parts = [
    `${request.method} ${printable(request.url)}\n${headers.join('')}\n${printable(request.body)}`,
  ];
  if (baseString !== undefined) {
    parts.push(`The signature base string (RFC 5849 section 3.4.1):\n  ${printable(baseString)}`);
  }
  if (assertion !== undefined) {
    parts.push(
      `The assertion (RFC 7523):\n  header ${printableJSON(assertion.header)}\n  claims ` +
      `${printableJSON(assertion.claims)}`,
    );
  }
  const rows = choices.map((choice) => [choice.field, choice.from, choice.value].map(printable));
  const [field, from] = [0, 1].map((column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column].length), 0),
  );
  const lines = rows.map((row) => `  ${row[0].padEnd(field)}  ${row[1].padEnd(from)}  ${row[2]}`);
  parts.push(`Why:\n${lines.join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

/** Returns the request as a command for a POSIX shell. @param {Explanation} explanation */
export function curlCommand({ request }) {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => `-H ${shellWord(`${name}: ${value}`)} \\\n  `,
  );
  return `curl ${shellWord(request.url)} \\\n  ${headers.join('')}--data-raw ` +
    `${shellWord(request.body)}\n`;
}

/** Says how often and until when the request works. @param {Explanation} explanation */
export function lifeOf({ baseString, assertion, expiresAt, singleUse }) {
  const once = singleUse ? 'once, ' : '';
  if (expiresAt !== undefined) {
    return `it works ${once}until ${new Date(expiresAt * 1000).toISOString()}, when the ` +
      `assertion expires`;
  }
  const timestamp =
    baseString === undefined ? assertion && 'iat of the assertion' : 'oauth_timestamp';
  return timestamp
    ? `it works ${once}for a short while: the server decides how old the ${timestamp} may be`
    : 'it works as long as the credentials do';
}
