import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { FAULTS } from '../faults.js';
import { startTokenServer } from '../server.js';
import { basic, GRANT, jwt, JWT_BEARER, oauth, post, useServer } from './client.js';

const server = useServer();

/** The URL of a system's token endpoint behind a fault. */
const behind = (fault, system = server.systems['os-data-hub']) =>
  server.url + `/fault/${fault}` + new URL(system.tokenEndpoint).pathname;
const osRequest = (init) => {
  const { clientId, clientSecret } = server.systems['os-data-hub'];
  return { form: GRANT, headers: { authorization: basic(clientId, clientSecret) }, ...init };
};
const ask = (fault, init) => server.post(behind(fault), osRequest(init));
const last = () => server.requests.at(-1);

test('every fault is tested here', async () => {
  const source = await readFile(new URL(import.meta.url), 'utf8');
  for (const name of Object.keys(FAULTS))
    assert.match(source, new RegExp(`\\ntest\\(.*'${name}'`), name);
});

test("'status': 429 has a Retry-After and the system's own body", async () => {
  const expected = {
    here: (body) => body.errorCode === 429002,
    'ota-connect': (body) => body.error === 'too_many_requests',
    'os-data-hub': (body) => body.fault.detail.errorcode === 'policies.ratelimit.QuotaViolation',
    oauth2: (body) => body.error === 'invalid_request',
  };
  for (const [name, isRight] of Object.entries(expected)) {
    const { status, headers, body } = await post(behind('status/429', server.systems[name]), {
      form: GRANT,
    });
    assert.deepEqual([status, headers.get('retry-after'), isRight(body)], [429, '7', true], name);
  }
  const { body } = await post(behind('status/429', server.systems['high-mobility'].live), {
    json: GRANT,
  });
  assert.ok(body.errors[0].title);
  assert.deepEqual(
    [last().outcome, last().fault, last().status],
    ['fault status/429', 'status/429', 429],
  );
});

test("'status': a gateway's page, any other status, an error inside a 200", async () => {
  for (const status of [502, 503]) {
    const answer = await ask(`status/${status}`);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    assert.match(answer.body, /^<!DOCTYPE html>/);
  }
  for (const status of [400, 401, 500, 504, 200]) {
    const answer = await ask(`status/${status}`);
    assert.equal(answer.status, status);
    assert.ok(answer.body.ErrorCode);
  }
  assert.deepEqual([(await ask('status/204')).status, (await ask('status/204')).body], [204, '']);
});

test("'slow' answers properly, after a while", async () => {
  const start = performance.now();
  const { status, body } = await ask('slow/60');
  assert.ok(performance.now() - start >= 55);
  assert.equal(status, 200);
  assert.ok(body.access_token);
});

