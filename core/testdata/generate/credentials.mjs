// Files as platforms hand them out, written by hand from the vendors' documents. What a .env file means is asked of Node's own reader and,
// where that cuts a secret at its #, of a shell.
import { spawnSync } from 'node:child_process'
import { parseEnv } from 'node:util'
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const { p256, rsa2048 } = keys
const doc = {
  azure: '"az ad sp", Azure CLI', external: 'AIP-4117, External Account Credentials',
  ota: 'HERE OTA Connect API usage guide, treehub.json in credentials.zip',
  legacy: 'aktualizr src/sota_tools/oauth2.cc: a server that does not end in /token gets /token and no scope',
  blocks: 'aktualizr docs/credentials.adoc: unknown blocks are ignored',
  here: 'here-aaa-java-sdk test-credentials.properties',
  ini: 'here-aaa-java-sdk FromHereCredentialsIniStream: the section [default]',
  java: 'java.util.Properties.load, its documentation',
  ini4j: 'here-aaa-java-sdk FromHereCredentialsIniStream: a section by its name',
  adoc: 'aktualizr docs/credentials.adoc: basic_auth, no_auth, certificate_auth',
  google: 'Google Identity, "Using OAuth 2.0 for Server to Server Applications"; google-auth-library: the members of the JSON key',
  curl: 'curl -u id:secret',
  hm: 'High Mobility, HMKitCredentials.kt and python/create_access_token_using_private_key.py',
}

const server = 'https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token'
const ostree = { server: 'https://treehub.ota.api.here.com:443/api/v3' }
const oauth2 = { server, client_id: '4o0vunp4f8u9example1client', client_secret: '1h7q2kexample9secret', scope: 'namespace.f1a2b3c4-5d6e-7f80-91a2-b3c4d5e6f708' }
const otaConfig = { provider: 'ota-connect', tokenEndpoint: server, clientId: oauth2.client_id, clientSecret: oauth2.client_secret, scope: oauth2.scope }
const { scope, ...otaNoScope } = otaConfig
const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([k]) => !names.includes(k)))

const properties = `here.user.id = HERE-0c5d7a2e-1f3b-4c6d-8e9f-a0b1c2d3e4f5
here.client.id = A8wYxsmwZBEqBIud1Jmc
here.access.key.id = aFi-kDtCV1dbeQjNR0SKWw
here.access.key.secret = tu2LygcYLwnqBsPV0sgZ_PfFbZBquNoBrcwcKbaxJuGZIK48APnmLycnYKULfdLVcvBvz9tOpAbWoqIWcxtlNA
here.token.endpoint.url = https://account.api.here.com/oauth2/token
`
const hereConfig = {
  provider: 'here',
  tokenEndpoint: 'https://account.api.here.com/oauth2/token',
  clientId: 'aFi-kDtCV1dbeQjNR0SKWw',
  clientSecret: 'tu2LygcYLwnqBsPV0sgZ_PfFbZBquNoBrcwcKbaxJuGZIK48APnmLycnYKULfdLVcvBvz9tOpAbWoqIWcxtlNA',
}
const line = name => new RegExp(`^${name.replaceAll('.', '\\.')} = .*\\n`, 'm')

const hmKey = { id: 'f6c331c4-9271-4e3b-a8c4-6a2cacac6451', private_key: p256.pkcs8, client_id: 'a92cf969-e8ff-4ad4-a45f-42930edde12d', instance_uri: 'https://sandbox.api.high-mobility.com' }
const hmConfig = { provider: 'high-mobility', environment: 'sandbox', clientId: hmKey.client_id, privateKey: p256.pkcs8, keyId: hmKey.id }

const b64 = text => Buffer.from(text).toString('base64')
const json = value => JSON.stringify(value, null, 2)
const load = (comment, source, text, config, options) => ({ comment, source, op: 'credentials', text, options, want: { config } })
const loadHex = (comment, source, bytes, config) => ({ comment, source, op: 'credentials', hex: Buffer.concat(bytes.map(b => Buffer.from(b))).toString('hex'), want: { config } })
const fail = (comment, text, ...mentions) => ({ comment, op: 'credentials', text, wantError: { code: 'invalid_credentials', ...(mentions.length ? { mentions } : {}) } })
const failWith = (comment, members, ...mentions) => ({ comment, op: 'credentials', ...members, wantError: { code: 'invalid_credentials', mentions } })
const failHex = (comment, hex) => ({ comment, op: 'credentials', hex, wantError: { code: 'invalid_credentials' } })
const bom = [0xef, 0xbb, 0xbf]

const service = {
  type: 'service_account', project_id: 'project-1', private_key_id: 'f4c5d6e7a8b9c0d1e2f3', private_key: rsa2048.pkcs8,
  client_email: 'robot@project-1.iam.gserviceaccount.com', client_id: '104938271650493827165', auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token', auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs', universe_domain: 'googleapis.com',
}
const googleConfig = { provider: 'google', tokenEndpoint: service.token_uri, clientId: service.client_email, privateKey: service.private_key, keyId: service.private_key_id }

// AIP-4117, "Expected Behavior": the file that the Google Cloud console and gcloud make.
const external = {
  type: 'external_account', audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt', token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/var/run/secrets/tokens/gcp' },
}
const externalConfig = {
  tokenEndpoint: external.token_url, audience: external.audience, subjectToken: { file: '/var/run/secrets/tokens/gcp' },
  subjectTokenType: external.subject_token_type, requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
}

const mapped = (comment, environment, config) => ({ comment, op: 'credentials', environment, want: { config } })
const hereEnvironment = { HERE_ACCESS_KEY_ID: 'a key id', HERE_ACCESS_KEY_SECRET: 'a secret' }
const osConfig = { provider: 'os-data-hub', clientId: 'kGkqyF1nyUTVm', clientSecret: 'x8Exa#mple' }
const envName = name => 'FETCHTOKEN_' + name.replace(/[A-Z]/g, '_$&').toUpperCase()

