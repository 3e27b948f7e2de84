// Errors of token endpoints, and what their hints say. The shapes are those of the documents that are named. The numbers come from
// JavaScript's Date; the words of a hint are this project's own decision.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const tokenEndpoint = 'https://idp.example.com/oauth2/token'
const config = { tokenEndpoint, clientId: 'client-1', clientSecret: 'Zx81-s3cr3t-Qq' }
const secret = clientSecret => ({ ...config, clientSecret })
const here = { provider: 'here', clientId: 'accessKeyId', clientSecret: 'accessKeySecret-abc' }
const hm = { provider: 'high-mobility', environment: 'sandbox', clientId: 'id', clientSecret: 'hm-secret-1' }
const hmKey = { provider: 'high-mobility', environment: 'sandbox', clientId: 'id', privateKey: keys.p256.pkcs8, keyId: 'key-1' }
const os = { provider: 'os-data-hub', clientId: 'id', clientSecret: 'os-secret-1' }
const cognito = { provider: 'cognito', tokenEndpoint: 'https://d.auth.us-east-1.amazoncognito.com/oauth2/token', clientId: 'id', clientSecret: 'cognito-secret-1' }
const jwt = { tokenEndpoint, clientId: 'client-1', privateKey: keys.p256.pkcs8 }
const audience = (aud, more) => ({ ...jwt, assertion: { claims: { aud } }, ...more })

const sentAt = 1700000000123
const sent = Math.floor(sentAt / 1000)
const json = { 'content-type': 'application/json' }
const page = { 'content-type': 'text/html; charset=UTF-8' }

// The three forms of RFC 9110 5.6.7, of a moment in seconds.
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const fixdate = s => new Date(s * 1000).toUTCString()
const rfc850 = s => fixdate(s).replace(/^..., (..) (...) ..(..) /, `${days[new Date(s * 1000).getUTCDay()]}, $1-$2-$3 `)
const asctime = s => fixdate(s).replace(/^(...), (..) (...) (....) (\S+) GMT$/, (_, day, date, month, year, time) => `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`)
const at = text => Date.parse(text) / 1000

const text = body => (typeof body === 'string' ? body : JSON.stringify(body))
const test = (comment, status, body, wantError, { config: c = config, source, headers = json, bodyHex, sentAt: moment = sentAt } = {}) => ({
  comment, source, op: 'parse', config: c, sentAt: moment, outcome: { status, headers, ...(bodyHex === undefined ? { body: text(body) } : { bodyHex }) }, wantError,
})
// The server says why; or it doesn't; or its success is none.
const refused = (comment, status, body, wantError, more) => test(comment, status, body, { code: 'error_response', status, ...wantError }, more)
const silent = (comment, status, body, wantError, more) =>
  test(comment, status, body, { code: status === 200 ? 'invalid_response' : 'http_error', status, error: null, errorDescription: null, ...wantError }, more)
const failed = (comment, detail, hints, retryable, source) => ({
  comment, source, op: 'parse', config, sentAt, outcome: { failure: 'network', detail }, wantError: { code: 'network', status: null, retryable, hints },
})

const springs = { timestamp: '2023-11-14T22:13:20.000+00:00', status: 401, error: 'Unauthorized', path: '/oauth/token' }
const cloudflare = '<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<title>Attention Required! | Cloudflare</title>\n</head>\n<body><h1 data-translate="block_headline">Sorry, you have been blocked</h1></body>\n</html>'
const akamai = '<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don\'t have permission to access "http&#58;&#47;&#47;idp&#46;example&#46;com&#47;oauth2&#47;token" on this server.<P>\nReference&#32;&#35;18&#46;7a1d2c17&#46;1718409600&#46;3f9b21e\n</BODY>\n</HTML>\n'
const cloudfront = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE>\n</HEAD><BODY>\n<H1>403 ERROR</H1>\n<H2>The request could not be satisfied.</H2>\nRequest blocked.\n</BODY></HTML>'
const imperva = '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head><body style="margin:0px;height:100%"><iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31">Request unsuccessful. Incapsula incident ID: 0-1</iframe></body></html>'
const firewall = ['no answer of a token endpoint', 'tokenEndpoint', 'firewall']

