import { createPublicKey, generateKeyPair, randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'

import { granted, json, Refusal } from '../answer.js'
import { JWT_BEARER, verifyAssertion } from '../assertion.js'
import { parseFormBasic, sameClient } from '../basic.js'
import { FORM } from '../body.js'
import { randomText, sameSecret } from '../secrets.js'

const LIFETIME = 3600
// Whatever a client that encodes wrongly, twice or not at all gets wrong.
const DIFFICULT = '&=+%/~ "\':é€😀'

// One registered key of each kind, and the algorithms that it may be used with (RFC 7518, section
// 3.1; RFC 8037).
const KINDS = {
  rsa: {
    type: ['rsa', { modulusLength: 2048 }],
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  },
  p256: { type: ['ec', { namedCurve: 'P-256' }], algorithms: ['ES256'] },
  p384: { type: ['ec', { namedCurve: 'P-384' }], algorithms: ['ES384'] },
  p521: { type: ['ec', { namedCurve: 'P-521' }], algorithms: ['ES512'] },
  ed25519: { type: ['ed25519', {}], algorithms: ['EdDSA', 'Ed25519'] },
}
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512']

// Made once a process, since an RSA key takes a while; every server in it registers the same ones.
let made;
const newKeys = () =>
  (made ??= Promise.all(Object.keys(KINDS).map(newKey)).then(Object.fromEntries));

async function newKey(kind) {
  const { privateKey } = await promisify(generateKeyPair)(...KINDS[kind].type);
  return [
    kind,
    { keyId: randomUUID(), privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
  ];
}

const failure = (status, error, error_description, headers = {}) =>
  json(status, { error, error_description }, { headers });

const refuse = (error, description, status = 400) =>
  new Refusal(`${error}: ${description}`, failure(status, error, description));

// RFC 6749, section 5.2: 401, and the scheme that the client could have used.
const refuseClient = (description) =>
  new Refusal(
    `invalid_client: ${description}`,
    failure(401, 'invalid_client', description, {
      'www-authenticate': 'Basic realm="token server"',
    }),
  );

/**
 * A textbook token endpoint for the client credentials grant: client_secret_basic with the form
 * encoding of RFC 6749, section 2.3.1, client_secret_post, client_secret_jwt and private_key_jwt
 * (RFC 7523), and a public client. It says what it was asked for: scope, resource (RFC 8707, may
 * repeat) and audience come back as they were received.
 */
export async function createOAuth2({ credentials = {}, tokens, once }) {
  const { keys: givenKeys = {}, ...given } = credentials
  const client = {
    clientId: `client ${DIFFICULT} ${randomText(12)}`,
    clientSecret: `secret ${DIFFICULT} ${randomText(32)}`,
    publicClientId: `public ${DIFFICULT} ${randomText(12)}`,
    ...given,
  }
  const keys = { ...(await newKeys()), ...givenKeys }
  const registered = Object.entries(keys).map(([kind, { keyId, privateKey }]) => ({
    keyId,
    publicKey: createPublicKey(privateKey),
    algorithms: KINDS[kind].algorithms,
  }))
  const assertions = once()

  function findKey({ alg, kid }) {
    if (SECRET_ALGORITHMS.includes(alg)) return new TextEncoder().encode(client.clientSecret);
    return registered.find(
      ({ keyId, algorithms }) => algorithms.includes(alg) && (kid === undefined || kid === keyId),
    )?.publicKey;
  }

  async function verify({ fields, url, endpoint, now }) {
    if (fields.get('client_assertion_type') !== JWT_BEARER)
      throw refuse('invalid_request', 'client_assertion_type is not jwt-bearer');
    const { claims, wrong } = await verifyAssertion(fields.get('client_assertion'), findKey, {
      issuer: client.clientId,
      subject: client.clientId,
      audience: [url, endpoint], // with and without the /fault/ prefix
      currentDate: new Date(now),
      requiredClaims: ['exp', 'jti'],
    })
    if (wrong) throw refuseClient(`wrong assertion: ${wrong}`)
    if (typeof claims.jti !== 'string' || !assertions.use(claims.jti, claims.exp - now / 1000)) {
      throw refuseClient('wrong assertion: jti used before')
    }
  }

  /**
   * The id of the client, once it has proven who it is in exactly one way (RFC 6749, section 2.3).
   */
  async function authenticate(request) {
    const { authorization, fields } = request;
    const ways = [
      authorization !== undefined,
      fields.has('client_secret'),
      fields.has('client_assertion'),
    ].filter(Boolean).length;
    if (ways > 1) throw refuse('invalid_request', 'more than one way of client authentication');
    const clientId = fields.get('client_id');
    if (ways === 0) {
      if (!sameSecret(clientId, client.publicClientId))
        throw refuseClient('no client authentication, and not the public client');
      return client.publicClientId;
    }
    if (clientId !== undefined && !sameSecret(clientId, client.clientId))
      throw refuseClient('wrong client_id');
    if (authorization !== undefined) {
      const basic = parseFormBasic(authorization)
      if (basic === undefined) throw refuseClient('malformed Basic credentials')
      if (!sameClient(basic, client)) throw refuseClient('wrong id or secret')
    } else if (fields.has('client_secret')) {
      if (clientId === undefined)
        throw refuse('invalid_request', 'client_secret without client_id');
      if (!sameSecret(fields.get('client_secret'), client.clientSecret))
        throw refuseClient('wrong secret');
    } else {
      await verify(request)
    }
    return client.clientId
  }

  async function grant(request) {
    const { fields, now } = request;
    if (!fields.get('grant_type')) throw refuse('invalid_request', 'no grant_type');
    const clientId = await authenticate(request);
    if (fields.get('grant_type') !== 'client_credentials')
      throw refuse('unsupported_grant_type', 'wrong grant_type');
    const token = randomBytes(32).toString('base64url');
    tokens.add(token, { system: 'oauth2', clientId, until: now + LIFETIME * 1000 });
    const asked = ['scope', 'resource', 'audience']
      .filter((name) => fields.has(name))
      .map((name) => [
        name,
        fields.getAll(name).length > 1 ? fields.getAll(name) : fields.get(name),
      ]);
    return granted(
      200,
      {
        access_token: token,
        token_type: 'Bearer',
        expires_in: LIFETIME,
        ...Object.fromEntries(asked),
      },
      { clientId },
    );
  }

  return {
    name: 'oauth2',
    tokenPath: '/oauth2/token',
    accepts: [FORM],
    mayRepeat: ['resource', 'audience'],
    grant,
    refuse: (problem) => refuse('invalid_request', problem, { method: 405, size: 413 }[problem]),
    failure: (status) =>
      status < 500
        ? failure(
            status,
            status === 401 ? 'invalid_client' : 'invalid_request',
            'The request failed',
          )
        : failure(status, 'server_error', 'The request failed'),
    describe: (origin) => ({ ...client, keys, tokenEndpoint: `${origin}/oauth2/token` }),
  }
}
