// Prints a token in the form that the caller of the command asks for.

import { schemeOf } from '../client/scheme.js';
import { ownOf } from '../lib/own.js';
import { TokenError } from '../node.js';
import { printableJSON } from './printable.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').TokenResponse} TokenResponse */

/** The variable that holds a token, unless `--as` names another. */
const VARIABLE = 'ACCESS_TOKEN';

/**
 * The kinds of --format. Each makes a text of a token. isCalledOften says whether tools run the
 * command again and again for this kind, so that the token is kept.
 *
 * @type {Record<string, { of: (token: TokenResponse, as: string) => string, isCalledOften: boolean
 *   }>}
 */
const KINDS = ownOf({
  // the core accepts only tokens of printable ASCII
  token: { of: ({ access_token: token }) => token, isCalledOften: false },
  json: { of: (token) => printableJSON(token, 2), isCalledOften: false },
  header: { of: (token) => `Authorization: ${authorizationOf(token)}`, isCalledOften: true },
  headers: {
    of: (token) => JSON.stringify({ Authorization: authorizationOf(token) }),
    isCalledOften: true,
  },
  env: {
    of: ({ access_token: token }, as) => `export ${as}='${token.replaceAll("'", "'\\''")}'`,
    isCalledOften: false,
  },
  'exec-credential': { of: execCredential, isCalledOften: true },
});

/** The names of the kinds, as --format takes them. */
export const FORMATS = Object.keys(KINDS);

/**
 * Returns the kind that --format or --json names, with a function that prints a token.
 *
 * @param {Record<string, any>} values
 */
export function formatOf({ format, json, as }) {
  const kind = KINDS[json ? 'json' : (format ?? 'token')];
  if (kind === undefined) {
    throw new UsageError(`--format wants one of ${FORMATS.join(', ')}`);
  }
  const name = variableName(as);
  return {
    ...kind,
    /** @param {TokenResponse} token */
    print: (token) => process.stdout.write(`${kind.of(token, name)}\n`),
  };
}

/**
 * Returns the name of the variable that holds the token.
 *
 * @param {string} [name] the value of --as
 */
export function variableName(name = VARIABLE) {
  if (!/^[A-Za-z_]\w{0,127}$/.test(name)) {
    throw new UsageError('--as wants the name of a variable: letters, digits and _');
  }
  return name;
}

/**
 * Returns the value of the header Authorization.
 *
 * @param {TokenResponse} token
 */
function authorizationOf({ access_token: token, token_type: type }) {
  const scheme = schemeOf(type);
  if (scheme === undefined) {
    throw new TokenError(
      'invalid_response',
      'the token makes no header: its token_type is no scheme of HTTP that takes a token alone',
    );
  }
  return `${scheme} ${token}`;
}

/** The versions of an ExecCredential. They differ only in their names. */
const EXEC_VERSIONS = ['v1', 'v1beta1'].map((version) => `client.authentication.k8s.io/${version}`);

/**
 * Returns the ExecCredential of Kubernetes in the version that the client asks for ("client-go
 * credential plugins", Kubernetes documentation).
 *
 * @param {TokenResponse} token
 */
function execCredential({ access_token: token, expires_at: end, expires_in: life = 0 }) {
  const hasEnd = end !== undefined && life > 0;
  return JSON.stringify({
    apiVersion: EXEC_VERSIONS.find((version) => version === askedVersion()) ?? EXEC_VERSIONS[0],
    kind: 'ExecCredential',
    status: {
      token,
      ...(hasEnd && {
        expirationTimestamp: new Date(end * 1000).toISOString().replace('.000Z', 'Z'),
      }),
    },
  });
}

/** Returns the version that a Kubernetes client asks for in its variable. */
function askedVersion() {
  try {
    return JSON.parse(process.env.KUBERNETES_EXEC_INFO ?? '').apiVersion;
  } catch {
    return undefined; // the caller is no Kubernetes client
  }
}
