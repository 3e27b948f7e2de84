// Platforms that vouch for programs, and the servers that trust them, on loopback: a cluster of
// Kubernetes, GitHub Actions, Microsoft Entra ID, Keycloak and Google's token service. jose judges
// each JWT by the keys, the issuer, the audience, the subject and the time. oauthlib, as an
// authorization server, judges the request and makes the answer.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import {
  createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, SignJWT,
} from 'jose';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const APP = '99999999-8888-7777-6666-555555555555';
export const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/' +
  'providers/b';
const POD = 'system:serviceaccount:shop:orders';
const JOB = 'repo:shop/orders:ref:refs/heads/main';

/** An issuer of JWTs, which can get another key. */
class Issuer {
  #key = /** @type {any} */ (undefined);
  #kid = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /** Signs with a new key from now on, and forgets the old one. */
  async rotate() {
    this.#key = await generateKeyPair('RS256');
    this.#kid++;
  }

  /** Its JWKS. */
  async keys() {
    const jwk = await exportJWK(this.#key.publicKey);
    return createLocalJWKSet({ keys: [{ ...jwk, kid: `${this.#kid}`, alg: 'RS256' }] });
  }

  /** @param {{ subject: string, audience: string, life?: number }} claims life in seconds */
  issue({ subject, audience, life = 300 }) {
    const end = Math.floor(Date.now() / 1000) + life;
    return new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid: `${this.#kid}` })
      .setIssuer(this.name)
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt(end - 600)
      .setExpirationTime(end)
      .sign(this.#key.privateKey);
  }
}

/**
 * A token request that came, and what became of it.
 *
 * @typedef {{ system: string, status: number, form: URLSearchParams, subject?: string,
 *   token?: string }} Asked
 */

