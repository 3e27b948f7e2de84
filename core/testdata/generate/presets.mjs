import { write } from './corpus.mjs'
import { keys } from './keys.mjs'
import { cases } from './rules.mjs'

const doc = {
  here: 'HERE Account, "Request a Token"; here-aaa-java-sdk SignatureCalculator, AccessTokenRequest',
  hereJson: 'here-data-sdk-typescript requestToken_common.ts: camelCase JSON, only the query is signed',
  hereUrls: 'here-data-sdk-typescript UserAuth.ts: the environments of HERE Account',
  ota: 'HERE OTA Connect API usage guide, "Obtaining a bearer token": curl -u id:secret -d grant_type -d scope',
  iotspot: 'iotspot, "Obtain Access Token": Basic, and client_id, scope and grant_type as form fields',
  hm: 'High Mobility, "OAuth 2.0", Client ID & Client Secret: JSON with client_id, client_secret, grant_type',
  hmKey: 'High Mobility fleet SDK, HMKitCredentials: ver, iss (the id of the key), aud (the API base), iat, jti',
  os: 'Ordnance Survey, OS OAuth 2 API, "Technical specification": Basic with key and secret, grant_type',
  cognito: 'Amazon Cognito, "Token endpoint": Basic is Base64(client_id:client_secret)',
  apigee: 'Apigee, "Get OAuth 2.0 tokens": Basic is Base64(client_id:client_secret)',
}
doc.google = 'Google Identity, "Using OAuth 2.0 for Server to Server Applications": grant_type, assertion; alg, typ, kid; iss, scope, aud, exp, iat, and sub to act for a user'
doc.grant = 'RFC 7523 section 2.1: grant_type, assertion, scope; section 2.2 beside it'
const all = (source, list) => list.map(([comment, config, more]) => [comment, config, { source, ...more }])

const here = { provider: 'here', clientId: '1tqA_sample1fLhs2z6_q1l', clientSecret: 'sTuYkSsXw0p1_vR4-8iQzLhN7mCeAbGf6dJkKxO2tPy' }
const hereJson = { ...here, bodyFormat: 'json' }
const ota = { provider: 'ota-connect', clientId: '4o0vunp4f8u9example1client', clientSecret: '1h7q2kexample9secret3of4cognito' }
const iotspot = { provider: 'iotspot', clientId: '6u13qvmiisk8of304cfdfubq3s', clientSecret: '1b2c3d4example5secret6of7iotspot' }
const hm = { provider: 'high-mobility', environment: 'sandbox', clientId: 'a92cf969-e8ff-4ad4-a45f-42930edde12d' }
const hmSecret = { ...hm, clientSecret: 'xfVxR6xnlbeVHXkQatRx4FmxSJxFR0-M' }
const hmKey = { ...hm, privateKey: keys.p256.pkcs8, keyId: 'f6c331c4-9271-4e3b-a8c4-6a2cacac6451' }
const os = { provider: 'os-data-hub', clientId: 'kGkqyF1nyUTVmExample2ProjectKey3', clientSecret: 'x8ExampleSecret4' }
const cognito = { provider: 'cognito', tokenEndpoint: 'https://mydomain.auth.us-east-1.amazoncognito.com/oauth2/token', clientId: '1example23456789', clientSecret: '9example87654321' }
const apigee = { provider: 'apigee', tokenEndpoint: 'https://myorg-test.apigee.example/oauth/token', clientId: 'ns4fQc14Zg4hKFCNaSzArVuwszX95X', clientSecret: 'ZIjFyTsNgQNyxI' }
const google = { provider: 'google', clientId: 'robot@project-1.iam.gserviceaccount.com', privateKey: keys.rsa2048.pkcs8, keyId: 'f4c5d6e7a8b9c0d1e2f3' }
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const granted = { tokenEndpoint: 'https://as.example.com/token', clientId: 'issuer-1', privateKey: keys.p256.pkcs8, grantType: jwtBearer }

