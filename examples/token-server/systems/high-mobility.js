import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'

import { granted, json, Refusal } from '../answer.js'
import { JWT_BEARER, verifyAssertion } from '../assertion.js'
import { FORM, JSON_TYPE } from '../body.js'
import { randomText, sameSecret } from '../secrets.js'

const LIFETIME = 300
const SCOPE = 'fleet:clearance vehicle:eligibility-check vehicle:data'
// The service account API, from which this one descends, documents this tolerance of `iat` and a
// `jti` of single use.
const TOLERANCE = 30

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

// What the access tokens are signed with. Nobody checks these signatures, so one key does for a
// whole process.
const { privateKey: signingKey } = newKey()

// "AccessTokensError" in High Mobility's OpenAPI document of the OAuth2 API: always
// invalid_request, the sentence tells.
const failure = (status, description) =>
  json(status, { error: 'invalid_request', error_description: description });
const refuse = (description, status = 400) =>
  new Refusal(description, failure(status, description));

// The JSON:API shape that its SDK also expects, for requests that are not even well-formed.
const jsonAPI = (status, title, detail, source) =>
  json(status, { errors: [{ title, detail, source }] });
const notAuthorized = (detail, source) =>
  new Refusal(`not authorized: ${detail}`, jsonAPI(401, 'Not authorized', detail, source));

const PROBLEMS = {
  'no content type': ['Content-Type is missing', 'content-type'],
  'content type': ['Content-Type must be application/json', 'content-type'],
  body: ['The request body cannot be parsed', 'body'],
  'repeated header': ['The Authorization header is given twice', 'authorization'],
  'repeated parameter': ['A parameter is given twice', 'body'],
}

/**
 * One environment of High Mobility ("OAuth 2.0" in its documentation): a JSON body (its own samples
 * also post a form) with either the secret, or an assertion that is not RFC 7523's: `iss` names the
 * private key, `aud` is the API and not the token endpoint, there is a `ver` and neither `sub` nor
 * `exp`.
 * @param {'sandbox' | 'live'} environment
 */
export function createHighMobility(environment, { credentials = {}, tokens, once }) {
  const name = `high-mobility/${environment}`
  const client = {
    clientId: randomUUID(),
    clientSecret: randomText(32),
    keyId: randomUUID(),
    privateKey: newKey().privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ...credentials,
  }
  const publicKey = createPublicKey(client.privateKey)
  const appId = randomUUID()
  const assertions = once()

  function requireFields(fields) {
    const credential = fields.has('client_assertion') ? 'client_assertion' : 'client_secret';
    const names = ['client_id', credential, 'grant_type'];
    if (credential === 'client_assertion') names.push('client_assertion_type');
    const blank = names.filter(
      (field) => typeof fields.get(field) !== 'string' || fields.get(field) === '',
    );
    if (blank.length > 0) throw refuse(blank.map((field) => `${field} can't be blank`).join(', '));
    if (fields.has('client_secret') && fields.has('client_assertion'))
      throw refuse('client_secret and client_assertion are both given');
  }

  async function verify(assertion, { origin, now }) {
    const audience = `${origin}/v1`
    const { claims, wrong } = await verifyAssertion(assertion, () => publicKey, {
      algorithms: ['ES256'],
      issuer: client.keyId,
      audience,
      currentDate: new Date(now),
      requiredClaims: ['ver', 'iat', 'jti'],
    })
    if (wrong === 'format') {
      throw notAuthorized(
        'Missing or invalid assertion. It must be a JWT signed with the private key.',
        'client_assertion',
      );
    }
    if (wrong === 'signature') throw refuse('client_assertion is signed with an invalid key')
    if (wrong) throw refuse(`client_assertion has an invalid ${wrong}`)
    // not a list of one
    if (claims.aud !== audience) throw refuse('client_assertion has an invalid aud');
    if (claims.ver !== 2) throw refuse('client_assertion has an invalid ver');
    if (!(Math.abs(claims.iat - now / 1000) <= TOLERANCE))
      throw refuse('client_assertion has an invalid iat');
    if (typeof claims.jti !== 'string' || claims.jti === '')
      throw refuse('client_assertion has an invalid jti');
    if (!assertions.use(claims.jti, 2 * TOLERANCE))
      throw refuse('client_assertion has a jti that was used before');
  }

  async function grant(request) {
    const { fields, authorization, origin, now } = request;
    if (authorization !== undefined)
      throw notAuthorized('Credentials belong in the request body', 'authorization');
    requireFields(fields);
    if (fields.get('grant_type') !== 'client_credentials') throw refuse('grant_type is invalid');
    if (!sameSecret(fields.get('client_id'), client.clientId)) throw refuse('client_id is invalid');
    if (fields.has('client_assertion')) {
      // The documentation page spells it `jwtbearer`; the OpenAPI document, the SDK and the samples
      // spell it as RFC 7523 does.
      if (fields.get('client_assertion_type') !== JWT_BEARER)
        throw refuse('client_assertion_type is invalid');
      await verify(fields.get('client_assertion'), request);
    } else if (!sameSecret(fields.get('client_secret'), client.clientSecret)) {
      throw refuse('client_secret is invalid')
    }

    const seconds = Math.trunc(now / 1000);
    const token = await new SignJWT({
      iss: `${origin}/v1/auth_tokens`,
      scope: SCOPE,
      sub: appId,
      ver: 1,
      iat: seconds,
      exp: seconds + LIFETIME,
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .sign(signingKey)
    tokens.add(token, { system: name, clientId: client.clientId, until: now + LIFETIME * 1000 })
    // The OpenAPI document says 200, the SDK takes 201 as well: one environment each.
    const status = environment === 'live' ? 201 : 200;
    return granted(
      status,
      { access_token: token, expires_in: LIFETIME, scope: SCOPE, token_type: 'bearer' },
      { clientId: client.clientId },
    );
  }

  return {
    name,
    tokenPath: `/${name}/v1/access_tokens`,
    accepts: [JSON_TYPE, FORM],
    grant,
    refuse(problem) {
      if (problem === 'method') return refuse('method is not allowed', 405)
      if (problem === 'size') return refuse('request is too large', 413)
      return notAuthorized(...PROBLEMS[problem])
    },
    failure: (status) => jsonAPI(status, `Error ${status}`, 'The request failed', 'request'),
    describe: (origin) => ({
      ...client,
      tokenEndpoint: `${origin}/${name}/v1/access_tokens`,
      audience: `${origin}/v1`,
      instanceUri: `${origin}/${name}`,
    }),
  }
}