const shapes = numbered('parse-shape', [
  refused('Spring Boot: error is the phrase of the status', 401, springs, { error: null, errorDescription: 'Unauthorized', retryable: false }, { source: 'Spring Boot, DefaultErrorAttributes' }),
  refused('Spring Boot with a message', 400, { ...springs, status: 400, error: 'Bad Request', message: 'Required parameter is missing' }, { error: null, errorDescription: 'Bad Request: Required parameter is missing' }, { source: 'Spring Boot, DefaultErrorAttributes' }),
  refused('RFC 9457', 403, { type: 'https://example.com/probs/out-of-credit', title: 'You do not have enough credit.', status: 403, detail: 'Your current balance is 30, but that costs 50.', instance: '/account/12345/msgs/abc' }, { error: null, errorDescription: 'You do not have enough credit.: Your current balance is 30, but that costs 50.', providerCode: 'https://example.com/probs/out-of-credit' }, { headers: { 'content-type': 'application/problem+json' }, source: 'RFC 9457 3' }),
  refused('RFC 9457: about:blank is no code', 404, { type: 'about:blank', title: 'Not Found', status: 404 }, { error: null, errorDescription: 'Not Found', providerCode: null, hints: ['tokenEndpoint'] }, { headers: { 'content-type': 'application/problem+json' }, source: 'RFC 9457 4.2.1' }),
  refused('Amazon API Gateway', 403, { message: 'Forbidden' }, { error: null, errorDescription: 'Forbidden', providerCode: null, retryable: false, requestId: 'r-1' }, { headers: { ...json, 'x-amzn-requestid': 'r-1', 'x-amzn-errortype': 'ForbiddenException' }, source: 'Amazon API Gateway, "Gateway response types"' }),
  refused('Amazon API Gateway: 429', 429, { message: 'Too Many Requests' }, { errorDescription: 'Too Many Requests', retryable: true, hints: ['keep the token'] }, { source: 'Amazon API Gateway, "Gateway response types"' }),
  refused('msg', 400, { msg: 'bad client' }, { error: null, errorDescription: 'bad client' }, { source: 'flask-jwt-extended, "Changing default behaviors"' }),
  refused('FastAPI: detail', 401, { detail: 'Incorrect username or password' }, { error: null, errorDescription: 'Incorrect username or password' }, { source: 'FastAPI, "Handling errors"' }),
  refused('FastAPI: a list of details', 422, { detail: [{ type: 'missing', loc: ['body', 'username'], msg: 'Field required', input: null }] }, { error: null, errorDescription: 'Field required' }, { source: 'FastAPI, "Handling errors"' }),
  refused('Entra: error_codes and ids', 400, { error: 'invalid_scope', error_description: "AADSTS70011: The provided value for the input parameter 'scope' is not valid.\r\nTrace ID: 255d1aef\r\nCorrelation ID: fb3d2015", error_codes: [70011], timestamp: '2016-01-09 02:02:12Z', trace_id: '255d1aef-8c98-452f-ac51-23d051240864', correlation_id: 'fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7' }, { error: 'invalid_scope', errorDescription: "AADSTS70011: The provided value for the input parameter 'scope' is not valid.  Trace ID: 255d1aef  Correlation ID: fb3d2015", providerCode: '70011', requestId: 'fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7' }, { source: 'Microsoft identity platform, "OAuth 2.0 client credentials flow", error response' }),
  refused('Entra: the header names the request', 400, { error: 'invalid_request', trace_id: 't' }, { requestId: 'h-1' }, { headers: { ...json, 'x-ms-request-id': 'h-1' }, source: 'Microsoft identity platform, "OAuth 2.0 client credentials flow", error response' }),
  refused('Okta', 401, { errorCode: 'E0000004', errorSummary: 'Authentication failed', errorLink: 'E0000004', errorId: 'oaewGgaRnJKSYSJ8eFDPGQ0JA', errorCauses: [] }, { error: null, errorDescription: 'Authentication failed', providerCode: 'E0000004', requestId: 'oaewGgaRnJKSYSJ8eFDPGQ0JA' }, { source: 'Okta, "Error codes"' }),
  refused('Google: error is an object', 401, { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } }, { error: null, errorDescription: 'Request had invalid authentication credentials.', providerCode: 'UNAUTHENTICATED' }, { source: 'Google Cloud API design guide, "Errors"' }),
  refused('WSO2: fault', 401, { fault: { code: 900902, message: 'Missing Credentials', description: 'Make sure your API invocation call has a header: "Authorization"' } }, { error: null, errorDescription: 'Missing Credentials: Make sure your API invocation call has a header: "Authorization"', providerCode: '900902' }, { source: 'WSO2 API Manager, "Error handling"' }),
  refused('errors with messages', 400, { errors: [{ message: 'bad', code: 7 }] }, { error: null, errorDescription: 'bad', providerCode: '7' }),
  refused('errors that are texts', 400, { errors: ['bad', 'worse'] }, { error: null, errorDescription: 'bad', providerCode: null }),
  refused('ASP.NET', 401, { Message: 'Authorization has been denied for this request.' }, { error: null, errorDescription: 'Authorization has been denied for this request.' }, { source: 'ASP.NET Web API, AuthorizeAttribute' }),
  refused('a message and a number', 401, { code: 20003, message: 'Authenticate', more_info: 'https://www.twilio.com/docs/errors/20003', status: 401 }, { error: null, errorDescription: 'Authenticate', providerCode: '20003' }, { source: 'Twilio, "Error 20003"' }),
  refused('with a byte order mark', 400, '\ufeff{"error":"invalid_client"}', { error: 'invalid_client' }, { source: 'RFC 8259 8.1' }),
  test('a message beside a token is no error', 200, { access_token: 't', message: 'ok' }, undefined),
  test('a title, a detail and a status beside a token are no error', 200, { access_token: 't', title: 'x', detail: 'y', status: 200 }, undefined),
  silent('a message alone beside status 200 is no error, but is told', 200, { message: 'Hello' }, { retryable: false, errorDescription: 'Hello', mentions: ['Hello'] }),
  silent('an errors list that is empty', 400, { errors: [] }, {}),
  silent('a list', 400, '[{"error":"invalid_client"}]', {}),
  silent('UTF-16', 400, undefined, {}, { bodyHex: Buffer.from('{"error":"invalid_client"}', 'utf16le').toString('hex') }),
  silent('gzip that nobody decompressed', 401, undefined, {}, { bodyHex: '1f8b0800000000000003ab564a4c4e4e2d2e8e2fc9cf4ecd53b252' }),
  refused('an empty body: the header says it', 401, '', { error: 'invalid_client', errorDescription: 'The client is unknown', hints: ['check clientId'] }, { headers: { 'www-authenticate': 'Bearer realm="example", error="invalid_client", error_description="The client is unknown"' }, source: 'RFC 6750 3' }),
  refused('the header, in tokens and capitals, after another challenge', 401, 'no', { error: 'invalid_token', errorDescription: null }, { headers: { 'www-authenticate': 'Basic realm="error=\\"x\\", y", DPoP algs="ES256", ERROR=invalid_token' }, source: 'RFC 9110 11.6.1' }),
  refused('the header adds what the body leaves out', 401, { message: 'Unauthorized' }, { error: 'invalid_client', errorDescription: 'Unauthorized' }, { headers: { ...json, 'www-authenticate': 'Bearer error="invalid_client", error_description="other words"' }, source: 'RFC 6750 3' }),
  refused('the body wins over the header', 401, { error: 'invalid_client', error_description: 'of the body' }, { error: 'invalid_client', errorDescription: 'of the body' }, { headers: { ...json, 'www-authenticate': 'Bearer error="invalid_token", error_description="of the header"' } }),
  silent('a header without an error', 401, '', {}, { headers: { 'www-authenticate': 'Negotiate YII==, Basic realm="x"' } }),
  silent('a header that is broken', 401, '', {}, { headers: { 'www-authenticate': 'Bearer error="invalid_client' } }),
  refused('the secret in the header', 401, '', { error: 'invalid_client', errorDescription: 'no client has [redacted] here' }, { headers: { 'www-authenticate': 'Bearer error="invalid_client", error_description="no client has Zx81-s3cr3t-Qq here"' } }),
  refused('the secret in the header, with a quotation mark that nobody escaped', 401, '', { error: 'invalid_client', errorDescription: 'no [redacted] here' }, { config: secret('Zx81"s3cr3t'), headers: { 'www-authenticate': 'Bearer error="invalid_client", error_description="no Zx81"s3cr3t here"' } }),
  refused('the secret in the header, escaped', 401, '', { error: 'invalid_client', errorDescription: 'no [redacted] here' }, { config: secret('Zx81"s3cr3t'), headers: { 'www-authenticate': 'Bearer error="invalid_client", error_description="no Zx81\\"s3cr3t here"' } }),
  refused('the secret as a form has it', 401, { error: 'invalid_client', error_description: 'client_secret=Zx81%2Bs3+cr3t%25' }, { errorDescription: 'client_secret=[redacted]' }, { config: secret('Zx81+s3 cr3t%') }),
  refused('the secret as a URL has it', 401, { error: 'invalid_client', error_description: '/token?client_secret=Zx81%2Bs3%20cr3t%25' }, { errorDescription: '/token?client_secret=[redacted]' }, { config: secret('Zx81+s3 cr3t%') }),
  refused('the secret in JSON in JSON', 401, { error: 'invalid_client', error_description: JSON.stringify({ s: 'Zx81"s3cr3t\\' }) }, { errorDescription: '{"s":"[redacted]"}' }, { config: secret('Zx81"s3cr3t\\') }),
  refused('the secret names the request', 401, { error: 'x' }, { requestId: '[redacted]-1' }, { headers: { ...json, 'x-request-id': 'Zx81-s3cr3t-Qq-1' } }),
])

