// What real token endpoints answer that is not as RFC 6749 has it: words in shapes of their own, tokens beside
// something odd, tokens in another place, and answers of what stands before a server. The shapes are those of the
// documents that are named; moments are counted by JavaScript's Date, what a name twice means is JSON.parse's.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const tokenEndpoint = 'https://idp.example.com/oauth2/token'
const config = { tokenEndpoint, clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }
const jwt = { tokenEndpoint, clientId: 'client-1', privateKey: keys.p256.pkcs8 }
const oauth1 = { ...config, clientAuth: 'oauth1' }
const here = { provider: 'here', clientId: 'accessKeyId', clientSecret: 'accessKeySecret-abc' }
const sentAt = 1700000000123
const sent = Math.floor(sentAt / 1000)
const json = { 'content-type': 'application/json' }
const plain = { 'content-type': 'text/plain; charset=utf-8' }
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const page = { 'content-type': 'text/html' }
const xml = { 'content-type': 'application/xml' }

const text = body => (typeof body === 'string' ? body : JSON.stringify(body))
const test = (comment, status, body, { source, headers = json, config: c = config, bodyHex } = {}) => ({
  comment, source, op: 'parse', config: c, sentAt, outcome: { status, headers, ...(bodyHex === undefined ? { body: text(body) } : { bodyHex }) },
})
const refused = (comment, status, body, wantError, more) => ({ ...test(comment, status, body, more), wantError: { code: 'error_response', status, ...wantError } })
const silent = (comment, status, body, wantError, more) =>
  ({ ...test(comment, status, body, more), wantError: { code: status < 300 ? 'invalid_response' : 'http_error', status, error: null, ...wantError } })
const ok = (comment, body, token, { status = 200, ...more } = {}) =>
  ({ ...test(comment, status, body, more), want: { token: { access_token: 't', token_type: 'Bearer', ...token } } })

// ---- The server's words

