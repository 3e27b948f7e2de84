import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';

import { startTokenServer } from '../server.js';
import { basic, FORM, GRANT, oauth, post, useServer } from './client.js';

const server = useServer();

/** A right request to each system. */
function rightRequests(
  {
    here,
    'ota-connect': ota,
    iotspot,
    'high-mobility': { sandbox, live },
    'os-data-hub': os,
    oauth2,
  } = server.systems,
) {
  const inBody = ({ clientId, clientSecret }) => ({
    ...GRANT,
    client_id: clientId,
    client_secret: clientSecret,
  });
  const authorized = ({ clientId, clientSecret }) => ({
    authorization: basic(clientId, clientSecret),
  });
  const signed = oauth({
    url: here.tokenEndpoint,
    key: here.accessKeyId,
    secret: here.accessKeySecret,
    form: GRANT,
  });
  return {
    here: [here, { form: GRANT, headers: { authorization: signed } }],
    'ota-connect': [ota, { form: { ...GRANT, scope: ota.scope }, headers: authorized(ota) }],
    iotspot: [
      iotspot,
      { form: { ...GRANT, client_id: iotspot.clientId }, headers: authorized(iotspot) },
    ],
    'high-mobility/sandbox': [sandbox, { json: inBody(sandbox) }],
    'high-mobility/live': [live, { json: inBody(live) }],
    'os-data-hub': [os, { form: GRANT, headers: authorized(os) }],
    oauth2: [oauth2, { form: inBody(oauth2) }],
  };
}

