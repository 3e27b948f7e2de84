// Runs the corpus, core/testdata/vectors, in any runtime: what it is handed is all that it needs.
// core/testdata/README.md describes the files; wasm/vectors_test.go does the same in Go.

import { ready } from '../ready.js';
import { signOAuth1 } from '../sign_oauth1.js';
import { TokenError } from '../lib/token_error.js';
import {
  AUTHORIZE, CALLBACK, CREDENTIALS, EXPLAIN, NEXT, SIGN, fieldsOf,
} from '../module/wire.js';

/**
 * @typedef {(op: number, fields: import('../module/wire.js').Fields) =>
 *   Promise<import('../module/wire.js').Answer>} Perform js/module/module.js's
 */
/**
 * @typedef {typeof import('../token/signer.js').signByModule} Sign for the compact module, which
 *   doesn't sign itself
 */
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
  renewal: ['config', 'limits', 'steps'],
  authorization: ['config', 'metadata', 'redirectUri', 'random'],
  callback: ['input'],
  credentials: ['text', 'hex', 'environment', 'options'],
};
const INPUT = {
  oauth1: [
    'method',
    'url',
    'params',
    'consumerKey',
    'consumerSecret',
    'token',
    'tokenSecret',
    'nonce',
    'timestamp',
    'signatureMethod',
    'privateKey',
    'passphrase',
    'keyId',
    'version',
    'realm',
    'oauthParams',
  ],
  sign: ['alg', 'key', 'keyHex', 'passphrase', 'keyId', 'data'],
  callback: ['url', 'state', 'issuer', 'issuerRequired'],
};
const OUTCOME = ['status', 'headers', 'body', 'bodyHex', 'failure', 'detail'];
const ERROR = [
  'code',
  'status',
  'error',
  'errorDescription',
  'providerCode',
  'retryable',
  'retryAfter',
  'requestId',
  'clockOffset',
  'timeEndpoint',
];

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
      failures.push({
        id: vector.id,
        message: String(/** @type {Error} */ (error)?.message ?? error),
      });
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
    ensure(
      file.schema === 'fetchtoken/vectors/1' && file.source,
      `${name}: schema ${file.schema}, source ${file.source}`,
    );
    for (const { id } of file.tests) {
      ensure(
        typeof id === 'string' && id !== '' && !ids.has(id),
        `${name}: the id ${id} is missing or stands twice`,
      );
      ids.add(id);
    }
    return file.tests;
  });
}

/**
 * Carries out a vector. It throws if the vector is not as it should be, or if something else comes
 * out than it wants.
 *
 * @param {Vector} vector
 * @param {Perform} perform
 * @param {Sign} [sign]
 */