/** A .env file. The judge says what its variables are: they must be those of the configuration. */
function file(comment, judge, text, config) {
  const run = spawnSync('sh', ['-c', `set -a; eval "$0"; env -0`, text], { env: {}, encoding: 'utf8' })
  const judged = judge === 'sh' ? Object.fromEntries(run.stdout.split('\0').filter(Boolean).map(v => v.split(/=(.*)/s))) : parseEnv(text)
  for (const [name, value] of Object.entries(config)) {
    const got = judged[envName(name)] ?? judged['HERE_' + { clientId: 'ACCESS_KEY_ID', clientSecret: 'ACCESS_KEY_SECRET', tokenEndpoint: 'TOKEN_ENDPOINT_URL', scope: 'TOKEN_SCOPE' }[name]]
    if (got !== value && !(name === 'provider' && value === 'here')) throw new Error(`${comment}: ${judge} says ${name} is ${got}`)
  }
  return load(comment, judge === 'sh' ? 'a POSIX shell' : 'util.parseEnv of Node', text, config)
}

write('credentials', 'by hand, from the vendors\' documents', [
  ...numbered('credentials-treehub', [
    load('as the guide prints it', doc.ota, '{\n  "oauth2" : {\n    "server" : "https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token",\n    "client_id" : "$your_client_id",\n    "client_secret" : "$your_client_secret",\n    "scope" : "$your_scope"\n  },\n  "ostree" : {\n    "server" : "https://treehub.ota.api.here.com:443/api/v3"\n  }\n}', { provider: 'ota-connect', tokenEndpoint: server, clientId: '$your_client_id', clientSecret: '$your_client_secret', scope: '$your_scope' }),
    load('on one line', doc.ota, JSON.stringify({ oauth2, ostree }), otaConfig),
    load('the blocks in another order, and one that nobody knows', doc.blocks, json({ ostree, x_extra: [1, 2, { a: null }], oauth2: { grant: 'x', ...oauth2 } }), otaConfig),
    load('no scope', doc.ota, json({ oauth2: without(oauth2, 'scope'), ostree }), otaNoScope),
    load('no ostree', doc.blocks, json({ oauth2 }), otaConfig),
    load('basic_auth beside oauth2: oauth2 counts', 'aktualizr src/sota_tools/server_credentials.cc', json({ basic_auth: { user: 'u', password: 'p' }, oauth2 }), otaConfig),
    load('an older file: a server of Auth+ without the path', doc.legacy, json({ oauth2: { ...oauth2, server: 'https://auth-plus.ota.example' }, ostree }), { ...otaNoScope, tokenEndpoint: 'https://auth-plus.ota.example/token' }),
    load('an older file without a scope', doc.legacy, json({ oauth2: { ...without(oauth2, 'scope'), server: 'https://auth-plus.ota.example:8443/a' }, ostree }), { ...otaNoScope, tokenEndpoint: 'https://auth-plus.ota.example:8443/a/token' }),
    load('two scopes in one text', doc.ota, json({ oauth2: { ...oauth2, scope: 'namespace.a namespace.b' } }), { ...otaConfig, scope: 'namespace.a namespace.b' }),
    load('escapes in JSON', doc.ota, '{"oauth2":{"server":"https:\\/\\/ota.auth.eu-west-1.amazoncognito.com\\/oauth2\\/token","\\u0063lient_id":"a\\u002db","client_secret":"\\"q\\"\\\\"}}', { ...otaNoScope, clientId: 'a-b', clientSecret: '"q"\\' }),
    load('CRLF', doc.ota, json({ oauth2, ostree }).replaceAll('\n', '\r\n') + '\r\n', otaConfig),
    loadHex('a byte order mark', doc.ota, [bom, json({ oauth2, ostree })], otaConfig),
    fail('no server', json({ oauth2: without(oauth2, 'server'), ostree }), 'server'),
    fail('no client_id', json({ oauth2: without(oauth2, 'client_id'), ostree }), 'client_id'),
    fail('no client_secret', json({ oauth2: without(oauth2, 'client_secret'), ostree }), 'client_secret'),
    fail('server empty', json({ oauth2: { ...oauth2, server: '' } }), 'server'),
    fail('client_id empty', json({ oauth2: { ...oauth2, client_id: '' } }), 'client_id'),
    fail('client_secret empty', json({ oauth2: { ...oauth2, client_secret: '' } }), 'client_secret'),
    fail('client_id a number', json({ oauth2: { ...oauth2, client_id: 12 } }), 'client_id'),
    fail('client_secret null', json({ oauth2: { ...oauth2, client_secret: null } }), 'client_secret'),
    fail('scope a list', json({ oauth2: { ...oauth2, scope: ['a'] } }), 'scope'),
    fail('oauth2 empty', json({ oauth2: {}, ostree })),
    fail('oauth2 is no object', json({ oauth2: 'https://ota.example/token', ostree }), 'oauth2'),
    fail('oauth2 null', json({ oauth2: null, ostree }), 'oauth2'),
    fail('only basic_auth', json({ basic_auth: { user: 'u', password: 'p' }, ostree }), 'oauth2'),
    fail('only ostree', json({ ostree }), 'oauth2'),
    fail('a name twice', '{"oauth2":{"server":"https://a.example/token","client_id":"a","client_id":"b","client_secret":"c"}}'),
    fail('cut off', json({ oauth2, ostree }).slice(0, 150)),
    load('an older file with a slash at its end', doc.legacy, json({ oauth2: { ...oauth2, server: 'https://auth-plus.ota.example/' }, ostree }), { ...otaNoScope, tokenEndpoint: 'https://auth-plus.ota.example/token' }),
    load('no_auth and certificate_auth beside oauth2: oauth2 counts', doc.adoc, json({ no_auth: true, certificate_auth: true, oauth2 }), otaConfig),
    fail('no_auth', json({ ostree, no_auth: true }), 'no_auth', 'wants no token', 'OTA Connect portal'),
    fail('basic_auth says what it is', json({ basic_auth: { user: 'u', password: 'p' } }), 'basic_auth', 'OTA Connect portal'),
    fail('certificate_auth', json({ ostree, certificate_auth: true }), 'TLS client authentication', 'credentials.zip', 'OTA Connect portal'),
    fail('an unknown block alone', json({ ostree, oauthv999: {} }), '"oauth2"', 'OTA Connect portal'),
    fail('a field that is missing: where to get the file', json({ oauth2: without(oauth2, 'client_secret'), ostree }), 'the "oauth2" of treehub.json has no client_secret', 'download credentials.zip'),
    failWith('a profile', { text: json({ oauth2 }), options: { profile: 'default', filename: 'treehub.json' } }, '"treehub.json"', 'has no profiles'),
  ]),
  ...numbered('credentials-here', [
    load('as it is downloaded', doc.here, properties, hereConfig),
    load('no blanks around =', doc.here, properties.replaceAll(' = ', '='), hereConfig),
    load('many blanks and tabs', doc.here, properties.replaceAll(' = ', ' \t =\t  ').replace(/^/gm, '  ').replace(/$/gm, ' '), hereConfig),
    load('CRLF', doc.here, properties.replaceAll('\n', '\r\n'), hereConfig),
    load('no line feed at the end', doc.here, properties.trimEnd(), hereConfig),
    load('comments and empty lines', doc.here, '# HERE credentials\n\n! of 2024\n' + properties.replaceAll('\n', '\n\n# here.access.key.id = not this\n'), hereConfig),
    load('another order', doc.here, properties.trimEnd().split('\n').reverse().join('\n') + '\n', hereConfig),
    load('a scope', 'here-aaa-java-sdk OAuth1ClientCredentialsProvider.FromProperties', properties + 'here.token.scope = hrn:here:authorization::org123:project/my-project\n', { ...hereConfig, scope: 'hrn:here:authorization::org123:project/my-project' }),
    load('another endpoint', doc.here, properties.replace('account.api', 'stg.account.api'), { ...hereConfig, tokenEndpoint: 'https://stg.account.api.here.com/oauth2/token' }),
    load('no endpoint: that of the preset', doc.here, properties.replace(line('here.token.endpoint.url'), ''), without(hereConfig, 'tokenEndpoint')),
    load('no user id and no client id', doc.here, properties.replace(line('here.user.id'), '').replace(line('here.client.id'), ''), hereConfig),
    load('lines that nobody knows', doc.here, properties + 'here.something.new = 1\nother.tool = 2\n', hereConfig),
    load('= in a value', doc.here, properties.replace(/secret = .*/, 'secret = ab=cd=='), { ...hereConfig, clientSecret: 'ab=cd==' }),
    load('# in a value', doc.here, properties.replace(/secret = .*/, 'secret = ab#cd'), { ...hereConfig, clientSecret: 'ab#cd' }),
    loadHex('a byte order mark', doc.here, [bom, properties], hereConfig),
    load('credentials.ini', doc.ini, '[default]\n' + properties, hereConfig),
    load('credentials.ini: [default] before another section', doc.ini, '[default]\n' + properties + '\n[staging]\nhere.access.key.id = other\nhere.access.key.secret = other\nhere.token.endpoint.url = https://stg.account.api.here.com/oauth2/token\n', hereConfig),
    load('credentials.ini: [default] after another section', doc.ini, '[staging]\nhere.access.key.id = other\nhere.access.key.secret = other\nhere.token.scope = other\n\n[default]\n' + properties, hereConfig),
    fail('no key id', properties.replace(line('here.access.key.id'), ''), 'here.access.key.id'),
    fail('no key secret', properties.replace(line('here.access.key.secret'), ''), 'here.access.key.secret'),
    fail('the key id is empty', properties.replace(/key\.id = .*/, 'key.id = '), 'here.access.key.id'),
    fail('the key secret is empty', properties.replace(/key\.secret = .*/, 'key.secret ='), 'here.access.key.secret'),
    fail('the key secret is a comment', properties.replace('here.access.key.secret', '# here.access.key.secret'), 'here.access.key.secret'),
    fail('a name in another spelling', properties.replace('here.access.key.secret', '_here.access.key.secret'), 'here.access.key.secret'),
    fail('only user and client', properties.split('\n').slice(0, 2).join('\n'), 'here.access.key.id'),
    load(': between name and value', doc.java, properties.replaceAll(' = ', ':'), hereConfig),
    load('blanks between name and value', doc.java, properties.replaceAll(' = ', ' \t'), hereConfig),
    load('a value that goes on in the next line', doc.java, properties.replace('tu2LygcYLwnqBsPV0sgZ_', 'tu2LygcY\\\n    LwnqBsPV0sgZ_'), hereConfig),
    load('a value that goes on, CRLF', doc.java, properties.replace('tu2LygcYLwnqBsPV0sgZ_', 'tu2LygcY\\\n  LwnqBsPV0sgZ_').replaceAll('\n', '\r\n'), hereConfig),
    load('unicode escapes in name and value', doc.java, properties.replace('key.secret', 'key\\u002esecret').replace('tu2Lygc', '\\u0074u2\\u004Cygc'), hereConfig),
    load('escaped : and = and blanks', doc.java, properties.replace(/secret = .*/, 'secret = a\\:b\\=c\\ d\\\\e'), { ...hereConfig, clientSecret: 'a:b=c d\\e' }),
    load('a comment does not go on in the next line', doc.java, '# a comment \\\n' + properties, hereConfig),
    load('a byte order mark and CRLF', doc.java, '\ufeff' + properties.replaceAll('\n', '\r\n'), hereConfig),
    load('a profile of credentials.ini', doc.ini4j, '[default]\nhere.access.key.id = other\n[staging]\n' + properties, hereConfig, { profile: 'staging' }),
    load('a section in two parts, blanks in its brackets, ; before a comment, CRLF', doc.ini4j, ('[ default ]\n; a comment\n' + properties.split('\n').slice(0, 3).join('\n') + '\n[x]\ny = z\n[default]\n' + properties.split('\n').slice(3).join('\n')).replaceAll('\n', '\r\n'), hereConfig),
    load(': in credentials.ini', doc.ini4j, '[default]\n' + properties.replaceAll(' = ', ' : '), hereConfig),
    failWith('a profile that is not there', { text: '[default]\n' + properties + '[staging]\n', options: { profile: 'live' } }, 'no section [live]', '[default], [staging]'),
    fail('no [default], and no profile', '[staging]\n' + properties, 'no section [default]', '[staging]', 'profile'),
    fail('an empty field in a section', '[default]\n' + properties.replace(/key\.id = .*/, 'key.id ='), 'the section [default] of credentials.ini has no here.access.key.id', 'HERE platform'),
    failWith('a profile of credentials.properties', { text: properties, options: { profile: 'default' } }, 'has no profiles'),
    fail('a field that is missing: where to get the file', properties.replace(line('here.access.key.id'), ''), 'credentials.properties has no here.access.key.id', 'HERE platform'),
    ...[
      ['here.token.endpoint', 'here.token.endpoint.url'], ['here.token.endpont.url', 'here.token.endpoint.url'],
      ['here.token.endpoint.uri', 'here.token.endpoint.url'], ['here.token.scopes', 'here.token.scope'],
    ].map(([name, meant]) =>
      fail(`a misspelt name: ${name}`, properties.replace(line('here.token.endpoint.url'), '') + `${name} = x\n`, `the name ${name}`, `did you mean ${meant}?`)),
    fail('a misspelt name of the secret', properties.replace('here.access.key.secret', 'here.access.key.sekret'), 'did you mean here.access.key.secret?'),
    load('a name like another one that is there', doc.here, properties + 'here.token.endpoint = x\n', hereConfig),
    load('a misspelt name that nobody reads', doc.here, properties.replace('here.user.id', 'here.user.idd'), hereConfig),
  ]),
  ...numbered('credentials-hm', [
    load('all that was ever seen', doc.hm, json(hmKey), hmConfig),
    load('live', doc.hm, json({ ...hmKey, instance_uri: 'https://api.high-mobility.com' }), { ...hmConfig, environment: 'live' }),
    load('a slash at the end of instance_uri', doc.hm, json({ ...hmKey, instance_uri: 'https://api.high-mobility.com/' }), { ...hmConfig, environment: 'live' }),
    load('only id and key: the environment and the client id are for the caller', doc.hm, json({ id: hmKey.id, private_key: hmKey.private_key }), { provider: 'high-mobility', privateKey: p256.pkcs8, keyId: hmKey.id }),
    load('without instance_uri', doc.hm, json(without(hmKey, 'instance_uri')), without(hmConfig, 'environment')),
    load('members that nobody knows', doc.hm, json({ version: 2, inserted_at: '2023-10-24T09:00:00', ...hmKey, public_key: 'MFkw', tags: [] }), hmConfig),
    load('an older key: SEC1 with empty lines at its end', doc.hm, json({ ...hmKey, private_key: p256.sec1 + '\n\n' }), { ...hmConfig, privateKey: p256.sec1 + '\n\n' }),
    load('CRLF in the key', doc.hm, json({ ...hmKey, private_key: p256.pkcs8.replaceAll('\n', '\r\n') }), { ...hmConfig, privateKey: p256.pkcs8.replaceAll('\n', '\r\n') }),
    fail('no id', json(without(hmKey, 'id')), 'id'),
    fail('id empty', json({ ...hmKey, id: '' }), 'id'),
    fail('id a number', json({ ...hmKey, id: 7 }), 'id'),
    fail('private_key empty', json({ ...hmKey, private_key: '' }), 'private_key'),
    fail('private_key null', json({ ...hmKey, private_key: null }), 'private_key'),
    fail('private_key an object', json({ ...hmKey, private_key: p256.jwk }), 'private_key'),
    fail('client_id a number', json({ ...hmKey, client_id: 7 }), 'client_id'),
    fail('no private_key', json(without(hmKey, 'private_key'))),
    fail('a field that is missing: where to get the file', json(without(hmKey, 'id')), 'the private key JSON has no id', "High Mobility's console"),
  ]),
  ...numbered('credentials-google', [
    load('as it is downloaded', doc.google, json(service), googleConfig),
    load('members that nobody knows', doc.google, json({ ...service, 'x-y': [1] }), googleConfig),
    load('no token_uri: that of the preset', doc.google, json(without(service, 'token_uri')), without(googleConfig, 'tokenEndpoint')),
    load('no key id', doc.google, json(without(service, 'private_key_id')), without(googleConfig, 'keyId')),
    load('no type', doc.google, json(without(service, 'type')), googleConfig),
    fail('no client_email', json(without(service, 'client_email')), "the service account's JSON key has no client_email", 'Google Cloud console'),
    fail('private_key empty', json({ ...service, private_key: '' }), 'private_key'),
    fail('private_key_id a number', json({ ...service, private_key_id: 1 }), 'private_key_id'),
  ]),
  ...numbered('credentials-azure', [
    load('az ad sp create-for-rbac', doc.azure, json({ appId: 'app-1', displayName: 'my-app', password: 'p~1', tenant: 't-1' }), { provider: 'entra', tenant: 't-1', clientId: 'app-1', clientSecret: 'p~1' }),
    load('with --sdk-auth', doc.azure, json({ clientId: 'app-1', clientSecret: 'p~1', subscriptionId: 's', tenantId: 't-1', activeDirectoryEndpointUrl: 'https://login.microsoftonline.com', resourceManagerEndpointUrl: 'https://management.azure.com/' }), { provider: 'entra', tenant: 't-1', tokenEndpoint: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token', clientId: 'app-1', clientSecret: 'p~1' }),
    fail('without a password', json({ appId: 'app-1', tenant: 't-1' }), 'password', 'az ad sp create-for-rbac'),
    mapped('a secret', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_SECRET: 'p~1', AZURE_SUBSCRIPTION_ID: 's' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', clientSecret: 'p~1' }),
    mapped('a workload identity', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_FEDERATED_TOKEN_FILE: '/t', AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' }, { provider: 'entra', tenant: 't-1', tokenEndpoint: 'https://login.microsoftonline.us/{tenant}/oauth2/v2.0/token', clientId: 'app-1', clientAssertion: { file: '/t' } }),
    mapped('beside a client of ours', { FETCHTOKEN_CLIENT_ID: 'a', AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_SECRET: 'p~1' }, { clientId: 'a' }),
    mapped('a scope of ours', { FETCHTOKEN_SCOPE: 's', AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_SECRET: 'p~1' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', clientSecret: 'p~1', scope: 's' }),
    mapped('a certificate', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', privateKey: { file: '/c.pem' } }),
    failWith('no credential', { environment: { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1' } }, 'AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_FEDERATED_TOKEN_FILE'),
    failWith('no tenant', { environment: { AZURE_CLIENT_ID: 'app-1', AZURE_CLIENT_SECRET: 'p' } }, 'no credentials'),
    mapped('a certificate with its password, and its chain', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pfx', AZURE_CLIENT_CERTIFICATE_PASSWORD: 'p~2', AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'True' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', privateKey: { file: '/c.pfx' }, passphrase: 'p~2', x5c: true }),
    mapped('a certificate without a password, and without its chain', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pfx', AZURE_CLIENT_CERTIFICATE_PASSWORD: '', AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: 'false' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', privateKey: { file: '/c.pfx' } }),
    mapped('a certificate beside a secret', { AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_SECRET: 'p~1', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', clientSecret: 'p~1' }),
    mapped('a certificate, and a key of ours', { FETCHTOKEN_PRIVATE_KEY: p256.pkcs8, FETCHTOKEN_CERTIFICATE: p256.certificate, AZURE_CLIENT_ID: 'app-1', AZURE_TENANT_ID: 't-1', AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' }, { provider: 'entra', tenant: 't-1', clientId: 'app-1', privateKey: p256.pkcs8, certificate: p256.certificate }),
    mapped('a certificate of ours', { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_PRIVATE_KEY: p256.pkcs8, FETCHTOKEN_CERTIFICATE: p256.certificate }, { clientId: 'a', privateKey: p256.pkcs8, certificate: p256.certificate }),
  ]),
  ...numbered('credentials-external', [
    load('a file', doc.external, json(external), externalConfig),
    load('JSON of a URL', doc.external, json({ ...external, credential_source: { url: 'https://ci.example/token', headers: { Authorization: 'bearer a' }, format: { type: 'json', subject_token_field_name: 'value' } } }), { ...externalConfig, subjectToken: { url: 'https://ci.example/token', member: 'value', headers: { Authorization: 'bearer a' } } }),
    fail('a service account to impersonate', json({ ...external, service_account_impersonation_url: 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken' }), 'service_account_impersonation_url'),
    fail('AWS', json({ ...external, credential_source: { environment_id: 'aws1', region_url: 'http://169.254.169.254/' } }), 'credential_source'),
    fail('a program', json({ ...external, credential_source: { executable: { command: '/bin/sh' } } }), 'credential_source'),
    fail('a token_url of somebody else', json({ ...external, token_url: 'https://sts.googleapis.com.example.com/v1/token' }), 'token_url'),
    fail("a host of Google's where anybody may put something", json({ ...external, token_url: 'https://storage.googleapis.com/v1/token' }), 'token_url'),
    fail("a host of Google's below another name", json({ ...external, token_url: 'https://sts.a.storage.googleapis.com/v1/token' }), 'token_url'),
    ...['us-sts.googleapis.com', 'us.sts.googleapis.com', 'sts.us.googleapis.com', 'sts-a.p.googleapis.com', 'sts.us-east1.rep.googleapis.com'].map((host) =>
      load(host, 'golang.org/x/oauth2, google/externalaccount: validTokenURLPatterns; Google Cloud, Regional service endpoints', json({ ...external, token_url: `https://${host}/v1/token` }), { ...externalConfig, tokenEndpoint: `https://${host}/v1/token` })),
    fail('a token_url by http', json({ ...external, token_url: 'http://sts.googleapis.com/v1/token' }), 'token_url'),
    fail('no audience', json(without(external, 'audience')), 'audience'),
  ]),
  ...numbered('credentials-pair', [
    load('an id and a secret', doc.curl, 'kGkqyF1nyUTVm:x8ExampleSecret4', { clientId: 'kGkqyF1nyUTVm', clientSecret: 'x8ExampleSecret4' }),
    load('a line feed at the end, blanks around', doc.curl, ' id-1:secret-1 \r\n', { clientId: 'id-1', clientSecret: 'secret-1' }),
    load('the first colon counts', doc.curl, 'id:a:b=c/d+e#f', { clientId: 'id', clientSecret: 'a:b=c/d+e#f' }),
    load('an id that is an address', doc.curl, 'robot@example.com:pass-word', { clientId: 'robot@example.com', clientSecret: 'pass-word' }),
    loadHex('a byte order mark', doc.curl, [bom, 'id:secret\n'], { clientId: 'id', clientSecret: 'secret' }),
    fail('no secret', 'id:', 'unknown kind'),
    fail('no id', ':secret', 'unknown kind'),
    fail('a blank between', 'id secret', 'unknown kind'),
    fail('two lines', 'id:secret\nid2:secret2\n', 'unknown kind'),
    fail('YAML', 'client_id: abc', 'unknown kind'),
    fail('a URL', 'https://as.example.com/token', 'is a URL'),
    fail('a URL with a user', 'https://id:secret@as.example.com/', 'is a URL'),
    fail('a path of Windows', 'C:\\Users\\me\\credentials.json', 'is the name of a file'),
    fail('a path', '~/.here/credentials.properties', 'is the name of a file'),
    fail('a project of HERE', 'hrn:here:authorization::org123:project/p-1', 'unknown kind'),
    fail('a data URL', 'data:application/json;base64,e30=', 'unknown kind'),
    fail('JSON without its braces', '"client_id":"abc"', 'unknown kind'),
    fail('one word', 'id', 'unknown kind'),
  ]),
  ...numbered('credentials-wrapped', [
    load('base64', doc.hm, b64(json(hmKey)), hmConfig),
    load('base64url', doc.hm, Buffer.from(json(hmKey)).toString('base64url'), hmConfig),
    load('base64 in lines', doc.hm, b64(json(hmKey)).replace(/.{76}/g, '$&\n') + '\n', hmConfig),
    load('base64 of HERE\'s file, in quotes', doc.hm, `"${b64(properties)}"`, hereConfig),
    load('single quotes', doc.hm, `'${json(hmKey)}'`, hmConfig),
    load('double quotes, and nothing escaped', doc.hm, `"${JSON.stringify(hmKey)}"`, hmConfig),
    load('a string of JSON', doc.hm, JSON.stringify(JSON.stringify(hmKey)), hmConfig),
    load('line breaks in the strings', doc.hm, JSON.stringify(hmKey).replaceAll('\\n', '\n'), hmConfig),
    load('line breaks of Windows in the strings', doc.hm, JSON.stringify({ ...hmKey, x: 'a"b' }).replaceAll('\\n', '\r\n'), { ...hmConfig, privateKey: hmKey.private_key.replaceAll('\n', '\r\n') }),
    load('a file that says everything', 'by hand', json({ token_endpoint: 'https://a.example/token', client_id: 'a', client_secret: 'b' }), { tokenEndpoint: 'https://a.example/token', clientId: 'a', clientSecret: 'b' }),
    load('a file that says everything, with a scope', 'by hand', json({ tokenUrl: 'https://a.example/token', clientId: 'a', clientSecret: 'b', scope: 'c d' }), { tokenEndpoint: 'https://a.example/token', clientId: 'a', clientSecret: 'b', scope: 'c d' }),
    load('an ini with quotes and comments', 'Apache Commons Configuration, INIConfiguration', '[default]\nhere.access.key.id = "a;b" ; the id\nhere.access.key.secret = c;d\t# the secret\nhere.token.endpoint.url = \'https://account.api.here.com/oauth2/token\'\n', { provider: 'here', tokenEndpoint: 'https://account.api.here.com/oauth2/token', clientId: 'a;b', clientSecret: 'c;d' }),
    loadHex('properties in ISO-8859-1', 'java.util.Properties.load', [Buffer.from('# cl\u00e9\n', 'latin1'), Buffer.from(properties)], hereConfig),
    fail('base64 of something else', b64('hello, this is no file of credentials at all'), 'unknown kind'),
    fail('base64 of an archive', 'UEsDBBQAAAAIAA', 'ZIP archive in base64'),
    fail('a name with a Cyrillic letter', 'here.access.key.\u0456d = a\nhere.access.key.secret = b\n', 'here.access.key.\u0456d', 'looks like'),
    fail('Yandex Cloud', json({ id: 'a', service_account_id: 'b', key_algorithm: 'RSA_2048', private_key: rsa2048.pkcs8 }), 'Yandex Cloud'),
    ...['external_account_authorized_user', 'impersonated_service_account', 'gdch_service_account'].map(type => fail(type, json({ type, private_key: p256.pkcs8, client_id: 'a', client_secret: 'b' }), 'of Google', 'Service accounts > Keys')),
    fail('a file that says everything, but the secret is a number', json({ token_endpoint: 'https://a.example/token', client_id: 'a', client_secret: 7 }), 'client_secret', 'not a string'),
  ]),
  ...numbered('credentials-environment', [
    mapped('id and secret', { FETCHTOKEN_PROVIDER: 'os-data-hub', FETCHTOKEN_CLIENT_ID: 'kGkqyF1nyUTVm', FETCHTOKEN_CLIENT_SECRET: 'x8Exa#mple', PATH: '/bin' }, osConfig),
    mapped('a key', { FETCHTOKEN_TOKEN_ENDPOINT: server, FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_PRIVATE_KEY: p256.pkcs8, FETCHTOKEN_PASSPHRASE: 'p', FETCHTOKEN_KEY_ID: 'k', FETCHTOKEN_ALG: 'ES256' }, { tokenEndpoint: server, clientId: 'a', privateKey: p256.pkcs8, passphrase: 'p', keyId: 'k', alg: 'ES256' }),
    mapped('every other text', { FETCHTOKEN_ENVIRONMENT: 'live', FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_CLIENT_AUTH: 'none', FETCHTOKEN_GRANT_TYPE: 'g', FETCHTOKEN_SCOPE: 'a b', FETCHTOKEN_RESOURCE: 'r', FETCHTOKEN_AUDIENCE: 'd', FETCHTOKEN_BODY_FORMAT: 'json', FETCHTOKEN_BASIC_ENCODING: 'raw' }, { environment: 'live', clientId: 'a', clientAuth: 'none', grantType: 'g', scope: 'a b', resource: 'r', audience: 'd', bodyFormat: 'json', basicEncoding: 'raw' }),
    mapped('HERE', hereEnvironment, { provider: 'here', clientId: 'a key id', clientSecret: 'a secret' }),
    mapped('HERE, all of it, and what else begins with HERE_', { ...hereEnvironment, HERE_TOKEN_ENDPOINT_URL: 'https://stg.account.api.here.com/oauth2/token', HERE_TOKEN_SCOPE: 'hrn:x', HERE_API_KEY: 'k', HERE_X: '' }, { provider: 'here', tokenEndpoint: 'https://stg.account.api.here.com/oauth2/token', clientId: 'a key id', clientSecret: 'a secret', scope: 'hrn:x' }),
    mapped('HERE with a field of our own', { ...hereEnvironment, FETCHTOKEN_SCOPE: 's', HERE_TOKEN_SCOPE: 't', FETCHTOKEN_PROVIDER: 'here' }, { provider: 'here', clientId: 'a key id', clientSecret: 'a secret', scope: 's' }),
    mapped('another system beside HERE', { ...hereEnvironment, FETCHTOKEN_PROVIDER: 'iotspot', FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_CLIENT_SECRET: 'b' }, { provider: 'iotspot', clientId: 'a', clientSecret: 'b' }),
    mapped('where the answer has what', { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_RESPONSE_TOKEN: 'result.token', FETCHTOKEN_RESPONSE_EXPIRES_IN: 'result.ttl', FETCHTOKEN_RESPONSE_SCOPE: 'scp' },
      { clientId: 'a', response: { token: 'result.token', expiresIn: 'result.ttl', scope: 'scp' } }),
    failWith('http is for the code to allow', { environment: { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_ALLOW_HTTP: 'keycloak' } }, 'unknown variable', 'FETCHTOKEN_ALLOW_HTTP'),
    failWith('a path that is empty', { environment: { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_RESPONSE_TOKEN: '' } }, 'FETCHTOKEN_RESPONSE_TOKEN is empty'),
    failWith('nothing', { environment: { PATH: '/bin', HERE_API_KEY: 'x' } }, 'no credentials', 'FETCHTOKEN_CLIENT_ID', 'HERE_ACCESS_KEY_ID'),
    failWith('no id', { environment: { FETCHTOKEN_CLIENT_SECRET: 'x' } }, 'FETCHTOKEN_CLIENT_ID'),
    failWith('an empty value', { environment: { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_CLIENT_SECRET: '' } }, 'FETCHTOKEN_CLIENT_SECRET is empty'),
    failWith('a name in another spelling', { environment: { FETCHTOKEN_CLIENTID: 'a' } }, 'unknown variable', 'did you mean FETCHTOKEN_CLIENT_ID?'),
    failWith('an unknown name', { environment: { FETCHTOKEN_CLIENT_ID: 'a', FETCHTOKEN_PARAMETERS: '{}' } }, 'FETCHTOKEN_PARAMETERS', 'known are FETCHTOKEN_PROVIDER'),
    failWith('a line break', { environment: { FETCHTOKEN_CLIENT_ID: 'a\n' } }, 'the variable FETCHTOKEN_CLIENT_ID contains a line break'),
    failWith('HERE without a secret', { environment: { HERE_ACCESS_KEY_ID: 'a' } }, 'HERE_ACCESS_KEY_SECRET', 'HERE platform'),
    failWith('HERE without an id', { environment: { HERE_ACCESS_KEY_SECRET: 'a' } }, 'HERE_ACCESS_KEY_ID'),
    failWith('HERE with an empty id', { environment: { ...hereEnvironment, HERE_ACCESS_KEY_ID: '' } }, 'HERE_ACCESS_KEY_ID is empty'),
    failWith('an unknown provider of HERE', { environment: { ...hereEnvironment, FETCHTOKEN_PROVIDER: 'cognito' } }, 'FETCHTOKEN_CLIENT_ID'),
    file('a .env file', 'node', '# of OS Data Hub\nDATABASE_URL=postgres://x\n\nFETCHTOKEN_PROVIDER=os-data-hub\nFETCHTOKEN_CLIENT_ID = kGkqyF1nyUTVm\nFETCHTOKEN_CLIENT_SECRET="x8Exa#mple"\n', osConfig),
    file('export, quotes, CRLF', 'node', "export FETCHTOKEN_PROVIDER='os-data-hub'\r\nexport FETCHTOKEN_CLIENT_ID=\"kGkqyF1nyUTVm\" # a comment\r\nexport FETCHTOKEN_CLIENT_SECRET=`x8Exa#mple`\r\n", osConfig),
    file('a key in one line', 'node', `FETCHTOKEN_CLIENT_ID=a\nFETCHTOKEN_PRIVATE_KEY="${p256.pkcs8.replaceAll('\n', '\\n')}"\n`, { clientId: 'a', privateKey: p256.pkcs8 }),
    file('a key in several lines, single quotes', 'node', `FETCHTOKEN_PRIVATE_KEY='${p256.pkcs8}'\nFETCHTOKEN_CLIENT_ID=a\n`, { clientId: 'a', privateKey: p256.pkcs8 }),
    file('a comment after a value', 'node', 'HERE_ACCESS_KEY_ID=a   # the id\nHERE_ACCESS_KEY_SECRET=b\n', { provider: 'here', clientId: 'a', clientSecret: 'b' }),
    file('# in a secret', 'sh', 'export FETCHTOKEN_PROVIDER=os-data-hub\nexport FETCHTOKEN_CLIENT_ID=kGkqyF1nyUTVm\nexport FETCHTOKEN_CLIENT_SECRET=x8Exa#mple # the secret\n', osConfig),
    file('quotes and backslashes in double quotes', 'sh', 'FETCHTOKEN_CLIENT_ID=a\nFETCHTOKEN_CLIENT_SECRET="b\\"c\\\\d"\n', { clientId: 'a', clientSecret: 'b"c\\d' }),
    file('everything in single quotes is meant literally', 'sh', `FETCHTOKEN_CLIENT_ID=a\nFETCHTOKEN_CLIENT_SECRET='b"\\nc$d#'\n`, { clientId: 'a', clientSecret: 'b"\\nc$d#' }),
    fail('a .env file with an unknown name', 'FETCHTOKEN_CLIENT_ID=a\nFETCHTOKEN_SECRET=b\n', 'unknown variable', 'FETCHTOKEN_SECRET'),
    fail('a .env file with an empty value', 'FETCHTOKEN_CLIENT_ID=\n', 'FETCHTOKEN_CLIENT_ID is empty'),
    fail('a .env file with HERE_ names alone that are of another kind', 'HERE_API_KEY=a\n', 'unknown kind'),
  ]),
  ...numbered('credentials-unknown', [
    fail('nothing', ''),
    fail('blanks', ' \r\n\t'),
    fail('text', 'client id: abc\nclient secret: def\n'),
    fail('one line', 'hello'),
    fail('an .env file of another tool', 'CLIENT_ID=abc\nCLIENT_SECRET=def\n'),
    fail('properties of another tool', 'db.user = a\ndb.password = b\n'),
    fail('JSON of another kind', '{"name":"x","version":"1.0.0"}'),
    fail('an empty object', '{}'),
    fail('a list', '[{"client_id":"a","client_secret":"b"}]'),
    fail('a text in JSON', '"here.access.key.id = x"'),
    fail('null', 'null'),
    fail('a number', '42'),
    fail('the credentials of a user of Google', json({ type: 'authorized_user', client_id: 'a.apps.googleusercontent.com', client_secret: 'b', refresh_token: 'c' }), 'a user of Google', 'Google Cloud console'),
    fail('a key without the rest', p256.pkcs8),
    fail('a certificate', p256.certificate),
    fail('a JWK', json(p256.jwk)),
    fail('an HTML page', '<!DOCTYPE html><html><head><title>Sign in</title></head></html>'),
    fail('XML', '<?xml version="1.0"?><credentials/>'),
    fail('YAML', 'oauth2:\n  server: https://a.example/token\n  client_id: a\n'),
    failHex('a ZIP archive', '504b0304140000000800000021000000000000000000000000000c000000747265656875622e6a736f6e'),
    failHex('an empty ZIP archive', '504b0506000000000000000000000000000000000000'),
    failHex('PKCS#12', '308209c10201033082098706092a864886f70d010701a0820978048209743082'),
    failHex('an image', '89504e470d0a1a0a0000000d49484452'),
    failHex('UTF-16', 'fffe7b0022006f0061007500740068003200220000'),
    failHex('JSON that is not UTF-8', '7b226f6175746832223a7b22736572766572223a22ff227d7d'),
    failHex('zeros', '00000000'),
    failHex('gzip', '1f8b08000000000000ff'),
    failWith('package.json by its name', { text: '{"name":"x","version":"1.0.0"}', options: { filename: 'package.json' } }, 'the credentials file "package.json" is a package.json of npm', 'expected is', 'credentials.zip', 'JSON with token_endpoint, client_id and client_secret'),
    failWith('a name that could break a line', { text: '', options: { filename: 'a\n\u0007b' } }, 'the credentials file "a??b" is empty'),
    failWith('a login page saved as JSON', { text: '\n<!doctype html>\n<html lang=en><title>Sign in</title>', options: { filename: 'credentials.json' } }, '"credentials.json" is an HTML page, perhaps a login page', 'while signed in', 'expected is'),
    fail('XML says so', '<?xml version="1.0"?><settings><server/></settings>', 'is XML', 'expected is'),
    fail('only comments', '# nothing\n\n! here\n', 'nothing but comments'),
    fail('a token response', json({ access_token: 'eyJhbGciOiJub25lIn0.e30.', expires_in: 3600, token_type: 'Bearer' }), 'is a token', 'not the credentials to get one'),
    fail('a token response of the other dialect', json({ accessToken: 'x', tokenType: 'bearer' }), 'is a token'),
    fail('a bare token', 'eyJhbGciOiJub25lIn0.e30.c2ln', 'is a token'),
    fail('the error of a server', json({ error: 'invalid_client' }), 'is the error of a server'),
    fail("AWS's credentials", '[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = wJalrEXAMPLE\n', 'AWS'),
    fail("AWS's access keys as CSV", 'Access key ID,Secret access key\nAKIAEXAMPLE,wJalrEXAMPLE\n', 'AWS'),
    fail('AWS in JSON', json({ Credentials: { AccessKeyId: 'AKIAEXAMPLE' } }), 'AWS'),
    fail("HERE's app id and app code", json({ app_id: 'a', app_code: 'b' }), 'app code of HERE'),
    fail("HERE's app id and app code, properties", 'app_id = a\napp_code = b\n', 'app code of HERE', 'HERE platform'),
    fail('an API key', json({ apiKey: 'a' }), 'an API key'),
    fail("an OAuth client of Google's", json({ installed: { client_id: 'a', client_secret: 'b', redirect_uris: ['http://localhost'] } }), 'OAuth client of Google', 'signing users in'),
    fail("a web client of Google's", json({ web: { client_id: 'a', client_secret: 'b' } }), 'OAuth client of Google'),
    fail('an id and a secret of nobody', json({ client_id: 'a', client_secret: 'b' }), 'for which system', 'tokenEndpoint'),
    fail('an id and a secret in the names of a configuration', json({ clientId: 'a', clientSecret: 'b', audience: 'c' }), 'give it as the configuration'),
    fail('a set of keys', json({ keys: [p256.jwk] }), 'JWKS', 'privateKey'),
    fail('a JWK says so', json(p256.jwk), 'JWK', 'privateKey'),
    fail('a bare key says so', p256.pkcs8, 'bare PEM key', 'privateKey'),
    fail('a key in SEC1', p256.sec1, 'bare PEM key'),
    fail('a key of OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n', 'OpenSSH', 'privateKey'),
    fail('a certificate says so', p256.certificate, 'is a certificate'),
    fail('a public key', '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n', 'is a public key'),
    fail('a certificate request', '-----BEGIN CERTIFICATE REQUEST-----\nMFkw\n-----END CERTIFICATE REQUEST-----\n', 'PEM of an unknown kind'),
    fail('a public key of SSH', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@example.com\n', 'public key of SSH'),
    fail('a key of PuTTY', 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n', 'PuTTY', 'privateKey'),
    { ...failHex('PNG says so', '89504e470d0a1a0a0000000d49484452'), wantError: { code: 'invalid_credentials', mentions: ['is a PNG image', 'expected is'] } },
    { ...failHex('PDF', Buffer.from('%PDF-1.7\n%\xe2\xe3', 'latin1').toString('hex')), wantError: { code: 'invalid_credentials', mentions: ['is a PDF document'] } },
    { ...failHex('JPEG', 'ffd8ffe000104a464946'), wantError: { code: 'invalid_credentials', mentions: ['is a JPEG image'] } },
    { ...failHex('UTF-16 says so', Buffer.from('\ufeff{"oauth2":{}}', 'utf16le').toString('hex')), wantError: { code: 'invalid_credentials', mentions: ['UTF-16', 'UTF-8'] } },
    { ...failHex('UTF-32 says so', 'fffe00007b0000007d000000'), wantError: { code: 'invalid_credentials', mentions: ['UTF-32', 'UTF-8'] } },
    { ...failHex('UTF-16 without a mark', Buffer.from('here.user.id = x', 'utf16le').toString('hex')), wantError: { code: 'invalid_credentials', mentions: ['UTF-16'] } },
    { ...failHex('PKCS#12 says so', '308209c10201033082098706092a864886f70d010701a0820978048209743082'), wantError: { code: 'invalid_credentials', mentions: ['PKCS #12'] } },
    { ...failHex('ZIP says what to do', '504b0304140000000800000021000000000000000000000000000c000000747265656875622e6a736f6e'), wantError: { code: 'invalid_credentials', mentions: ['is a ZIP archive', 'treehub.json'] } },
    { ...failHex('gzip says so', '1f8b08000000000000ff'), wantError: { code: 'invalid_credentials', mentions: ['is a gzip file'] } },
    ...['svc:p+w/=%2B s', 'svc:a\tb c', 'a.b@c:s s'].map(text =>
      fail(`an id and a secret with a blank: ${JSON.stringify(text)}`, text, 'CLIENT_ID:CLIENT_SECRET with a blank', 'clientSecret')),
    fail('a sentence with a colon', 'see https://as.example/ for more', 'unknown kind'),
    fail('a name and a value behind a blank', 'password: abc def', 'unknown kind'),
  ]),
])