const words = numbered('answers-words', [
  refused('Zoom: reason', 400, { reason: 'Invalid client_id or client_secret', error: 'invalid_client' }, { error: 'invalid_client', errorDescription: 'Invalid client_id or client_secret' }, { source: 'Zoom developer forum, "Invalid client_id or client_secret"' }),
  refused('IBM IAM: errorMessage, and the id in context', 400, { errorCode: 'BXNIM0415E', errorMessage: 'Provided API key could not be found.', context: { requestId: 'b3d4-1', requestType: 'incoming.Identity_Token', startTime: '23.10.2023 20:58:20:545 UTC' } }, { error: null, errorDescription: 'Provided API key could not be found.', providerCode: 'BXNIM0415E', requestId: 'b3d4-1' }, { source: 'IBM Cloud IAM, "Provided API key could not be found"' }),
  refused('Autodesk: developerMessage', 403, { developerMessage: 'The client_id specified does not have access to the api product', moreInfo: 'https://forge.autodesk.com/en/docs/oauth/v2/developers_guide/error_handling/', errorCode: 'AUTH-001' }, { errorDescription: 'The client_id specified does not have access to the api product', providerCode: 'AUTH-001' }, { source: 'Autodesk Platform Services, "Error handling"' }),
  refused('Salesforce: a list', 401, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }], { error: null, errorDescription: 'Session expired or invalid', providerCode: 'INVALID_SESSION_ID' }, { source: 'Salesforce, REST API developer guide, "Status codes and error responses"' }),
  refused('Slack: ok is false, with status 200', 200, { ok: false, error: 'invalid_client_id' }, { error: 'invalid_client_id' }, { source: 'Slack, oauth.v2.access' }),
  refused('Facebook', 400, { error: { message: 'Error validating client secret.', type: 'OAuthException', code: 1, fbtrace_id: 'AbC' } }, { error: 'OAuthException', errorDescription: 'Error validating client secret.', providerCode: '1', requestId: 'AbC' }, { source: 'Meta, Graph API, "Handle errors"' }),
  refused('VK: error_msg within', 401, { error: { error_code: 5, error_msg: 'User authorization failed: no session.', request_params: [{ key: 'v', value: '5.131' }] } }, { error: null, errorDescription: 'User authorization failed: no session.', providerCode: '5' }, { source: 'VK API, "Errors"' }),
  refused('WeChat: errcode with status 200', 200, { errcode: 40013, errmsg: 'invalid appid' }, { error: null, errorDescription: 'invalid appid', providerCode: '40013' }, { source: 'WeChat, "Get access token"' }),
  refused('Alipay: error_response, the sub codes say more', 200, { error_response: { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-app-id', sub_msg: 'the app id is invalid' }, sign: 'abc' }, { errorDescription: 'the app id is invalid', providerCode: 'isv.invalid-app-id' }, { source: 'Alipay, alipay.system.oauth.token' }),
  refused('Feishu: a code and a msg with status 200', 200, { code: 10003, msg: 'invalid param' }, { errorDescription: 'invalid param', providerCode: '10003' }, { source: 'Feishu, "Get custom app\'s tenant_access_token"' }),
  refused('Marketo: success is false, with status 200', 200, { requestId: 'e42b', success: false, errors: [{ code: '601', message: 'Access token invalid' }] }, { errorDescription: 'Access token invalid', providerCode: '601', requestId: 'e42b' }, { source: 'Marketo, REST API, "Error codes"' }),
  refused('success is false, and nothing else with status 200 is an error', 200, { success: false, message: 'The key is blocked' }, { errorDescription: 'The key is blocked', providerCode: null }),
  refused('PayPal', 400, { name: 'INVALID_REQUEST', message: 'Request is not well-formed.', debug_id: 'd1', details: [{ issue: 'MISSING_REQUIRED_PARAMETER', field: '/grant_type', description: 'A required field is missing.' }] }, { errorDescription: 'Request is not well-formed.: /grant_type: A required field is missing.', providerCode: 'INVALID_REQUEST', requestId: 'd1' }, { source: 'PayPal, "API responses"' }),
  refused('eBay: errorId is a code there', 400, { errors: [{ errorId: 1001, domain: 'OAuth', category: 'REQUEST', message: 'Invalid access token', longMessage: 'Invalid access token. Check the value of the Authorization HTTP request header.' }] }, { providerCode: '1001', requestId: null, mentions: ['Check the value of the Authorization'] }, { source: 'eBay, "Handling errors"' }),
  refused('Shopify: errors is a text', 401, { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' }, { error: null, errorDescription: '[API] Invalid API key or access token (unrecognized login or wrong password)' }, { source: 'Shopify, "API response status and error codes"' }),
  refused('ASP.NET Core: the first field of errors', 400, { type: 'https://tools.ietf.org/html/rfc9110#section-15.5.1', title: 'One or more validation errors occurred.', status: 400, errors: { ClientId: ['The ClientId field is required.'] }, traceId: '00-ab-01' }, { errorDescription: 'One or more validation errors occurred.: ClientId: The ClientId field is required.', requestId: '00-ab-01' }, { headers: { 'content-type': 'application/problem+json' }, source: 'ASP.NET Core, ValidationProblemDetails' }),
  refused('RFC 9457 in capitals', 401, { Type: null, Title: 'Unauthorized', Status: 401, Detail: 'AuthenticationUnsuccessful', Instance: 'i-1' }, { errorDescription: 'Unauthorized: AuthenticationUnsuccessful' }, { source: 'Xero, "Response codes"' }),
  refused('Box: type says error', 401, { type: 'error', status: 401, code: 'unauthorized', message: 'Unauthorized', request_id: 'r1' }, { errorDescription: 'Unauthorized', providerCode: 'unauthorized', requestId: 'r1' }, { source: 'Box, "Client error"' }),
  refused('Dropbox: error_summary and a tag', 401, { error_summary: 'invalid_access_token/..', error: { '.tag': 'invalid_access_token' } }, { errorDescription: 'invalid_access_token/..', providerCode: 'invalid_access_token' }, { source: 'Dropbox, "Errors"' }),
  refused('GitHub: a form, with status 200', 200, 'error=incorrect_client_credentials&error_description=The+client_id+and%2For+client_secret+passed+are+incorrect.&error_uri=https%3A%2F%2Fdocs.github.com%2F', { error: 'incorrect_client_credentials', errorDescription: 'The client_id and/or client_secret passed are incorrect.' }, { headers: form, source: 'GitHub, "Troubleshooting OAuth app access token request errors"' }),
  refused('a form with status 400', 400, 'error=invalid_client&error_description=caf%C3%A9+%26+co', { error: 'invalid_client', errorDescription: 'café & co' }, { headers: form }),
  refused('LinkedIn: serviceErrorCode', 401, { serviceErrorCode: 65600, message: 'Invalid access token', status: 401 }, { errorDescription: 'Invalid access token', providerCode: '65600' }, { source: 'LinkedIn, "Error handling"' }),
  refused('Amazon: request_id', 400, { error_description: 'Client authentication failed', error: 'invalid_client', request_id: 'a-1' }, { error: 'invalid_client', requestId: 'a-1' }, { source: 'Login with Amazon, "Access token errors"' }),
  refused('AWS JSON: __type', 400, { __type: 'NotAuthorizedException', message: 'Client authentication failed' }, { errorDescription: 'Client authentication failed', providerCode: 'NotAuthorizedException' }, { source: 'AWS JSON 1.1 protocol, "Operation error serialization"' }),
  refused('NestJS: the phrase of the status, and a list of messages', 400, { statusCode: 400, message: ['client_id should not be empty', 'x'], error: 'Bad Request' }, { error: null, errorDescription: 'Bad Request: client_id should not be empty' }, { source: 'NestJS, "Validation"' }),
  refused('Django REST framework: a field', 400, { client_id: ['This field is required.'] }, { error: null, errorDescription: 'client_id: This field is required.' }, { source: 'Django REST framework, "Exceptions"' }),
  refused('Django REST framework: no field', 400, { non_field_errors: ['Unable to log in with provided credentials.'] }, { errorDescription: 'Unable to log in with provided credentials.' }, { source: 'Django REST framework, obtain_auth_token' }),
  refused('ForgeRock', 401, { code: 401, reason: 'Unauthorized', message: 'Authentication Failed' }, { errorDescription: 'Authentication Failed: Unauthorized', providerCode: '401' }, { source: 'ForgeRock AM, "REST status codes"' }),
  refused('Strava: the message, and which field', 400, { message: 'Bad Request', errors: [{ resource: 'Application', field: 'client_id', code: 'invalid' }] }, { errorDescription: 'Bad Request: client_id: invalid', providerCode: 'invalid' }, { source: 'Strava, "Authentication"' }),
  refused('Spotify: within error', 401, { error: { status: 401, message: 'Invalid access token' } }, { error: null, errorDescription: 'Invalid access token' }, { source: 'Spotify, "API calls"' }),
  refused('Yandex Cloud: a code and a message', 401, { code: 16, message: 'JWT is too old', details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'y-1' }] }, { errorDescription: 'JWT is too old', providerCode: '16' }, { source: 'Yandex Cloud, "Troubleshooting"' }),
  refused('Baidu: error_code and error_msg', 401, { error_code: 110, error_msg: 'Access token invalid or no longer valid' }, { errorDescription: 'Access token invalid or no longer valid', providerCode: '110' }, { source: 'Baidu AI, "Error codes"' }),
  refused('Huawei: error is a number', 400, { error: 1101, sub_error: 20001, error_description: 'invalid client' }, { error: null, errorDescription: 'invalid client', providerCode: '1101' }, { source: 'Huawei Account Kit, "Token result codes"' }),
  refused('OpenStack Keystone', 401, { error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' } }, { errorDescription: 'The request you have made requires authentication.', providerCode: '401' }, { source: 'OpenStack Identity API v3' }),
  refused('HubSpot: the status is a code', 400, { status: 'BAD_CLIENT_ID', message: 'missing or invalid client id', correlationId: 'h-1' }, { errorDescription: 'missing or invalid client id', providerCode: 'BAD_CLIENT_ID', requestId: 'h-1' }, { source: 'HubSpot community, "BAD_CLIENT_ID"' }),
  refused('Intuit: a fault with a list, in capitals', 401, { Fault: { Error: [{ Message: 'message=AuthenticationFailed', Detail: 'Token expired', code: '3200' }], type: 'AUTHENTICATION' } }, { errorDescription: 'message=AuthenticationFailed: Token expired', providerCode: '3200' }, { source: 'Intuit, "Error codes"' }),
  refused('ServiceNow: a message and a detail', 401, { error: { message: 'User Not Authenticated', detail: 'Required to provide Auth information' }, status: 'failure' }, { errorDescription: 'User Not Authenticated: Required to provide Auth information', providerCode: null }, { source: 'ServiceNow, "REST API HTTP response codes"' }),
  refused('SAP OData: the message is an object', 401, { error: { code: '005056A509B11EE1B9A8FEC11C23378E', message: { lang: 'en', value: 'Not authorized' } } }, { errorDescription: 'Not authorized', providerCode: '005056A509B11EE1B9A8FEC11C23378E' }, { source: 'SAP Gateway, "OData error response"' }),
  refused('UPS: within response', 401, { response: { errors: [{ code: '10401', message: 'ClientId is Invalid' }] } }, { errorDescription: 'ClientId is Invalid', providerCode: '10401' }, { source: 'UPS, "OAuth client credentials", error codes' }),
  refused('Kong: request_id', 404, { message: 'no Route matched with those values', request_id: 'k-1' }, { errorDescription: 'no Route matched with those values', requestId: 'k-1', hints: ['no token endpoint at https://idp.example.com/oauth2/token'] }, { source: 'Kong Gateway, "Troubleshooting"' }),
  refused('Okta: causes', 400, { errorCode: 'E0000001', errorSummary: 'Api validation failed: client_id', errorLink: 'E0000001', errorId: 'o-1', errorCauses: [{ errorSummary: 'client_id: The field cannot be left blank' }] }, { errorDescription: 'Api validation failed: client_id: client_id: The field cannot be left blank', providerCode: 'E0000001', requestId: 'o-1' }, { source: 'Okta, "Error codes"' }),
  refused('Auth0, as its API says it', 401, { statusCode: 401, error: 'Unauthorized', message: 'Bad audience', errorCode: 'invalid_audience' }, { error: null, errorDescription: 'Unauthorized: Bad audience', providerCode: 'invalid_audience' }, { source: 'Auth0 Management API' }),
  refused('error: true', 400, { error: true, message: 'The client is blocked' }, { error: null, errorDescription: 'The client is blocked' }),
  refused('a name twice: the last counts', 400, '{"error":"x","error":"invalid_client","note":"\\ud83d"}', { error: 'invalid_client' }),
  refused('invalid UTF-8 beside it', 401, undefined, { error: 'invalid_client', errorDescription: 'Schl ssel' }, { bodyHex: Buffer.from('{"error":"invalid_client","error_description":"Schl\u00fcssel"}', 'latin1').toString('hex') }),
  refused('controls that move a cursor or hide text, C0, C1, bidirectional and of no width', 400, '{"error":"a\\u001b[2Jb","error_description":"c\\u009b1Ad\\u202ee\\u2066f\\u200bg\\u0007h\\r\\ni","errorCode":"j\\u0008k","correlationId":"l\\u061cm"}', { error: 'a [2Jb', errorDescription: 'c 1Ad e f g h  i', providerCode: 'j k', requestId: 'l m' }, { source: 'ECMA-48; Unicode, UAX #9' }),
  silent('a message beside status 200 and no token', 200, { message: 'Your trial is over', status: 'ok' }, { errorDescription: 'Your trial is over', mentions: ['Your trial is over', 'no access_token'] }),
])

// ---- The words of what is not understood

const cut = (s, more) => ({ errorDescription: null, mentions: s, ...more })
const excerpts = numbered('answers-excerpt', [
  silent('SMART: plain text', 401, 'Invalid client assertion: the issuer is not registered', cut(['text/plain', 'Invalid client assertion: the issuer is not registered']), { headers: plain, source: 'SMART App Launch, bulk data servers' }),
  silent('no Content-Type', 500, 'out of order', cut(['no Content-Type', 'out of order'], { retryable: true }), { headers: {} }),
  silent('a page: its title and its heading', 502, '<html><head><title>502 Bad Gateway</title></head><body><center><h1>Try again</h1></center><hr>nginx</body></html>', cut(['text/html', '502 Bad Gateway: Try again'], { retryable: true }), { headers: page }),
  silent('a page without either', 403, '<html><style>p{}</style><script>var a = "b"</script><p>Request <b>unsuccessful</b>.</p></html>', cut(['text/html'], { retryable: true }), { headers: page }),
  silent('a login page with status 200', 200, '<!doctype html><title>Sign in</title>', cut(['text/html', 'Sign in']), { headers: page }),
  silent('XML', 403, '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>', cut(['application/xml', 'Access Denied'], { retryable: true }), { headers: xml, source: 'Amazon S3, "Error responses"' }),
  silent('JSON of a shape of its own', 400, { trouble: 'the tenant is suspended' }, cut(['it has trouble: the tenant is suspended'])),
  silent('JSON of a shape of its own, with status 200: names only', 200, { trouble: 'the tenant is suspended', since: 'May' }, cut(['it has trouble, since'])),
  silent('the secret in a text', 400, 'bad pair client-1 and Zx81-s3cr3t-Qq', cut(['bad pair', '[redacted]']), { headers: plain }),
  silent('the secret in a name of JSON, escaped twice', 400, JSON.stringify({ [JSON.stringify('Zx81"s3cr\\3t-Qq')]: 1 }), cut(['[redacted]']), { config: { ...config, clientSecret: 'Zx81"s3cr\\3t-Qq' } }),
  silent('controls in a text', 400, 'a\u001b]0;title\u0007b \u202ec', cut(['a ]0;title b', 'c']), { headers: plain }),
  silent('controls in a Content-Type', 400, 'no good', cut(['no good']), { headers: { 'content-type': 'text/\u001b[2Jplain' } }),
  silent('no more than some words', 400, 'word '.repeat(1000), cut(['word word', 'word…']), { headers: plain }),
  silent('compressed', 400, undefined, cut(['application/json'], { retryable: false }), { bodyHex: '1f8b0800000000000003ab564a4c4e4e2d2e8e2fc9cf4ecd53b252' }),
  silent('a token with a status that is no success is not shown', 400, '{"access_token":"VE5URXlJbjAuLmE4S0l4eVpQ","x":"why"}', cut(['at access_token'])),
  silent('SOAP 1.1: a fault', 500, '<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>The client is not registered</faultstring></soap:Fault></soap:Body></soap:Envelope>', cut(['text/xml', 'The client is not registered'], { retryable: true }), { headers: { 'content-type': 'text/xml' }, source: 'SOAP 1.1 section 4.4' }),
  silent('the error of RFC 6749 in XML', 400, '<OAuth><error>invalid_client</error><error_description>The client is not registered</error_description></OAuth>', cut(['application/xml', 'The client is not registered']), { headers: xml, source: 'Salesforce, "format" of the token request' }),
  silent('the error alone in XML', 400, '<OAuth><error>invalid client</error></OAuth>', cut(['invalid client']), { headers: xml }),
  silent('the paragraph of a page', 403, '<html><body><p>Your network is not allowed here.</p></body></html>', cut(['text/html', 'Your network is not allowed here.'], { retryable: true }), { headers: page }),
  silent('the secret in a fault', 500, '<Fault><faultstring>no client with Zx81-s3cr3t-Qq</faultstring></Fault>', cut(['no client with [redacted]'], { retryable: true }), { headers: xml }),
])

// ---- A token beside something odd

const life = (expires_in, more) => ({ expires_in, expires_at: sent + expires_in, ...more })
const latin1 = s => ({ bodyHex: Buffer.from(s, 'latin1').toString('hex') })
const beside = numbered('answers-token', [
  ok('errorCode 0', { access_token: 't', errorCode: 0 }, { errorCode: 0 }),
  ok('errorCode 0 as text, and a message', { access_token: 't', errorCode: '0', message: 'ok' }, { errorCode: '0', message: 'ok' }),
  ok('DingTalk: errcode 0', { errcode: 0, access_token: 't', errmsg: 'ok', expires_in: 7200 }, life(7200, { errcode: 0, errmsg: 'ok' }), { source: 'DingTalk, gettoken' }),
  ok('error null, false, empty, 0, none', { access_token: 't', error: null, error_description: null }, { error: null, error_description: null }),
  ok('error false', { access_token: 't', error: false }, { error: false }),
  ok('error empty', { access_token: 't', error: '', error_description: '' }, { error: '', error_description: '' }),
  ok('error 0', { access_token: 't', error: 0 }, { error: 0 }),
  ok('an error that is an empty object', { access_token: 't', error: {} }, { error: {} }),
  ok('errors without any', { access_token: 't', errors: [], fault: null }, { errors: [], fault: null }),
  ok('an errorCode of success', { access_token: 't', errorCode: 'SUCCESS' }, { errorCode: 'SUCCESS' }),
  ok('an errorCode of HTTP', { access_token: 't', errorCode: 200 }, { errorCode: 200 }),
  ok('a code and a message are no error', { access_token: 't', code: 200, msg: 'success', success: true }, { code: 200, msg: 'success', success: true }),
  ok('a member twice, equal', '{"access_token":"t","expires_in":60,"expires_in":60}', life(60)),
  ok('a member twice: the last counts', '{"access_token":"t","scope":"a","scope":"b","n":1,"n":2}', { scope: 'b', n: 2 }),
  ok('a member twice, deeper', '{"access_token":"t","o":{"a":1,"b":2,"a":3}}', { o: { a: 3, b: 2 } }),
  ok('a member twice, in a list', '{"access_token":"t","l":[{"a":1,"a":{"b":1,"b":2}}]}', { l: [{ a: { b: 2 } }] }),
  ok('the token twice, equal', '{"access_token":"t","access_token":"t"}', {}),
  ok('the token twice, equal, by both names', '{"accessToken":"t","access_token":"t","x":1}', { x: 1 }),
  ok('the token, and null by the other name', '{"access_token":null,"accessToken":"t"}', {}),
  ok('Latin-1 in a value', undefined, { name: 'caf\ufffd' }, latin1('{"access_token":"t","name":"caf\u00e9"}')),
  ok('Latin-1 in a name', undefined, { 'gr\ufffd\ufffde': 'x' }, latin1('{"access_token":"t","gr\u00f6\u00dfe":"x"}')),
  ok('UTF-8 of two bytes for a quotation mark is none', undefined, { n: '\ufffd\ufffd' }, { bodyHex: '7b226163636573735f746f6b656e223a2274222c226e223a22c0a2227d' }),
  ok('half a character, escaped', '{"access_token":"t","emoji":"\\ud83d","expires_in":60}', life(60, { emoji: '\ufffd' })),
  ok('expires_in empty', '{"access_token":"t","expires_in":""}', {}),
  ok('expires_in negative', '{"access_token":"t","expires_in":-1}', {}),
  ok('expires_in negative, as text', '{"access_token":"t","expires_in":"-300"}', {}),
  ok('expires_in in words', '{"access_token":"t","expires_in":"one hour"}', {}),
  ok('expires_in with letters', '{"access_token":"t","expires_in":"299abc"}', {}),
  ok('expires_in NaN as text', '{"access_token":"t","expires_in":"NaN"}', {}),
  ok('expires_in infinite as text', '{"access_token":"t","expires_in":"Infinity","expires_at":"inf"}', {}),
  ok('expires_in hexadecimal', '{"access_token":"t","expires_in":"0x12c"}', {}),
  ok('expires_in true', '{"access_token":"t","expires_in":true}', {}),
  ok('expires_in an object', '{"access_token":"t","expires_in":{"seconds":300}}', {}),
  ok('expires_in a list', '{"access_token":"t","expires_in":[300]}', {}),
  ok('expires_in with blanks', '{"access_token":"t","expires_in":" 300 "}', life(300)),
  ok('expires_in as a Duration of Protocol Buffers', '{"access_token":"t","expires_in":"3599s"}', life(3599), { source: 'Protocol Buffers, "ProtoJSON format", Duration' }),
  ok('expires_in is a date: that is the end', { access_token: 't', expires_in: '2023-11-14T23:13:20Z' }, life(3600)),
  ok('expires_at in seconds', { access_token: 't', expires_at: sent + 3600 }, life(3600)),
  ok('expires_at in seconds, as text', { access_token: 't', expires_at: String(sent + 3600) }, life(3600)),
  ok('expires_at in milliseconds', { access_token: 't', expires_at: (sent + 3600) * 1000 + 999 }, life(3600)),
  ok('expires_at in microseconds', { access_token: 't', expires_at: String((sent + 3600) * 1e6) }, life(3600)),
  ok('expires_at in nanoseconds', { access_token: 't', expires_at: `${sent + 3600}000000000` }, life(3600)),
  ok('expires_at with a fraction', { access_token: 't', expires_at: sent + 3600.75 }, life(3600)),
  ok('expires_at as ISO 8601', { access_token: 't', expires_at: '2023-11-14T23:13:20.123Z' }, life(3600)),
  ok('expires_at as ISO 8601, a zone east', { access_token: 't', expires_at: '2023-11-15T01:13:20+02:00' }, life(3600)),
  ok('expires_at as ISO 8601, a zone west without a colon, a blank', { access_token: 't', expires_at: '2023-11-14 17:43:20-0530' }, life(3600)),
  ok('expires_at as ISO 8601 without a zone says nothing', { access_token: 't', expires_at: '2023-11-14T23:13:20' }, {}),
  ok('expires_at as a date of HTTP', { access_token: 't', expires_at: 'Tue, 14 Nov 2023 23:13:20 GMT' }, life(3600)),
  ok('expires_at that is no date', { access_token: 't', expires_at: '2023-13-45T99:13:20Z' }, {}),
  ok('expires_at in the past: no lifetime is known', { access_token: 't', expires_at: sent - 1 }, {}),
  ok('expires_at now', { access_token: 't', expires_at: sent }, {}),
  ok('expires_at of the year 5000', { access_token: 't', expires_at: '5000-01-01T00:00:00Z' }, life(2147483647)),
  ok('expires_at is counted from the Date of the response', { access_token: 't', expires_at: sent + 3600 - 400 }, life(3600), { headers: { ...json, date: new Date((sent - 400) * 1000).toUTCString() } }),
  ok('expires_in before expires_at', { access_token: 't', expires_in: 60, expires_at: sent + 3600 }, life(60)),
  ok('expires_at where expires_in is of no use', { access_token: 't', expires_in: '', expires_at: sent + 3600 }, life(3600)),
  ok('Azure: expires_on, and ext_expires_in is ignored', { access_token: 't', token_type: 'Bearer', ext_expires_in: 262800, expires_on: String(sent + 3599), not_before: String(sent), resource: 'r' }, life(3599, { ext_expires_in: 262800, expires_on: String(sent + 3599), not_before: String(sent), resource: 'r' }), { source: 'Azure, "How to use managed identities to acquire an access token"' }),
  ok('ext_expires_in alone says nothing', { access_token: 't', ext_expires_in: 262800 }, { ext_expires_in: 262800 }),
  ok('ASP.NET: .expires', { access_token: 't', '.issued': 'Tue, 14 Nov 2023 22:13:20 GMT', '.expires': 'Tue, 14 Nov 2023 23:13:20 GMT' }, life(3600, { '.issued': 'Tue, 14 Nov 2023 22:13:20 GMT', '.expires': 'Tue, 14 Nov 2023 23:13:20 GMT' }), { source: 'ASP.NET Web API 2, "Individual accounts"' }),
  ok('IBM: expiration', { access_token: 't', expiration: sent + 3600 }, life(3600, { expiration: sent + 3600 }), { source: 'IBM Cloud IAM, "Generating an access token"' }),
  ok('Google: accessToken and expireTime', { accessToken: 't', expireTime: '2023-11-14T23:13:20Z' }, life(3600, { expireTime: '2023-11-14T23:13:20Z' }), { source: 'Google, generateAccessToken' }),
  ok('the sooner of two ends', { access_token: 't', expires_on: sent + 60, expiration: sent + 3600 }, life(60, { expires_on: sent + 60, expiration: sent + 3600 })),
  ok('a form', 'access_token=t&token_type=bearer&expires_in=3600&scope=a+b%20c', life(3600, { token_type: 'bearer', scope: 'a b c' }), { headers: form, source: 'GitHub, "Authorizing OAuth apps"' }),
  ok('a form sent as text, with expires', 'access_token=t&expires=5183999\n', life(5183999, { expires: '5183999' }), { headers: plain, source: 'Facebook, Graph API before 2.3' }),
  ok('BearerToken in other spellings', { access_token: 't', token_type: 'Bearer_token' }, {}),
  ok('another scheme as it was sent', { access_token: 't', token_type: 'O-Bearer' }, { token_type: 'O-Bearer' }),
  ok('203', { access_token: 't' }, {}, { status: 203 }),
  ok('202', { access_token: 't' }, {}, { status: 202 }),
])

// ---- What must not be taken

const invalid = (comment, body, more, wantError) => silent(comment, 200, body, { retryable: false, ...wantError }, more)
const hostile = numbered('answers-hostile', [
  invalid('two tokens that differ', '{"access_token":"t","access_token":"u"}', {}, { mentions: ['two access tokens'] }),
  invalid('two tokens that differ, by both names', '{"access_token":"t","accessToken":"u"}', {}, { mentions: ['two access tokens'] }),
  invalid('two tokens that differ, one in disguise', '{"access_token":"t","\\u0061ccess_token":"u"}', {}, { mentions: ['two access tokens'] }),
  invalid('two tokens that differ, in a form', 'access_token=t&access_token=u', { headers: form }, { mentions: ['two access tokens'] }),
  invalid('a token and none', '{"access_token":"t","access_token":7}', {}),
  invalid('a token of half a character', '{"access_token":"t\\ud83d"}', {}),
  invalid('a token that is not UTF-8', undefined, latin1('{"access_token":"t\u00e9"}')),
  invalid('a token with a line feed, in a form', 'access_token=t%0d%0aX:y', { headers: form }),
  invalid('a form that is cut off', 'access_token=', { headers: form }),
  invalid('a name with a broken byte is another name', undefined, latin1('{"access_token\u00ff":"t"}')),
  invalid('a name that is no token', 'please=log&in=first', { headers: plain }),
  refused('a token beside an error', 200, { access_token: 't', error: 'invalid_client' }, { error: 'invalid_client' }),
  refused('a token beside an error that stands twice', 200, '{"error":"","access_token":"t","error":"invalid_client"}', { error: 'invalid_client' }),
  refused('a token beside an errorCode', 200, { access_token: 't', errorCode: 7 }, { providerCode: '7' }),
  refused('a token beside an error object', 200, { access_token: 't', error: { message: 'no' } }, { errorDescription: 'no' }),
  refused('a token beside a fault', 200, { access_token: 't', fault: { faultstring: 'no' } }, { errorDescription: 'no' }),
  invalid('a token_type that is no text', { access_token: 't', token_type: ['Bearer'] }, {}),
  ok('__proto__ twice', '{"access_token":"t","__proto__":{"a":1},"__proto__":{"b":2},"o":{"__proto__":1,"__proto__":2}}', { o: {} }),
  ok('no lifetime of a name that is not about it', { access_token: 't', refresh_expires_at: sent + 60, ext_expires_in: 60, refresh_expires_in: 60 }, { refresh_expires_at: sent + 60, ext_expires_in: 60, refresh_expires_in: 60 }),
  ok('no end in units that nobody has', { access_token: 't', expires_at: '9'.repeat(300) }, {}),
  ok('many names, each twice', `{"access_token":"t",${Array.from({ length: 40 }, (_, i) => `"n${i % 20}":${i}`).join(',')}}`, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, i + 20]))),
])

