// make bench: this package beside others, in one process, in turns. Machines differ and drift:
// quote medians and ratios of one run.

import { spawnSync } from 'node:child_process';
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

import { OAuth2Client } from '@badgateway/oauth2-client';
import * as jose from 'jose';
import OAuth from 'oauth-1.0a';
import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';

import { ask, identityOf } from '../fetch_token.js';
import { fetchToken, ready, signOAuth1 } from '../node.js';
import { requestOf } from '../token/renew.js';
import { compare, median, ROUNDS, startServer, table, version } from './measure.js';
import { tokenClients } from './token_client.js';

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}; medians of ${ROUNDS} rounds, in turns`,
);
await ready();
await oauth1Header();
await buildAndParse();
await keyIntake('ES256', 'ec', { namedCurve: 'P-256' }, 150);
await keyIntake('RS256', 'rsa', { modulusLength: 2048 }, 40);
await roundTrip();
await tokenClients();
coldStart();
memory();

/** Every contender makes a nonce and a timestamp. */
async function oauth1Header() {
  const url = 'https://account.api.here.com/oauth2/token';
  const data = { grant_type: 'client_credentials' };
  const key = 'aFi-kDtCV1dbeQjNR0SKWw';
  const secret =
    'tu2LygcYLwnqBsPV0sgZ_PfFbZBquNoBrcwcKbaxJuGZIK48APnmLycnYKULfdLVcvBvz9tOpAbWoqIWcxtlNA';
  const hash = (/** @type {string} */ text, /** @type {string} */ hashKey) =>
    createHmac('sha256', hashKey).update(text).digest('base64');
  const oauth = new OAuth({
    consumer: { key, secret },
    signature_method: 'HMAC-SHA256',
    hash_function: hash,
  });
  const peer = `oauth-1.0a ${version('oauth-1.0a')} + node:crypto`;
  await compare('OAuth 1.0 header, HMAC-SHA256, a token request', {
    [peer]: () => oauth.toHeader(oauth.authorize({ url, method: 'POST', data: { ...data } })),
    'fetchtoken, signOAuth1': () =>
      signOAuth1({ method: 'POST', url, params: data, consumerKey: key, consumerSecret: secret }),
    'by hand for this one request, node:crypto': () => {
      const nonce = randomBytes(16).toString('base64url');
      const timestamp = Math.floor(Date.now() / 1000);
      const text = `POST&${encodeURIComponent(url)}&${encodeURIComponent(
        `grant_type=client_credentials&oauth_consumer_key=${key}&oauth_nonce=${
          nonce
        }&oauth_signature_method=HMAC-SHA256&oauth_timestamp=${timestamp}&oauth_version=1.0`,
      )}`;
      return `OAuth oauth_consumer_key="${key}", oauth_nonce="${nonce}", oauth_signature="${encodeURIComponent(
        hash(text, `${secret}&`),
      )}", oauth_signature_method="HMAC-SHA256", oauth_timestamp="${timestamp}", oauth_version="1.0"`;
    },
  });
  const token = 'nnch734d00sl2jdk';
  const tokenSecret = 'pfkkdhi9sl3r4s00';
  let page = 0;
  const next = () =>
    `https://api.example.com/v1/photos?file=vacation%20${page++}.jpg&size=original`;
  await compare('OAuth 1.0 header, HMAC-SHA256, a GET with a token, each with another URL', {
    [peer]: () =>
      oauth.toHeader(
        oauth.authorize({ url: next(), method: 'GET' }, { key: token, secret: tokenSecret }),
      ),
    'fetchtoken, signOAuth1': () =>
      signOAuth1({
        method: 'GET',
        url: next(),
        consumerKey: key,
        consumerSecret: secret,
        token,
        tokenSecret,
      }),
  });
}