const whoami = (url, token) =>
  post(url, {
    method: 'GET',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

test("a token opens its own system's resource", async () => {
  for (const [name, [system, request]] of Object.entries(rightRequests())) {
    const { body } = await server.post(system.tokenEndpoint, request);
    const { status, body: me } = await whoami(system.api, body.access_token);
    assert.deepEqual([status, me], [200, { system: name, clientId: system.clientId }]);

    const elsewhere = name === 'here' ? server.systems.iotspot : server.systems.here;
    for (const [url, token] of [
      [system.api, `${body.access_token}x`],
      [system.api, '!'],
      [elsewhere.api, body.access_token],
    ]) {
      const refused = await whoami(url, token);
      assert.deepEqual(
        [refused.status, refused.headers.get('www-authenticate')],
        [401, 'Bearer error="invalid_token"'],
      );
    }
    assert.deepEqual(
      [
        (await whoami(system.api)).status,
        (await whoami(system.api)).headers.get('www-authenticate'),
      ],
      [401, 'Bearer'],
    );
  }
});

test('both environments of High Mobility open the common resource, not each other', async () => {
  const { sandbox, live } = server.systems['high-mobility'];
  const { body } = await server.post(
    sandbox.tokenEndpoint,
    rightRequests()['high-mobility/sandbox'][1],
  );
  assert.equal(
    (await whoami(`${server.url}/high-mobility/api/whoami`, body.access_token)).status,
    200,
  );
  assert.equal((await whoami(live.api, body.access_token)).status, 401);
});

test('a token expires', async () => {
  let time = Date.now();
  const other = await startTokenServer({ now: () => time });
  try {
    const [system, request] = rightRequests(other.systems)['os-data-hub'];
    const { body } = await post(system.tokenEndpoint, request);
    time += 298_000;
    assert.equal((await whoami(system.api, body.access_token)).status, 200);
    time += 2_000;
    assert.equal((await whoami(system.api, body.access_token)).status, 401);
  } finally {
    await other.close();
  }
});

test('reset() forgets requests, tokens and nonces', async () => {
  const other = await startTokenServer();
  try {
    const [system, request] = rightRequests(other.systems).here;
    const { body } = await post(system.tokenEndpoint, request);
    assert.equal((await post(system.tokenEndpoint, request)).body.errorCode, 401207);
    other.reset();
    assert.equal(other.requests.length, 0);
    assert.equal((await whoami(system.api, body.access_token)).status, 401);
    assert.equal((await post(system.tokenEndpoint, request)).status, 200);
    assert.equal(other.requests.length, 2);
  } finally {
    await other.close();
  }
});

test('what is recorded, and the line that is logged', async () => {
  const expected = {
    here: ['OAuth', FORM, ['grant_type']],
    'ota-connect': ['Basic', FORM, ['grant_type', 'scope']],
    iotspot: ['Basic', FORM, ['grant_type', 'client_id']],
    'high-mobility/sandbox': [
      'body',
      'application/json',
      ['grant_type', 'client_id', 'client_secret'],
    ],
    'high-mobility/live': [
      'body',
      'application/json',
      ['grant_type', 'client_id', 'client_secret'],
    ],
    'os-data-hub': ['Basic', FORM, ['grant_type']],
    oauth2: ['body', FORM, ['grant_type', 'client_id', 'client_secret']],
  };
  for (const [name, [system, request]] of Object.entries(rightRequests())) {
    const { status } = await server.post(system.tokenEndpoint, request);
    const [clientAuth, contentType, fields] = expected[name];
    const path = new URL(system.tokenEndpoint).pathname;
    const record = {
      system: name,
      method: 'POST',
      path,
      fault: undefined,
      contentType,
      clientAuth,
      fields,
      outcome: 'ok',
      status,
    };
    assert.deepEqual(server.requests.at(-1), record);
    const who = `${Array.from(system.clientId).slice(0, 3).join('')}…`;
    assert.equal(
      server.lines.at(-1),
      `POST ${path} ${status} [${name}] ${clientAuth} ${who} ${contentType} {${fields.join(' ')}}: ok`,
    );
  }
  assert.equal(server.lines.length, server.requests.length);
});

test('nothing secret is recorded or logged, wherever a client puts it', async () => {
  const { tokenEndpoint, clientId, clientSecret } = server.systems['os-data-hub'];
  const secrets = [clientSecret, 'Hunter2Hunter2Hunter2Hunter2'];
  for (const secret of secrets) {
    server.secrets.add(secret);
    const text = encodeURIComponent(secret);
    await post(tokenEndpoint, { body: `${text}=1`, headers: { 'content-type': FORM } });
    await post(tokenEndpoint, {
      body: JSON.stringify({ client_secret: `${secret}=` }),
      headers: { 'content-type': FORM },
    });
    await post(tokenEndpoint, { form: GRANT, headers: { authorization: secret } });
    await post(tokenEndpoint, { form: GRANT, headers: { authorization: basic(secret, clientId) } });
    await post(tokenEndpoint, {
      body: 'x',
      headers: { 'content-type': `text/plain; secret="${secret}"` },
    });
    await post(`${tokenEndpoint}?client_secret=${text}`, { form: GRANT });
    await post(`${tokenEndpoint}/${text}`, { form: GRANT });
    await post(`${server.url}/fault/reflect/oauth2/token`, {
      form: { client_secret: secret },
      headers: { authorization: basic(clientId, secret) },
    });
  }
  const written = JSON.stringify(server.requests) + server.lines.join('\n');
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), basic(clientId, secret).slice(6)])
      assert.ok(!written.includes(form));
  }
});

test('a token endpoint takes POST only, and says so in its own way', async () => {
  const bodies = {
    here: (body) => body.errorCode === 405000,
    'ota-connect': (body) => body.error === 'invalid_request',
    iotspot: (body) => body.error === 'invalid_request',
    'high-mobility/sandbox': (body) => body.error === 'invalid_request',
    'high-mobility/live': (body) => body.error === 'invalid_request',
    'os-data-hub': (body) => body.ErrorCode === 'invalid_request',
    oauth2: (body) => body.error === 'invalid_request',
  };
  for (const [name, [system]] of Object.entries(rightRequests())) {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers, body } = await post(system.tokenEndpoint, { method });
      assert.deepEqual(
        [status, headers.get('allow'), bodies[name](body)],
        [405, 'POST', true],
        name,
      );
    }
    assert.deepEqual(
      [(await post(system.api)).status, (await post(system.api)).headers.get('allow')],
      [405, 'GET'],
    );
  }
});