// ---- The token stands elsewhere

const elsewhere = (comment, body, place, more) => silent(comment, 200, body, { retryable: false, mentions: [place], hints: ['another shape than that of RFC 6749'] }, more)
const opaque = 'VE5URXlJbjAuLmE4S0l4'
const places = numbered('answers-place', [
  elsewhere('result.accessToken', { result: { accessToken: opaque, expiresIn: 60 } }, 'at result.accessToken'),
  elsewhere('data.access_token', { code: 0, message: 'success', data: { access_token: opaque } }, 'at data.access_token'),
  elsewhere('in a list', { tokens: [{ token: opaque }] }, 'at tokens.0.token'),
  elsewhere('a list as the whole', [{ access_token: opaque }], 'at 0.access_token'),
  elsewhere('an access token before another', { id: { csrf_token: 'x', session_token: 'y' }, data: { accessToken: opaque } }, 'at data.accessToken'),
  elsewhere('another name', { token: opaque }, 'at token'),
  elsewhere('Feishu: tenant_access_token', { code: 0, msg: 'ok', tenant_access_token: opaque, expire: 7200 }, 'at tenant_access_token', { source: 'Feishu, "Get custom app\'s tenant_access_token"' }),
  elsewhere('another case', { Access_Token: opaque }, 'at Access_Token'),
  elsewhere('jwt', { jwt: opaque }, 'at jwt'),
  elsewhere('XML', `<?xml version="1.0"?><OAuth><access_token>${opaque}</access_token></OAuth>`, 'in the element access_token', { headers: xml, source: 'Salesforce, "format" of the token request' }),
  elsewhere('XML with a name space', `<t:Response xmlns:t="u"><t:accessToken>${opaque}</t:accessToken></t:Response>`, 'in the element t:accessToken', { headers: xml }),
  elsewhere('a text in JSON', JSON.stringify(opaque), 'as the whole body'),
  elsewhere('Keystone: a header', { token: { methods: ['password'] } }, 'in the header x-subject-token', { headers: { ...json, 'x-subject-token': opaque }, source: 'OpenStack Identity API v3' }),
  silent('a name that is the secret', 200, { 'Zx81-s3cr3t-Qq': { token: opaque } }, { mentions: ['at [redacted].token'] }),
  silent('a long name that is the secret', 200, { ['x.'.repeat(29) + 'Zx81-s3cr3t-Qq']: 1 }, { mentions: ['x.[redacted]'] }),
  silent('a name that moves the cursor', 200, { 'a\u001b[2Jb': { token: opaque } }, { mentions: ['at a [2Jb.token'] }),
  silent('a refresh token is none', 200, { data: { refresh_token: opaque } }, { mentions: ['it has data'] }),
  silent('nothing of it is told', 200, opaque, { mentions: ['text/plain'], hints: null }, { headers: plain }),
  silent('nothing of what is cut off is told', 200, `{"access_token":"${opaque}`, { mentions: ['cut off'] }),
])

