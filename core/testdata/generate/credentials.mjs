// Files as platforms hand them out, written by hand from the vendors' documents.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

const { p256 } = keys
const doc = {
  ota: 'HERE OTA Connect API usage guide, treehub.json in credentials.zip',
  legacy: 'aktualizr src/sota_tools/oauth2.cc: a server that does not end in /token gets /token and no scope',
  blocks: 'aktualizr docs/credentials.adoc: unknown blocks are ignored',
  here: 'here-aaa-java-sdk test-credentials.properties',
  ini: 'here-aaa-java-sdk FromHereCredentialsIniStream: the section [default]',
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

const json = value => JSON.stringify(value, null, 2)
const load = (comment, source, text, config) => ({ comment, source, op: 'credentials', text, want: { config } })
const loadHex = (comment, source, bytes, config) => ({ comment, source, op: 'credentials', hex: Buffer.concat(bytes.map(b => Buffer.from(b))).toString('hex'), want: { config } })
const fail = (comment, text, ...mentions) => ({ comment, op: 'credentials', text, wantError: { code: 'invalid_credentials', ...(mentions.length ? { mentions } : {}) } })
const failHex = (comment, hex) => ({ comment, op: 'credentials', hex, wantError: { code: 'invalid_credentials' } })
const bom = [0xef, 0xbb, 0xbf]

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
    fail('a service account of Google', json({ type: 'service_account', project_id: 'p', private_key_id: 'k', private_key: p256.pkcs8, client_email: 'a@p.iam.gserviceaccount.com', client_id: '1', token_uri: 'https://oauth2.googleapis.com/token' })),
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
  ]),
])