async function buildAndParse() {
  const tokenEndpoint = 'https://as.example.com/oauth2/token';
  const answer = JSON.stringify({
    access_token: 'ZclClFcksJlZ19vnJOt09Yj3xme0',
    token_type: 'Bearer',
    expires_in: 299,
    scope: 'read',
  });
  const fetch = async () =>
    new Response(answer, { headers: { 'content-type': 'application/json' } });
  const clientId = 'meter-17';
  const clientSecret = 'q7Jt+5Zb/1cVw=8dK2';

  const as = { issuer: 'https://as.example.com', token_endpoint: tokenEndpoint };
  const client = { client_id: clientId };
  const basic = oauth4webapi.ClientSecretBasic(clientSecret);
  const configuration = new openid.Configuration(
    as,
    clientId,
    clientSecret,
    openid.ClientSecretBasic(clientSecret),
  );
  configuration[openid.customFetch] = fetch;
  const badgateway = new OAuth2Client({
    server: as.issuer,
    tokenEndpoint,
    clientId,
    clientSecret,
    fetch,
  });
  await compare(
    'One token request with Basic, built and its response parsed, with a fetch that answers at once',
    {
      [`oauth4webapi ${version('oauth4webapi')}`]: async () =>
        oauth4webapi.processClientCredentialsResponse(
          as,
          client,
          await oauth4webapi.clientCredentialsGrantRequest(
            as,
            client,
            basic,
            { scope: 'read' },
            { [oauth4webapi.customFetch]: fetch },
          ),
        ),
      fetchtoken: () =>
        fetchToken({ tokenEndpoint, clientId, clientSecret, scope: 'read' }, { fetch }),
      [`openid-client ${version('openid-client')}`]: () =>
        openid.clientCredentialsGrant(configuration, { scope: 'read' }),
      '@badgateway/oauth2-client': () => badgateway.clientCredentials({ scope: ['read'] }),
      'fetch and response alone': async () => (await fetch()).json(),
    },
  );
}

/**
 * From PEM to a signed assertion: with another key each time, so that whatever keeps keys has to
 * read and import this one, and with one.
 *
 * @param {string} alg
 * @param {any} type
 * @param {any} options
 * @param {number} batch
 */
async function keyIntake(alg, type, options, batch) {
  const pems = Array.from({ length: 70 }, () =>
    generateKeyPairSync(type, options).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const turns = () => {
    let i = 0;
    return () => pems[i++ % pems.length];
  };
  // so that each meets all of them before one comes again
  const [forJose, forFetchtoken, forNode] = [turns(), turns(), turns()];
  const header = { alg, typ: 'JWT' };
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: 'meter-17',
      sub: 'meter-17',
      aud: 'https://as.example.com/oauth2/token',
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
    };
  };

  const identity = (/** @type {any} */ privateKey) =>
    identityOf({
      tokenEndpoint: 'https://as.example.com/oauth2/token',
      clientId: 'meter-17',
      privateKey,
    });
  const byFetchtoken = (/** @type {ReturnType<typeof identityOf>} */ who) =>
    requestOf(ask(who, {}), []);
  const byJose = (/** @type {any} */ key) =>
    new jose.SignJWT(claims()).setProtectedHeader(header).sign(key);
  const byNode = (/** @type {any} */ key) => {
    const base64url = (/** @type {object} */ value) =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const data = `${base64url(header)}.${base64url(claims())}`;
    return `${data}.${sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const client = identity(pems[0]); // which a client keeps
  const joseKey = await jose.importPKCS8(pems[0], alg);
  const nodeKey = createPrivateKey(pems[0]);
  await compare(
    `A client assertion by ${alg}, from PEM`,
    {
      [`jose ${version('jose')}: importPKCS8 + SignJWT`]: async () =>
        byJose(await jose.importPKCS8(forJose(), alg)),
      'fetchtoken, another key each time': () => byFetchtoken(identity(forFetchtoken())),
      'node:crypto: createPrivateKey + sign': () => byNode(createPrivateKey(forNode())),
      'jose, the key kept': () => byJose(joseKey),
      'fetchtoken, the same PEM': () => byFetchtoken(identity(pems[0])),
      'fetchtoken, the key of a client': () => byFetchtoken(client),
      'node:crypto, the key kept': () => byNode(nodeKey),
    },
    batch,
  );
}

async function roundTrip() {
  const server = await startServer();
  const { tokenEndpoint } = server;
  const authorization = `Basic ${btoa('meter-17:secret')}`;
  const as = { issuer: 'https://as.example.com', token_endpoint: tokenEndpoint };
  const basic = oauth4webapi.ClientSecretBasic('secret');
  const badgateway = new OAuth2Client({
    server: as.issuer,
    tokenEndpoint,
    clientId: 'meter-17',
    clientSecret: 'secret',
  });
  await compare(
    'Round trip on loopback, one after another',
    {
      'raw fetch': async () => {
        const response = await fetch(tokenEndpoint, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
          body: 'grant_type=client_credentials',
        });
        return response.json();
      },
      fetchtoken: () => fetchToken({ tokenEndpoint, clientId: 'meter-17', clientSecret: 'secret' }),
      [`oauth4webapi ${version('oauth4webapi')}`]: async () =>
        oauth4webapi.processClientCredentialsResponse(
          as,
          { client_id: 'meter-17' },
          await oauth4webapi.clientCredentialsGrantRequest(
            as,
            { client_id: 'meter-17' },
            basic,
            {},
            { [oauth4webapi.allowInsecureRequests]: true },
          ),
        ),
      '@badgateway/oauth2-client': () => badgateway.clientCredentials(),
    },
    300,
  );
  server.close();
}

/** Runs a program in a process of its own. @param {string} program @param {string[]} [flags] */
function runProgram(program, flags = []) {
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    cwd: new URL('.', import.meta.url),
    encoding: 'utf8',
  });
}

/**
 * From the start of a process until the first signed request is handed to fetch, an empty process
 * taken off: the 30 ms that it takes to load Node's Response are nobody's but Node's. CPU is what
 * the process's own clock says, so that what else the machine does counts little.
 */
function coldStart() {
  const end = `const { userCPUTime, systemCPUTime } = process.resourceUsage();
    console.log((userCPUTime + systemCPUTime) / 1000); process.exit(0);`;
  const programs = {
    'empty process': end,
    [`@here/olp-sdk-authentication ${version('@here/olp-sdk-authentication')}`]: `globalThis.fetch = () => { ${end} };
      const { UserAuth, requestToken } = (await import('@here/olp-sdk-authentication')).default;
      const credentials = { accessKeyId: 'a', accessKeySecret: 'b' };
      const auth = new UserAuth({ credentials, customUrl: 'https://h/oauth2/token', tokenRequester: requestToken });
      await auth.getToken();`,
    fetchtoken: `const { fetchToken } = await import('fetchtoken');
      await fetchToken({ provider: 'here', clientId: 'a', clientSecret: 'bbbb' }, { fetch: () => { ${end} } });`,
    'oauth-1.0a + node:crypto': `const { default: OAuth } = await import('oauth-1.0a'); const { createHmac } = await import('node:crypto');
      const hash_function = (t, k) => createHmac('sha256', k).update(t).digest('base64');
      const oauth = new OAuth({ consumer: { key: 'a', secret: 'b' }, signature_method: 'HMAC-SHA256', hash_function });
      oauth.toHeader(oauth.authorize({ url: 'https://h/oauth2/token', method: 'POST', data: {} })); ${end}`,
  };
  const times = Object.keys(programs).map((name) => ({ name, wall: [], cpu: [] }));
  for (let round = -1; round < 15; round++) {
    for (const { name, wall, cpu } of times) {
      const started = performance.now();
      const { status, stdout, stderr } = runProgram(programs[name]);
      if (status !== 0 || !(Number(stdout) > 0)) {
        throw new Error(`${name}: ${stderr}`);
      }
      if (round >= 0) {
        wall.push(performance.now() - started);
        cpu.push(Number(stdout));
      }
    }
  }
  const [empty, ...over] = times.map(({ name, ...all }) => ({
    name,
    wall: median(all.wall),
    cpu: median(all.cpu),
  }));
  const [here] = over;
  const cells = (/** @type {'wall' | 'cpu'} */ kind, times) => {
    const ms = times[kind] - empty[kind];
    return [ms.toFixed(1), `${(ms / (here[kind] - empty[kind])).toFixed(2)} ×`];
  };
  table(
    'Cold start: from the start of a process to the first signed request, over an empty process',
    ['', 'median ms', "vs HERE's SDK", 'CPU ms', "vs HERE's SDK"],
    over.map((times) => [times.name, ...cells('wall', times), ...cells('cpu', times)]),
  );
}

/**
 * What 100,000 requests leave behind, after 30,000 that have used all of V8's young generation.
 * That is kept small: else V8 doubles it some time, up to 32 MB, and one sees nothing else.
 */
function memory() {
  const programs = {
    'the fetch that answers at once, alone': 'const once = async () => (await fetch()).json();',
    fetchtoken: `const { fetchToken } = await import('fetchtoken');
      const once = () => fetchToken({ provider: 'here', clientId: 'a', clientSecret: 'bbbb' }, { fetch });`,
  };
  const rows = Object.entries(programs).map(([name, once]) => {
    const program = `
      const fetch = async () => new Response('{"access_token":"t","expires_in":299}');
      ${once}
      const run = async (n) => { for (let i = 0; i < n; i++) await once(); };
      const measure = () => {
        gc();
        const { rss, heapUsed, external } = process.memoryUsage();
        return [rss, heapUsed + external];
      };
      await run(30000);
      const before = measure();
      await run(100000);
      const grown = measure().map((bytes, i) => ((bytes - before[i]) / 1048576).toFixed(1));
      console.log(grown.join());
      process.exit(0);`;
    const { stdout, stderr } = runProgram(program, ['--expose-gc', '--max-semi-space-size=4']);
    return [name, ...(stdout.trim() || stderr).split(',')];
  });
  table(
    'Memory after 100,000 OAuth 1.0 token requests, after gc(), in MB more',
    ['', 'RSS', 'alive'],
    rows,
  );
}
