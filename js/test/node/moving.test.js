// docs/moving.md: each setting of simple-oauth2 that its table names makes the same request as the
// setting of fetchtoken beside it, and oauth-1.0a signs as signOAuth1 does.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import OAuth from 'oauth-1.0a';
import { ClientCredentials } from 'simple-oauth2';

import { fetchToken, signOAuth1 } from '../../node.js';

const page = readFileSync(new URL('../../../docs/moving.md', import.meta.url), 'utf8');

/** The rows of the page that set the same thing: `name: 'value'` on both sides. */
const SETTINGS = Array.from(
  page.matchAll(/^\| [^|]+ \| `(\w+): '(\w+)'` \| `(\w+): '(\w+)'` \|$/gm),
  ([, theirs, their, ours, our]) => ({ theirs: { [theirs]: their }, ours: { [ours]: our } }),
);

/** @type {{ authorization: string | undefined, type: string | undefined, body: string }[]} */
const requests = [];
const server = createServer(async (request, response) => {
  const { authorization, 'content-type': type } = request.headers;
  const body = Buffer.concat(await request.toArray()).toString();
  requests.push({ authorization, type, body });
  response.setHeader('Content-Type', 'application/json');
  response.end('{"access_token":"a","token_type":"Bearer","expires_in":3600}');
});
/** @type {string} */
let host;
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  host = `http://127.0.0.1:${port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/**
 * A request by what it says: a form may be written in several ways.
 *
 * @param {typeof requests[number]} request
 */
function meaningOf({ authorization, type = '', body }) {
  const isForm = type.startsWith('application/x-www-form-urlencoded');
  const fields = isForm ? [...new URLSearchParams(body)] : Object.entries(JSON.parse(body));
  return { authorization, isForm, fields: fields.sort() };
}

test('the table has settings to compare', () => assert.equal(SETTINGS.length, 3));

for (const { theirs, ours } of [{ theirs: {}, ours: {} }, ...SETTINGS]) {
  const name = JSON.stringify(theirs);
  test(`simple-oauth2 with ${name} sends what fetchToken does with ${JSON.stringify(ours)}`, async () => {
    requests.length = 0;
    const [id, secret, scope] = ['a b', 's+/(%', ['read', 'write']];
    const oauth = new ClientCredentials({
      client: { id, secret },
      auth: { tokenHost: host, tokenPath: '/oauth2/token' },
      options: theirs,
    });
    await oauth.getToken({ scope });
    const tokenEndpoint = `${host}/oauth2/token`;
    await fetchToken({ tokenEndpoint, clientId: id, clientSecret: secret, scope, ...ours });
    assert.equal(requests.length, 2);
    assert.deepEqual(meaningOf(requests[1]), meaningOf(requests[0]));
  });
}

test('oauth-1.0a signs as signOAuth1 does', () => {
  const oauth = new OAuth({
    consumer: { key: 'key', secret: 'secret' },
    signature_method: 'HMAC-SHA1',
    hash_function: (text, key) => createHmac('sha1', key).update(text).digest('base64'),
  });
  const [method, url, data] = ['POST', 'https://api.example.com/v1/photos', { size: 'x l' }];
  const theirs = oauth.authorize({ method, url, data }, { key: 'token', secret: 'hidden' });
  const { signature } = signOAuth1({
    method,
    url,
    params: data,
    consumerKey: 'key',
    consumerSecret: 'secret',
    token: 'token',
    tokenSecret: 'hidden',
    signatureMethod: 'HMAC-SHA1',
    nonce: theirs.oauth_nonce,
    timestamp: theirs.oauth_timestamp,
  });
  assert.equal(signature, theirs.oauth_signature);
});
