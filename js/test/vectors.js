// Runs the corpus, core/testdata/vectors, in any runtime: what it is handed is all that it needs. core/testdata/README.md describes
// the files; wasm/vectors_test.go does the same in Go.

import { ready } from '../ready.js';
import { signOAuth1 } from '../sign_oauth1.js';
import { TokenError } from '../token_error.js';
import { BUILD, CREDENTIALS, EXPLAIN, PARSE, PLAN, SIGN, TIME, fieldsOf } from '../wire.js';

/** @typedef {(op: number, fields: import('../wire.js').Fields) => Promise<import('../wire.js').Answer>} Perform js/module.js's */
/** @typedef {typeof import('../signer.js').signByModule} Sign for the compact module, which doesn't sign itself */
/** @typedef {{ id: string, op: string, [member: string]: any }} Vector */

/** What each object of a file may have, so that no vector can rot unseen. */
const FILE = ['schema', 'source', 'tests'];
const ANY_OP = ['id', 'comment', 'source', 'op', 'want', 'wantError'];
const OPS = {
  oauth1: ['input'],
  sign: ['input', 'whole'],
  build: ['config', 'keyHex', 'now', 'random', 'signatures'],
  explain: ['config', 'now', 'random'],
  parse: ['config', 'sentAt', 'outcome'],
  time: ['config', 'sentAt', 'outcome'],
  plan: ['input'],
  credentials: ['text', 'hex', 'environment', 'options'],
};
const INPUT = {
  oauth1: [
    'method', 'url', 'params', 'consumerKey', 'consumerSecret', 'token', 'tokenSecret', 'nonce', 'timestamp', 'signatureMethod',
    'version', 'realm', 'oauthParams',
  ],
  plan: [
    'code', 'error', 'status', 'retryable', 'retryAfter', 'clockOffset', 'timeEndpoint', 'attempt', 'elapsed', 'deadline', 'offset', 'ahead',
    'takesNonce', 'random',
  ],
  sign: ['alg', 'key', 'keyHex', 'passphrase', 'keyId', 'data'],
};
const OUTCOME = ['status', 'headers', 'body', 'bodyHex', 'failure', 'detail'];
const ERROR = ['code', 'status', 'error', 'errorDescription', 'providerCode', 'retryable', 'retryAfter', 'requestId', 'clockOffset', 'timeEndpoint'];

/**
 * Runs every vector and says how many there are and which of them fail.
 *
 * @param {Record<string, any>} files the parsed JSON by file name
 * @param {Perform} perform
 * @param {Sign} [sign]
 * @returns {Promise<{ count: number, failures: { id: string, message: string }[] }>}
 */
export async function runVectors(files, perform, sign) {
  const vectors = vectorsOf(files);
  const failures = [];
  for (const vector of vectors) {
    try {
      await checkVector(vector, perform, sign);
    } catch (error) {
      failures.push({ id: vector.id, message: String(/** @type {Error} */ (error)?.message ?? error) });
    }
  }
  return { count: vectors.length, failures };
}

/**
 * Returns the vectors of all files. It throws if a file is not as it should be.
 *
 * @param {Record<string, any>} files
 * @returns {Vector[]}
 */
export function vectorsOf(files) {
  const ids = new Set();
  return Object.entries(files).flatMap(([name, file]) => {
    ensureKeys(name, file, FILE);
    ensure(file.schema === 'fetchtoken/vectors/1' && file.source, `${name}: schema ${file.schema}, source ${file.source}`);
    for (const { id } of file.tests) {
      ensure(typeof id === 'string' && id !== '' && !ids.has(id), `${name}: the id ${id} is missing or stands twice`);
      ids.add(id);
    }
    return file.tests;
  });
}

/**
 * Carries out a vector. It throws if the vector is not as it should be, or if something else comes out than it wants.
 *
 * @param {Vector} vector
 * @param {Perform} perform
 * @param {Sign} [sign]
 */