const pages = numbered('parse-page', [
  silent('Cloudflare', 403, cloudflare, { retryable: true, requestId: '8a1b2c3d4e5f6789-FRA', hints: firewall }, { headers: { ...page, server: 'cloudflare', 'cf-ray': '8a1b2c3d4e5f6789-FRA' }, source: 'Cloudflare, "Error 1020" (shortened)' }),
  silent('Cloudflare, as text', 403, 'error code: 1010', { retryable: false, hints: firewall }, { headers: { 'content-type': 'text/plain; charset=UTF-8' }, source: 'Cloudflare, "Error 1010"' }),
  silent('Akamai', 403, akamai, { retryable: true, hints: firewall }, { headers: { ...page, server: 'AkamaiGHost' }, source: 'Akamai, "Access Denied", Reference #18' }),
  silent('CloudFront and AWS WAF', 403, cloudfront, { retryable: true, requestId: 'cf-1', hints: firewall }, { headers: { ...page, server: 'CloudFront', 'x-amz-cf-id': 'cf-1' }, source: 'AWS re:Post, "How do I troubleshoot 403 errors from CloudFront?"' }),
  silent('Imperva, with status 200', 200, imperva, { retryable: false, hints: firewall }, { headers: page, source: 'Imperva, "Request unsuccessful. Incapsula incident ID"' }),
  silent('a login page', 200, '<!DOCTYPE html><html><head><title>Sign in</title></head></html>', { retryable: false, hints: ['login page', 'tokenEndpoint'] }, { headers: page }),
  silent('a page for 401', 401, '<html><body><h1>401</h1></body></html>', { retryable: false, hints: ['login page', 'tokenEndpoint'] }, { headers: page }),
  silent('a page of a gateway that is down', 502, '<html><body><h1>502 Bad Gateway</h1></body></html>', { retryable: true, hints: ['the server failed', 'try again later'] }, { headers: page }),
  silent('404', 404, '', { retryable: false, hints: [`no token endpoint at ${tokenEndpoint}:`, 'tokenEndpoint'] }),
  refused('404 with words', 404, { error: 'not_found' }, { hints: ['tokenEndpoint'] }),
  silent('405', 405, '', { retryable: false, hints: ['tokenEndpoint'] }),
  silent('415, a form', 415, '', { retryable: false, hints: ["bodyFormat: 'json'"] }),
  silent('415, JSON', 415, '', { retryable: false, hints: ["bodyFormat: 'form'"] }, { config: { ...config, bodyFormat: 'json' } }),
  silent('429', 429, '', { retryable: true, hints: ['keep the token'] }),
  silent('429, and when', 429, '', { retryable: true, retryAfter: 7, hints: ['keep the token', 'wait 7 s'] }, { headers: { 'retry-after': '7' } }),
  silent('400 and nothing', 400, '', { retryable: false, hints: null }),
  silent('200 and nothing', 200, '', { retryable: false, hints: null }),
])

