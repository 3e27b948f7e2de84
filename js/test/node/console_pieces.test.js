// What the console reads and compares. Base strings are those of RFC 5849, curl commands those of
// curl's manual.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { isBaseString, linkedPartsOf, partsOf } from '../../console/base_string.js';
import { asCommand, asGo, asJavaScript } from '../../console/commands.js';
import { compareBaseStrings, compareWith } from '../../console/compare.js';
import { isCurl, readCurl } from '../../console/curl.js';
import { jsonView, textView } from '../../console/json_view.js';
import { decodeJWT, duration, grantedOf, masked, relative } from '../../console/texts.js';

/** RFC 5849 section 3.4.1.1, without its line breaks. */
const RFC5849 =
  'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26' +
  'c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26' +
  'oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7';

test('the base string of RFC 5849 is taken apart', () => {
  assert.equal(isBaseString(RFC5849), true);
  const parts = partsOf(RFC5849);
  assert.deepEqual([parts?.method, parts?.url], ['POST', 'http://example.com/request']);
  assert.deepEqual( // section 3.4.1.3.1 lists these
    parts?.params.map(({ name, value }) => [name, value]),
    [
      ['a2', 'r b'], ['a3', '2 q'], ['a3', 'a'], ['b5', '=%3D'], ['c@', ''], ['c2', ''],
      ['oauth_consumer_key', '9djdj82h48djs9d2'], ['oauth_nonce', '7d8f3e4a'],
      ['oauth_signature_method', 'HMAC-SHA1'], ['oauth_timestamp', '137131201'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
    ],
  );
});

test('each parameter is linked to where it comes from', () => {
  const url = 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b'; // section 3.4.1.1
  const wanted = linkedPartsOf(RFC5849, url)?.params ?? [];
  assert.deepEqual(
    wanted.filter(({ from: place }) => place === 'query').map(({ name, value }) => `${name}=${value}`),
    ['a2=r b', 'a3=a', 'b5==%3D', 'c@='],
  );
  assert.deepEqual(
    wanted.filter(({ from: place }) => place === 'body').map(({ name, value }) => `${name}=${value}`),
    ['a3=2 q', 'c2='],
  );
});

test('what is no base string', () => {
  for (const text of ['', 'POST', 'POST&http%3A%2F%2Fa', 'curl -d a&b&c', 'a&b&c', 'POST&a&b&c']) {
    assert.equal(isBaseString(text), false, text);
  }
  assert.equal(partsOf('POST&a&b&c'), undefined);
});

test('the first difference of two base strings is told', () => {
  assert.equal(compareBaseStrings(RFC5849, RFC5849).isSame, true);
  const other = RFC5849.replace('a3%3Da', 'a3%3Db');
  const { isSame, strings, verdict } = compareBaseStrings(RFC5849, other);
  assert.deepEqual([isSame, strings?.at], [false, RFC5849.indexOf('a3%3Da') + 5]);
  assert.match(verdict, /a3 differs/);
  assert.match(compareBaseStrings(RFC5849, RFC5849.replace('%26c2%3D', '')).verdict, /ours has c2/);
  assert.match(compareBaseStrings(RFC5849, RFC5849.replace('http%3A', 'https%3A')).verdict, /URL/);
});

/** What curl sends for these words is what readCurl() says. */
const COMMANDS = [
  "-d 'grant_type=client_credentials&scope=a%20b'",
  "-u 'id:se:cret' -d a=b -d c=d",
  "-X PUT -H 'Content-Type: application/json' --data-raw '{\"a\": \"it'\\''s\"}'",
  '--json \'{"a":1}\'',
  "-H 'X-A: 1' -H x-b:2 \\\n  -d \"a=\\\"b\\\" \\$c\"",
  "--data-urlencode 'scope=a b&c' -d x=y",
  '-G -d a=b -d c=d',
  "--request=DELETE --user=a:b",
  "-d $'a=\\'b\\tc'",
  '-sS --max-time 5 -XPOST',
];

test('a curl command is read as curl reads it', async (t) => {
  /** @type {any[]} */
  const received = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) {
      body += chunk;
    }
    received.push({ method: request.method, url: request.url, headers: request.headers, body });
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/token`;
  for (const words of COMMANDS) {
    const command = `curl ${words} ${url}`;
    assert.equal(isCurl(command), true);
    const read = readCurl(command.replace('--max-time 5', '-m 5'));
    const real = command.replace('--request=', '--request ').replace('--user=', '--user ');
    await promisify(execFile)('bash', ['-c', real]);
    const sent = received.pop();
    const headers = Object.fromEntries(
      read.headers.map(([name, value]) => [name.toLowerCase(), value]),
    );
    assert.deepEqual(
      [read.method, read.url.replace(url, '/token'), read.body, headers.authorization],
      [sent.method, sent.url, sent.body, sent.headers.authorization],
      words,
    );
    assert.equal(headers['content-type'], sent.headers['content-type'], words);
  }
});

test('two configurations: what differs, and no secret', async () => {
  const ours = { provider: 'here', clientId: 'KEY', clientSecret: 'a-long-client-secret-0001' };
  const theirs = new TextEncoder().encode(
    'here.access.key.id = KEY\nhere.access.key.secret = a-long-client-secret-0002\n' +
      'here.token.endpoint.url = https://account.api.here.com/oauth2/token\n',
  );
  const { isSame, rows, verdict } = await compareWith(ours, theirs);
  assert.equal(isSame, false);
  assert.match(verdict, /clientSecret differs/);
  const row = rows.find(({ what }) => what === 'clientSecret');
  assert.equal(row?.note, 'both have 25 characters; they differ first at character 25');
  assert.ok(!JSON.stringify(rows).includes('client-secret'));
  const same = await compareWith({ ...ours, clientSecret: 'a-long-client-secret-0002' }, theirs);
  assert.equal(same.isSame, true, same.verdict);
});

test('a pasted OAuth 1.0 request is judged by our secret', async () => {
  // RFC 5849 has no HMAC-SHA256: the signature is that of openssl, of the base string beside it.
  const base = 'POST&https%3A%2F%2Faccount.api.here.com%2Foauth2%2Ftoken&grant_type%3Dclient_credentials' +
    '%26oauth_consumer_key%3DKEY%26oauth_nonce%3Dn%26oauth_signature_method%3DHMAC-SHA256' +
    '%26oauth_timestamp%3D1700000000%26oauth_version%3D1.0';
  const script = `printf %s '${base}' | openssl dgst -sha256 -hmac 'SECRET&' -binary | openssl base64`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  const header = `OAuth oauth_consumer_key="KEY", oauth_nonce="n", oauth_signature_method="HMAC-SHA256", ` +
    `oauth_timestamp="1700000000", oauth_version="1.0", ` +
    `oauth_signature="${encodeURIComponent(stdout.trim())}"`;
  const curl = `curl -H 'Authorization: ${header}' -d grant_type=client_credentials ` +
    'https://account.api.here.com/oauth2/token';
  const config = { provider: 'here', clientId: 'KEY' };
  const right = await compareWith({ ...config, clientSecret: 'SECRET' }, curl);
  assert.deepEqual([right.isSame, /signing are right/.test(right.verdict)], [true, true]);
  const wrong = await compareWith({ ...config, clientSecret: 'OTHER' }, curl);
  assert.equal(wrong.isSame, false);
});

test('a configuration as a program holds no secret', () => {
  const config = {
    provider: 'here', clientId: "it's", clientSecret: 'THE-SECRET', scope: ['a', 'b'],
  };
  const texts = [asJavaScript(config), asGo(config), asCommand(config)];
  assert.ok(!texts.join('').includes('THE-SECRET'));
  assert.equal(
    texts[0],
    "import { fetchToken } from 'fetchtoken';\n\nconst { access_token } = await fetchToken({\n" +
      "  provider: 'here',\n  clientId: 'it\\'s',\n  clientSecret: process.env.CLIENT_SECRET,\n" +
      '  scope: ["a","b"],\n});\n',
  );
  assert.equal(
    texts[1],
    'token, err := fetchtoken.FetchToken(ctx, fetchtoken.Config{\n\tProvider:     "here",\n' +
      '\tClientID:     "it\'s",\n\tClientSecret: os.Getenv("CLIENT_SECRET"),\n' +
      '\tScope:        []string{"a", "b"},\n}, nil)\nif err != nil {\n\treturn err\n}\n',
  );
  assert.equal(
    texts[2],
    "FETCHTOKEN_CLIENT_SECRET=… npx fetchtoken --provider here --client-id 'it'\\''s' --scope a --scope b",
  );
});

test('the JWT of RFC 7519, decoded, and what is none', () => {
  const jwt = 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog' +
    'Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  assert.deepEqual(decodeJWT(jwt), {
    header: { typ: 'JWT', alg: 'HS256' },
    claims: { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true },
  });
  for (const text of ['', 'a.b', 'a.b.c', 'e30.W10.x', `${jwt}.x`]) {
    assert.equal(decodeJWT(text), undefined, text);
  }
});

test('the scopes that were granted: of the answer, else of the JWT', () => {
  const token = (/** @type {object} */ claims) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  const response = { access_token: token({ scope: 'c d' }), token_type: 'Bearer' };
  assert.deepEqual(grantedOf({ ...response, scope: 'a b' }), { scopes: ['a', 'b'], from: 'the answer' });
  assert.deepEqual(grantedOf(response), { scopes: ['c', 'd'], from: 'the JWT' });
  assert.deepEqual(
    grantedOf({ ...response, access_token: token({ scp: ['e'] }) })?.scopes,
    ['e'],
  );
  assert.equal(grantedOf({ ...response, access_token: 'opaque' }), undefined);
});

test('times and secrets, for people', () => {
  assert.deepEqual(
    [0, 1, 59, 60, 61, 3600, 86_399, 86_400].map(duration),
    [
      '0 seconds', '1 second', '59 seconds', '1 minute', '1 minute 1 second', '1 hour',
      '23 hours 59 minutes', '1 day',
    ],
  );
  assert.deepEqual([relative(10, 10), relative(70, 10), relative(10, 70)], ['now', 'in 1 minute', '1 minute ago']);
  assert.equal(masked('short'), '••••••••');
  assert.equal(masked('0123456789012345678901234567'), '0123••••••••4567');
});

/** All texts of an element. @param {any} node @returns {string} */
const textOf = (node) =>
  typeof node === 'string' ? node : node.children.map(textOf).join('');

test('a document that no page could hold is shown in part', () => {
  const deep = textView('['.repeat(1e5) + ']'.repeat(1e5));
  assert.match(textOf(deep), /^\[(\[ 1 \]){50}… 1 more\]{51}$/);
  const large = textOf(jsonView(Array.from({ length: 400 }, () => new Array(400).fill(0))));
  assert.ok(large.match(/\b0/g).length < 5000 && / more/.test(large));
});

test('a character that is not seen, or that turns others, is shown by its number', () => {
  const turns = '\u202etxt.exe';
  assert.equal(textOf(jsonView({ [turns]: turns })), '{"\\u202etxt.exe": "\\u202etxt.exe"}');
  assert.equal(textOf(textView(`a\tb\n${turns}`)), 'a\tb\n\\u{202e}txt.exe');
});
