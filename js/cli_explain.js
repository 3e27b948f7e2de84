// What the command prints of an explanation.

/** @typedef {import('./types.js').Explanation} Explanation */

/** Returns the explanation as text for people. @param {Explanation} explanation */
export function explanationText({ request, baseString, assertion, choices }) {
  const parts = [
    `${request.method} ${request.url}\n${Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\n`).join('')}\n${request.body}`,
  ];
  if (baseString !== undefined) {
    parts.push(`The signature base string (RFC 5849 section 3.4.1):\n  ${baseString}`);
  }
  if (assertion !== undefined) {
    parts.push(`The assertion (RFC 7523):\n  header ${JSON.stringify(assertion.header)}\n  claims ${JSON.stringify(assertion.claims)}`);
  }
  const widest = (/** @type {'field' | 'from'} */ column) => Math.max(...choices.map((choice) => choice[column].length));
  const [field, from] = [widest('field'), widest('from')];
  parts.push(`Why:\n${choices.map((c) => `  ${c.field.padEnd(field)}  ${c.from.padEnd(from)}  ${c.value}`).join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

/** Returns the request as a command for a POSIX shell. @param {Explanation} explanation */
export function curlCommand({ request }) {
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)} \\\n  `);
  return `curl ${quote(request.url)} \\\n  ${headers.join('')}--data-raw ${quote(request.body)}\n`;
}

/** @param {string} text */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Says how often and until when the request works. @param {Explanation} explanation */
export function lifeOf({ baseString, assertion, expiresAt, singleUse }) {
  const once = singleUse ? 'once, ' : '';
  if (expiresAt !== undefined) {
    return `it works ${once}until ${new Date(expiresAt * 1000).toISOString()}, when the assertion expires`;
  }
  const timestamp = baseString === undefined ? assertion && 'iat of the assertion' : 'oauth_timestamp';
  return timestamp ? `it works ${once}for a short while: the server decides how old the ${timestamp} may be` : 'it works as long as the credentials do';
}