const later = (comment, value, retryAfter, headers, moment) =>
  silent(comment, 503, '', { retryable: true, retryAfter }, { headers: { ...(value === undefined ? {} : { 'retry-after': value }), ...headers }, ...(moment === undefined ? {} : { sentAt: moment }) })
const in90 = sent + 90
const retries = numbered('parse-retry', [
  later('the examples of RFC 9110: seconds', '120', 120),
  later('the examples of RFC 9110: a date, long ago', 'Fri, 31 Dec 1999 23:59:59 GMT', 0),
  later('IMF-fixdate', fixdate(in90), 90),
  later('rfc850-date', rfc850(in90), 90),
  later('asctime-date', asctime(in90), 90),
  later('asctime-date with a day of one digit', asctime(at('2023-12-05T00:00:00Z')), at('2023-12-05T00:00:00Z') - sent),
  later('counted from Date, whose clock is ahead of ours', fixdate(in90 + 300), 90, { date: fixdate(sent + 300) }),
  later('counted from Date, whose clock is behind ours', fixdate(in90 - 300), 90, { date: fixdate(sent - 300) }),
  later('Date as an rfc850-date', fixdate(in90 + 300), 90, { date: rfc850(sent + 300) }),
  later('Date as an asctime-date', fixdate(in90 + 300), 90, { date: asctime(sent + 300) }),
  later('a Date that is none', fixdate(in90), 90, { date: 'today' }),
  later('seconds, whatever Date says', '5', 5, { date: fixdate(sent + 300) }),
  later('in the past by Date', fixdate(in90), 0, { date: fixdate(sent + 91) }),
  later('this second', fixdate(sent), 0),
  later('a year ahead, over a leap day', fixdate(at('2024-11-14T22:13:20Z')), at('2024-11-14T22:13:20Z') - sent),
  later('a leap day', fixdate(at('2024-02-29T12:00:00Z')), at('2024-02-29T12:00:00Z') - sent),
  later('the leap day of 2000', 'Tue, 29 Feb 2000 00:00:10 GMT', 10, {}, at('2000-02-29T00:00:00Z') * 1000),
  later('the end of a year', fixdate(at('2023-12-31T23:59:59Z')), at('2023-12-31T23:59:59Z') - sent),
  later('a leap second', 'Sun, 31 Dec 2023 23:59:60 GMT', at('2024-01-01T00:00:00Z') - sent, undefined),
  later('more than an int32 holds', 'Fri, 31 Dec 9999 23:59:59 GMT', 2147483647),
  later('two digits for a year up to 50 years ahead', 'Sunday, 06-Nov-72 08:49:37 GMT', at('2072-11-06T08:49:37Z') - sent),
  later('two digits for a year more than 50 years ahead: of the past', 'Tuesday, 06-Nov-74 08:49:37 GMT', 0),
  later('two digits over the turn of a century', 'Friday, 01-Jan-00 00:00:10 GMT', 20, {}, at('2099-12-31T23:59:50Z') * 1000),
  later('none', undefined, null),
  later('30 February', 'Fri, 30 Feb 2024 00:00:00 GMT', null),
  later('29 February of no leap year', 'Thu, 29 Feb 2100 00:00:00 GMT', null),
  later('hour 24', 'Fri, 01 Mar 2024 24:00:00 GMT', null),
  later('another time zone', 'Fri, 01 Mar 2024 00:00:00 CET', null),
  later('an offset', 'Fri, 01 Mar 2024 00:00:00 +0000', null),
  later('ISO 8601', '2024-03-01T00:00:00Z', null),
  later('a month in lower case', 'Fri, 01 mar 2024 00:00:00 GMT', null),
  later('seconds with a unit', '120s', null),
  later('two at once', '120, 60', null),
])

const blank = which => [`${which} begins or ends with a blank`]
const invalidClient = { error: 'invalid_client' }
const code = errorCode => ({ errorId: 'ERROR-1', httpStatus: 401, errorCode, message: 'no', error: 'invalid_client' })
const hint = (comment, body, hints, more) => refused(comment, 401, body, { hints }, more)
const dated = seconds => ({ ...json, date: fixdate(sent + seconds) })
const wrongAud = 'https://other.example.com/'