export async function checkVector(vector, perform, sign) {
  ensureSchema(vector);
  let got;
  try {
    got = await RUN[/** @type {keyof typeof RUN} */ (vector.op)](
      /** @type {any} */ (vector),
      perform,
      sign,
    );
  } catch (error) {
    if (!(error instanceof TokenError) || vector.wantError === undefined) {
      throw error;
    }
    return vector.whole && sign
      ? ensureError({ code: vector.wantError.code }, error)
      : ensureError(vector.wantError, error);
  }
  ensure(
    vector.wantError === undefined,
    `want the error ${canonical(vector.wantError)}, got ${canonical(got)}`,
  );
  if (vector.op === 'oauth1') {
    // a published vector has what was published
    got = Object.fromEntries(Object.entries(got).filter(([name]) => name in vector.want));
  }
  ensure(
    canonical(got) === canonical(vector.want),
    `got  ${canonical(got)}\nwant ${canonical(vector.want)}`,
  );
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
    if (alg.startsWith('ES') && want !== undefined) {
      // WebCrypto's ECDSA never signs alike twice: both signatures must verify
      const verify = await verifierOf(pkcs8, alg, data);
      ensure(await verify(fromBase64url(want.signature)), 'the wanted signature does not verify');
      ensure(
        await verify(/** @type {Uint8Array<ArrayBuffer>} */ (signature)),
        'the signature does not verify',
      );
      return want;
    }
    return { signature: toBase64url(/** @type {Uint8Array} */ (signature)) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async build({ config, keyHex, now, random, signatures }, perform) {
    const whole = keyHex === undefined ? config : { ...config, privateKey: fromHex(keyHex) };
    const next = stepsOf(perform, fieldsOf('config', whole));
    let answer = await next(now, random + NOTHING_SPREAD, []);
    let signing;
    if (answer.values.do === 'sign') {
      ensure(signatures?.length === 1, `asks for a signature: ${canonical(answer.values)}`);
      signing = { alg: answer.values.alg, data: answer.values.data };
      answer = await next(now, random + NOTHING_SPREAD, [
        'a',
        'signature',
        fromBase64url(signatures[0]),
      ]);
    }
    const { method, url, body } = resultOf(answer);
    return { method, url, body, headers: answer.headers, ...(signing && { signing }) };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async explain({ config, now, random }, perform) {
    const fields = [
      ...fieldsOf('config', config),
      'a',
      'now',
      String(now),
      'a',
      'random',
      fromHex(random),
    ];
    return JSON.parse((await perform(EXPLAIN, fields)).values.explanation);
  },

  /** @param {Vector} vector @param {Perform} perform */
  async parse({ config, sentAt, outcome }, perform) {
    const next = stepsOf(perform, fieldsOf('config', config));
    const random = '00'.repeat(16) + NOTHING_SPREAD;
    const answer = await next(sentAt, random, []);
    if (answer.values.do === 'sign') {
      await next(sentAt, random, ['a', 'signature', new Uint8Array(64)]);
    }
    resultOf(answer);
    const { token, ahead } = resultOf(await next(sentAt, random, outcomeOf(outcome)));
    return {
      token: JSON.parse(token),
      ...(ahead !== '0' && { clockOffset: Number(ahead) / 1000 }),
    };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async renewal({ config, limits, steps }, perform) {
    const { timeout, maxBody, ...ours } = limits;
    const next = stepsOf(perform, [
      ...fieldsOf('config', config),
      ...fieldsOf('options', { timeout, maxBody }),
      ...argumentsOf(ours),
    ]);
    const actions = [];
    for (const { now, random, outcome, signature, text, failure, detail } of steps) {
      const told =
        outcome !== undefined
          ? outcomeOf(outcome)
          : signature === undefined
            ? argumentsOf({ text, failure, detail })
            : ['a', 'signature', fromBase64url(signature)];
      actions.push(actionOf(await next(now, random, told)));
    }
    return actions;
  },

  /** @param {Vector} vector @param {Perform} perform */
  async authorization({ config, metadata, redirectUri, random }, perform) {
    const { values } = await perform(AUTHORIZE, [
      ...fieldsOf('config', config),
      ...argumentsOf({ purpose: 'authorization', metadata, redirectUri }),
      'a', 'random', fromHex(random),
    ]);
    const { nonce, issuerRequired, ...rest } = values;
    return { ...rest, ...(nonce && { nonce }), issuerRequired: issuerRequired === 'true' };
  },

  /** @param {Vector} vector @param {Perform} perform */
  async callback({ input }, perform) {
    return (await perform(CALLBACK, argumentsOf(input))).values;
  },

  /** @param {Vector} vector @param {Perform} perform */
  async credentials({ text = '', hex, environment, options = {} }, perform) {
    const source =
      environment === undefined
        ? ['a', 'file', hex === undefined ? text : fromHex(hex)]
        : fieldsOf('config', environment);
    const { values } = await perform(CREDENTIALS, [...source, ...fieldsOf('options', options)]);
    return { config: values };
  },
};

/** The random bytes, as hex digits, that spread waits and margins: by the half of what they may. */
const NOTHING_SPREAD = '0000008080';

/**
 * Returns what takes a renewal one step further, as js/token/renew.js does.
 *
 * @param {Perform} perform
 * @param {import('../module/wire.js').Fields} always
 */
function stepsOf(perform, always) {
  /** @type {import('../module/wire.js').Fields} */
  let state = [];
  return async (
    /** @type {number} */ now,
    /** @type {string} */ random,
    /** @type {import('../module/wire.js').Fields} */ told,
  ) => {
    const answer = await perform(NEXT, [
      ...always,
      ...state,
      'a',
      'now',
      String(now),
      'a',
      'random',
      fromHex(random),
      ...told,
    ]);
    state = argumentsOf({ state: answer.values.state });
    return answer;
  };
}

/**
 * Returns what an answer says, or throws the error that it is.
 *
 * @param {import('../module/wire.js').Answer} answer
 */
function resultOf({ values, error }) {
  if (error !== undefined) {
    throw error;
  }
  return values;
}

/**
 * Returns an outcome as the module takes it.
 *
 * @param {any} outcome
 * @returns {import('../module/wire.js').Fields}
 */
function outcomeOf({ status = 0, headers = {}, body = '', bodyHex, failure, detail }) {
  return [
    ...argumentsOf({ status, failure, detail }),
    ...Object.entries(headers).flatMap(([name, value]) => ['h', name, value]),
    'a', 'body', bodyHex === undefined ? body : fromHex(bodyHex),
  ];
}

/**
 * Returns what is defined of an object as arguments of an operation.
 *
 * @param {Record<string, unknown>} values
 * @returns {import('../module/wire.js').Fields}
 */
export function argumentsOf(values) {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : ['a', name, String(value)],
  );
}

/**
 * Brings an answer of the operation next into the form of `want`.
 *
 * @param {import('../module/wire.js').Answer} answer
 */
function actionOf({ values, headers, error }) {
  const numbers = (/** @type {string[]} */ ...names) =>
    Object.fromEntries(names.map((name) => [name, Number(values[name])]));
  const action = {
    do: values.do,
    ...numbers('ahead'),
    ...(values.grant && { grant: values.grant }),
    ...(values.metadata && { metadata: values.metadata }),
    ...(error && {
      error: {
        code: error.code,
        .../** @type {any} */ ((error).status && { status: /** @type {any} */ (error).status }),
      },
    }),
  };
  switch (values.do) {
    case 'get': {
      const { field, audience, file } = values;
      return { ...action, field, audience, ...(file && { file }), ...numbers('timeout') };
    }
    case 'sign':
      return { ...action, alg: values.alg, ...numbers('timeout') };
    case 'send': {
      const signedAt = headers
        .map(([, value]) => /oauth_timestamp="(\d+)"/.exec(value)?.[1])
        .find((time) => time !== undefined);
      const url = values.attempt === '0' || values.metadata ? { url: values.url } : {};
      return {
        ...action,
        ...numbers('attempt', 'timeout', 'maxBody'),
        ...url,
        ...(signedAt && { signedAt: Number(signedAt) }),
      };
    }
    case 'keep':
      return { ...action, token: JSON.parse(values.token), ...numbers('until', 'margin', 'renew') };
    case 'wait':
      return { ...action, ...numbers('attempt', 'wait') };
    default:
      return { ...action, ...numbers('hold') };
  }
}

/**
 * Returns the key of the `input` of a vector, as the operation sign takes it.
 *
 * @param {{ key?: string | object, keyHex?: string, passphrase?: string, keyId?: string }} input
 * @returns {import('../module/wire.js').Fields}
 */
export function keyFields({ key, keyHex, passphrase = '', keyId = '' }) {
  const text = typeof key === 'string' ? key : JSON.stringify(key);
  return [
    'a',
    'key',
    keyHex === undefined ? text : fromHex(keyHex),
    'a',
    'passphrase',
    passphrase,
    'a',
    'keyId',
    keyId,
  ];
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
  const parameters = {
    name: 'ECDSA',
    namedCurve: /** @type {string} */ (curve),
    hash: `SHA-${alg.slice(2)}`,
  };
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, parameters, true, ['sign']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key);
  const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, parameters, false, [
    'verify',
  ]);
  return (/** @type {Uint8Array<ArrayBuffer>} */ signature) =>
    crypto.subtle.verify(parameters, publicKey, signature, new TextEncoder().encode(data));
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
  if (op === 'oauth1' || op === 'sign' || op === 'callback') {
    ensureKeys('input', vector.input, INPUT[op]);
  }
  if (op === 'credentials') {
    ensureKeys('options', vector.options ?? {}, ['filename', 'profile']);
  }
  if (op === 'parse') {
    ensureKeys('outcome', vector.outcome, OUTCOME);
  }
}

/** @param {Record<string, any>} want @param {TokenError} error */
function ensureError({ mentions = [], hints = [], ...want }, error) {
  const got = /** @type {Record<string, any>} */ (/** @type {unknown} */ (error));
  for (const [name, value] of Object.entries(want)) {
    ensure(
      (got[name] ?? null) === value,
      `${name} is ${got[name]}, want ${value} (${error.message})`,
    );
  }
  for (const text of mentions) {
    ensure(
      error.message.includes(text),
      `the message doesn't mention ${JSON.stringify(text)}: ${error.message}`,
    );
  }
  ensure(hints !== null || got.hint === undefined, `there is a hint: ${got.hint}`);
  for (const text of hints ?? []) {
    ensure(
      got.hint?.includes(text),
      `the hint doesn't mention ${JSON.stringify(text)}: ${got.hint}`,
    );
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
  const sorted = (/** @type {any} */ v) =>
    Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(value, (_, v) =>
    typeof v === 'object' && v !== null && !Array.isArray(v) ? sorted(v) : v,
  );
}

/** @param {string} hex */
function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** @param {string} text */
function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  );
}

/** @param {Uint8Array} bytes */
function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
