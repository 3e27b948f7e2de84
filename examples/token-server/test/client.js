// A client of its own: oauth-1.0a, jose and fetch, nothing of the server but its address and its
// credentials.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before } from 'node:test'
import { importPKCS8, SignJWT } from 'jose'
import OAuth from 'oauth-1.0a'

import { startTokenServer } from '../server.js'

export const FORM = 'application/x-www-form-urlencoded'
export const GRANT = { grant_type: 'client_credentials' }
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Starts a server before the tests of a file and ends it after them; then nothing secret may have
 * been logged or recorded.
 * @returns {{ url: string, systems: any, requests: any[], lines: string[], secrets: Set<string>,
 *   reset(): void }} filled before the first test
 */
export function useServer(options = {}) {
  const used = { lines: [], secrets: new Set() }
  before(async () => {
    Object.assign(
      used,
      await startTokenServer({ ...options, log: (line) => used.lines.push(line) }),
    );
    for (const secret of secretsOf(used.systems)) used.secrets.add(secret);
    used.post = async (url, request) => {
      const answer = await post(url, request);
      for (const name of ['access_token', 'accessToken'])
        if (answer.body?.[name]) used.secrets.add(answer.body[name]);
      return answer;
    };
  });
  after(async () => {
    await used.close();
    assert.ok(used.requests.length > 0);
    const written = JSON.stringify(used.requests) + used.lines.join('\n');
    for (const secret of used.secrets)
      assert.ok(!written.includes(secret), 'a secret was logged or recorded');
  });
  return used;
}

/** Every secret and key of `systems`, also as they look inside JSON and inside Basic. */
export function secretsOf(value) {
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === 'clientSecret')
      return [member, JSON.stringify(member).slice(1, -1), basic(value.clientId, member).slice(6)];
    if (name === 'privateKey') return [member.split('\n')[1]];
    return secretsOf(member);
  });
}

/** Posts a form (pairs or an object), JSON, or any body; reads the answer as JSON where it is. */
export async function post(url, { headers = {}, form, json, body, method = 'POST', ...init } = {}) {
  if (form)
    [body, headers] = [new URLSearchParams(form).toString(), { 'content-type': FORM, ...headers }];
  if (json)
    [body, headers] = [JSON.stringify(json), { 'content-type': 'application/json', ...headers }];
  const response = await fetch(url, { method, headers, body, redirect: 'manual', ...init });
  const text = await response.text();
  const isJSON = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: isJSON ? JSON.parse(text) : text,
  };
}

export const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

export const formEncoded = (text) => new URLSearchParams({ '': text }).toString().slice(1)

/**
 * An OAuth 1 Authorization header made by oauth-1.0a; `wrong` replaces parameters before they are
 * signed.
 */
export function oauth({ url, key, secret, method = 'POST', form = {}, hash = 'sha256', ...wrong }) {
  const client = new OAuth({
    consumer: { key, secret },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, signingKey) => createHmac(hash, signingKey).update(base).digest('base64'),
  })
  const params = {
    oauth_consumer_key: key,
    oauth_nonce: randomUUID(),
    oauth_signature_method: 'HMAC-SHA256',
    oauth_timestamp: String(Math.trunc(Date.now() / 1000)),
    oauth_version: '1.0',
    ...wrong,
  };
  const oauth_signature = client.getSignature({ method, url, data: { ...form } }, undefined, {
    ...params,
  });
  return client.toHeader({ ...params, oauth_signature }).Authorization;
}

/** A JWT made by jose. */
export async function jwt(claims, { privateKey, secret, alg = 'ES256', ...header }) {
  const key =
    secret === undefined ? await importPKCS8(privateKey, alg) : new TextEncoder().encode(secret);
  return new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT', ...header }).sign(key);
}