write('presets', 'the vendors\' documents, see each case; signatures by python3-oauthlib 3.2.2, Node (RSA) and @noble/curves 2.4.0, by generate/rules.mjs', (await Promise.all([
  cases('preset-here', [
    ...all(doc.here, [
      ['form, grant_type alone', here],
      ['the moment of the published example', here, { now: 1512072698000 }],
      ['a project as scope', { ...here, scope: 'hrn:here:authorization::org123:project/my-project' }],
      ['a lifetime', { ...here, parameters: { expires_in: '3600' } }],
      ['a lifetime and a project', { ...here, scope: 'hrn:here:authorization::org123:project/p-1', parameters: { expires_in: '86400' } }],
      ['form spelled out', { ...here, bodyFormat: 'form', clientAuth: 'oauth1' }],
      ['the endpoint of the credentials file', { ...here, tokenEndpoint: 'https://account.api.here.com/oauth2/token' }],
    ]),
    ...all(doc.hereUrls, [
      ['staging', { ...here, tokenEndpoint: 'https://stg.account.api.here.com/oauth2/token' }],
      ['China', { ...here, tokenEndpoint: 'https://elb.cn-northwest-1.account.hereapi.cn/oauth2/token' }],
    ]),
    ...all(doc.hereJson, [
      ['JSON, grantType alone', hereJson],
      ['JSON: a lifetime is a number', { ...hereJson, parameters: { expires_in: '3600' } }],
      ['JSON: scope keeps its name', { ...hereJson, scope: 'hrn:here:authorization::org123:project/my-project', parameters: { expires_in: '0' } }],
      ['JSON and the query of the SDK, which is signed', { ...hereJson, tokenEndpoint: 'https://account.api.here.com/oauth2/token?sentWith=OLP-TS-SDK-2.0.0', parameters: { expires_in: '86399' } }],
      ['JSON: other parameters keep their names', { ...hereJson, parameters: { tenant_id: 'x', expires_in: '60', note: 'é' } }],
    ]),
    ['token exchange without client authentication', { provider: 'here', clientId: 'app-1', clientAuth: 'none', grantType: 'urn:ietf:params:oauth:grant-type:token-exchange', parameters: { subject_token: 'eyJ.x.y', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' } }, { source: 'HERE Identity & Access Management, getOauth2AccessToken' }],
  ]),
  cases('preset-ota', all(doc.ota, [
    ['no scope given: none sent', ota],
    ['the scope of treehub.json', { ...ota, scope: 'namespace.f1a2b3c4-5d6e-7f80-91a2-b3c4d5e6f708' }],
    ['two scopes', { ...ota, scope: ['namespace.one', 'namespace.two'] }],
    ['the endpoint of treehub.json', { ...ota, tokenEndpoint: 'https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token', scope: 's' }],
    ['an endpoint of Auth+', { ...ota, tokenEndpoint: 'https://auth-plus.ota.example/token' }],
    ['curl -u encodes nothing', { ...ota, clientSecret: 'a+b/c%2B= d' }],
    ['form encoding can be asked for', { ...ota, basicEncoding: 'form', clientSecret: 'a+b/c%2B= d' }],
    ['the secret in the body can be asked for', { ...ota, clientAuth: 'client_secret_post' }],
  ])),
  cases('preset-iotspot', all(doc.iotspot, [
    ['client_id in the body and the default scope', iotspot],
    ['another scope', { ...iotspot, scope: 'iotspot/outlook' }],
    ['two scopes', { ...iotspot, scope: ['iotspot/openapi', 'iotspot/production'] }],
    ['no scope, over the default of the preset', { ...iotspot, scope: '' }],
    ['an empty list, over the default of the preset', { ...iotspot, scope: [] }],
    ['parameters stand before client_id', { ...iotspot, parameters: { b: '2', a: '1' } }],
    ['another endpoint', { ...iotspot, tokenEndpoint: 'https://iotspot-m2mauth-test.auth.eu-central-1.amazoncognito.com/oauth2/token' }],
    ['raw Basic', { ...iotspot, clientSecret: 'p+q/r=' }],
    ['the secret in the body: client_id once', { ...iotspot, clientAuth: 'client_secret_post' }],
  ])),
  cases('preset-hm', [
    ...all(doc.hm, [
      ['sandbox, secret', hmSecret],
      ['live, secret', { ...hmSecret, environment: 'live' }],
      ['the endpoint of the console instead of an environment', { ...hmSecret, environment: undefined, tokenEndpoint: 'https://sandbox.api.high-mobility.com/v1/access_tokens' }],
      ['a scope', { ...hmSecret, scope: ['fleet:clearance', 'vehicle:eligibility-check'] }],
    ]),
    ['as a form, as the vendor\'s Python sample', { ...hmSecret, bodyFormat: 'form' }, { source: 'oauth-server-to-server-api-examples, python/create_access_token_using_client_credentials.py' }],
    ['Basic can be asked for', { ...hmSecret, clientAuth: 'client_secret_basic' }, { source: doc.hm }],
    ['a refresh token', { ...hmSecret, grantType: 'refresh_token', parameters: { refresh_token: 'a0d0-rt' } }, { source: doc.hm }],
    ...all(doc.hmKey, [
      ['sandbox, key', hmKey],
      ['live, key', { ...hmKey, environment: 'live' }],
      ['a key as a JWK: its kid is the id', { ...hm, privateKey: { ...keys.p256b.jwk, kid: '0e1d2c3b-key' } }],
      ['keyId beats the kid of the JWK', { ...hmKey, privateKey: { ...keys.p256b.jwk, kid: 'not-me' } }],
      ['the assertion type as the vendor\'s page spells it', { ...hmKey, assertion: { type: 'urn:ietf:params:oauth:client-assertion-type:jwtbearer' } }],
      ['as a form', { ...hmKey, bodyFormat: 'form' }],
      ['another host: aud follows', { ...hmKey, environment: undefined, tokenEndpoint: 'https://api.high-mobility.example:8443/v1/access_tokens' }],
      ['claims over those of the preset: in place, then new', { ...hmKey, assertion: { claims: { aud: 'https://sandbox.api.high-mobility.com/v2', note: 'x', ver: 3 } } }],
      ['a claim of the preset is removed', { ...hmKey, assertion: { claims: { ver: null } } }],
      ['a kid can be asked for', { ...hmKey, assertion: { header: { kid: 'f6c331c4-9271-4e3b-a8c4-6a2cacac6451' } } }],
      ['a scope', { ...hmKey, scope: 'vehicle:data' }],
      ['a secret too: the method says which', { ...hmKey, clientSecret: 'unused', clientAuth: 'private_key_jwt' }],
      ['a key too: the method says which', { ...hmKey, clientSecret: 'xfVxR6xnlbeVHXkQatRx4FmxSJxFR0-M', clientAuth: 'client_secret_post' }],
    ]),
  ]),
  cases('preset-os', all(doc.os, [
    ['grant_type alone', os],
    ['the published endpoint', { ...os, tokenEndpoint: 'https://api.os.uk/oauth2/token/v1' }],
    ['a scope is sent if the caller insists', { ...os, scope: 'maps' }],
    ['raw Basic', { ...os, clientSecret: 'p+q/r%=' }],
  ])),
  cases('preset-cognito', all(doc.cognito, [
    ['no scope: all scopes of the client', cognito],
    ['scopes of two resource servers', { ...cognito, scope: ['resourceServerIdentifier1/scope1', 'resourceServerIdentifier2/scope2'] }],
    ['secret in the body', { ...cognito, clientAuth: 'client_secret_post' }],
    ['raw Basic', { ...cognito, clientSecret: 'a+b /c' }],
    ['metadata for the trigger', { ...cognito, parameters: { aws_client_metadata: '{"environment":"dev","app_id":"myApp"}' } }],
    ['an own domain', { ...cognito, tokenEndpoint: 'https://auth.example.com/oauth2/token' }],
  ])),
  cases('preset-apigee', all(doc.apigee, [
    ['grant_type alone', apigee],
    ['a scope', { ...apigee, scope: 'READ WRITE' }],
    ['raw Basic', { ...apigee, clientSecret: 'a+b /c:d' }],
    ['grant type in the query too', { ...apigee, tokenEndpoint: 'https://myorg-test.apigee.example/oauth/client_credential/accesstoken?grant_type=client_credentials' }],
  ])),
  cases('preset-google', [
    ...all(doc.google, [
      ['no scope', google],
      ['a scope', { ...google, scope: 'https://www.googleapis.com/auth/cloud-platform' }],
      ['two scopes, and the endpoint of the file', { ...google, scope: ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/calendar'], tokenEndpoint: 'https://oauth2.googleapis.com/token' }],
      ['for a user of the domain, for an hour', { ...google, scope: 'https://mail.google.com/', assertion: { claims: { sub: 'user@example.com' }, lifetime: 3600 } }],
      ['a scope with braces is no template', { ...google, scope: 'urn:x:{y}' }],
      ['a claim of the caller over the scope', { ...google, scope: 'a', assertion: { claims: { scope: 'b' } } }],
      ['without a key id', { ...google, keyId: undefined }],
    ]),
    ...all(doc.grant, [
      ['any server: the scope is a field of the body', { ...granted, scope: 'read write' }],
      ['a secret signs', { ...granted, privateKey: undefined, clientSecret: 'a secret of thirty-two bytes or more', clientAuth: 'client_secret_jwt' }],
      ["somebody else's assertion: our own says who the client is", { ...granted, parameters: { assertion: 'eyJhbGciOiJub25lIn0.e30.' }, scope: 'read' }],
      ["somebody else's assertion beside a secret", { ...granted, privateKey: undefined, clientSecret: 'secret-1', parameters: { assertion: 'eyJhbGciOiJub25lIn0.e30.' } }],
      ['JSON', { ...granted, bodyFormat: 'json', audience: 'https://api.example.com' }],
    ]),
  ]),
])).flat())