export async function checkVector(vector, perform, sign) {
  ensureSchema(vector);
  let got;
  try {
    got = await RUN[/** @type {keyof typeof RUN} */ (vector.op)](/** @type {any} */ (vector), perform, sign);
  } catch (error) {
    if (!(error instanceof TokenError) || vector.wantError === undefined) {
      throw error;
    }
    return vector.whole && sign ? ensureError({ code: vector.wantError.code }, error) : ensureError(vector.wantError, error);
  }
  ensure(vector.wantError === undefined, `want the error ${canonical(vector.wantError)}, got ${canonical(got)}`);
  if (vector.op === 'oauth1') { // a published vector has what was published
    got = Object.fromEntries(Object.entries(got).filter(([name]) => name in vector.want));
  }
  ensure(canonical(got) === canonical(vector.want), `got  ${canonical(got)}\nwant ${canonical(vector.want)}`);
}

/** Each returns the result in the form of `want`. */
const RUN = {
  /** @param {Vector} vector */
  async oauth1({ input }) {
    await ready();
    return signOAuth1(input);
  },

  /** @param {Vector} vector @param {Perform} perform @param {Sign} [sign] */
  async sign({ input, want }, perform, sign) {
    const { alg, data } = input;
    const answer = await perform(SIGN, keyFields(input).concat('a', 'alg', alg, 'a', 'data', data));
    const pkcs8 = answer.bytes('pkcs8');
    if (pkcs8 === undefined || sign === undefined) {
      return { signature: toBase64url(answer.bytes('signature')) };
    }
    const [, what, signature] = await sign(keyFields(input), alg, data);
    if (what !== 'signature') {
      throw new TokenError('invalid_key', `WebCrypto refuses the key for ${alg}`);
    }
    if (alg.startsWith('ES') && want !== undefined) { // WebCrypto's ECDSA never signs alike twice: both signatures must verify
      const verify = await verifierOf(pkcs8, alg, data);
      ensure(await verify(fromBase64url(want.signature)), 'the wanted signature does not verify');
      ensure(await verify(/** @type {Uint8Array<ArrayBuffer>} */ (signature)), 'the signature does not verify');
      return want;
    }
    return { signature: toBase64url(/** @type {Uint8Array} */ (signature)) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async build({ config, keyHex, now, random, signatures }, perform) {
    const whole = keyHex === undefined ? config : { ...config, privateKey: fromHex(keyHex) };
    const fields = [...fieldsOf('config', whole), 'a', 'sentAt', String(now), 'a', 'random', fromHex(random)];
    let { values, headers } = await perform(BUILD, fields);
    let signing;
    if (values.data !== undefined) {
      ensure(signatures?.length === 1, `asks for a signature: ${canonical(values)}`);
      signing = { alg: values.alg, data: values.data };
      ({ values, headers } = await perform(BUILD, [...fields, 'a', 'signature', fromBase64url(signatures[0])]));
    }
    const { timeout, maxBody, ...request } = values;
    return { ...request, headers, ...(signing && { signing }) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async explain({ config, now, random }, perform) {
    const fields = [...fieldsOf('config', config), 'a', 'sentAt', String(now), 'a', 'random', fromHex(random)];
    return JSON.parse((await perform(EXPLAIN, fields)).values.explanation);
  },

  /** @param {Vector} vector @param {Perform} perform */
  async parse(vector, perform) {
    const { token, clockOffset } = (await perform(PARSE, outcomeFields(vector))).values;
    return { token: JSON.parse(token), ...(clockOffset !== '0' && { clockOffset: Number(clockOffset) }) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async time(vector, perform) {
    return { clockOffset: Number((await perform(TIME, outcomeFields(vector))).values.clockOffset) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async plan({ input: { random, ...input } }, perform) {
    const fields = Object.entries({ retryAfter: -1, ...input }).flatMap(([name, value]) => ['a', name, String(value)]);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, random, true);
    const { retry, wait, offset, hold, askTime } = (await perform(PLAN, [...fields, 'a', 'random', bytes])).values;
    return { retry: retry === 'true', wait: Number(wait), offset: Number(offset), hold: Number(hold), askTime: askTime === 'true' };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async credentials({ text = '', hex, environment, options = {} }, perform) {
    const source = environment === undefined ? ['a', 'file', hex === undefined ? text : fromHex(hex)] : fieldsOf('config', environment);
    return { config: (await perform(CREDENTIALS, [...source, ...fieldsOf('options', options)])).values };
  },
};

/** Returns the configuration of a vector and the outcome, as the operations parse and time take them. @param {Vector} vector */
function outcomeFields({ config, sentAt, outcome }) {
  const { status = 0, headers = {}, body = '', bodyHex, failure, detail = '' } = outcome;
  const fields = [...fieldsOf('config', config), 'a', 'sentAt', String(sentAt), 'a', 'status', String(status)];
  if (failure !== undefined) {
    fields.push('a', 'failure', failure, 'a', 'detail', detail);
  }
  for (const [name, value] of Object.entries(headers)) {
    fields.push('h', name, value);
  }
  return [...fields, 'a', 'body', bodyHex === undefined ? body : fromHex(bodyHex)];
}

/**
 * Returns the key of the `input` of a vector, as the operation sign takes it.
 *
 * @param {{ key?: string | object, keyHex?: string, passphrase?: string, keyId?: string }} input
 * @returns {import('../wire.js').Fields}
 */
export function keyFields({ key, keyHex, passphrase = '', keyId = '' }) {
  const text = typeof key === 'string' ? key : JSON.stringify(key);
  return ['a', 'key', keyHex === undefined ? text : fromHex(keyHex), 'a', 'passphrase', passphrase, 'a', 'keyId', keyId];
}

/**
 * Returns what verifies ECDSA signatures of a key over data.
 *
 * @param {Uint8Array<ArrayBuffer>} pkcs8 of the private key
 * @param {string} alg
 * @param {string} data
 */
async function verifierOf(pkcs8, alg, data) {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
  const parameters = { name: 'ECDSA', namedCurve: /** @type {string} */ (curve), hash: `SHA-${alg.slice(2)}` };
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, parameters, true, ['sign']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key);
  const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, parameters, false, ['verify']);
  return (/** @type {Uint8Array<ArrayBuffer>} */ signature) => crypto.subtle.verify(parameters, publicKey, signature, new TextEncoder().encode(data));
}

/** @param {Vector} vector */
function ensureSchema(vector) {
  const { op, want, wantError } = vector;
  ensure(Object.hasOwn(OPS, op), `unknown op ${op}`);
  ensureKeys('the vector', vector, [...ANY_OP, ...OPS[/** @type {keyof typeof OPS} */ (op)]]);
  ensure((want === undefined) !== (wantError === undefined), 'exactly one of want and wantError');
  if (wantError !== undefined) {
    ensureKeys('wantError', wantError, [...ERROR, 'mentions', 'hints']);
  }
  if (op === 'oauth1' || op === 'sign' || op === 'plan') {
    ensureKeys('input', vector.input, INPUT[op]);
  }
  if (op === 'credentials') {
    ensureKeys('options', vector.options ?? {}, ['filename', 'profile']);
  }
  if (op === 'parse' || op === 'time') {
    ensureKeys('outcome', vector.outcome, OUTCOME);
  }
}

/** @param {Record<string, any>} want @param {TokenError} error */
function ensureError({ mentions = [], hints = [], ...want }, error) {
  const got = /** @type {Record<string, any>} */ (/** @type {unknown} */ (error));
  for (const [name, value] of Object.entries(want)) {
    ensure((got[name] ?? null) === value, `${name} is ${got[name]}, want ${value} (${error.message})`);
  }
  for (const text of mentions) {
    ensure(error.message.includes(text), `the message doesn't mention ${JSON.stringify(text)}: ${error.message}`);
  }
  ensure(hints !== null || got.hint === undefined, `there is a hint: ${got.hint}`);
  for (const text of hints ?? []) {
    ensure(got.hint?.includes(text), `the hint doesn't mention ${JSON.stringify(text)}: ${got.hint}`);
  }
}

/** @param {string} what @param {object} object @param {string[]} known */
function ensureKeys(what, object, known) {
  for (const key of Object.keys(object)) {
    ensure(known.includes(key), `unknown key ${key} in ${what}`);
  }
}

/** @param {unknown} condition @param {string} message */
function ensure(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/**
 * Returns JSON text that is the same for equal values: the order of members doesn't count.
 *
 * @param {unknown} value
 */
function canonical(value) {
  const sorted = (/** @type {any} */ v) => Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(value, (_, v) => (typeof v === 'object' && v !== null && !Array.isArray(v) ? sorted(v) : v));
}

/** @param {string} hex */
function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** @param {string} text */
function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
