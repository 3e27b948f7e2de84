// The clients that keep a token: each as its documentation has it, with the same server.

import { performance } from 'node:perf_hooks';

import { ConfidentialClientApplication } from '@azure/msal-node';
import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';
import here from '@here/olp-sdk-authentication';
import { OAuth2Client as GoogleClient } from 'google-auth-library';
import { ClientCredentials } from 'simple-oauth2';

import { createClient, fetchToken } from '../node.js';
import { compare, median, ROUNDS, startServer, table, version } from './measure.js';

const MANY = 10_000;
const FEW = 100;
const CONCURRENT = 64;
const CLIENT = { clientId: 'meter-17', clientSecret: 'secret' };

/**
 * Of each library: a function that makes a client, with which get() returns a token that is kept,
 * and fetch() always a new one.
 *
 * @param {{ origin: string, tokenEndpoint: string }} server
 * @returns {Record<string, () => { get: () => Promise<unknown>, fetch?: () => Promise<unknown> }>}
 */
function libraries({ origin, tokenEndpoint }) {
  return {
    /**
     * By the refresh token grant, for it knows no client credentials but Google's. Whoever asks for
     * a new token at once shares one.
     */
    [`google-auth-library ${version('google-auth-library')}`]: () => {
      const client = new GoogleClient({ ...CLIENT, endpoints: { oauth2TokenUrl: tokenEndpoint } });
      client.setCredentials({ refresh_token: 'refresh' });
      return { get: () => client.getAccessToken() };
    },
    fetchtoken: () => {
      const config = { tokenEndpoint, ...CLIENT };
      const client = createClient(config);
      const scope = 'write';
      return {
        get: () => client.getToken(),
        getByScope: () => client.getToken({ scope }),
        fetch: () => fetchToken(config),
      };
    },
    /** It keeps no token: what its documentation has the user do. */
    [`simple-oauth2 ${version('simple-oauth2')}`]: () => {
      const auth = { tokenHost: origin, tokenPath: '/oauth2/token' };
      const client = new ClientCredentials({
        client: { id: CLIENT.clientId, secret: CLIENT.clientSecret },
        auth,
      });
      let token;
      const fetch = async () => (token = await client.getToken({}));
      return { get: async () => (token === undefined || token.expired() ? fetch() : token), fetch };
    },
    [`@badgateway/oauth2-client ${version('@badgateway/oauth2-client')}`]: () => {
      const client = new OAuth2Client({ server: origin, tokenEndpoint, ...CLIENT });
      const fetch = () => client.clientCredentials();
      const fetcher = new OAuth2Fetch({ client, getNewToken: fetch, scheduleRefresh: false });
      return { get: () => fetcher.getAccessToken(), fetch };
    },
    [`@here/olp-sdk-authentication ${version('@here/olp-sdk-authentication')}`]: () => {
      const credentials = { accessKeyId: CLIENT.clientId, accessKeySecret: CLIENT.clientSecret };
      const client = new here.UserAuth({
        credentials,
        customUrl: `${origin}/here`,
        tokenRequester: here.requestToken,
      });
      return {
        get: () => client.getToken(),
        fetch: () =>
          here.requestToken({
            url: `${origin}/here`,
            consumerKey: CLIENT.clientId,
            secretKey: CLIENT.clientSecret,
          }),
      };
    },
    /** Its metadata is given and its network client is ours, for it takes no http. */
    [`@azure/msal-node ${version('@azure/msal-node')}`]: () => {
      const authority = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555';
      const endpoints = ['authorization', 'token'].map((name) => [
        `${name}_endpoint`,
        `${authority}/oauth2/v2.0/${name}`,
      ]);
      const authorityMetadata = JSON.stringify({
        ...Object.fromEntries(endpoints),
        issuer: `${authority}/v2.0`,
      });
      const cloudDiscoveryMetadata = JSON.stringify({
        tenant_discovery_endpoint: authority,
        metadata: [],
      });
      const sendPostRequestAsync = async (_, { headers, body }) => {
        const response = await fetch(tokenEndpoint, { method: 'POST', headers, body });
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await response.json(),
        };
      };
      const client = new ConfidentialClientApplication({
        auth: {
          ...CLIENT,
          authority,
          authorityMetadata,
          cloudDiscoveryMetadata,
          knownAuthorities: ['login.microsoftonline.com'],
        },
        system: {
          networkClient: { sendPostRequestAsync, sendGetRequestAsync: sendPostRequestAsync },
        },
      });
      const request = { scopes: ['api://meter/.default'] };
      return {
        get: () => client.acquireTokenByClientCredential(request),
        fetch: () => client.acquireTokenByClientCredential({ ...request, skipCache: true }),
      };
    },
  };
}

