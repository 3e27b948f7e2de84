// The keys of Node.

import { generateKeyPairSync, webcrypto } from 'node:crypto';

import { createClient, type Config } from 'fetchtoken';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const { privateKey } = generateKeyPairSync('ed25519');
export const jwk: Config = { privateKey: privateKey.export({ format: 'jwk' }) };
export const der: Config = { privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }) };
export const webKey = (key: webcrypto.CryptoKey): Config => ({ privateKey: key });
export const webJwk = async (key: webcrypto.CryptoKey): Promise<Config> => ({
  privateKey: await webcrypto.subtle.exportKey('jwk', key),
});
export const bound = async () =>
  createClient({}, { dpop: await webcrypto.subtle.generateKey(algorithm, false, ['sign']) });