/** Starts all of them. */
export async function startPlatforms() {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-platforms-'));
  const oauthlib = spawn(process.env.PYTHON ?? '/usr/bin/python3', [
    fileURLToPath(new URL('judge_oauth2.py', import.meta.url)),
  ], { stdio: ['pipe', 'pipe', 'inherit'] });
  const verdicts = createInterface({ input: oauthlib.stdout })[Symbol.asyncIterator]();

  /** @type {Asked[]} */
  const asked = [];
  const server = createServer((request, response) => serve(request, response, request.url ?? ''));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  const realm = `${url}/realms/shop`;
  const cluster = new Issuer('https://cluster.example.com');
  const github = new Issuer('https://token.actions.githubusercontent.com');
  const keycloak = new Issuer(realm);
  await Promise.all([cluster, github, keycloak].map((issuer) => issuer.rotate()));
  const trusted = [[cluster, POD], [github, JOB]];

  /**
   * Verifies a JWT of one of the issuers that a system trusts.
   *
   * @param {string} jwt
   * @param {any[]} issuers with the subject of each
   * @param {string} audience
   */
  async function verified(jwt, issuers, audience) {
    try {
      const { iss } = decodeJwt(jwt);
      const [issuer, subject] = issuers.find(([{ name }]) => name === iss) ?? [];
      assert.ok(issuer, 'an issuer that the system trusts');
      const { payload } = await jwtVerify(jwt, await issuer.keys(), {
        issuer: issuer.name, subject, audience, requiredClaims: ['exp', 'iat', 'sub'],
      });
      return { subject: payload.sub, failed: undefined };
    } catch (error) {
      return { subject: undefined, failed: /** @type {any} */ (error) };
    }
  }

  /**
   * What each system finds out about a request: the client, and the subject of an exchange.
   *
   * @type {Record<string, (form: URLSearchParams, authorization: string | undefined) =>
   *   Promise<{ client: object, subject?: object, of?: string }>>}
   */
  const systems = {
    // Microsoft Entra ID: "Access token request with a federated credential"
    async [`/${TENANT}/oauth2/v2.0/token`](form) {
      const { subject, failed } = await verified(
        form.get('client_assertion') ?? '', trusted, 'api://AzureADTokenExchange',
      );
      const words = failed === undefined
        ? ''
        : failed.code === 'ERR_JWT_EXPIRED'
          ? 'AADSTS700024: Client assertion is not within its valid time range.'
          : failed.claim === 'aud'
            ? 'AADSTS700212: No matching federated identity record found for presented assertion ' +
              'audience.'
            : 'AADSTS50013: Assertion failed signature validation. [Reason - The key was not found.]';
      const client = words ? { error: 'invalid_client', description: words } : { id: APP };
      return { client, of: subject };
    },
    // Keycloak: a client that the cluster's token authenticates; or the standard token exchange
    async '/realms/shop/protocol/openid-connect/token'(form, authorization) {
      const refused = {
        error: 'invalid_client', description: 'Invalid client or Invalid client credentials',
      };
      if (form.get('grant_type') === 'client_credentials') {
        const { subject } = await verified(
          form.get('client_assertion') ?? '', trusted, realm,
        );
        return { client: subject === undefined ? refused : { id: 'orders' }, of: subject };
      }
      const { subject } = await verified(
        form.get('subject_token') ?? '', [[keycloak, undefined]], 'orders',
      );
      const isKnown = authorization === `Basic ${btoa('orders:the-secret-of-orders')}`;
      assert.equal(form.get('subject_token_type'), ACCESS_TOKEN);
      assert.equal(form.get('audience'), 'stock');
      return {
        client: isKnown ? { id: 'orders' } : refused,
        subject: subject === undefined
          ? { error: 'invalid_request', description: 'Invalid token' }
          : {},
        of: subject,
      };
    },
    // Google: "Method: token" of the Security Token Service
    async '/v1/token'(form) {
      assert.equal(form.get('subject_token_type'), JWT);
      assert.equal(form.get('requested_token_type'), ACCESS_TOKEN);
      assert.equal(form.get('audience'), POOL);
      const { subject, failed } = await verified(
        form.get('subject_token') ?? '', trusted, `https:${POOL}`,
      );
      const words = failed?.code === 'ERR_JWT_EXPIRED'
        ? 'The ID Token is stale to sign-in.'
        : failed?.claim === 'aud'
          ? 'The audience in ID Token does not match the expected audience.'
          : 'Error verifying the signature of the ID Token.';
      return {
        client: { id: 'nobody' },
        subject: failed === undefined ? {} : { error: 'invalid_grant', description: words },
        of: subject,
      };
    },
  };
  /** The scope that each system wants. @type {Record<string, string>} */
  const scopes = {
    [`/${TENANT}/oauth2/v2.0/token`]: 'https://graph.microsoft.com/.default',
    '/v1/token': 'https://www.googleapis.com/auth/cloud-platform',
  };

  /** The turn of each request at oauthlib, which answers one after the other. */
  let turn = Promise.resolve();

  async function serve(request, response, path) {
    const { pathname, searchParams } = new URL(path, url);
    if (pathname === '/idtoken') {
      // GitHub: "the OIDC token request": {"count":…,"value":"…"}
      const isJob = request.headers.authorization?.toLowerCase() === 'bearer token-of-the-runner';
      const audience = searchParams.get('audience') ?? 'https://github.com/shop';
      const value = isJob && await github.issue({ subject: JOB, audience, life: state.life });
      response.writeHead(isJob ? 200 : 403, { 'content-type': 'application/json' });
      return response.end(isJob ? JSON.stringify({ count: value.length, value }) : '{}');
    }
    const judge = systems[pathname];
    if (judge === undefined) {
      return response.writeHead(404).end();
    }
    const body = await text(request);
    const form = new URLSearchParams(body);
    assert.match(request.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/);
    const { of, ...found } = await judge(form, request.headers.authorization);
    const line = JSON.stringify({
      method: request.method,
      uri: `https://as.example${path}`,
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      scope: scopes[pathname] ?? null,
      subject: null,
      ...found,
    });
    const answered = turn.then(async () => {
      oauthlib.stdin.write(`${line}\n`);
      return JSON.parse((await verdicts.next()).value);
    });
    turn = answered.then(() => {}, () => {});
    const answer = await answered;
    asked.push({
      system: pathname, status: answer.status, form, subject: of,
      token: JSON.parse(answer.body).access_token,
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  // The vendors' own hosts, for what asks them: behind a proxy that leads here.
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-keyout', key, '-out', certificate, '-subj', '/CN=fetchtoken tests', '-addext',
    'subjectAltName=DNS:login.microsoftonline.com,DNS:sts.googleapis.com',
  ]);
  const hosts = createSecureServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (request, response) => serve(request, response, request.url ?? ''),
  );
  await once(hosts.listen(0, '127.0.0.1'), 'listening');
  const way = createServer().on('connect', (_, socket) => {
    const tunnel = connect(/** @type {any} */ (hosts.address()).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(tunnel).pipe(socket);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('error', () => tunnel.destroy());
  });
  await once(way.listen(0, '127.0.0.1'), 'listening');

  /** How many seconds a job's token lives. */
  const state = { life: 300 };
  return {
    url,
    realm,
    asked,
    cluster,
    github,
    state,
    /** What the cluster writes into a file. @param {string} audience @param {number} [life] */
    pod: (audience, life) => cluster.issue({ subject: POD, audience, life }),
    /** An access token of Keycloak for a user. */
    user: () => keycloak.issue({ subject: 'a-user', audience: 'orders' }),
    /** Variables with which a program asks the vendors' hosts, and finds these. */
    ways: {
      HTTPS_PROXY: `http://127.0.0.1:${/** @type {any} */ (way.address()).port}`,
      NO_PROXY: '127.0.0.1',
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: certificate,
      SSL_CERT_FILE: certificate,
    },
    async close() {
      for (const each of [server, hosts, way]) {
        each.closeAllConnections();
        each.close();
      }
      oauthlib.stdin.end();
      await once(oauthlib, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
