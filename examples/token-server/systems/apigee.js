import { granted, json, Refusal } from '../answer.js'
import { parseRawBasic, sameClient } from '../basic.js'
import { FORM } from '../body.js'
import { randomText, sameSecret } from '../secrets.js'

const LIFETIME = 299

// The two shapes of "OAuth HTTP error response reference" in the Apigee documentation.
const errorShape = (status, ErrorCode, ErrorText) => json(status, { ErrorCode, Error: ErrorText });
const faultShape = (status, faultstring, errorcode) =>
  json(status, { fault: { faultstring, detail: { errorcode } } });

const refuse = (status, code, text, reason) =>
  new Refusal(`${code}: ${reason}`, errorShape(status, code, text));

const PROBLEMS = {
  method: [405, 'Method not allowed'],
  size: [413, 'Request body too large'],
  'no content type': [400, 'Content-Type is required'],
  'content type': [400, 'Unsupported Content-Type'],
  body: [400, 'Malformed request body'],
  'repeated header': [400, 'Authorization given twice'],
  'repeated parameter': [400, 'Parameter given twice'],
}

/**
 * Ordnance Survey's OS Data Hub, an Apigee ("OAuth 2 API, technical specification"): Basic with the
 * project's key and secret, nothing decoded; a token for five minutes; every member of the answer
 * is a string and issued_at counts milliseconds.
 */
export function createOsDataHub({ credentials = {}, tokens }) {
  const client = {
    clientId: randomText(32),
    // Characters that come out different when a client form-encodes the secret, or when a server
    // decodes it.
    clientSecret: `${randomText(12)}%2B+/=`,
    ...credentials,
  }

  function authenticate(authorization) {
    const given = parseRawBasic(authorization)
    if (given === undefined) {
      throw refuse(
        400,
        'invalid_request',
        'The request is missing a required parameter : client_id',
        'no Basic credentials',
      );
    }
    if (!sameSecret(given.id, client.clientId)) {
      throw new Refusal(
        'InvalidClientIdentifier: wrong key',
        faultShape(401, 'Invalid client identifier {0}', 'oauth.v2.InvalidClientIdentifier'),
      );
    }
    if (!sameClient(given, client))
      throw refuse(401, 'invalid_client', 'ClientId is Invalid', 'wrong secret');
  }

  async function grant({ authorization, fields, now }) {
    authenticate(authorization);
    if (!fields.get('grant_type'))
      throw refuse(400, 'invalid_request', 'Required param : grant_type', 'no grant_type');
    if (fields.get('grant_type') !== 'client_credentials') {
      throw refuse(400, 'invalid_request', 'Unsupported grant type', 'wrong grant_type')
    }
    const token = randomText(28);
    tokens.add(token, {
      system: 'os-data-hub',
      clientId: client.clientId,
      until: now + LIFETIME * 1000,
    });
    const body = {
      access_token: token,
      expires_in: String(LIFETIME),
      issued_at: String(now),
      token_type: 'Bearer',
    };
    return granted(200, body, { clientId: client.clientId });
  }

  return {
    name: 'os-data-hub',
    tokenPath: '/os-data-hub/oauth2/token/v1',
    accepts: [FORM],
    grant,
    refuse(problem) {
      const [status, text] = PROBLEMS[problem]
      return refuse(status, 'invalid_request', text, problem)
    },
    failure: (status) =>
      status === 429
        ? faultShape(
            429,
            'Rate limit quota violation. Quota limit exceeded.',
            'policies.ratelimit.QuotaViolation',
          )
        : errorShape(
            status,
            status < 500 ? 'invalid_request' : 'server_error',
            'The request failed',
          ),
    describe: (origin) => ({ ...client, tokenEndpoint: `${origin}/os-data-hub/oauth2/token/v1` }),
  }
}
