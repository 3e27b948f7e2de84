// oidc-provider, an authorization server that other people wrote and that is certified for OpenID
// Connect, and a user who signs in there.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

/**
 * Starts the provider on loopback.
 *
 * @param {Record<string, any>[]} clients what its clients have beside the grants and the algorithm
 * @param {Record<string, any>} [more] what its configuration has besides
 */
export async function startProvider(clients, more = {}) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = createServer(serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  /** @type {any} */
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'provider', alg: 'ES256' }] },
    cookies: { keys: ['a key of the cookies'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid offline_access');
      await grant.save();
      return grant;
    },
    clients: clients.map((client) => ({
      application_type: 'native',
      response_types: ['code'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      id_token_signed_response_alg: 'ES256',
      ...client,
    })),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
    },
    ...more,
  });

  /** A user who agrees to everything, or to nothing. */
  const user = { agrees: true };

  async function serve(request, response) {
    if (!request.url.startsWith('/interaction/')) {
      return provider.callback()(request, response);
    }
    const { prompt } = await provider.interactionDetails(request, response);
    const result = !user.agrees
      ? { error: 'access_denied', error_description: 'the user said no' }
      : prompt.name === 'login'
        ? { login: { accountId: 'a-user' } }
        : { consent: {} };
    await provider.interactionFinished(request, response, result);
  }

  return {
    issuer,
    provider,
    user,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * Follows an address as a browser does, with cookies, and sends each form that comes. Returns the
 * address of the application, or the last page.
 *
 * @param {string} address
 * @param {string} redirectUri the address of the application
 */
export async function browse(address, redirectUri) {
  const cookies = new Map();
  let init = /** @type {RequestInit} */ ({});
  for (let steps = 0; steps < 30; steps++) {
    if (address.startsWith(redirectUri)) {
      return address;
    }
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /** @type {RegExpExecArray} */ (/^([^=]+)=([^;]*)/.exec(line));
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    init = {};
    if (location !== null) {
      address = new URL(location, address).href;
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) {
      return page;
    }
    const fields = Array.from(
      page.matchAll(/name="(\w+)"[^>]*value="([^"]*)"/g),
      ([, name, value]) => /** @type {[string, string]} */ ([name, value]),
    );
    address = new URL(action, address).href;
    init = { method: 'POST', body: new URLSearchParams([...fields, ['confirm', 'yes']]) };
  }
  throw new Error('the browser goes round in circles');
}
