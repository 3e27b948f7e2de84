// Decides which origins get the token: the APIs of the preset, and the origins that --origin names.

import { isOrigin } from '../client/client_options.js';
import { UsageError } from './usage_error.js';

/** @typedef {import('../types.js').Config} Config */

/**
 * The origins of each preset's APIs. Every list is followed by its source.
 *
 * @type {Map<string, string[]>}
 */
const PRESETS = new Map([
  [
    // Geocoding and Search, Routing, Traffic, Map Image and Raster Tile: HERE developer
    // documentation, "Endpoints" of each
    'here',
    [
      'geocode.search', 'revgeocode.search', 'discover.search', 'autosuggest.search',
      'autocomplete.search', 'browse.search', 'lookup.search', 'router', 'isoline.router',
      'matrix.router', 'transit.router', 'intermodal.router', 'data.traffic', 'image.maps', 'maps',
    ].map((name) => `https://${name}.hereapi.com`),
  ],
  // "OTA Connect API Usage Guide"
  ['ota-connect', ['https://api.ota.here.com']],
  // iotspot API documentation, which is on that host
  ['iotspot', ['https://openapi.prod.iotspot.co']],
  // "OAuth 2.0", High Mobility documentation: sandbox, then live
  ['high-mobility', ['https://sandbox.api.high-mobility.com', 'https://api.high-mobility.com']],
  // "Accessing OS APIs", OS Data Hub documentation
  ['os-data-hub', ['https://api.os.uk']],
]);

/**
 * Returns the origins that may have the token of a configuration.
 *
 * @param {Config} config
 * @param {string[]} [given] the values of --origin
 */
export function originsOf({ provider, environment }, given = []) {
  if (!given.every(isOrigin)) {
    throw new UsageError(
      '--origin wants an origin such as https://api.example.com, without a path; http only to ' +
      'this machine',
    );
  }
  const known = PRESETS.get(String(provider)) ?? [];
  const isTheirs = (/** @type {string} */ origin) =>
    environment === undefined || origin.includes('//sandbox.') === (environment === 'sandbox');
  return [...known.filter((origin) => provider !== 'high-mobility' || isTheirs(origin)), ...given];
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