/** Compares what clients are for. */
export async function tokenClients() {
  const server = await startServer();
  const makers = libraries(server);
  await cachedHit(makers);
  await coldCache(makers, server);
  await concurrentRoundTrips(makers, server);
  server.close();
}

/** @param {ReturnType<typeof libraries>} makers */
async function cachedHit(makers) {
  /** @type {Record<string, () => unknown>} */
  const contenders = {};
  for (const [name, make] of Object.entries(makers)) {
    const { get, getByScope } = make();
    contenders[name] = get;
    await get();
    if (getByScope !== undefined) {
      contenders[`${name}, a scope in the call`] = getByScope;
      await getByScope();
    }
  }
  await compare('A token that is kept', contenders, 20_000);
}

/**
 * Who sends a request for each call isn't timed: what that takes is the system's to say, with so
 * many connections.
 *
 * @param {ReturnType<typeof libraries>} makers
 * @param {{ requests: number }} server
 */
async function coldCache(makers, server) {
  const run = async (/** @type {string} */ name, /** @type {number} */ callers) => {
    const { get } = makers[name]();
    const before = server.requests;
    const started = performance.now();
    await Promise.all(Array.from({ length: callers }, get));
    return { ms: performance.now() - started, requests: server.requests - before };
  };
  /** @type {Record<string, number>} */
  const requests = {};
  for (const name of Object.keys(makers)) {
    requests[name] = (await run(name, FEW)).requests;
  }
  const sharing = Object.keys(makers).filter((name) => requests[name] === 1);
  const times = Object.fromEntries(sharing.map((name) => [name, /** @type {number[]} */ ([])]));
  for (let round = -1; round < ROUNDS; round++) { // one round to warm up
    for (const name of sharing) {
      const { ms, requests: sent } = await run(name, MANY);
      requests[name] = Math.max(requests[name], sent);
      if (round >= 0) {
        times[name].push(ms);
      }
    }
  }
  table(
    'Calls at once, no token kept',
    ['', 'calls', 'requests', 'median ms'],
    Object.keys(makers).map((name) => [
      name,
      String(name in times ? MANY : FEW),
      String(requests[name]),
      name in times ? median(times[name]).toFixed(1) : '',
    ]),
  );
}

/** @param {ReturnType<typeof libraries>} makers @param {{ tokenEndpoint: string }} server */
async function concurrentRoundTrips(makers, { tokenEndpoint }) {
  const authorization = `Basic ${btoa(`${CLIENT.clientId}:${CLIENT.clientSecret}`)}`;
  const rawFetch = async () => {
    const response = await fetch(tokenEndpoint, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    return response.json();
  };
  const contenders = { 'raw fetch': rawFetch };
  for (const [name, make] of Object.entries(makers)) {
    const { fetch: fetchNew } = make();
    if (fetchNew !== undefined) {
      contenders[name] = fetchNew;
    }
  }
  const atOnce = Object.entries(contenders).map(([name, once]) => [
    name,
    () => Promise.all(Array.from({ length: CONCURRENT }, once)),
  ]);
  await compare(
    `Round trips on loopback, ${CONCURRENT} at once: all of them`,
    Object.fromEntries(atOnce),
    10,
  );
}
