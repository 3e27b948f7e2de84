// Every system and every authentication of the bundled token server, as configurations of
// fetchToken.

import { createPrivateKey } from 'node:crypto';

/** @typedef {import('../../types.js').Config} Config */

/** What each kind of key of the textbook client signs with. */
const ALGORITHMS = {
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  p256: ['ES256'],
  p384: ['ES384'],
  p521: ['ES512'],
  ed25519: ['EdDSA', 'Ed25519'],
};

/**
 * Returns a configuration for every system and authentication that a started token server knows.
 * They are plain JSON, so they can be sent to a Worker or to a page.
 *
 * @param {{ systems: Record<string, any> }} server as startTokenServer() returns it
 * @returns {{ name: string, config: Config }[]}
 */
export function systemsOf({ systems }) {
  const {
    here,
    'ota-connect': ota,
    iotspot,
    'high-mobility': highMobility,
    'os-data-hub': os,
    oauth2,
  } = systems;
  const { tokenEndpoint, clientId, clientSecret, publicClientId, keys } = oauth2;

  /** @type {Record<string, Config>} */
  const configs = {
    here: { provider: 'here', ...secretOf(here) },
    'here, a JSON body': { provider: 'here', ...secretOf(here), bodyFormat: 'json' },
    'ota-connect': { provider: 'ota-connect', ...secretOf(ota), scope: ota.scope },
    cognito: { provider: 'cognito', ...secretOf(ota), scope: ota.scope },
    iotspot: { provider: 'iotspot', ...secretOf(iotspot) },
    'os-data-hub': { provider: 'os-data-hub', ...secretOf(os) },
    apigee: { provider: 'apigee', ...secretOf(os) },
  };
  for (const [environment, client] of Object.entries(highMobility)) {
    configs[`high-mobility ${environment}, a secret`] = {
      provider: 'high-mobility',
      environment,
      ...secretOf(client),
    };
    configs[`high-mobility ${environment}, a key`] = {
      provider: 'high-mobility',
      environment,
      ...keyOf(client),
    };
  }
  for (const clientAuth of /** @type {const} */ ([
    'client_secret_basic',
    'client_secret_post',
    'client_secret_jwt',
  ])) {
    configs[`oauth2 ${clientAuth}`] = { tokenEndpoint, clientId, clientSecret, clientAuth };
  }
  configs['oauth2 none'] = { tokenEndpoint, clientId: publicClientId, clientAuth: 'none' };
  for (const [kind, algorithms] of Object.entries(ALGORITHMS)) {
    const { keyId, privateKey } = keys[kind];
    for (const alg of algorithms) {
      configs[`oauth2 private_key_jwt ${kind} ${alg}`] = {
        tokenEndpoint,
        clientId,
        privateKey,
        keyId,
        alg: /** @type {any} */ (alg),
      };
    }
    const jwk = { ...createPrivateKey(privateKey).export({ format: 'jwk' }), kid: keyId };
    configs[`oauth2 private_key_jwt ${kind}, a JWK`] = {
      tokenEndpoint,
      clientId,
      privateKey: /** @type {JsonWebKey} */ (jwk),
    };
  }
  return Object.entries(configs).map(([name, config]) => ({ name, config }));
}

/** @param {Config} client */
const secretOf = ({ tokenEndpoint, clientId, clientSecret }) => ({
  tokenEndpoint,
  clientId,
  clientSecret,
});

/** @param {Config} client */
const keyOf = ({ tokenEndpoint, clientId, keyId, privateKey }) => ({
  tokenEndpoint,
  clientId,
  keyId,
  privateKey,
});

/**
 * Returns the configuration with a fault of the token server, such as 'slow/500', before the path
 * of its endpoint.
 *
 * @param {Config} config
 * @param {string} fault
 * @returns {Config}
 */
export function withFault(config, fault) {
  const url = new URL(/** @type {string} */ (config.tokenEndpoint));
  return { ...config, tokenEndpoint: `${url.origin}/fault/${fault}${url.pathname}` };
}