const hints = numbered('parse-hint', [
  hint('HERE 401310: another id', code(401310), ['access key id', 'here.access.key.id'], { config: here }),
  hint('HERE 401310 beats a blank', code(401310), ['here.access.key.id'], { config: { ...here, clientSecret: 'abc ' } }),
  hint('HERE 401300', code(401300), ['here.access.key.id', 'here.access.key.secret', 'incomplete'], { config: here }),
  hint('HERE 401300: a blank after the secret', code(401300), [...blank('clientSecret'), 'here.access.key.secret'], { config: { ...here, clientSecret: 'abc ' } }),
  hint('HERE 401300: a tab before the id', code(401300), blank('clientId'), { config: { ...here, clientId: '\tid' } }),
  hint('HERE 401300: blanks at both', code(401300), blank('each of clientId and clientSecret'), { config: { ...here, clientId: 'id\u00a0', clientSecret: ' abc' } }),
  hint('HERE 401204: behind', code(401204), ['the clock of this machine is 312 s behind'], { config: here, headers: dated(312) }),
  hint('HERE 401204: ahead', code(401204), ['the clock of this machine is 86400 s ahead of'], { config: here, headers: dated(-86400) }),
  hint('HERE 401204: no Date', code(401204), ['the clock of this machine is off'], { config: here }),
  hint('HERE 401204: a Date that is none', code(401204), ['the clock of this machine is off'], { config: here, headers: { ...json, date: 'now' } }),
  hint('HERE 401204: by Date it is not off', code(401204), ['the clock of this machine is off'], { config: here, headers: dated(0) }),
  refused('HERE 401204 is not tried again', 401, code(401204), { retryable: false, requestId: 'ERROR-1', providerCode: '401204' }, { config: here, headers: dated(312) }),
  refused('HERE 401207 is not tried again', 401, code(401207), { retryable: false, requestId: 'ERROR-1', providerCode: '401207', hints: ['nonce'] }, { config: here }),
  refused('HERE 429002', 429, { errorCode: 429002, message: 'too many' }, { retryable: true, hints: ['keep the token'] }, { config: here }),
  hint('Basic, form-encoded', invalidClient, ['clientSecret form-encoded', "basicEncoding: 'raw'"], { config: secret('a+b/c=d') }),
  hint('Basic, form-encoded: the id', invalidClient, ['clientId form-encoded', "basicEncoding: 'raw'"], { config: { ...config, clientId: 'a/b' } }),
  hint('Basic, form-encoded: an id that raw can not carry', invalidClient, ['check clientId'], { config: { ...config, clientId: 'urn:x' } }),
  hint('Basic, form-encoded: the same in both', invalidClient, ['check clientId'], { config: secret('aZ09*-._') }),
  hint('Basic, raw', invalidClient, ['clientSecret as it is', "basicEncoding: 'form'"], { config: { ...config, clientSecret: 'a%b', basicEncoding: 'raw' } }),
  refused('Basic, raw, of a preset, which decides the encoding', 400, invalidClient, { hints: ['check clientId and clientSecret'] }, { config: { ...cognito, clientSecret: 'a~b' } }),
  refused('a preset has the last word', 400, invalidClient, { hints: ['check clientId and clientSecret'] }, { config: cognito }),
  hint('Apigee: Basic, raw', { ErrorCode: 'invalid_client', Error: 'ClientId is Invalid' }, ['project API key', 'project API secret'], { config: { ...os, clientSecret: 'a b' } }),
  hint('Apigee: the id is unknown', { fault: { faultstring: 'Invalid client identifier {0}', detail: { errorcode: 'oauth.v2.InvalidClientIdentifier' } } }, ['project API key'], { config: { ...os, clientSecret: 'a b' } }),
  hint('Apigee: what the words say comes last', { ErrorCode: 'invalid_client', Error: 'ClientId is Invalid' }, ['project API key', 'project API secret'], { config: os }),
  silent('401 alone: Basic', 401, '', { hints: ["basicEncoding: 'raw'"] }, { config: secret('a+b'), headers: {} }),
  silent('401 alone: nothing is known', 401, '', { hints: null }, { headers: {} }),
  refused('another error says nothing of Basic', 400, { error: 'invalid_scope', error_description: 'not for this client' }, { hints: ['scope'] }, { config: secret('a+b ') }),
  hint('the body has no Basic', invalidClient, ['check clientId'], { config: { ...config, clientSecret: 'a+b', clientAuth: 'client_secret_post' } }),
  hint('a blank beats Basic', invalidClient, blank('clientSecret'), { config: secret('a+b ') }),
  hint('a blank in the middle is none at the end', invalidClient, ["basicEncoding: 'raw'"], { config: secret('a b') }),
  refused('Cognito: a blank', 400, invalidClient, { hints: blank('clientId') }, { config: { ...cognito, clientId: ' id' } }),
  hint('an assertion with another aud', invalidClient, [`"${wrongAud}"`, tokenEndpoint, 'assertion.claims.aud'], { config: audience(wrongAud) }),
  refused('an assertion with another aud: invalid_grant', 400, { error: 'invalid_grant' }, { hints: [`"${wrongAud}"`, tokenEndpoint] }, { config: audience(wrongAud) }),
  hint('a list for an aud', invalidClient, [`["${wrongAud}","urn:x"]`, tokenEndpoint], { config: audience([wrongAud, 'urn:x']) }),
  hint('a list that has the endpoint', invalidClient, ['check clientId'], { config: audience([wrongAud, tokenEndpoint]) }),
  hint('the endpoint, spelled out', invalidClient, ['check clientId'], { config: audience(tokenEndpoint) }),
  hint('a query is not repeated', invalidClient, [`"${wrongAud}"`, `${tokenEndpoint}: set`], { config: audience(wrongAud, { tokenEndpoint: `${tokenEndpoint}?tenant=a` }) }),
  hint('an assertion signed with the secret', invalidClient, [`"${wrongAud}"`, tokenEndpoint], { config: { ...config, clientAuth: 'client_secret_jwt', assertion: { claims: { aud: wrongAud } } } }),
  hint('no aud at all', invalidClient, ['check clientId'], { config: audience(null) }),
  hint('a complaint about the aud that is the endpoint', { error: 'invalid_client', error_description: 'JWT has a wrong audience' }, [`the aud of the assertion is ${tokenEndpoint}`, 'issuer', 'assertion.claims.aud'], { config: jwt }),
  refused('a complaint about the aud of a preset', 400, { error: 'invalid_request', error_description: 'client_assertion has an invalid aud' }, { hints: ['"https://sandbox.api.high-mobility.com/v1"', 'https://sandbox.api.high-mobility.com/v1/access_tokens'] }, { config: hmKey }),
  refused('a preset knows its aud', 401, { errors: [{ title: 'Not authorized', detail: 'Missing or invalid assertion. It must be a JWT signed with the private key.', source: 'client_assertion' }] }, { hints: ['check clientId'] }, { config: hmKey, source: 'High Mobility, service account API' }),
  hint('the clock, for an assertion', invalidClient, ['the clock of this machine is 45 s behind'], { config: jwt, headers: dated(45) }),
  hint('the clock, for an assertion: ahead', invalidClient, ['the clock of this machine is 31 s ahead of'], { config: jwt, headers: dated(-31) }),
  hint('the clock: half a minute is nothing', invalidClient, ['check clientId'], { config: jwt, headers: dated(30) }),
  hint('the clock beats the aud', invalidClient, ['45 s behind'], { config: audience(wrongAud), headers: dated(45) }),
  hint('the clock, for OAuth 1.0 of any server', invalidClient, ['45 s behind'], { config: { ...config, clientAuth: 'oauth1' }, headers: dated(45) }),
  hint('the clock does not matter to Basic', invalidClient, ['check clientId'], { headers: dated(4500) }),
  refused('High Mobility: the clock', 400, { error: 'invalid_request', error_description: 'client_assertion has an invalid iat' }, { hints: ['60 s behind'] }, { config: hmKey, headers: dated(60) }),
  refused('High Mobility: an expired key', 400, { error: 'invalid_request', error_description: 'client_assertion is signed with an expired key' }, { retryable: false, hints: ['the private key has expired', 'console'] }, { config: hmKey, headers: dated(60), source: 'High Mobility, hm-oauth-rest-v1.yml' }),
  refused('High Mobility: the type', 400, { error: 'invalid_request', error_description: 'client_assertion_type is invalid' }, { hints: ['assertion.type', 'jwtbearer'] }, { config: hmKey }),
  refused('High Mobility: the secret', 400, { error: 'invalid_request', error_description: 'client_secret is invalid' }, { hints: ['clientSecret', 'sandbox and live'] }, { config: hm, source: 'hmkit-fleet AccessTokenRequestsTest.kt' }),
  refused('High Mobility: a blank after the secret', 400, { error: 'invalid_request', error_description: 'client_secret is invalid' }, { hints: blank('clientSecret') }, { config: { ...hm, clientSecret: 'x ' } }),
  refused('High Mobility: nothing in the body', 400, { error: 'invalid_request', error_description: "client_id can't be blank, client_secret can't be blank" }, { hints: ['clientAuth'] }, { config: { ...hm, clientAuth: 'client_secret_basic' }, source: 'High Mobility, hm-oauth-rest-v1.yml' }),
  refused('a proof is wanted', 400, { error: 'invalid_dpop_proof' }, { retryable: false, hints: ['option dpop'] }, { source: 'RFC 9449 5' }),
  refused('a nonce for the proof is wanted', 400, { error: 'use_dpop_nonce', error_description: 'Authorization server requires nonce in DPoP proof' }, { retryable: false, hints: ['option dpop'] }, { headers: { ...dated(4500), 'dpop-nonce': 'eyJ7S_zG.eyJH0-Z.HX4w-7v' }, source: 'RFC 9449 8' }),
  refused('a proof by a clock that is behind', 400, { error: 'invalid_dpop_proof' }, { hints: ['4500 s behind'] }, { headers: dated(4500) }),
  refused('an assertion, in no words', 401, { error: 'invalid_client', error_description: 'client authentication failed' }, { hints: ['check clientId', 'key', `the aud of the assertion is ${tokenEndpoint}`, 'issuer', 'assertion.claims.aud'] }, { config: jwt, source: 'oidc-provider, InvalidClientAuth' }),
  refused('an assertion of an issuer, in no words', 401, { error: 'invalid_client' }, { hints: ['check clientId', "assertion.claims.aud to '{issuer}'"] }, { config: { ...jwt, issuer: 'https://idp.example.com' } }),
  refused('an assertion by the secret, in no words', 401, { error: 'invalid_client' }, { hints: ['check clientId', 'secret', 'assertion.claims.aud'] }, { config: { ...config, clientSecret: 'Zx81-s3cr3t-Qq'.repeat(3), clientAuth: 'client_secret_jwt' } }),
  refused('an assertion for the issuer, in no words', 401, { error: 'invalid_client' }, { hints: ['check clientId', '"https://idp.example.com"'] }, { config: { ...audience('{issuer}'), issuer: 'https://idp.example.com', tokenEndpoint } }),
  refused('an assertion that is the grant', 400, { error: 'invalid_grant', error_description: 'Bad signature' }, { hints: ['check clientId', 'key', 'issuer'] }, { config: { ...jwt, grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer' } }),
  refused('HERE: Basic', 401, code(401202), { hints: ['leave clientAuth out'] }, { config: { ...here, clientAuth: 'client_secret_basic', clientSecret: 'a+b' } }),
  refused('a preset, but the encoding is of the caller', 400, invalidClient, { hints: ["basicEncoding: 'raw'"] }, { config: { ...cognito, clientSecret: 'a~b/c', basicEncoding: 'form' } }),
  ...['is signed with an invalid key', 'has an invalid iss'].map(words =>
    refused(`High Mobility: ${words}`, 400, { error: 'invalid_request', error_description: `client_assertion ${words}` }, { hints: ['keyId', 'same file', 'clientId'] }, { config: hmKey })),
  refused('an unsupported grant type', 400, { error: 'unsupported_grant_type' }, { hints: ['grant type', 'grantType'] }, { source: 'RFC 6749 5.2' }),
  refused('an invalid scope', 400, { error: 'invalid_scope' }, { hints: ['scope'] }, { source: 'RFC 6749 5.2' }),
  refused('an unauthorized client', 400, { error: 'unauthorized_client' }, { hints: ['grant type', 'registered'] }, { source: 'RFC 6749 5.2' }),
  refused('an unauthorized client that is an invalid one', 401, { error: 'unauthorized_client', error_description: 'Invalid client or Invalid client credentials' }, { hints: ['check clientId', 'clientAuth'] }, { source: 'Keycloak' }),
  refused('an invalid target', 400, { error: 'invalid_target' }, { hints: ['resource', 'audience'] }, { source: 'RFC 8707 2' }),
  refused('a preset knows more of the scope', 400, { error: 'invalid_scope' }, { hints: ['the app client has no such scope'] }, { config: cognito }),
  ...[
    ['Missing required parameter: audience', ['no audience', 'set audience']],
    ["The request body must contain the following parameter: 'scope'.", ['no scope', 'set scope']],
    ['resource is required', ['no resource', 'set resource']],
    ['Missing grant type', ["find grant_type", "bodyFormat: 'json'"]],
    ['Missing parameter: client_id', ["find client_id", "clientAuth: 'client_secret_post'"]],
    ['A required parameter is missing: tenant', ['further parameter', 'parameters']],
  ].map(([error_description, hints]) => refused(`a missing parameter: ${error_description}`, 400, { error: 'invalid_request', error_description }, { hints }, { config: { ...config, clientSecret: 'abc' } })),
  refused('a parameter that is missing although it is sent', 400, { error: 'invalid_request', error_description: 'audience is required' }, { hints: ["find audience", "bodyFormat: 'form'"] }, { config: { ...config, bodyFormat: 'json', audience: 'a' } }),
  refused('a secret that is missing although it is in the body', 400, { error: 'invalid_request', error_description: 'client_secret is missing' }, { hints: ["find client_secret", "bodyFormat: 'json'"] }, { config: { ...config, clientAuth: 'client_secret_post' } }),
])

const openssl = '4046B1F3A27F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:77:\n'
const alert = (code, reason, number) => `80CCACCD747F0000:error:${code}:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number ${number}\n`
const ca = ['NODE_EXTRA_CA_CERTS']
const cors = ['CORS', 'your own server']
const failures = numbered('parse-failure', [
  failed('Node: nobody listens', 'connect ECONNREFUSED 127.0.0.1:35698', ['nobody listens', 'tokenEndpoint'], true, 'Node 24.21.0'),
  failed('Node: no such host', 'getaddrinfo ENOTFOUND nowhere.invalid', ['no such host', 'DNS'], true, 'Node 24.21.0'),
  failed('Node: no DNS', 'getaddrinfo EAI_AGAIN idp.example.com', ['DNS'], true, 'Node, "Common system errors"'),
  failed('Node: self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca', ca, false, 'Node 24.21.0'),
  failed('Node: an authority of its own', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE unable to verify the first certificate', ca, false, 'Node 20.20.2'),
  failed('Node: an authority of its own, in the chain', 'SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain', ca, false, 'Node, "X509 certificate error codes"'),
  failed('Node: no issuer', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY unable to get local issuer certificate', ca, false, 'Node, "X509 certificate error codes"'),
  failed('Node: expired', 'CERT_HAS_EXPIRED certificate has expired', ['out of date', 'clock'], false, 'Node 24.21.0'),
  failed('Node: too early', 'CERT_NOT_YET_VALID certificate is not yet valid', ["isn't valid yet", 'clock'], false, 'Node, "X509 certificate error codes"'),
  failed('Node: another host', "ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ", ['another host'], false, 'Node 24.21.0'),
  failed('Node: no TLS', `ERR_SSL_WRONG_VERSION_NUMBER ${openssl}`, ["doesn't speak TLS"], false, 'Node 24.21.0'),
  failed('Node: a port that fetch refuses', 'bad port', ['port'], false, 'Fetch standard, "Port blocking"; Node 24.21.0'),
  failed('Node: no way', 'UND_ERR_CONNECT_TIMEOUT Connect Timeout Error (attempted address: idp.example.com:443, timeout: 10000ms)', ['firewall', 'proxy'], true, 'undici, "Errors"'),
  failed('Node: no way, by several addresses', 'ETIMEDOUT', ['firewall', 'proxy'], true, 'Node, "Common system errors"'),
  failed('Node: no route', 'connect ENETUNREACH 2001:db8::1:443', ['firewall', 'proxy'], true, 'Node, "Common system errors"'),
  failed('Node: no HTTP', 'HPE_INVALID_CONSTANT Response does not match the HTTP/1.1 protocol (Expected HTTP/)', ['not HTTP'], true, 'Node 20.20.2'),
  failed('Node: reset', 'read ECONNRESET', null, true, 'Node 24.21.0'),
  failed('Node: closed', 'UND_ERR_SOCKET other side closed', null, true, 'Node 24.21.0'),
  failed('Chromium', 'Failed to fetch', cors, true, 'Chromium'),
  failed('Firefox', 'NetworkError when attempting to fetch resource.', cors, true, 'Firefox'),
  failed('Safari', 'Load failed', cors, true, 'Safari'),
  failed('workerd: nobody listens', 'Network connection lost.', ['nobody listens', 'tokenEndpoint'], true, 'workerd 2026-07-30'),
  failed('workerd: no such host, or no trust', 'internal error; reference = 5e72lnvuqbg6u505q9lua1aj', ['host', 'certificate'], true, 'workerd 2026-07-30'),
  failed('another client: no trust', 'tls: failed to verify certificate: x509: certificate signed by unknown authority', ['certificate'], false, 'Go 1.26'),
  failed('words that say nothing', 'something else', null, true),
  failed('no words', '', null, true),
  failed('Node 20: no TLS', `ERR_SSL_WRONG_VERSION_NUMBER ${openssl.replace('tls_validate_record_header', 'ssl3_get_record')}`, ["doesn't speak TLS", 'check the port'], false, 'Node 20.20.2'),
  ...[
    ['https://localhost:8080/token', ['if it speaks http', 'write http in tokenEndpoint']],
    ['https://127.0.0.1/token', ['if it speaks http', 'write http in tokenEndpoint']],
    ['https://keycloak:8080/token', ['write http in tokenEndpoint', 'allowHttp']],
    ['https://idp.default.svc.cluster.local/token', ['write http in tokenEndpoint', 'allowHttp']],
    ['https://10.1.2.3:8443/token', ['write http in tokenEndpoint', 'allowHttp']],
    ['https://172.16.0.1/token', ['write http in tokenEndpoint', 'allowHttp']],
    ['https://192.168.1.1/token', ['write http in tokenEndpoint', 'allowHttp']],
    ['https://172.32.0.1/token', ['check the port']],
    ['https://idp.example.com/token', ['check the port']],
  ].map(([tokenEndpoint, hints]) => ({ ...failed(`no TLS at ${tokenEndpoint}`, `ERR_SSL_WRONG_VERSION_NUMBER ${openssl}`, hints, false, 'Node 24.21.0; RFC 1918 3'), config: { ...config, tokenEndpoint } })),
  ...[
    ['https://localhost:8080/token', ['the server speaks http, not https', 'write http in tokenEndpoint']],
    ['https://keycloak:8080/token', ['the server speaks http, not https', 'allowHttp']],
    ['https://idp.example.com/token', ['check the port']],
  ].map(([tokenEndpoint, hints]) => ({ ...failed(`http at ${tokenEndpoint}`, 'WRONG_VERSION_NUMBER: http: server gave HTTP response to HTTPS client', hints, false, 'Go 1.26, net/http'), config: { ...config, tokenEndpoint } })),
  failed('Deno: no TLS', 'error sending request for url: client error (Connect): received corrupt message of type InvalidContentType', ["doesn't speak TLS"], false, 'Deno, rustls'),
  failed('Node: no common version', `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION ${alert('0A00042E', 'tlsv1 alert protocol version', 70)}`, ['no version', 'client certificate'], true, 'Node 20.20.2; RFC 8446 6'),
  failed('Node: no handshake', `ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ${alert('0A000410', 'sslv3 alert handshake failure', 40)}`, ['no cipher', 'client certificate'], true, 'Node 20.20.2; RFC 8446 6'),
  failed('Node: the server has no such name', `ERR_SSL_TLSV1_UNRECOGNIZED_NAME ${alert('0A000458', 'tlsv1 unrecognized name', 112)}`, ['no such host'], false, 'Node 20.20.2; RFC 6066 3'),
  failed('Go: no cipher', 'remote error: tls: insufficient security level', ['no cipher'], true, 'Go 1.26'),
  failed('Go: no common version', 'remote error: tls: protocol version not supported', ['no version'], true, 'Go 1.26'),
  failed('Go: no handshake', 'remote error: tls: handshake failure', ['no cipher'], true, 'Go 1.26'),
  failed('Go: the server has no such name', 'remote error: tls: unrecognized name', ['no such host'], false, 'Go 1.26'),
])

for (const test of shapes) {
  if (test.wantError === undefined) test.want = { token: { token_type: 'Bearer', ...JSON.parse(test.outcome.body) } }
}
write('token-error', "by hand, from RFC 6749 5.2, RFC 6750 3, RFC 9110 and the documents that the cases name; dates by JavaScript's Date", [...shapes, ...pages, ...retries, ...hints, ...failures])