// ---- A configuration that says where the token stands

const paths = { token: 'result.accessToken', expiresIn: 'result.expiresIn', scope: 'result.scope' }
const at = (response = paths) => ({ config: { ...config, response } })
const absent = (comment, body, wantError, { path = 'result.accessToken', ...more } = {}) =>
  silent(comment, 200, body, { retryable: false, ...wantError, mentions: [`no access_token at ${path}`, ...(wantError?.mentions ?? [])] }, { ...at({ token: path }), ...more })
const responses = numbered('answers-path', [
  ok('token, lifetime and scope', { result: { accessToken: 't', expiresIn: 60, scope: 'a b' } }, life(60, { scope: 'a b', result: { accessToken: 't', expiresIn: 60, scope: 'a b' } }), at()),
  ok('without a lifetime and a scope', { result: { accessToken: 't' } }, { result: { accessToken: 't' } }, at()),
  ok('null is nothing', { result: { accessToken: 't', expiresIn: null, scope: null } }, { result: { accessToken: 't', expiresIn: null, scope: null } }, at()),
  ok('those of the RFC are not meant', { expires_in: 10, scope: 'x', result: { accessToken: 't' } }, { result: { accessToken: 't' } }, at()),
  ok('the lifetime of the RFC beside a path to the token', { expires_in: 10, scope: 'x', d: { t: 't' } }, life(10, { scope: 'x', d: { t: 't' } }), at({ token: 'd.t' })),
  ok('the token of the RFC beside a path to the lifetime', { access_token: 't', ttl: '60' }, life(60, { ttl: '60' }), at({ expiresIn: 'ttl' })),
  ok('a lifetime that is a moment', { access_token: 't', end: sent + 60 }, life(60, { end: sent + 60 }), at({ expiresIn: 'end' })),
  ok('a lifetime that is none', { access_token: 't', ttl: { s: 60 } }, { ttl: { s: 60 } }, at({ expiresIn: 'ttl' })),
  ok('the names of the RFC', { access_token: 't', expires_in: 60, scope: 'a' }, life(60, { scope: 'a' }), at({ token: 'access_token', expiresIn: 'expires_in', scope: 'scope' })),
  ok('the same token twice', { access_token: 't', result: { accessToken: 't' } }, { result: { accessToken: 't' } }, at({ token: 'result.accessToken' })),
  ok('a name twice, with the same token', '{"a":{"b":"t"},"a":{"b":"t"}}', { a: { b: 't' } }, at({ token: 'a.b' })),
  ok('an element of an array', { tokens: [{ token: 'u' }, { token: 't' }] }, { tokens: [{ token: 'u' }, { token: 't' }] }, at({ token: 'tokens.1.token' })),
  ok('a name that is a number', { 0: { 1: 't' } }, { 0: { 1: 't' } }, at({ token: '0.1' })),
  ok('sixteen names', Array(16).fill('a').reduce(inner => ({ a: inner }), 't'), { a: Array(15).fill('a').reduce(inner => ({ a: inner }), 't') }, at({ token: Array(16).fill('a').join('.') })),
  ok('a name of JavaScript that the answer has itself', '{"constructor":{"prototype":"t"}}', { constructor: { prototype: 't' } }, at({ token: 'constructor.prototype' })),
  ok('a form with another name', 'token=t&ttl=60&scp=a+b', life(60, { scope: 'a b', token: 't', ttl: '60', scp: 'a b' }), { ...at({ token: 'token', expiresIn: 'ttl', scope: 'scp' }), headers: form }),
  ok('status 201', { result: { accessToken: 't' } }, { result: { accessToken: 't' } }, { ...at(), status: 201 }),
  absent('nothing there', { result: {} }),
  absent('null there', { result: { accessToken: null } }),
  absent('an empty text there', { result: { accessToken: '' } }),
  absent('another case', { result: { AccessToken: '' } }),
  absent('the token of the RFC is not meant', { access_token: opaque }, { mentions: ['at access_token'], hints: ['set response.token'] }),
  absent('the token stands elsewhere', { data: { accessToken: opaque } }, { mentions: ['at data.accessToken'], hints: ['set response.token'] }),
  absent('a text has no members', { result: 'accessToken' }),
  absent('a number has no members', { result: 7 }),
  absent('an array has no members of that name', { result: [{ accessToken: 't' }] }),
  absent('the length of an array', { result: ['t'] }, {}, { path: 'result.length' }),
  absent('no such element', { result: ['t'] }, {}, { path: 'result.1' }),
  absent('an element in another spelling', { result: ['t', 'u'] }, {}, { path: 'result.01' }),
  absent('a negative element', { result: ['t'] }, {}, { path: 'result.-1' }),
  absent('inherited: constructor.name', { result: {} }, {}, { path: 'result.constructor.name' }),
  absent('inherited: __proto__', { result: {} }, {}, { path: 'result.__proto__' }),
  absent('inherited: toString', {}, {}, { path: 'toString' }),
  absent('a name with a dot is no path', { 'result.accessToken': 't' }),
  absent('deeper than the answer', { a: 't' }, {}, { path: Array(16).fill('a').join('.') }),
  absent('a form without it', 'error_code=0&access_token=t', {}, { path: 'token', headers: form }),
  invalid('a number there', { result: { accessToken: 12345678 } }, at(), { mentions: ['access_token at result.accessToken that is not a string'] }),
  invalid('a list there', { result: { accessToken: ['t'] } }, at(), { mentions: ['access_token at result.accessToken that is not a string'] }),
  invalid('an object there', { result: { accessToken: { value: 't' } } }, at(), { mentions: ['access_token at result.accessToken that is not a string'] }),
  invalid('a line feed there', { result: { accessToken: 't\nX: y' } }, at(), { mentions: ['access_token at result.accessToken with a character'] }),
  invalid('a name twice, with two tokens', '{"result":{"accessToken":"t","accessToken":"u"}}', at(), { mentions: ['two access tokens'] }),
  invalid('an object twice, with two tokens', '{"result":{"accessToken":"t"},"result":{"accessToken":"u"}}', at(), { mentions: ['two access tokens'] }),
  invalid('another token where the RFC has it', { access_token: 'u', result: { accessToken: 't' } }, at(), { mentions: ['two access tokens'] }),
  refused('an error beside it', 200, { ok: false, error: 'invalid_auth', message: `${opaque} is over`, result: { ticket: opaque } }, { error: 'invalid_auth', errorDescription: '[redacted] is over' }, at({ token: 'result.ticket' })),
  silent('a path that is the secret', 200, {}, { mentions: ['no access_token at [redacted]'] }, at({ token: 'Zx81-s3cr3t-Qq' })),
])

