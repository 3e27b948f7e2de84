// The ready sources of fetchtoken/assertions, and the preset entra, which takes them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';

import {
  decodeJwt, decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify, SignJWT,
} from 'jose';

import {
  fromAzureWorkloadIdentity, fromFile, fromGitHubActions, fromKubernetes,
} from '../../assertions.js';
import { fetchToken, loadCredentials } from '../../node.js';

const TENANT = '11111111-2222-3333-4444-555555555555';
const ENTRA = { provider: /** @type {const} */ ('entra'), tenant: TENANT, clientId: 'app-1' };
const ENDPOINT = `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`;

suite('sources', () => {
  test('fromKubernetes takes the file that the pod names, else its service account', () => {
    const of = (/** @type {Record<string, string>} */ env) => fromKubernetes({ env }).file;
    assert.equal(of({}), '/var/run/secrets/kubernetes.io/serviceaccount/token');
    assert.equal(of({ AWS_WEB_IDENTITY_TOKEN_FILE: '/aws' }), '/aws');
    assert.equal(of({ AZURE_FEDERATED_TOKEN_FILE: '/azure' }), '/azure');
    assert.deepEqual(fromFile('/a'), { file: '/a' });
  });

  test('fromAzureWorkloadIdentity takes the file of Azure', () => {
    const env = { AZURE_FEDERATED_TOKEN_FILE: '/azure' };
    assert.deepEqual(fromAzureWorkloadIdentity({ env }), { file: '/azure' });
    assert.throws(() => fromAzureWorkloadIdentity({ env: {} }), { code: 'invalid_config' });
  });

  test('fromGitHubActions wants a job that may have a token', () => {
    assert.throws(() => fromGitHubActions({ env: {} }), ({ code, hint }) =>
      code === 'invalid_config' && /id-token: write/.test(hint));
    assert.throws(() => fromGitHubActions(/** @type {any} */ ({ audiences: 'x' })), {
      code: 'invalid_config', message: 'unknown option "audiences": did you mean audience?',
    });
  });

  for (const [audience, want] of [
    [undefined, 'api://AzureADTokenExchange'],
    ['https://a.example/?b=c&d', 'https://a.example/?b=c&d'],
  ]) {
    test(`fromGitHubActions asks for a token for ${want}, which Entra verifies`, async () => {
      const { privateKey, publicKey } = await generateKeyPair('RS256');
      // as GitHub answers: {"count":…,"value":"…"}
      const server = createServer(async (request, response) => {
        const { searchParams } = new URL(request.url ?? '', 'http://localhost');
        assert.equal(request.headers.authorization, 'bearer runtime-token');
        assert.equal(searchParams.get('api-version'), '2.0');
        const value = await new SignJWT({ repository: 'a/b' })
          .setProtectedHeader({ alg: 'RS256' })
          .setAudience(searchParams.get('audience') ?? '')
          .setExpirationTime('5m')
          .sign(privateKey);
        response.end(JSON.stringify({ count: value.length, value }));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      /** @type {string[]} */
      const asked = [];
      try {
        await fetchToken(
          {
            ...ENTRA,
            scope: 'https://graph.microsoft.com/.default',
            clientAssertion: fromGitHubActions({
              audience,
              env: {
                ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/idtoken?api-version=2.0`,
                ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime-token',
              },
            }),
          },
          {
            async fetch(url, init) {
              if (url.startsWith('http://127.0.0.1')) {
                return fetch(url, init);
              }
              asked.push(url);
              const body = new URLSearchParams(init.body);
              const jwt = body.get('client_assertion') ?? '';
              const { payload } = await jwtVerify(jwt, publicKey, { audience: want });
              assert.equal(payload.repository, 'a/b');
              return Response.json({ access_token: 't', token_type: 'Bearer' });
            },
          },
        );
      } finally {
        server.close();
      }
      assert.deepEqual(asked, [ENDPOINT]);
    });
  }
});

suite('the preset entra', () => {
  /** Returns what is sent. @param {import('../../types.js').Config} config */
  async function sent(config) {
    /** @type {{ url: string, body: URLSearchParams }[]} */
    const requests = [];
    await fetchToken(config, {
      async fetch(url, init) {
        requests.push({ url, body: new URLSearchParams(init.body) });
        return Response.json({ access_token: 't', token_type: 'Bearer' });
      },
    });
    return requests[0];
  }

  test('signs with PS256, for the token endpoint of the tenant', async () => {
    const { privateKey, publicKey } = await generateKeyPair('PS256', { extractable: true });
    const { url, body } = await sent({ ...ENTRA, privateKey: await exportPKCS8(privateKey) });
    assert.equal(url, ENDPOINT);
    const jwt = body.get('client_assertion') ?? '';
    await jwtVerify(jwt, publicKey, { audience: ENDPOINT, issuer: 'app-1', subject: 'app-1' });
    assert.equal(decodeProtectedHeader(jwt).alg, 'PS256');
    assert.equal(typeof decodeJwt(jwt).jti, 'string');
  });

  test('signs with what else a key is for', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const { body } = await sent({ ...ENTRA, privateKey });
    assert.equal(decodeProtectedHeader(body.get('client_assertion') ?? '').alg, 'RS256');
  });

  test('has the secret in the body', async () => {
    const { body } = await sent({ ...ENTRA, clientSecret: 'secret-1' });
    assert.deepEqual(Object.fromEntries(body), {
      grant_type: 'client_credentials', client_id: 'app-1', client_secret: 'secret-1',
    });
  });

  for (const tenant of ['a/b', 'a b', '..%2f', 'a#', '{tenant}', 'ä.example']) {
    test(`takes no tenant ${tenant}, which would lead elsewhere`, () =>
      assert.rejects(sent({ ...ENTRA, tenant, clientSecret: 'x' }), {
        code: 'invalid_config', message: 'tenant must be an id or a domain name',
      }));
  }

  test('says what to do about a code of the server', async () => {
    const description = 'AADSTS7000215: Invalid client secret provided.';
    await assert.rejects(
      fetchToken({ ...ENTRA, clientSecret: 'x' }, {
        fetch: async () =>
          Response.json(
            { error: 'invalid_client', error_description: description, error_codes: [7000215] },
            { status: 401 },
          ),
      }),
      ({ hint }) => hint === 'check clientSecret: it is the Value of the secret, not its Secret ID',
    );
  });

  test('is what the variables of a workload identity say', async () => {
    const config = await loadCredentials({
      AZURE_CLIENT_ID: 'app-1',
      AZURE_TENANT_ID: TENANT,
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/',
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
    });
    assert.deepEqual({ ...config.clientAssertion }, {
      file: '/var/run/secrets/azure/tokens/azure-identity-token',
    });
    const { url } = await sent({ ...config, clientAssertion: 'jwt' });
    assert.equal(url, `https://login.microsoftonline.us/${TENANT}/oauth2/v2.0/token`);
    assert.doesNotMatch(String(JSON.stringify(config)), /azure-identity-token/);
  });
});
