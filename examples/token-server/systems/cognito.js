import { generateKeyPair, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'

import { granted, json, Refusal } from '../answer.js'
import { parseRawBasic, sameClient } from '../basic.js'
import { FORM } from '../body.js'
import { randomText, sameSecret } from '../secrets.js'

// The keys of the two user pools' tokens. Nobody checks these signatures, so one key is enough for
// a process.
let poolKey;
const signingKey = async () =>
  (await (poolKey ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }))).privateKey;

// "The token issuer endpoint" in the Amazon Cognito Developer Guide: terse bodies, 400 for a wrong
// client as well.
const failure = (status, error) =>
  json(
    status,
    { error },
    {
      type: 'application/json;charset=UTF-8',
      headers: { 'x-amz-cognito-request-id': randomUUID() },
    },
  );

const refuse = (error, reason, status = 400) =>
  new Refusal(`${error}: ${reason}`, failure(status, error));

/**
 * An Amazon Cognito token endpoint, as two services describe theirs.
 * @param {object} pool
 * @param {string} pool.name
 * @param {string} pool.scope the scope that its clients ask for
 * @param {string} pool.grantedScope the scope inside the token, which may be another one
 * @param {number} pool.lifetime seconds
 * @param {boolean} pool.wantsClientId whether `client_id` must be in the body beside the Basic
 *   credentials
 */
function createCognito(
  { name, scope, grantedScope, lifetime, wantsClientId },
  { credentials = {}, tokens },
) {
  const client = {
    clientId: randomText(26, { lowerCase: true }),
    // Characters that come out different when a client form-encodes the secret, or when a server
    // decodes it.
    clientSecret: `${randomText(46, { lowerCase: true })}%2B+/=`,
    scope,
    ...credentials,
  }

  function authenticate({ authorization, fields }) {
    const given = parseRawBasic(authorization);
    if (given === undefined) throw refuse('invalid_client', 'no Basic credentials');
    if (!sameClient(given, client)) throw refuse('invalid_client', 'wrong id or secret');
    if (fields.has('client_secret') || fields.has('client_assertion'))
      throw refuse('invalid_request', 'two ways of client authentication');
    if (wantsClientId && !fields.has('client_id'))
      throw refuse('invalid_request', 'no client_id in the body');
    if (fields.has('client_id') && !sameSecret(fields.get('client_id'), client.clientId)) {
      throw refuse('invalid_client', 'another client_id in the body')
    }
  }

  async function grant(request) {
    const { fields, origin, now } = request;
    if (!fields.get('grant_type')) throw refuse('invalid_request', 'no grant_type');
    authenticate(request);
    if (fields.get('grant_type') !== 'client_credentials')
      throw refuse('unsupported_grant_type', 'wrong grant_type');
    // A client that names no scope gets all of its scopes.
    if (fields.get('scope') && fields.get('scope') !== client.scope)
      throw refuse('invalid_scope', 'a scope that the client has not');

    const seconds = Math.trunc(now / 1000)
    const token = await new SignJWT({
      sub: client.clientId,
      token_use: 'access',
      scope: grantedScope ?? client.scope,
      auth_time: seconds,
      iss: `${origin}/${name}`,
      exp: seconds + lifetime,
      iat: seconds,
      version: 2,
      jti: randomUUID(),
      client_id: client.clientId,
    })
      .setProtectedHeader({ kid: name, alg: 'RS256' })
      .sign(await signingKey());
    tokens.add(token, { system: name, clientId: client.clientId, until: now + lifetime * 1000 });
    const headers = {
      'content-type': 'application/json;charset=UTF-8',
      'x-amz-cognito-request-id': randomUUID(),
    };
    return granted(
      200,
      { access_token: token, expires_in: lifetime, token_type: 'Bearer' },
      { headers, clientId: client.clientId },
    );
  }

  return {
    name,
    tokenPath: `/${name}/oauth2/token`,
    accepts: [FORM],
    grant,
    refuse: (problem) => refuse('invalid_request', problem, { method: 405, size: 413 }[problem]),
    failure(status) {
      const usual = status < 500 ? 'invalid_request' : 'server_error'
      return failure(status, { 401: 'invalid_client', 429: 'too_many_requests' }[status] ?? usual)
    },
    describe: (origin) => ({ ...client, tokenEndpoint: `${origin}/${name}/oauth2/token` }),
  }
}

/**
 * HERE OTA Connect: Basic credentials and a scope, a token for a day ("OTA Connect API Usage
 * Guide").
 */
export function createOtaConnect(context) {
  const pool = createCognito(
    {
      name: 'ota-connect',
      scope: `namespace.${randomUUID()}`,
      lifetime: 86_400,
      wantsClientId: false,
    },
    context,
  );
  return { ...pool, devicesPath: '/ota-connect/v1alpha/devices', devices };
}

// The list that the guide ends with, as the device registry of the open-source server writes it.
const devices = {
  values: ['front-camera', 'gateway'].map((deviceId, i) => ({
    uuid: `00000000-0000-4000-8000-00000000000${i}`,
    deviceName: deviceId,
    deviceId,
    deviceType: 'Other',
    lastSeen: '2026-01-02T03:04:05Z',
    createdAt: '2025-01-02T03:04:05Z',
    activatedAt: '2025-01-02T03:04:05Z',
    deviceStatus: 'UpToDate',
  })),
  total: 2,
  offset: 0,
  limit: 50,
}

/**
 * iotspot: Basic credentials, and the client_id in the body again; a token for an hour (iotspot's
 * "Authentication"). The token in its documentation carries other scopes than the one asked for.
 */
export function createIotspot(context) {
  return createCognito(
    {
      name: 'iotspot',
      scope: 'iotspot/openapi',
      grantedScope: 'iotspot/outlook iotspot/production',
      lifetime: 3600,
      wantsClientId: true,
    },
    context,
  )
}