test('a body of more than 64 KiB is refused', async () => {
  for (const [name, [system, request]] of Object.entries(rightRequests())) {
    const padding = 'x'.repeat(64 * 1024);
    const larger = request.json
      ? { ...request, json: { ...request.json, padding } }
      : { ...request, form: { ...request.form, padding } };
    assert.equal((await post(system.tokenEndpoint, larger)).status, 413, name);
    assert.match(server.requests.at(-1).outcome, /size|too large/);
  }
});

/** Sends what fetch would not: headers twice. */
function rawPost(url, headers, body) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' });
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
    request.on('error', reject);
    request.on('response', async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, body: JSON.parse(text) });
    });
    request.end(body);
  });
}

test('a second Authorization header is refused', async () => {
  for (const [name, [system, { form, json, headers }]] of Object.entries(rightRequests())) {
    const authorization = headers?.authorization ?? 'Basic eDp5';
    const body = json ? JSON.stringify(json) : new URLSearchParams(form).toString();
    const twice = {
      authorization: [authorization, authorization],
      'content-type': json ? 'application/json' : FORM,
    };
    const { status } = await rawPost(system.tokenEndpoint, twice, body);
    assert.ok(status === 400 || status === 401, name);
    assert.match(server.requests.at(-1).outcome, /repeated header|401202|given twice/, name);
  }
});

test('a parameter given twice is refused', async () => {
  for (const [name, [system, { form, headers }]] of Object.entries(rightRequests())) {
    const pairs = [...Object.entries(form ?? GRANT), ['grant_type', 'client_credentials']];
    const { status } = await post(system.tokenEndpoint, { form: pairs, headers });
    assert.ok(status === 400 || status === 401, name);
    assert.match(server.requests.at(-1).outcome, /repeated parameter|given twice/, name);
  }
});

test('the server answers to its own name only', async () => {
  const [system, { form, headers }] = rightRequests()['os-data-hub'];
  const body = new URLSearchParams(form).toString();
  const named = (host) =>
    rawPost(system.tokenEndpoint, { ...headers, host, 'content-type': FORM }, body);
  assert.equal((await named('rebound.example')).status, 421);
  const { body: granted, status } = await named(`LOCALHOST:${new URL(server.url).port}`);
  server.secrets.add(granted.access_token);
  assert.equal(status, 200);
});

test('an unknown path is told what there is', async () => {
  const { status, body } = await post(`${server.url}/here/oauth2/tokens`, { form: GRANT });
  assert.equal(status, 404);
  assert.ok(body.endpoints.includes('/here/oauth2/token'));
  assert.deepEqual(
    [server.requests.at(-1).system, server.requests.at(-1).path],
    ['none', '(unknown)'],
  );
});

test('CORS, when asked for', async () => {
  const other = await startTokenServer({ cors: true });
  try {
    const [system, request] = rightRequests(other.systems)['os-data-hub'];
    const headers = {
      origin: 'null',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    };
    const preflight = await post(system.tokenEndpoint, { method: 'OPTIONS', headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    assert.equal(
      preflight.headers.get('access-control-allow-headers'),
      'authorization, content-type, accept',
    );
    assert.equal(
      (await post(system.tokenEndpoint, request)).headers.get('access-control-allow-origin'),
      '*',
    );
    assert.equal(
      (await post(`${other.url}/fault/status/503/oauth2/token`)).headers.get(
        'access-control-allow-origin',
      ),
      '*',
    );
  } finally {
    await other.close();
  }
  const [system, request] = rightRequests()['os-data-hub'];
  assert.equal(
    (await server.post(system.tokenEndpoint, request)).headers.get('access-control-allow-origin'),
    null,
  );
});

test('many requests at once', async () => {
  const [system, request] = rightRequests().iotspot;
  const before = server.requests.length;
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => server.post(system.tokenEndpoint, request)),
  );
  assert.equal(new Set(answers.map(({ body }) => body.access_token)).size, 50);
  assert.equal(server.requests.length - before, 50);
});

test('a port that is taken is an error', async () => {
  await assert.rejects(startTokenServer({ port: Number(new URL(server.url).port) }), {
    code: 'EADDRINUSE',
  });
});
