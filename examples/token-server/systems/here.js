import { randomBytes, randomUUID } from 'node:crypto'

import { granted, json, Refusal } from '../answer.js'
import { FORM, JSON_TYPE } from '../body.js'
import { judgeSignature, judgeSignatureWithOauthlib, parseOAuth } from '../oauth1.js'
import { randomText, sameSecret } from '../secrets.js'

// HERE's guide says "too far in the past or future" and publishes no number.
const WINDOW = 300
const LIFETIME = 86_399
const LONGEST = 86_400

// The numbers and most of the words are from "Error messages" in HERE's Authentication and
// Authorization Developer's Guide; the sentences of 401204 and 401300 are as its users quote them.
// Those that end in 000 are this server's own.
const MESSAGES = {
  400000: 'This server judges no query; start it with --oauthlib.',
  400002: 'Invalid JSON.',
  400003: 'Content-Type header missing.',
  400004: 'Unsupported Content-Type.',
  400200: 'Received invalid data. See errorFields for details.',
  400201: 'Missing required field.',
  400202: 'Value cannot be empty.',
  400203: 'Invalid value.',
  400217: 'Not a valid string value.',
  401200: 'Authorization header missing.',
  401202: 'Malformed OAuth 1.0 header.',
  401204: "Invalid Authorization header, timestamp doesn't match server time.",
  401205: 'Unsupported value for signature method.',
  401206: 'Unsupported value for "oauth_version" parameter (should be 1.0).',
  401207: 'Nonce already consumed.',
  401300: 'Signature mismatch. Authorization signature or client credential is wrong.',
  401310:
    'Invalid signature. Attempt to use client ID instead of access key identifier for consumer ' +
    'key.',
  405000: 'Method not allowed.',
  413000: 'Request too large.',
  429002:
    'Request blocked because too many requests were made. Please wait for a while before making ' +
    'a new request.',
};

const PROBLEMS = {
  method: 405000,
  size: 413000,
  'no content type': 400003,
  'content type': 400004,
  'repeated header': 401202,
}

function failure(errorCode, { status = Math.trunc(errorCode / 1000), errorFields } = {}) {
  const message = MESSAGES[errorCode] ?? 'The request failed.'
  return json(status, {
    errorId: `ERROR-${randomUUID()}`,
    httpStatus: status,
    errorCode,
    message,
    error: [401300, 401310].includes(errorCode) ? 'invalid_client' : 'invalid_request',
    error_description: `errorCode: '${errorCode}'. ${message}`,
    ...(errorFields && { errorFields }),
  })
}

const refuse = (errorCode, reason = MESSAGES[errorCode]) =>
  new Refusal(`${errorCode} ${reason}`, failure(errorCode));

function refuseField(name, errorCode) {
  const errorFields = [{ name, errorCode, message: MESSAGES[errorCode] }];
  return new Refusal(
    `${errorCode} ${name}: ${MESSAGES[errorCode]}`,
    failure(400200, { errorFields }),
  );
}

/**
 * HERE Account: an OAuth 2 token request signed with OAuth 1.0 (HERE Authentication and
 * Authorization Developer's Guide). A form body is signed and answered in snake_case, a JSON body
 * is not signed and answered in camelCase.
 */
