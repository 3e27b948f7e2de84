// Writes ../store/records.json: store keys and sealed records, by node:crypto, from the description
// in js/client/seal.js. The message of each configuration is written out here.

import { createCipheriv, createHash, hkdfSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const hkdf = (material, salt, info) => Buffer.from(hkdfSync('sha256', material, salt, info, 32));

/** A field of the wire, as wasm/wire.go describes it. */
function wired([name, kind, value]) {
  const parts = [name, value].map((part) => Buffer.from(part));
  const lengths = parts.flatMap(({ length }) =>
    [0, 7, 14, 21, 28].map((shift) => (length / 2 ** shift) & 0x7f),
  );
  return Buffer.concat([Buffer.from(kind), Buffer.from(lengths), ...parts]);
}

const token = {
  access_token: 'a token, é✓😀', token_type: 'Bearer', expires_in: 3600, expires_at: 1_800_000_000,
  scope: 'a b', 'https://as.example/claim': { b: [1, null], a: 'x' },
};
const live = { token, until: 1_800_000_000_000, margin: 60_000 };
const refused = {
  refusal: {
    until: 1_800_000_000_000, hold: 30_000, code: 'error_response',
    message: 'the server refused the request: invalid_client',
    members: {
      retryable: false, status: 401, error: 'invalid_client', hint: 'check clientSecret',
      requestId: 'r-1', retryAfter: 5, clockOffset: -90,
    },
  },
};
const endpoint = { tokenEndpoint: 'https://as.example/token' };
const endpointField = ['tokenEndpoint', 's', 'https://as.example/token'];
const basic = { ...endpoint, clientId: 'an-id', clientSecret: 'é secret' };
const basicFields = [['clientId', 's', 'an-id'], ['clientSecret', 's', 'é secret']];
const jwk = '{"kty":"oct","k":"c2VjcmV0"}';

/** Each has the ways to write one configuration, and its fields as they are hashed. */
const cases = [
  {
    id: 'secret', configs: [basic, { ...basic, mtlsEndpointAliases: false }], value: live,
    fields: [...basicFields, endpointField],
  },
  {
    id: 'refusal', configs: [basic], value: refused,
    fields: [...basicFields, endpointField],
  },
  {
    id: 'both', configs: [basic], value: { ...live, ...refused },
    fields: [...basicFields, endpointField],
  },
  {
    id: 'scope', value: live,
    configs: [
      { ...basic, scope: 'a b' }, { ...basic, scope: ['a', 'b'] }, { ...basic, scope: ['a b'] },
    ],
    fields: [...basicFields, ['scope', 's', 'a b'], endpointField],
  },
  {
    id: 'no scope', value: live, configs: [{ ...basic, scope: '' }, { ...basic, scope: [] }],
    fields: [...basicFields, ['scope', 's', ''], endpointField],
  },
  {
    id: 'lists', value: live,
    configs: [
      { ...basic, resource: 'https://a.example/', audience: ['b', 'a c'] },
      { ...basic, audience: ['b', 'a c'], resource: ['https://a.example/'] },
    ],
    fields: [
      ['audience', 'j', '["b","a c"]'], ...basicFields, ['resource', 's', 'https://a.example/'],
      endpointField,
    ],
  },
  {
    id: 'parameters and headers', value: live,
    configs: [
      {
        ...basic, parameters: { z: '1', password: ['p', 'é"'], a: ['x'], Z: '', 10: 'b', 9: 'c' },
        headers: { 'x-b': '{uuid}', 'x-a': 'k"1' },
      },
      {
        ...basic, headers: { 'x-a': 'k"1', 'x-b': '{uuid}' },
        parameters: { 9: ['c'], 10: 'b', Z: [''], a: 'x', password: ['p', 'é"'], z: '1' },
      },
    ],
    fields: [
      ...basicFields, ['headers', 'j', '{"x-a":"k\\"1","x-b":"{uuid}"}'],
      [
        'parameters', 'j',
        '{"10":"b","9":"c","Z":"","a":"x","password":["p","é\\""],"z":"1"}',
      ],
      endpointField,
    ],
  },
  {
    id: 'an assertion', value: live,
    configs: [
      {
        ...endpoint, clientId: 'an-id', keyId: 'k', alg: 'HS256', clientSecret: 's',
        clientAuth: 'client_secret_jwt',
        assertion: { lifetime: 90, claims: { 'é': 1.5, b: null, a: { d: [1e21, 100], c: '\b' } } },
      },
      {
        ...endpoint, clientId: 'an-id', keyId: 'k', alg: 'HS256', clientSecret: 's',
        clientAuth: 'client_secret_jwt',
        assertion: { claims: { a: { c: '\b', d: [1e21, 100] }, b: null, 'é': 1.5 }, lifetime: 90 },
      },
    ],
    fields: [
      ['alg', 's', 'HS256'],
      [
        'assertion', 'j',
        '{"claims":{"a":{"c":"\\b","d":[1e+21,100]},"b":null,"é":1.5},"lifetime":90}',
      ],
      ['clientAuth', 's', 'client_secret_jwt'], ['clientId', 's', 'an-id'],
      ['clientSecret', 's', 's'], ['keyId', 's', 'k'], endpointField,
    ],
  },
  {
    id: 'a private key', value: live,
    configs: [{ ...endpoint, clientId: 'an-id', privateKey: jwk, passphrase: 'p' }],
    fields: [
      ['clientId', 's', 'an-id'], ['passphrase', 's', 'p'], ['privateKey', 's', jwk],
      endpointField,
    ],
  },
  {
    id: 'a sealing key', value: live, sealingKey: 'é, and more text',
    configs: [{ ...endpoint, clientId: 'an-id', clientAuth: 'none' }],
    fields: [['clientAuth', 's', 'none'], ['clientId', 's', 'an-id'], endpointField],
  },
];

const tests = cases.map(({ id, configs, fields, value, sealingKey }) => {
  const message = Buffer.concat(fields.map(wired));
  const storeKey = hkdf(message, '', 'fetchtoken store key 2').toString('hex');
  const sealing = hkdf(
    sealingKey ?? message, storeKey, `fetchtoken seal 2 ${sealingKey ? 'key' : 'credential'}`,
  );
  const iv = createHash('sha256').update(`iv of ${id}`).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(Buffer.from(`2.${storeKey}`));
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag(),
  ]);
  const record = `2.${iv.toString('base64url')}.${sealed.toString('base64url')}`;
  return { id, configs, sealingKey, storeKey, value, record };
});
writeFileSync(
  new URL('../store/records.json', import.meta.url),
  `${JSON.stringify({ schema: 'fetchtoken/store/1', source: 'node:crypto, by generate/store-records.mjs', tests }, null, 1)}\n`,
);
