// The hints of the core and of the command, as their sources have them.

import { readFileSync } from 'node:fs';

/** @typedef {readonly [file: string, pattern: RegExp]} Source */

/** The hints of the core. @type {Source[]} */
export const OF_CORE = [
  ['core/provider/presets.go', /Text: "([^"]+)"/g],
  ['core/answer/hint.go', /"([^"\n]*)"/g],
  ['core/answer/foreign.go', /"([^"\n]*)"/g],
  ['core/answer/errors.go', /Hint = "([^"]+)"/g],
];

/** Those of the command. @type {Source[]} */
export const OF_COMMAND = [
  ['js/cli/output.js', /(?:return|\?\?.*:) ['`]([^'`]+ [^'`]+ [^'`]+)['`]/g],
  ['js/cli/options.js', /HOW_TO_GIVE_A_SECRET = `([^`]+)` \+/g],
];

/** Returns the hints, or the parts of which the core makes them. @param {Source[]} sources */
export function hintsOf(sources) {
  return sources.flatMap(([file, pattern]) =>
    Array.from(
      readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
        .replaceAll(/(?<=\s)\/\/ .*$/gm, '')
        .matchAll(pattern),
      ([, text]) => text,
    ).filter((text) => text.includes(' ') && !text.includes('${') && !NO_HINTS.includes(text)),
  );
}

/** Texts of core/answer/hint.go that are no hints: what a server says, and parts of hints. */
const NO_HINTS = [
  'required ssl certificate',
  'ssl certificate error',
  'client certificate',
  'mutual tls',
  'sent to https port',
  'http request to an https',
  'combination of host and port requires tls',
  'alert certificate required',
  'tls: certificate required',
  'alert bad certificate',
  'remote error: tls: bad certificate',
  'remote error: tls: unknown certificate authority',
  'unrecognized name',
  'handshake failure',
  'protocol version',
  'unsupported protocol',
  'insufficient security',
  'gave http response to https client',
  'bad port',
  'failed to fetch',
  'networkerror when attempting to fetch',
  'load failed',
  'network connection lost',
  'internal error; reference',
  'http/1.1 protocol',
  'each of clientId and clientSecret',
  ' s ahead of',
  ' s behind',
  ', the token endpoint is ',
  'clientSecret is shorter than the ',
  ' bytes for ',
  'the server failed ',
  ' times: try again later',
  ' s',
];

/**
 * Matches a hint where the core has put something in: in the manual that is … or an example.
 *
 * @param {string} hint
 */
export function matcher(hint) {
  const parts = hint
    .replaceAll(/\$\{[^}]*\}/g, '{}')
    .trim()
    .split('{}');
  return new RegExp(
    parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.{1,40}'),
  );
}