export function createHere({ credentials = {}, tokens, once, oauthlib, signal }) {
  const { clientId, clientSecret, ...given } = credentials
  const client = {
    accessKeyId: clientId ?? randomText(22),
    // Characters that a client must percent-encode to make the signing key.
    accessKeySecret: clientSecret ?? `${randomText(60)}+/=%2B~`,
    appId: randomText(20),
    userId: `HERE-${randomUUID()}`,
    ...given,
  }
  const nonces = once()

  async function authenticate(request) {
    if (request.authorization === undefined) throw refuse(401200);
    const params = parseOAuth(request.authorization);
    if (params === undefined) throw refuse(401202);
    if (params.oauth_signature_method !== 'HMAC-SHA256') throw refuse(401205);
    if (params.oauth_version !== '1.0') throw refuse(401206);
    if (params.oauth_consumer_key === client.appId) throw refuse(401310);
    if (!sameSecret(params.oauth_consumer_key, client.accessKeyId))
      throw refuse(401300, 'unknown access key');
    if (Math.abs(Number(params.oauth_timestamp) - request.now / 1000) > WINDOW)
      throw refuse(401204);

    const signed = {
      method: 'POST',
      url: request.url + request.query,
      fields:
        request.type === FORM
          ? request.fields.names.map((name) => [name, request.fields.get(name)])
          : [],
      params,
      secret: client.accessKeySecret,
    };
    if (signed.fields.some(([name]) => name.startsWith('oauth_'))) throw refuse(401202);
    if (request.query !== '' && !oauthlib) throw refuse(400000);
    const right =
      request.query === ''
        ? judgeSignature(signed)
        : await judgeSignatureWithOauthlib(signed, { python: oauthlib, signal });
    if (!right) throw refuse(401300);
    // Last, so that a request with a wrong signature uses up nobody's nonce.
    if (!nonces.use(`${client.accessKeyId} ${params.oauth_nonce}`, 2 * WINDOW)) throw refuse(401207)
  }

  /** The three fields, of either dialect. */
  function readFields({ type, fields }) {
    const names =
      type === JSON_TYPE
        ? ['grantType', 'scope', 'expiresIn']
        : ['grant_type', 'scope', 'expires_in'];
    const [grantType, scope, expiresIn] = names.map((name) => fields.get(name));
    if (grantType === undefined) throw refuseField(names[0], 400201);
    if (typeof grantType !== 'string') throw refuseField(names[0], 400217);
    if (grantType === '') throw refuseField(names[0], 400202);
    if (grantType !== 'client_credentials') throw refuseField(names[0], 400203);
    if (scope !== undefined) {
      if (typeof scope !== 'string') throw refuseField('scope', 400217)
      if (scope === '') throw refuseField('scope', 400202)
      if (!scope.startsWith('hrn:')) throw refuseField('scope', 400203)
    }
    const wanted = type === FORM && /^\d{1,9}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
    if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 0))
      throw refuseField(names[2], 400203);
    return { scope, lifetime: wanted >= 1 && wanted <= LONGEST ? wanted : LIFETIME };
  }

  async function grant(request) {
    await authenticate(request);
    const { scope, lifetime } = readFields(request);
    const token = randomBytes(96).toString('base64url');
    tokens.add(token, {
      system: 'here',
      clientId: client.accessKeyId,
      until: request.now + lifetime * 1000,
    });
    const body =
      request.type === JSON_TYPE
        ? { accessToken: token, tokenType: 'bearer', expiresIn: lifetime, ...(scope && { scope }) }
        : {
            access_token: token,
            token_type: 'bearer',
            expires_in: lifetime,
            ...(scope && { scope }),
          };
    return granted(200, body, {
      headers: { 'x-correlation-id': randomUUID() },
      clientId: client.accessKeyId,
    });
  }

  return {
    name: 'here',
    tokenPath: '/here/oauth2/token',
    accepts: [FORM, JSON_TYPE],
    grant,
    refuse(problem, { type } = {}) {
      if (problem === 'body') return refuse(type === JSON_TYPE ? 400002 : 400200, 'malformed body');
      if (problem === 'repeated parameter')
        return new Refusal('400203 repeated parameter', failure(400200));
      return refuse(PROBLEMS[problem], problem);
    },
    failure: (status) => failure(status === 429 ? 429002 : status * 1000, { status }),
    // HERE's Java SDK reads this clock after a 401204 and signs once more.
    timestampPath: '/here/timestamp',
    timestamp: (now) => json(200, { timestamp: Math.trunc(now / 1000) }, { outcome: 'ok' }),
    describe: (origin) => ({
      ...client,
      clientId: client.accessKeyId,
      clientSecret: client.accessKeySecret,
      tokenEndpoint: `${origin}/here/oauth2/token`,
      timestampEndpoint: `${origin}/here/timestamp`,
    }),
  }
}