test("'slow-body' sends the headers at once and the body in drops", async () => {
  const start = performance.now();
  const { form, headers } = osRequest();
  const response = await fetch(behind('slow-body/200'), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  const headersAfter = performance.now() - start;
  let reads = 0;
  let text = '';
  for await (const chunk of response.body) {
    reads++;
    text += Buffer.from(chunk).toString();
  }
  const { access_token } = JSON.parse(text);
  server.secrets.add(access_token);
  assert.ok(reads > 1);
  assert.ok(performance.now() - start >= 195);
  assert.ok(headersAfter < performance.now() - start - 100);
});

test("'hang' never answers, and close() ends it", async () => {
  const other = await startTokenServer();
  const url = `${other.url}/fault/hang/oauth2/token`;
  let ended = false;
  const hanging = assert
    .rejects(post(url, { form: GRANT }), TypeError)
    .finally(() => (ended = true));
  while (other.requests.length === 0) await new Promise(setImmediate);
  assert.equal((await post(other.systems.here.timestampEndpoint, { method: 'GET' })).status, 200);
  assert.equal(ended, false);
  assert.deepEqual(
    [other.requests[0].outcome, other.requests[0].status],
    ['fault hang', undefined],
  );
  await other.close();
  await hanging;
  await other.close();
});

test("close() also ends what is slow: 'slow'", async () => {
  const other = await startTokenServer();
  const slow = assert.rejects(
    post(`${other.url}/fault/slow/60000/oauth2/token`, { form: GRANT }),
    TypeError,
  );
  while (other.requests.length === 0) await new Promise(setImmediate);
  await other.close();
  await slow;
});

test("'hang-body' sends half of the body", async () => {
  const { form, headers } = osRequest();
  const stop = new AbortController();
  const response = await fetch(behind('hang-body'), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
    signal: stop.signal,
  });
  const reader = response.body.getReader();
  const { value } = await reader.read();
  assert.ok(value.length < Number(response.headers.get('content-length')));
  assert.match(Buffer.from(value).toString(), /^\{"access_token":"/);
  stop.abort();
  await assert.rejects(reader.read(), { name: 'AbortError' });
});

test("'reset' cuts the connection", async () => {
  await assert.rejects(ask('reset'), (error) => error.cause.code === 'ECONNRESET');
  assert.deepEqual([last().outcome, last().status], ['fault reset', undefined]);
});

test("'drop-after-headers' sends the headers and cuts the connection", async () => {
  const { form, headers } = osRequest();
  const response = await fetch(behind('drop-after-headers'), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  assert.equal(response.status, 200);
  await assert.rejects(response.text(), TypeError);
});

test("'truncated' is half of a JSON text, whole for HTTP", async () => {
  const { form, headers } = osRequest();
  const response = await fetch(behind('truncated'), {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  assert.equal(text.length, Number(response.headers.get('content-length')));
  assert.match(text, /^\{"access_token":"/);
  assert.throws(() => JSON.parse(text), SyntaxError);
});

test("'html' is a page to sign in", async () => {
  const { status, headers, body } = await ask('html');
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /^text\/html/);
  assert.match(body, /Sign in/);
});

test("'empty' has no body", async () => {
  const { status, body } = await ask('empty');
  assert.deepEqual([status, body], [200, '']);
});

test("'redirect' points to a path that records who follows", async () => {
  for (const code of [301, 302, 303, 307, 308]) {
    const { status, headers } = await ask(`redirect/${code}`);
    assert.deepEqual([status, headers.get('location')], [code, '/redirected']);
  }
  const followed = () => server.requests.filter(({ system }) => system === 'redirected');
  assert.equal(followed().length, 0);
  await ask('redirect/307', { redirect: 'follow' });
  assert.deepEqual(
    [followed()[0].clientAuth, followed()[0].outcome],
    ['Basic', 'a redirect was followed'],
  );
});

test("'large' is 2 MiB of good JSON", async () => {
  const { status, body } = await ask('large');
  assert.equal(status, 200);
  assert.ok(body.access_token);
  assert.ok(body.padding.length >= 2 * 1024 * 1024);
});

test("'gzip-bomb' is small on the wire", async () => {
  const { form, headers } = osRequest();
  const body = new URLSearchParams(form).toString();
  const wire = await new Promise((resolve, reject) => {
    const request = httpRequest(behind('gzip-bomb'), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    request.on('error', reject);
    request.on('response', async (response) => {
      assert.equal(response.headers['content-encoding'], 'gzip');
      resolve(Buffer.concat(await response.toArray()));
    });
    request.end(body);
  });
  assert.ok(wire.length < 64 * 1024);
  const { access_token, padding } = JSON.parse(gunzipSync(wire).toString());
  server.secrets.add(access_token);
  assert.ok(padding.length >= 10 * 1024 * 1024);
});

test("'skew' shifts the clock that judges, and the Date header", async () => {
  const { accessKeyId: key, accessKeySecret: secret } = server.systems.here;
  const seconds = Math.trunc(Date.now() / 1000);
  const url = behind('skew/3600', server.systems.here);
  const sign = (timestamp) => ({
    authorization: oauth({ url, key, secret, form: GRANT, oauth_timestamp: String(timestamp) }),
  });
  const refused = await server.post(url, { form: GRANT, headers: sign(seconds) });
  assert.equal(refused.body.errorCode, 401204);
  assert.ok(Math.abs(Date.parse(refused.headers.get('date')) / 1000 - seconds - 3600) < 5);
  assert.equal(
    (await server.post(url, { form: GRANT, headers: sign(seconds + 3600) })).status,
    200,
  );
  const clock = await post(`${server.url}/fault/skew/-3600/here/timestamp`, { method: 'GET' });
  assert.ok(Math.abs(clock.body.timestamp - seconds + 3600) < 5);

  const { tokenEndpoint, clientId, keyId, privateKey } = server.systems['high-mobility'].sandbox;
  const assertion = (iat) =>
    jwt({ ver: 2, iss: keyId, aud: `${server.url}/v1`, iat, jti: `skew ${iat}` }, { privateKey });
  const highMobility = async (iat) => {
    const json = {
      ...GRANT,
      client_id: clientId,
      client_assertion: await assertion(iat),
      client_assertion_type: JWT_BEARER,
    };
    return (await server.post(behind('skew/-90', { tokenEndpoint }), { json })).status;
  };
  assert.deepEqual([await highMobility(seconds), await highMobility(seconds - 90)], [400, 200]);
});

test("'reflect' sends every credential back", async () => {
  const { clientId, clientSecret } = server.systems['os-data-hub'];
  const { status, body } = await ask('reflect', {
    form: { ...GRANT, client_secret: 'in-the-body' },
  });
  assert.equal(status, 400);
  for (const secret of [basic(clientId, clientSecret), clientSecret, 'in-the-body']) {
    assert.ok(body.error_description.includes(secret));
    assert.ok(JSON.stringify(body.received).includes(JSON.stringify(secret).slice(1, -1)));
  }
  const { accessKeyId: key, accessKeySecret: secret } = server.systems.here;
  const url = behind('reflect', server.systems.here);
  const authorization = oauth({ url, key, secret, form: GRANT });
  const reflected = await server.post(url, { form: GRANT, headers: { authorization } });
  assert.ok(
    reflected.body.message.includes(
      decodeURIComponent(/oauth_signature="([^"]+)"/.exec(authorization)[1]),
    ),
  );
});

test('a right answer behind a fault says ok, a wrong one says why', async () => {
  await ask('slow/0');
  assert.deepEqual([last().outcome, last().fault, last().status], ['ok', 'slow/0', 200]);
  const { status } = await ask('slow/0', { headers: { authorization: basic('wrong', 'wrong') } });
  assert.deepEqual([status, last().outcome], [401, 'InvalidClientIdentifier: wrong key']);
});

test('a fault that does not exist is not found', async () => {
  for (const fault of [
    'unknown',
    'status',
    'status/99',
    'status/abc',
    'slow/-1',
    'redirect/304',
    'toString',
  ]) {
    const { status, body } = await ask(fault);
    assert.equal(status, 404, fault);
    assert.deepEqual(body.faults, Object.keys(FAULTS));
  }
});
