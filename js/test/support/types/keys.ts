// A platform whose CryptoKey is a global.

import { createClient } from 'fetchtoken';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
export const bound = async () => {
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign']);
  const { privateKey } = pair as CryptoKeyPair;
  return createClient({ privateKey }, { dpop: pair as CryptoKeyPair });
};
export const imported = async (key: CryptoKey) =>
  createClient({ privateKey: (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey });
