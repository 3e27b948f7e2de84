// Decides which origins get the token: the APIs of the preset, and the origins that --origin names.

import { readFileSync } from 'node:fs';

import { adviceOf, readOrigin } from '../lib/origin.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * The APIs of the presets, with the source of each list.
 *
 * @type {{ provider: string, environment?: string, source: string, origins: string[] }[]}
 */
const APIS = JSON.parse(
  readFileSync(new URL('../../core/provider/apis/apis.json', import.meta.url), 'utf8'),
);

/**
 * Returns the origins that may have the token of a configuration.
 *
 * @param {Config} config
 * @param {string[]} [given] the values of --origin
 */
export function originsOf({ provider, environment }, given = []) {
  const known = APIS.filter(
    (api) =>
      api.provider === provider &&
      (api.environment === undefined ||
        environment === undefined ||
        api.environment === environment),
  );
  return [
    ...known.flatMap(({ origins }) => origins),
    ...given.map((text) => namedOrigin('--origin', text)),
  ];
}

/**
 * Returns the origin that an option names.
 *
 * @param {string} option
 * @param {string} text
 */
export function namedOrigin(option, text) {
  const { origin, fault } = readOrigin(text);
  if (fault !== undefined) {
    throw new UsageError(`${option} ${fault.what}`, adviceOf(fault, ''));
  }
  return origin;
}

/**
 * Refuses an API that may not have the token.
 *
 * @param {URL} url
 * @param {string[]} origins
 */
export function checkOrigin({ origin }, origins) {
  if (!origins.includes(origin)) {
    throw new UsageError(
      `the token of this client isn't sent to ${origin}`,
      `if that API may have it: --origin ${origin}`,
    );
  }
}