// ---- Hints that mislead

const nginx = title => `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>No required SSL certificate was sent</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
const redirect = (comment, location, mentions) => ({
  comment, op: 'parse', config, sentAt, outcome: { failure: 'redirect', status: 302, headers: location === undefined ? {} : { location } },
  wantError: { code: 'redirect', status: 302, retryable: false, mentions: ['https://idp.example.com', ...mentions], hints: ['set tokenEndpoint'] },
})
const failed = (comment, detail, hints, source) => ({
  comment, source, op: 'parse', config, sentAt, outcome: { failure: 'network', detail }, wantError: { code: 'network', retryable: false, hints },
})
const hints = numbered('answers-hint', [
  silent('405 with Allow: GET', 405, '', { hints: ['takes no POST there but GET', 'tokenEndpoint'] }, { headers: { allow: 'GET' }, source: 'RFC 9110 15.5.6' }),
  silent('405 with more methods', 405, '', { hints: ['GET, HEAD, OPTIONS'] }, { headers: { allow: 'GET, HEAD, OPTIONS' } }),
  silent('405 with an Allow that is none', 405, '', { hints: ['GET [2J'] }, { headers: { allow: 'GET\u001b[2J' } }),
  ...[['"s3cr-1"', 'clientSecret stands within quotes'], ["'s3cr-1'", 'clientSecret stands within quotes'], ['s3cr\u200b-1', 'clientSecret has an invisible character, U+200B: copy it anew'], ['s3cr-1\ufeff', 'clientSecret has an invisible character, U+FEFF: copy it anew'], ['s3cr\u00ad-1', 'clientSecret has an invisible character, U+00AD: copy it anew']].map(([clientSecret, hint]) =>
    refused(`a secret that was altered: ${JSON.stringify(clientSecret)}`, 401, { error: 'invalid_client' }, { hints: [hint] }, { config: { ...config, clientSecret } })),
  refused('an id within quotes', 401, { error: 'invalid_client' }, { hints: ['clientId stands within quotes'] }, { config: { ...config, clientId: '"client-1"', clientAuth: 'client_secret_post' } }),
  silent('405 without Allow', 405, '', { hints: ['no token endpoint at https://idp.example.com/oauth2/token'] }, { headers: {} }),
  silent('nginx: no client certificate', 400, nginx('400 No required SSL certificate was sent'), { retryable: false, hints: ['client certificate'] }, { headers: page, source: 'nginx, ngx_http_special_response.c' }),
  silent('nginx: another client certificate', 400, '<html><head><title>400 The SSL certificate error</title></head></html>', { retryable: false, hints: ['client certificate'] }, { headers: page, source: 'nginx, ngx_http_special_response.c' }),
  silent('nginx: its own number', 496, '', { retryable: false, hints: ['client certificate'] }, { headers: {}, source: 'nginx, ngx_http_ssl_module' }),
  refused('RFC 8705, in words', 401, { error: 'invalid_client', error_description: 'no client certificate was presented' }, { retryable: false, hints: ['client certificate'] }),
  silent('nginx: http to a port of TLS', 400, '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>', { retryable: false, hints: ['speaks TLS', 'https'] }, { headers: page, config: { ...config, tokenEndpoint: 'http://localhost:8443/token' }, source: 'nginx, ngx_http_special_response.c' }),
  silent('Go: http to a port of TLS', 400, 'Client sent an HTTP request to an HTTPS server.\n', { retryable: false, hints: ['speaks TLS', 'https'] }, { headers: {}, config: { ...config, tokenEndpoint: 'http://localhost:8443/token' }, source: 'Go, net/http' }),
  silent('a proxy that wants credentials', 407, '', { retryable: false, hints: ['proxy'] }, { headers: {}, source: 'RFC 9110 15.5.8' }),
  silent('a captive portal', 511, '<html><title>Login</title></html>', { retryable: false, hints: ['captive portal'] }, { headers: page, source: 'RFC 6585 6' }),
  failed('OpenSSL: a client certificate is wanted', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED 40A7:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', ['client certificate'], 'OpenSSL 3, sslerr.h'),
  failed('OpenSSL: another client certificate', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE 40A7:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate', ['client certificate'], 'OpenSSL 3, sslerr.h'),
  failed('Go: a client certificate is wanted', 'remote error: tls: certificate required', ['client certificate'], 'Go, crypto/tls'),
  failed('Go: another client certificate', 'remote error: tls: bad certificate', ['client certificate'], 'Go, crypto/tls'),
  redirect('to another host', 'https://login.example.com/signin?state=abc', ['to https://login.example.com,']),
  redirect('to another port', 'https://idp.example.com:8443/oauth2/token', ['to https://idp.example.com:8443,']),
  redirect('to another scheme', 'http://idp.example.com/oauth2/token', ['to http://idp.example.com,']),
  redirect('to another host, in capitals, with credentials', 'HTTPS://me:Zx81-s3cr3t-Qq@Login.Example.com?x', ['to https://login.example.com,']),
  redirect('to another host, without a scheme', '//login.example.com\\@idp.example.com/', ['to https://login.example.com,']),
  redirect('within the host', '/oauth2/token/', ['to another path of it,']),
  redirect('within the host, with a URL in the query', '/login?next=https://idp.example.com//', ['to another path of it,']),
  redirect('within the host, spelled out', 'https://idp.example.com/login', ['to another path of it,']),
  redirect('to what is no page', 'javascript:alert(1)', ['with a redirect elsewhere,']),
  redirect('to a host that moves the cursor', 'https://a\u001b[2J.example/', ['with a redirect elsewhere,']),
  redirect('to the secret', 'https://zx81-s3cr3t-qq.example/', ['redirect to ']),
  redirect('where a page may not see', undefined, ['answers with a redirect, which']),
  ...[
    ['unauthorized_client', 'the client may not use this grant type: allow it where the client is registered, or check clientId'],
    ['unsupported_grant_type', 'the server has no such grant type: check grantType and tokenEndpoint'],
    ['invalid_scope', 'the scope is unknown, missing or not allowed for this client: check scope'],
    ['invalid_target', 'the resource or audience is unknown or not allowed for this client: check resource and audience'],
  ].map(([error, hint]) => refused(`the usual advice: ${error}`, 400, { error }, { hints: [hint] }, { source: 'RFC 6749 5.2, RFC 8707 2' })),
  ...[
    ['audience is required', 'the request has no audience, which the server wants: set audience', {}],
    ['Missing required parameter: resource', 'the request has no resource, which the server wants: set resource', {}],
    ['a required parameter is missing', 'the server wants a further parameter: give it in parameters', {}],
    ['Missing parameter: grant_type', "the server doesn't find grant_type in the body: try bodyFormat: 'json'", {}],
    ['grant_type is required', "the server doesn't find grant_type in the body: try bodyFormat: 'form'", { bodyFormat: 'json' }],
    ['client_id is required', "the server doesn't find client_id in the body: try clientAuth: 'client_secret_post'", {}],
    ['client_secret is missing', "the server doesn't find client_secret in the body: try bodyFormat: 'json'", { clientAuth: 'client_secret_post' }],
  ].map(([error_description, hint, more]) =>
    refused(`a parameter that the server misses: ${error_description}`, 400, { error: 'invalid_request', error_description }, { hints: [hint] }, { config: { ...config, ...more } })),
  refused('an aud that is the endpoint', 401, { error: 'invalid_client', error_description: 'the audience of the assertion is wrong' },
    { hints: ['the aud of the assertion is https://idp.example.com/oauth2/token, but many servers want their issuer: set assertion.claims.aud to it'] }, { config: jwt }),
  refused('a secret that is short for its HMAC', 401, { error: 'invalid_client' },
    { hints: ['clientSecret is shorter than the 32 bytes for HS256, which RFC 7518 section 3.2 wants'] }, { config: { ...config, clientAuth: 'client_secret_jwt' } }),
  ...[
    ['apigee', { error: 'invalid_client' }, 'check clientId (the consumer key) and clientSecret (the consumer secret), and that the app is approved'],
    ['apigee', { fault: { faultstring: 'Invalid client identifier {0}', detail: { errorcode: 'oauth.v2.InvalidClientIdentifier' } } }, 'check clientId: it is the consumer key of the app'],
    ['google', { error: 'invalid_scope' }, "set scope to one or more of Google's"],
    ['google', { error: 'unauthorized_client' }, 'the service account may not act for that user'],
    ['google', { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 'check that the key still exists in the Google Cloud console'],
  ].map(([provider, body, hint]) =>
    refused(`${provider}: ${body.error ?? body.fault.detail.errorcode}`, provider === 'apigee' ? 401 : 400, body, { hints: [hint] }, { config: provider === 'apigee' ? { ...config, provider } : { provider, clientId: 'a@b.example', privateKey: keys.p256.pkcs8 }, source: 'as core/provider/presets.go says' })),
  ...[['AADSTS90002: Tenant \'contoso\' not found.', 'invalid_request', 'there is no such tenant: check tenant'], ['AADSTS1002012: The provided value for scope is not valid.', 'invalid_scope', 'set scope to the identifier of an API with /.default at its end']].map(([error_description, error, hint]) =>
    refused(`Entra: ${error}`, 400, { error, error_description }, { hints: [hint] }, { config: { provider: 'entra', tenant: 'contoso.onmicrosoft.com', clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }, source: 'Microsoft Entra, AADSTS error codes' })),
  { comment: 'no answer in time', op: 'parse', config, sentAt, outcome: { failure: 'timeout' }, wantError: { code: 'timeout', retryable: true, hints: ['a firewall or a proxy holds the request back: try it from another network, or allow more time'] } },
])

// ---- A clock a few seconds off

const dated = seconds => ({ ...json, date: new Date((sent + seconds) * 1000).toUTCString() })
const skewed = (comment, error, ahead, clockOffset, { config: c = jwt, status = 400, ...more } = {}) =>
  refused(comment, status, typeof error === 'string' ? { error: 'invalid_grant', error_description: error } : error, { clockOffset, ...(clockOffset === null ? {} : { hints: [`the clock of this machine is ${Math.abs(clockOffset)} s`] }) }, { config: c, headers: dated(ahead), ...more })
const skews = numbered('answers-skew', [
  skewed('Google', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.', 5, 5, { source: 'Google, "Using OAuth 2.0 for server to server applications", error codes' }),
  skewed('Google, ahead', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.', -1, -1),
  skewed('Entra', { error: 'invalid_client', error_description: 'AADSTS700024: Client assertion is not within its valid time range. Current time: 2023-11-14T22:13:20Z', error_codes: [700024] }, -5, -5, { status: 401, source: 'Microsoft Entra, error code 700024' }),
  skewed('Box', "Please check the 'exp' claim.", 20, 20, { source: 'Box, "Common JWT errors"' }),
  skewed('GitHub', { message: "'Expiration time' claim ('exp') is too far in the future" }, -3, -3, { status: 401, source: 'GitHub, "Generating a JSON Web Token (JWT) for a GitHub App"' }),
  skewed('Okta', { error: 'invalid_client', error_description: 'The client_assertion token is issued in the future.' }, -2, -2, { status: 401 }),
  skewed('Keycloak', { error: 'invalid_client', error_description: 'Token is not active' }, -4, -4, { source: 'Keycloak, TokenVerifier' }),
  skewed('jose', '"nbf" claim timestamp check failed', -1, -1, { source: 'panva/jose, jwt_claims_set.ts' }),
  skewed('jsonwebtoken', 'jwt not active', -1, -1, { source: 'auth0/node-jsonwebtoken, verify.js' }),
  skewed('golang-jwt', 'token is expired', 2, 2, { source: 'golang-jwt, errors.go' }),
  skewed('another error, 401 or not', { error: 'invalid_token', error_description: 'JWT expired' }, 7, 7),
  skewed('OAuth 1.0', { error: 'unauthorized', error_description: 'Timestamp out of bounds.' }, 6, 6, { config: oauth1, status: 401 }),
  skewed('HERE', { errorCode: 401204, message: 'Timestamp is not within the allowed period.', error: 'invalid_client' }, 5, 5, { config: here, status: 401 }),
  skewed('in the future, though its Date is later: the answer took its time', 'iat is in the future', 5, null),
  skewed('in the future, and its Date is far off', 'iat is in the future', 45, 45),
  skewed('the same second', 'iat is in the past', 0, null),
  skewed('no word of the time', 'The signature is wrong', 5, null),
  skewed('words that only look like it', 'The associated client expects an explicit negotiation', 5, null),
  skewed('an expired key', 'the key of the assertion has expired', 5, null),
  skewed('an expired certificate', 'the certificate has expired', 5, null),
  skewed('no time is signed', 'iat and exp', 5, null, { config }),
  skewed('a proof whose iat is off', { error: 'invalid_dpop_proof', error_description: 'DPoP proof iat is not recent enough' }, 5, 5, { config, source: 'panva/oidc-provider, validate_dpop.js' }),
  skewed('a proof, and no word of the time', { error: 'invalid_dpop_proof', error_description: 'htu mismatch' }, 5, null, { config }),
  { ...silent('in plain text', 401, 'The oauth_timestamp is too old', { clockOffset: 5, hints: ['5 s behind'] }, { config: oauth1, headers: { ...plain, date: dated(5).date } }) },
])

write('token-answers', "by hand, from RFC 6749, RFC 9110 and the documents that the cases name; moments by JavaScript's Date", [...words, ...excerpts, ...beside, ...hostile, ...places, ...responses, ...hints, ...skews])
