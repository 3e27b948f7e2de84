// Runs fetchToken with marked secrets in every way that can fail, and looks for them in whatever
// comes out but the token. It is a process of its own, so that canary.test.js can look at what it
// prints, too: nothing.
//
// canary.test.js sends the name of a group of runs and gets { runs, requests, errors, leaks };
// asked for 'secrets', all that were used.

import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FAULTS } from '../../../examples/token-server/faults.js';
import { startTokenServer } from '../../../examples/token-server/server.js';
import { perform } from '../../module/module.js';
import { findCredentials } from '../../find_credentials.js';
import { explain, fetchToken, loadCredentials, ready, signOAuth1 } from '../../node.js';
import { signByModule } from '../../token/signer.js';
import { argumentsOf, keyFields } from '../vectors.js';
import { AUTHORIZE, CALLBACK, NEXT, fieldsOf } from '../../module/wire.js';
import { archives, corpus } from './corpus.js';
import { placesOf, Secrets } from './leaks.js';
import { loadRaw } from './raw.js';
import { systemsOf, withFault } from './systems.js';

const senders = { 'js/': fetchToken, 'the raw module': await loadRaw() };

/** Every secret that any run had. @type {Set<string>} */
const everySecret = new Set();

/** What a request carries that is made of a secret. */
const MADE_OF_SECRETS = [
  'what Basic carries',
  'client_assertion',
  'assertion',
  'the signature',
  'the signature, as it was sent',
];

/** Parameters of a token request that are credentials themselves (RFC 6749, RFC 7521, RFC 8693). */
const SECRET_PARAMETERS = [
  'password',
  'code',
  'refresh_token',
  'assertion',
  'subject_token',
  'actor_token',
  'code_verifier',
];

/** The private members of a JWK (RFC 7518 section 6, RFC 8037). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

// ---- Marks

/**
 * Marks secrets with something fresh, the same one for a field as long as it lives, and knows them.
 */
class Marks {
  /** @type {Map<string, string>} */ #marks = new Map();
  /** @type {Set<string>} */ #known = new Set();
  secrets = new Secrets();

  /** A text that stands for nothing else anywhere, and has in it whatever an encoding changes. */
  of(field, difficult = '&=+%/~ "\'\\é') {
    if (!this.#marks.has(field)) {
      // In letters that no escape has, or the corpus' own "%26a%C3%A9" would match beside the é,
      // once in a while.
      const random = (bytes) =>
        randomBytes(bytes)
          .toString('hex')
          .replace(/./g, (digit) => 'ghjkmnpqrstvwxyz'[parseInt(digit, 16)]);
      const mark = random(10) + [...difficult].map((c) => c + random(2)).join('') + random(10);
      this.#marks.set(field, mark);
      this.secrets.add(mark, 2);
      everySecret.add(mark);
    }
    return this.#marks.get(field);
  }

  /**
   * Marks a value: a text in its middle, an object in all of its texts. An empty text stays empty,
   * for that is an error of its own.
   */
  mark(field, value) {
    if (typeof value === 'string') {
      return value === '' ? '' : this.#insert(value, this.of(field));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const marked = Object.entries(value).map(([name, v]) => [
      name,
      this.mark(`${field}.${name}`, v),
    ]);
    return Array.isArray(value) ? marked.map(([, v]) => v) : Object.fromEntries(marked);
  }

  /** Something that was secret before, such as a key. */
  add(...secrets) {
    for (const secret of secrets.filter(
      (s) => typeof s === 'string' && s.length >= 12 && !this.#known.has(s),
    )) {
      this.#known.add(secret);
      this.secrets.add(secret);
      everySecret.add(secret);
    }
  }

  #insert(text, mark) {
    // not into a placeholder
    const middle = text.includes('{') ? text.length : Math.floor(text.length / 2);
    return text.slice(0, middle) + mark + text.slice(middle);
  }

  /** A configuration with its secrets marked, and its key, which a mark would break, known. */
  config(config) {
    if (typeof config !== 'object' || config === null) {
      return config;
    }
    const marked = { ...config };
    for (const name of ['clientSecret', 'passphrase']) {
      if (name in config) {
        marked[name] = this.mark(name, config[name]);
      }
    }
    this.key(config.privateKey);
    if (config.assertion?.claims) {
      // an audience is no secret: a hint names it
      const { aud, ...claims } = config.assertion.claims;
      marked.assertion = {
        ...config.assertion,
        claims: { ...this.mark('claim', claims), ...(aud !== undefined && { aud }) },
      };
    }
    return marked;
  }

  /**
   * Knows a key: the lines of PEM, also in bytes, the private members of a JWK, also in a set. A
   * certificate and the public half of the key are no secrets.
   */
  key(key) {
    if (key instanceof Uint8Array) {
      const text = Buffer.from(key).toString('latin1');
      if (/^[\t-~]*$/.test(text)) {
        this.key(text);
      } else {
        this.add(text);
      }
    } else if (Array.isArray(key?.keys)) {
      key.keys.forEach((jwk) => this.key(jwk));
    } else if (typeof key === 'string') {
      this.secrets.allow(publicPart(key));
      const secret = key.replaceAll(CERTIFICATE, ' ').replaceAll(/-----[A-Z ]+-----/g, ' ');
      for (const line of secret.split(/\s+/).filter((line) => /^[\w+/=-]{12,}$/.test(line))) {
        const jwk = parsed(Buffer.from(line, 'base64').toString());
        if (jwk === undefined) {
          this.add(line);
        } else {
          this.key(jwk); // its kid is no secret, and stands in the header of what it signs
        }
      }
      this.key(parsed(key));
    } else if (typeof key === 'object' && key !== null) {
      this.add(...SECRET_MEMBERS.map((name) => key[name]));
    }
  }
}

/** A certificate in PEM, or its beginning. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g;

/** Returns the public key of a private one, in DER, if it can be read. @param {string} key */
function publicPart(key) {
  try {
    return createPublicKey(key).export({ type: 'spki', format: 'der' });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Returns the object that a text is in JSON. @param {string} text */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

// ---- Runs

/** What the runs of a group found. */
class Report {
  runs = 0;
  requests = 0;
  errors = 0;
  /** A line for every run that leaks. @type {string[]} */
  leaks = [];

  /**
   * Runs something that may fail, and looks for secrets in the error.
   *
   * @param {string} name
   * @param {Marks} marks
   * @param {() => Promise<unknown>} run
   * @param {{ urls: string[], sent: string[] }} [wire] what went out meanwhile
   */
  async check(name, marks, run, wire = { urls: [], sent: [] }) {
    this.runs++;
    let places = {};
    try {
      marks.add(...tokensOf(await run()));
    } catch (error) {
      this.errors++;
      places = placesOf(error);
      if (error.code === 'internal') {
        // whoever fails like that has done nothing of what is looked at here
        this.leaks.push(`${name}: ${error}`);
      }
    }
    wire.sent.forEach((text) => everySecret.add(text));
    places.URL = wire.urls.join('\n');
    const found = [...marks.secrets.find(places), ...new Secrets(wire.sent).find(places)];
    if (found.length > 0) {
      this.leaks.push(`${name}: ${found.join(', ')}`);
    }
  }

  /**
   * Calls fetchToken of both senders, and looks for secrets in the error and in the URLs.
   *
   * @param {string} name
   * @param {Marks} marks
   * @param {any} config
   * @param {(input: string, init: any) => any} [answer] in place of fetch
   * @param {any} [options]
   */
  async call(name, marks, config, answer = fetch, options = {}) {
    for (const [sender, fetchToken] of Object.entries(senders)) {
      const wire = { urls: [], sent: [] };
      const spy = (input, init) => {
        this.requests++;
        wire.urls.push(String(input));
        wire.sent.push(
          ...credentialsOf(init)
            .filter(({ what }) => MADE_OF_SECRETS.includes(what))
            .map(({ text }) => text),
        );
        return answer(input, init);
      };
      await this.check(
        `${name}, ${sender}`,
        marks,
        () => fetchToken(config, { fetch: spy, timeout: 20_000, ...options }),
        wire,
      );
    }
  }
}

/** The tokens of a response. */
function tokensOf(token) {
  return ['access_token', 'refresh_token', 'id_token'].map((name) => token?.[name]);
}

/**
 * Returns every credential that a request carries, as it was sent and as a server reads it.
 *
 * @returns {{ what: string, text: string }[]}
 */
function credentialsOf({ headers, body }) {
  const found = [];
  const add = (what, text) => found.push({ what, text });
  const authorization = headers.Authorization;
  if (authorization !== undefined) {
    const [, scheme, credentials] = /^(\w+) (.*)$/.exec(authorization);
    add('the Authorization header', authorization);
    if (scheme === 'Basic') {
      add('what Basic carries', credentials);
      const decoded = Buffer.from(credentials, 'base64').toString();
      add('what Basic carries, decoded', decoded);
      add('the secret, decoded', decoded.slice(decoded.indexOf(':') + 1));
    } else {
      const [, signature] = /oauth_signature="([^"]+)"/.exec(credentials);
      add('the signature', decodeURIComponent(signature));
      add('the signature, as it was sent', signature);
    }
  }
  const isJSON = headers['Content-Type'] === 'application/json';
  for (const [name, value] of isJSON
    ? Object.entries(JSON.parse(body))
    : new URLSearchParams(body)) {
    if (name === 'client_secret' || name === 'client_assertion' || name === 'assertion') {
      add(name, value);
      add(
        `${name}, as it was sent`,
        isJSON
          ? JSON.stringify(value).slice(1, -1)
          : new URLSearchParams({ '': value }).toString().slice(1),
      );
    }
  }
  if (found.length > 0) {
    add('the body', body);
  }
  return found;
}

/** A response with every credential of the request in its error. */
function echo(_, init) {
  const texts = credentialsOf(init).map(({ text }) => text);
  return new Response(
    JSON.stringify({ error: 'invalid_request', error_description: texts.reverse().join(' ') }),
    { status: 400 },
  );
}

/** An error with every credential of the request in its message. */
function failWithAll(_, init) {
  throw new TypeError('fetch failed', {
    cause: new Error(
      credentialsOf(init)
        .map(({ text }) => text)
        .reverse()
        .join(' '),
    ),
  });
}

// ---- Groups

/** Each runs one kind of vector. */
const RUN_VECTOR = {
  async build(report, marks, { id, config, now, random }) {
    const options = {
      clock: { now: () => now },
      random: () => Uint8Array.from(Buffer.from(random, 'hex')),
    };
    const marked = marks.config(config);
    await report.call(`${id}, echoed`, marks, marked, echo, options);
    await report.call(`${id}, failed`, marks, marked, failWithAll, options);
    await RUN_VECTOR.explain(report, marks, { id: `${id}, explained`, config, now, random });
  },

  /**
   * An explanation may be shown to anybody, so it is looked at like an error. Claims are not secret
   * in it.
   */
  async explain(report, marks, { id, config, now, random }) {
    const options = {
      clock: { now: () => now },
      random: () => Uint8Array.from(Buffer.from(random, 'hex')),
    };
    const secrets = Object.entries(config.parameters ?? {}).filter(([name]) =>
      SECRET_PARAMETERS.includes(name),
    );
    const parameters = {
      ...config.parameters,
      ...Object.fromEntries(secrets.map(([name, value]) => [name, marks.mark(name, value)])),
    };
    const marked = {
      ...marks.config(config),
      assertion: config.assertion,
      ...(secrets.length > 0 && { parameters }),
    };
    await report.check(id, marks, async () => {
      throw Object.assign(new Error('explained'), { explanation: await explain(marked, options) });
    });
  },

  async parse(report, marks, { id, config, sentAt, outcome }) {
    const options = { clock: { now: () => sentAt } };
    const marked = marks.config(config);
    await report.call(id, marks, marked, () => respond(marks, marked, outcome), options);
  },

  /** Its steps, with an echo of the secrets in the server's own words. */
  async renewal(report, marks, { id, config, limits, steps }) {
    const marked = marks.config(config);
    const { timeout, maxBody, ...ours } = limits;
    const always = [
      ...fieldsOf('config', marked),
      ...fieldsOf('options', { timeout, maxBody }),
      ...argumentsOf(ours),
    ];
    /** @type {import('../../module/wire.js').Fields} */
    let state = [];
    for (const { now, random, outcome, signature, failure } of steps) {
      const words = `was sent ${marked.clientSecret}`;
      const body =
        outcome?.status === 200
          ? outcome.body
          : JSON.stringify({ error: 'invalid_client', error_description: words });
      const told =
        outcome?.status !== undefined
          ? argumentsOf({ status: outcome.status, body })
          : signature !== undefined
            ? ['a', 'signature', new Uint8Array(64)]
            : argumentsOf({ failure: outcome?.failure ?? failure, detail: words });
      await report.check(id, marks, async () => {
        const moment = [
          'a',
          'now',
          String(now),
          'a',
          'random',
          new Uint8Array(Buffer.from(random, 'hex')),
        ];
        const answer = await perform(NEXT, [...always, ...moment, ...state, ...told]);
        state = argumentsOf({ state: answer.values.state });
        if (answer.error !== undefined) {
          throw answer.error;
        }
      });
    }
  },

  async sign(report, marks, { id, input }) {
    const { alg, keyHex, passphrase, keyId } = input;
    const key = keyHex === undefined ? input.key : new Uint8Array(Buffer.from(keyHex, 'hex'));
    marks.key(key);
    marks.add(passphrase);
    await report.check(id, marks, () => signByModule(keyFields(input), alg, data));
    for (const [name, broken] of Object.entries(brokenKeys(marks, key))) {
      const config = {
        tokenEndpoint: 'https://as.example/token',
        clientId: 'client',
        privateKey: broken,
        passphrase,
        keyId,
        alg,
      };
      await report.call(`${id}, ${name}`, marks, config, echo);
    }
  },

  async oauth1(report, marks, { id, input }) {
    const marked = { ...input };
    marks.key(input.privateKey);
    marks.add(input.passphrase);
    for (const name of ['consumerSecret', 'tokenSecret', 'token']) {
      if (name in input) {
        marked[name] = marks.mark(name, input[name]);
      }
    }
    await ready();
    await report.check(id, marks, () => signOAuth1(marked));
    await report.check(`${id}, broken`, marks, () => signOAuth1({ ...marked, consumerKey: '' }));
    const config = {
      clientAuth: 'oauth1',
      tokenEndpoint: input.url,
      clientId: input.consumerKey,
      clientSecret: marked.consumerSecret,
      privateKey: input.privateKey,
      passphrase: input.passphrase,
      signatureMethod: input.signatureMethod,
    };
    await report.call(id, marks, config, echo);
  },

  /** The address is shown to the user and to the browser. */
  async authorization(report, marks, { id, config, metadata, redirectUri, random }) {
    const marked = marks.config(config);
    await report.check(id, marks, async () => {
      const { values, error } = await perform(AUTHORIZE, [
        ...fieldsOf('config', marked),
        ...argumentsOf({ purpose: 'authorization', metadata, redirectUri }),
        'a', 'random', new Uint8Array(Buffer.from(random, 'hex')),
      ]);
      throw error ?? Object.assign(new Error('asked'), { url: values.url });
    });
  },

  /** A code is as good as a token until it is used. */
  async callback(report, marks, { id, input }) {
    marks.add(/[?&]code=([^&#]+)/.exec(input.url)?.[1]);
    await report.check(id, marks, async () => {
      const { error } = await perform(CALLBACK, argumentsOf(input));
      if (error !== undefined) {
        throw error;
      }
    });
  },

  async credentials(report, marks, { id, text, hex, environment, options, want }) {
    if (environment !== undefined) {
      const marked = Object.fromEntries(Object.entries(environment).map(([name, value]) =>
        [name, /SECRET|PASSPHRASE/.test(name) ? marks.mark(name, value) : value]));
      marks.key(environment.FETCHTOKEN_PRIVATE_KEY);
      await report.check(id, marks, () => loadCredentials(marked));
      for (const name of Object.keys(environment)) {
        await report.check(`${id}, ${name} misspelt`, marks, () =>
          loadCredentials({
            ...marked,
            [`${name.replace('HERE_', 'FETCHTOKEN_HERE_')}X`]: marked[name],
          }),
        );
        await report.check(`${id}, ${name} on two lines`, marks, () =>
          loadCredentials({ ...marked, [name]: `${marked[name]}\n` }),
        );
        await report.check(`${id}, ${name} is an object`, marks, () =>
          loadCredentials({ ...marked, [name]: { marked } }),
        );
      }
      return;
    }
    const file =
      hex === undefined
        ? markFile(marks, text, want?.config)
        : Uint8Array.from(Buffer.from(hex, 'hex'));
    // nothing of a file's contents may be in an error about the file
    const marksOfFile = new Marks();
    const words =
      Buffer.from(file)
        .toString('latin1')
        .match(/[A-Za-z0-9+/_-]{16,}=*/g) ?? [];
    marksOfFile.add(
      marks.of('clientSecret', ''),
      marks.of('file', ''),
      ...words.filter((word) => /\d/.test(word)),
    );
    let config = {};
    await report.check(
      id,
      marksOfFile,
      async () => (config = await loadCredentials(file, options)),
    );
    await report.check(`${id}, cut off`, marksOfFile, () =>
      loadCredentials(file.slice(0, file.length / 2)),
    );
    marks.key(config.privateKey);
    await report.call(id, marks, config, echo);
  },
};

/** The outcome of a vector as a fetch, with its tokens marked. */
async function respond(
  marks,
  { clientSecret },
  { status, headers, body = '', bodyHex, failure, detail },
) {
  switch (failure) {
    case 'network':
      throw new Error(`${detail} ${clientSecret}`);
    case 'timeout':
      throw new DOMException('timeout', 'TimeoutError');
    case 'redirect':
      return new Response(null, {
        status: 302,
        headers: { location: `https://elsewhere.example/?token=${marks.of('access_token')}` },
      });
    case 'too_large':
      return new Response(marks.of('access_token').padEnd(2 ** 20 + 1));
  }
  const token = marks.of('access_token', '');
  const marked =
    bodyHex === undefined
      ? body.replace(/((?:access|refresh|id)_?token\W+)(\w)/gi, `$1${token}$2`)
      : Buffer.from(bodyHex, 'hex');
  const stream = new Response(marked).body;
  return { status, headers: new Headers(headers), body: marked.length === 0 ? null : stream };
}

/** A key, and what can be wrong with it. */
function brokenKeys(marks, key) {
  const mark = marks.of('privateKey', '');
  if (key instanceof Uint8Array) {
    return {
      'as it is': key,
      'cut off': key.slice(0, -20),
      'a mark at its end': Buffer.concat([key, Buffer.from(mark)]),
      'its first byte missing': key.slice(1),
    };
  }
  if (typeof key === 'object') {
    const members = SECRET_MEMBERS.filter((name) => typeof key[name] === 'string');
    return {
      'as it is': key,
      ...Object.fromEntries(
        members.map((name) => [`${name} marked`, { ...key, [name]: mark + key[name] }]),
      ),
      'no kty': { ...key, kty: undefined },
      'another kty': { ...key, kty: 'RSA' },
    };
  }
  return {
    'as it is': key,
    'a line too many': key.replace('\n', `\n${mark}\n`),
    'cut off': key.slice(0, -60),
    'a mark at its end': key + mark,
    'its first line missing': key.replace(/^.*\n/, ''),
    'no line breaks': key.replaceAll('\n', ''),
    'not base64': key.replace(/\n(?=\w)/, '\n!'),
    'another label': key.replaceAll('PRIVATE', 'SECRET'),
  };
}

/** The text of a credentials file with its secrets marked, and what looks like one. */
function markFile(marks, text, config = {}) {
  let marked = text;
  marks.key(config.privateKey);
  if (config.clientSecret) {
    marked = marked.replaceAll(
      config.clientSecret,
      config.clientSecret + marks.of('clientSecret', ''),
    );
  }
  return marked.replace(
    /((?:secret|password|private_key)["']?\s*[:=]\s*["']?\w)/gi,
    `$1${marks.of('file', '')}`,
  );
}

/** @type {Record<string, (report: Report) => Promise<void>>} */
const groups = {};

for (const [name, { tests }] of Object.entries(corpus)) {
  groups[`vectors: ${name}`] = async (report) => {
    const marks = new Marks();
    for (const vector of tests) {
      await RUN_VECTOR[vector.op](report, marks, vector);
    }
  };
}

/** What a fault's argument may be. */
const ARGUMENTS = {
  status: [200, 204, 400, 401, 403, 404, 429, 500, 502, 503],
  slow: [1],
  'slow-body': [1],
  redirect: [301, 302, 303, 307, 308],
  skew: [-100_000, 100_000],
};

/** What an encoding changes and a header can carry. */
const ASCII = '&=+%/~ "\'\\';

const marksOfServer = new Marks();
const client = (name) => ({ clientSecret: marksOfServer.of(name, ASCII) });
const server = await startTokenServer({
  credentials: {
    ...Object.fromEntries(
      ['here', 'ota-connect', 'iotspot', 'os-data-hub', 'oauth2'].map((name) => [
        name,
        client(name),
      ]),
    ),
    'high-mobility': { sandbox: client('sandbox'), live: client('live') },
  },
});
// Every system and every authentication, and of the many algorithms some.
const systems = systemsOf(server).filter(
  ({ name }) => !/private_key_jwt (rsa (?!RS256)|p384|p521)/.test(name),
);
for (const { config } of systems) {
  marksOfServer.add(config.clientSecret);
  marksOfServer.key(config.privateKey);
}

for (const name of Object.keys(FAULTS)) {
  groups[`fault: ${name}`] = async (report) => {
    for (const argument of ARGUMENTS[name] ?? [undefined]) {
      const fault = argument === undefined ? name : `${name}/${argument}`;
      const options = name.startsWith('hang') ? { timeout: 60 } : {};
      for (let i = 0; i < systems.length; i += 8) {
        await Promise.all(
          systems
            .slice(i, i + 8)
            .map((system) =>
              report.call(
                `${fault}, ${system.name}`,
                marksOfServer,
                withFault(system.config, fault),
                fetch,
                options,
              ),
            ),
        );
      }
    }
  };
}

groups['no fault'] = async (report) => {
  for (const { name, config } of systems) {
    await report.call(name, marksOfServer, config);
    await report.call(`${name}, a small body`, marksOfServer, config, fetch, { maxBody: 10 });
    const another = config.clientSecret && { clientSecret: marksOfServer.of('another') };
    await report.call(`${name}, another secret`, marksOfServer, { ...config, ...another });
    await report.call(`${name}, another client`, marksOfServer, {
      ...config,
      clientId: 'another-client',
    });
  }
};

/** Where a careless server could put what it was sent, as core/refusal.go knows the shapes. */
const SHAPES = {
  error_description: (text) => [401, { error: 'invalid_client', error_description: text }],
  error: (text) => [401, { error: text }],
  message: (text) => [401, { error: 'invalid_client', message: text }],
  errorCode: (text) => [401, { error: 'x', errorCode: text, correlationId: text, errorId: text }],
  'an error object': (text) => [
    401,
    { error: { type: text, message: text, status: text, code: text } },
  ],
  'Apigee, GenerateResponse': (text) => [401, { ErrorCode: text, Error: text }],
  'Apigee, fault': (text) => [401, { fault: { faultstring: text, detail: { errorcode: text } } }],
  'JSON:API': (text) => [401, { errors: [{ title: text, detail: text, code: text }] }],
  'errorCode and message': (text) => [401, { errorCode: text, message: text, correlationId: text }],
  'title and cause': (text) => [401, { title: text, code: text, cause: text, correlationId: text }],
  'within a 200': (text) => [200, { error: text, error_description: text }],
  'a name': (text) => [401, { [text]: text }],
  'the token type': (text) => [
    200,
    { access_token: 'a\u0000b', token_type: text, expires_in: text },
  ],
  'no JSON': (text) => [401, text],
  'no JSON, within a 200': (text) => [200, text],
  'a problem': (text) => [400, { type: text, title: text, status: 400, detail: text }],
  'a message': (text) => [400, { message: text, code: text, trace_id: text }],
  'a phrase': (text) => [
    401,
    { timestamp: 1, status: 401, error: text, message: text, path: text },
  ],
  'an error summary': (text) => [401, { errorCode: text, errorSummary: text, errorId: text }],
  'error codes': (text) => [
    400,
    { error: 'x', error_description: text, error_codes: [text], correlation_id: text },
  ],
  'a fault with a message': (text) => [
    401,
    { fault: { code: text, message: text, description: text } },
  ],
  'a list of details': (text) => [422, { detail: [{ loc: ['body', text], msg: text }] }],
  'a list of texts': (text) => [400, { errors: [text, text] }],
  headers: (text) => [503, {}, text],
};

/** How a careless server could put it into WWW-Authenticate. */
const CHALLENGES = {
  'a description': (text) =>
    `Bearer error="invalid_client", error_description="got ${text.replace(/["\\]/g, '\\$&')}, ` +
    `which is wrong"`,
  'a description without escapes': (text) =>
    `Bearer error="invalid_client", error_description="got ${text}, which is wrong"`,
  'an error': (text) => `Bearer error="${text}"`,
  'an error without quotation marks': (text) => `Bearer error=${text}, error_description=${text}`,
  'a realm': (text) => `Basic realm="${text}", Bearer error="invalid_client"`,
};

/** How a careless server could put it into a sentence. */
const SENTENCES = {
  alone: (text) => text,
  'before a full stop': (text) => `Not accepted: ${text}.`,
  'before a comma': (text) => `${text}, which was sent, is wrong`,
  'in quotation marks': (text) => `"${text}" and '${text}' are wrong`,
  'as a parameter': (text) =>
    `grant_type=client_credentials&client_assertion=${text}&client_secret=${text}&x=1`,
  'as JSON': (text) => JSON.stringify({ received: { text } }),
  'on a line of its own': (text) => `wrong:\n\t${text}\r\nis what was sent`,
  'after a colon, in parentheses': (text) => `(secret:${text})`,
  'after much else': (text) => `${'x'.repeat(480)} ${text}`,
  twice: (text) => `${text},${text}`,
};

/** What is in the form that it was sent in is not encoded once more. */
const sentencesFor = (what) =>
  Object.entries(SENTENCES).filter(
    ([name]) => name !== 'as JSON' || !/as it was sent|the body/.test(what),
  );

const CARELESS = [
  'here',
  'here, a JSON body',
  'ota-connect',
  'high-mobility live, a secret',
  'high-mobility live, a key',
  'oauth2 client_secret_basic',
  'oauth2 client_secret_post',
  'oauth2 client_secret_jwt',
  'oauth2 private_key_jwt p256 ES256',
  'oauth2 private_key_jwt ed25519 EdDSA',
];

for (const system of CARELESS) {
  const { config } = systems.find(({ name }) => name === system);

  groups[`a careless server: ${system}`] = async (report) => {
    await eachCredential(config, async (what, pick) => {
      for (const [shape, make] of Object.entries(SHAPES)) {
        await report.call(`${what}, ${shape}`, marksOfServer, config, (_, init) => {
          const [status, body, header] = make(pick(init));
          const names =
            header === undefined
              ? []
              : ['x-request-id', 'x-correlation-id', 'retry-after', 'date', 'cf-ray'];
          const headers = names.map((name) => [name, latin1(header)]);
          return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
            status,
            headers,
          });
        });
      }
      for (const [challenge, make] of Object.entries(CHALLENGES)) {
        await report.call(
          `${what}, ${challenge}`,
          marksOfServer,
          config,
          (_, init) =>
            new Response('', {
              status: 401,
              headers: [['www-authenticate', latin1(make(pick(init)))]],
            }),
        );
      }
      for (const [sentence, make] of sentencesFor(what)) {
        await report.call(
          `${what}, ${sentence}`,
          marksOfServer,
          config,
          (_, init) =>
            new Response(
              JSON.stringify({ error: 'invalid_client', error_description: make(pick(init)) }),
              { status: 401 },
            ),
        );
      }
    });
  };

  groups[`a careless fetch: ${system}`] = async (report) => {
    await eachCredential(config, async (what, pick) => {
      for (const [sentence, make] of sentencesFor(what)) {
        await report.call(`${what}, ${sentence}`, marksOfServer, config, (_, init) => {
          throw new Error(make(pick(init)));
        });
      }
      const thrown = {
        'in a code': (text) => Object.assign(new Error('failed'), { code: text }),
        'in a cause': (text) =>
          new Error('failed', { cause: Object.assign(new Error(text), { code: 'EFAIL' }) }),
        'in other properties': (text, init) =>
          Object.assign(new Error('failed'), { request: init, body: text, [text]: text }),
        'as a text': (text) => text,
      };
      for (const [how, make] of Object.entries(thrown)) {
        await report.call(`${what}, ${how}`, marksOfServer, config, async (_, init) => {
          throw make(pick(init), init);
        });
      }
    });
  };
}

/** Header values are bytes. */
const latin1 = (text) => Buffer.from(text.replace(/[\r\n]/g, ' ')).toString('latin1');

/**
 * Calls back with every credential that a request with this configuration carries: its name, and
 * how to pick it.
 */
async function eachCredential(config, callback) {
  let whats = [];
  await fetchToken(config, {
    async fetch(_, init) {
      whats = credentialsOf(init).map(({ what }) => what);
      return new Response('{"access_token":"token-1"}');
    },
  });
  for (const what of whats) {
    await callback(what, (init) => credentialsOf(init).find((c) => c.what === what).text);
  }
}

/** What each kind of file is made of, with secrets in every place that may hold one. */
function filesWith(marks) {
  const [secret, key, other] = ['clientSecret', 'privateKey', 'other'].map((name) =>
    marks.of(name, '+=%/~'),
  );
  const pem = `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`;
  const properties = `here.access.key.id = id\nhere.access.key.secret = ` +
    `${secret}\nhere.token.scope = ${other}\n`;
  return {
    'treehub.json': JSON.stringify({
      oauth2: {
        server: 'https://as.example/token',
        client_id: 'id',
        client_secret: secret,
        scope: other,
      },
      basic_auth: { user: 'u', password: other },
    }),
    'basic_auth.json': JSON.stringify({ basic_auth: { user: other, password: secret } }),
    'credentials.properties': properties,
    'credentials.ini': `[staging]\n${properties}`,
    'high-mobility.json': JSON.stringify({ id: other, private_key: pem, client_id: 'id' }),
    'service-account.json': JSON.stringify({
      type: 'service_account',
      client_email: 'id',
      private_key: pem,
      private_key_id: other,
    }),
    'credentials.env': `FETCHTOKEN_CLIENT_ID=id\nFETCHTOKEN_CLIENT_SECRET='${secret}'\nFETCHTOKEN_PRIVATE_KEY="${pem}"\n`,
    pair: `id:${secret}`,
    'pair with a blank': `id: ${secret}`,
    'token.json': JSON.stringify({ access_token: secret }),
    'client.json': JSON.stringify({ installed: { client_secret: secret } }),
    'azure.json': JSON.stringify({ appId: other, password: secret, tenant: 't' }),
    'aws.ini': `[default]\naws_access_key_id = ${other}\naws_secret_access_key = ${secret}\n`,
    'key.pem': pem,
    'key.jwk': JSON.stringify({ kty: 'EC', d: key }),
    secret,
    'a list.json': JSON.stringify([secret]),
  };
}

/** Turns each character into something else. @param {(character: string) => string} encode */
const each = (encode) => (text) => [...text].map(encode).join('');

/** Encodings that a server may put a text into, in any order. */
const ENCODINGS = {
  percent: encodeURIComponent,
  'percent in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase()),
  'percent, all': (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  form: (text) => new URLSearchParams({ '': text }).toString().slice(1),
  HTML: each(
    (c) =>
      ({
        '&': '&amp;',
        '<': '&lt;',
        '>': '&gt;',
        '"': '&quot;',
        "'": '&#39;',
        é: '&eacute;',
        '/': '&sol;',
      })[c] ?? c,
  ),
  'HTML, numeric': each((c) => `&#${c.codePointAt(0)};`),
  'HTML, hexadecimal': each((c) => `&#x${c.codePointAt(0).toString(16)};`),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in ASCII': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll('/', '\\/')
      .replace(/[^ -~]/g, unicodeEscape),
};

const unicodeEscape = (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

groups['encodings that follow each other'] = async (report) => {
  const marks = new Marks();
  const config = {
    tokenEndpoint: 'https://as.example/token',
    clientId: 'client',
    clientSecret: marks.of('clientSecret'),
  };
  const names = Object.keys(ENCODINGS);
  for (let i = 0; i < 400; i++) {
    const chosen = [...randomBytes(i % 5)].map((byte) => names[byte % names.length]);
    const [before, secret, after] = ['it is: ', config.clientSecret, ' (not this)'].map((text) =>
      chosen.reduce((inner, name) => ENCODINGS[name](inner), text),
    );
    const fetch = () =>
      Response.json(
        { error: 'invalid_client', error_description: before + secret + after },
        { status: 401 },
      );
    for (const [sender, fetchToken] of Object.entries(senders)) {
      const name = `${sender}: ${chosen.join(', ')}`;
      await report.check(name, marks, () => fetchToken(config, { fetch }).catch((error) => {
        report.requests++;
        const shown = error.errorDescription.replace(/…$/, '').replace(/\[redacted\]$/, '');
        if (!before.startsWith(shown) && !`${before}[redacted]${after}`.startsWith(shown)) {
          report.leaks.push(`${name}: ${error.errorDescription}`);
        }
        throw error;
      }));
    }
  }
};

groups['credentials files that are broken'] = async (report) => {
  const marks = new Marks();
  for (const [filename, text] of Object.entries(filesWith(marks))) {
    const variants = {
      'as it is': text,
      'cut off': text.slice(0, -text.length / 3),
      'without its beginning': text.slice(text.length / 3),
      'without its ids': text.replaceAll('"id"', '""').replaceAll(/= ?id$/gm, '='),
      'of other types': text.replaceAll(/:"([^"]*)"/g, ':["$1"]'),
      'in UTF-16': Buffer.from(text, 'utf16le'),
      'with a broken character': Buffer.concat([Buffer.from(text), Buffer.from([0xff])]),
      'as a value of JSON': JSON.stringify(text),
      'with names misspelt': text
        .replaceAll(/FETCHTOKEN_CLIENT/g, 'FETCHTOKEN_KLIENT')
        .replaceAll(/(secret|private_key)/g, '$1s'),
    };
    for (const [how, file] of Object.entries(variants)) {
      for (const options of [{ filename }, { profile: 'live' }]) {
        await report.check(`${filename}, ${how}`, marks, () => loadCredentials(file, options));
      }
    }
  }
};

groups['archives that are broken'] = async (report) => {
  const marks = new Marks();
  marks.add('NEVER-OPENED-NEVER-OPENED-', '1h7q2kexample9secret');
  for (const { file, base64 } of archives) {
    const bytes = Buffer.from(base64, 'base64');
    await report.check(file, marks, () => loadCredentials(bytes, { filename: file }));
    for (let i = 0; i < bytes.length && bytes.length < 5000; i += 61) {
      const changed = Buffer.from(bytes);
      changed[i] ^= 0x55;
      await report.check(`${file}, byte ${i}`, marks, () => loadCredentials(changed));
    }
  }
};

groups['credentials that are looked for'] = async (report) => {
  const marks = new Marks();
  const said = [];
  for (const [name, text] of Object.entries(filesWith(marks))) {
    for (const [place, broken] of [
      ['credentials.json', text],
      ['.here/credentials.ini', text],
      ['credentials.properties', text.slice(0, -text.length / 3)],
    ]) {
      const home = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
      await mkdir(join(home, '.here'));
      await writeFile(join(home, place), broken);
      for (const profile of [undefined, 'live']) {
        await report.check(`${name} as ${place}`, marks, () =>
          findCredentials({
            env: {},
            cwd: home,
            home,
            profile,
            report: (found) => said.push(JSON.stringify(found)),
          }),
        );
      }
      await rm(home, { recursive: true });
    }
  }
  await report.check('what is reported', marks, async () => {
    throw new Error(said.join('\n'));
  });
};

groups['parameters that are credentials'] = async (report) => {
  const marks = new Marks();
  for (const parameter of SECRET_PARAMETERS) {
    for (const bodyFormat of ['form', 'json']) {
      const config = {
        tokenEndpoint: 'https://as.example/token',
        clientId: 'client',
        clientSecret: marks.of('clientSecret'),
        bodyFormat,
        grantType: 'urn:example:grant',
        parameters: { [parameter]: marks.of(parameter) },
      };
      const mark = marks.of(parameter);
      const form = new URLSearchParams({ '': mark }).toString().slice(1);
      const text = [mark, form, `(${JSON.stringify(mark)})`].join(' ');
      await report.call(
        `${parameter}, ${bodyFormat}, echoed`,
        marks,
        config,
        () =>
          new Response(JSON.stringify({ error: 'invalid_grant', error_description: text }), {
            status: 400,
          }),
      );
      await report.call(`${parameter}, ${bodyFormat}, failed`, marks, config, async () => {
        throw new Error(text);
      });
    }
  }
};

/**
 * Keys that can't be exported, and functions that sign: whatever a function is given or knows may
 * be in what it throws.
 */
groups['keys that the host holds'] = async (report) => {
  const marks = new Marks();
  const mark = marks.of('secret');
  const { config } = systems.find(({ name }) => name.includes('p256 ES256'));
  marks.key(config.privateKey);
  const { privateKey, ...client } = config;
  const pem = privateKey.replace(/-----.*-----|\s/g, '');
  const parameters = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey(
    'pkcs8',
    Buffer.from(pem, 'base64'),
    parameters,
    false,
    ['sign'],
  );
  const good = (data) => crypto.subtle.sign(parameters, key, data);
  const text = (data) => new TextDecoder().decode(data);
  const configs = {
    'a CryptoKey': { ...client, privateKey: key },
    'a function': { ...client, sign: good },
    'a function that throws': {
      ...client,
      sign: () => {
        throw new Error('no');
      },
    },
    'a function that throws what it was given': {
      ...client,
      sign: (data) => {
        throw new Error(`can't sign ${text(data)}.`);
      },
    },
    'a function that throws it in other places': {
      ...client,
      sign(data) {
        throw Object.assign(
          new Error('failed', { cause: { code: text(data), message: text(data) } }),
          { name: text(data), data, request: { data: text(data) } },
        );
      },
    },
    'a function that throws a text': { ...client, sign: (data) => { throw text(data); } },
    'a function that returns a text': { ...client, sign: text },
    'a function that returns what it was given': { ...client, sign: (data) => data },
    'a function with a secret in its text': {
      ...client,
      alg: 'nonsense',
      sign: Object.defineProperty(() => mark, 'name', { value: mark }),
    },
    'a secret for a function': { ...client, sign: mark },
    'an object with a secret for a function': { ...client, sign: { mark } },
    'a function, and a key': { ...config, sign: good },
    'a function, and a secret': { ...client, sign: good, clientSecret: mark },
    'a function, and a passphrase': { ...client, sign: good, passphrase: mark },
    'a CryptoKey, and a passphrase': { ...client, privateKey: key, passphrase: mark },
    'an alg that does not fit': { ...client, privateKey: key, alg: 'ES512' },
  };
  for (const [name, wrong] of Object.entries(configs)) {
    const assertion = wrong.sign && { sign: async (data, info) => {
      // what it signs is a part of the assertion
      marks.add(text(data).split('.')[1]);
      return wrong.sign(data, info);
    } };
    const marked = typeof wrong.sign === 'function' ? { ...wrong, ...assertion } : wrong;
    await report.call(`${name}, echoed`, marks, marked, echo);
    await report.call(`${name}, failed`, marks, marked, failWithAll);
  }
  const { importKey } = SubtleCrypto.prototype; // WebCrypto that repeats the key that it refuses
  SubtleCrypto.prototype.importKey = async (_, bytes) => {
    throw new DOMException(`bad key ${Buffer.from(bytes).toString('base64')}`, 'DataError');
  };
  const { privateKey: another } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  marks.key(another);
  await report.call(
    'WebCrypto that repeats the key',
    marks,
    { ...client, alg: 'EdDSA', privateKey: another },
    echo,
  );
  SubtleCrypto.prototype.importKey = importKey;
};

groups['configuration errors'] = async (report) => {
  const marks = new Marks();
  const mark = marks.of('secret');
  marks.key(systems.find(({ name }) => name.includes('p256')).config.privateKey);
  const good = {
    tokenEndpoint: 'https://as.example/token',
    clientId: 'client',
    clientSecret: mark,
  };
  const wrongValues = {
    'a line break': `${mark}\n`,
    'half a character': `${mark}\ud800`,
    'a NUL': `\u0000${mark}`,
    'an array': [mark],
    'an object': { mark, value: mark },
    'a String': new String(mark),
    bytes: new TextEncoder().encode(mark),
    'a Buffer': Buffer.from(mark),
    'a Map': new Map([['x', mark]]),
    'a URL': new URL(`https://as.example/?${encodeURIComponent(mark)}`),
    'a symbol': Symbol(mark),
    'a function': Object.defineProperty(() => mark, 'name', { value: mark }),
    'an Error': new Error(mark),
    'a RegExp': /0123456789abcdef/,
    'a cycle': Object.assign([mark], { 1: good }),
    'an object that JSON fails on': { toJSON() { throw new Error(mark); } },
    'an array of arrays': [[mark]],
    'an object with a null': { x: [mark, null] },
  };
  wrongValues['a cycle'][1] = wrongValues['a cycle'];
  for (const field of [
    'clientSecret',
    'privateKey',
    'passphrase',
    'keyId',
    'tokenEndpoint',
    'clientId',
    'scope',
    'parameters',
    'headers',
    'assertion',
  ]) {
    for (const [name, value] of Object.entries(wrongValues)) {
      await report.call(`${field}: ${name}`, marks, { ...good, [field]: value }, echo);
    }
  }
  await ready();
  const request = {
    method: 'POST',
    url: 'https://api.example/',
    consumerKey: 'key',
    consumerSecret: mark,
    token: 'token',
    tokenSecret: mark,
  };
  for (const field of [
    'consumerSecret',
    'tokenSecret',
    'token',
    'url',
    'params',
    'oauthParams',
    'realm',
    'nonce',
    'timestamp',
    'signatureMethod',
    'headers',
  ]) {
    for (const [name, value] of Object.entries(wrongValues)) {
      await report.check(`signOAuth1, ${field}: ${name}`, marks, () =>
        signOAuth1({ ...request, [field]: value }),
      );
    }
  }
  const d = marks.of('d', '');
  const wrongConfigs = {
    'a text': JSON.stringify(good),
    'a short text': mark,
    'an array': [mark],
    'a symbol': Symbol(mark),
    'a function': Object.assign(() => mark, good),
    'a String': new String(mark),
    'user information': {
      ...good,
      tokenEndpoint: `https://client:${encodeURIComponent(mark)}@as.example/token`,
    },
    'a secret in the query': {
      ...good,
      tokenEndpoint: `https://as.example/token?secret=${marks.of('query', '')}&%`,
    },
    'a secret in the fragment': {
      ...good,
      tokenEndpoint: `https://as.example/token#${marks.of('query', '')}`,
    },
    'a secret in the port': { ...good, tokenEndpoint: `https://client:${marks.of('query', '')}` },
    'no client id': { ...good, clientId: undefined },
    'both a secret and a key': { ...good, privateKey: marks.of('privateKey') },
    'a text for a key': { ...good, clientSecret: undefined, privateKey: mark },
    'JSON for a key': { ...good, clientSecret: undefined, privateKey: `{"kty":"EC","d":"${d}"` },
    'a JWK with a number': {
      ...good,
      clientSecret: undefined,
      privateKey: { kty: 'EC', crv: 'P-256', d, x: 1, y: 1 },
    },
    'a JWK that is no key': {
      ...good,
      clientSecret: undefined,
      privateKey: { kty: 'EC', crv: 'P-256', d, x: d, y: d },
    },
    'an oct JWK': { ...good, clientSecret: undefined, privateKey: { kty: 'oct', k: d } },
    'a needless passphrase': {
      ...systems.find(({ name }) => name.includes('p256')).config,
      passphrase: mark,
    },
    'none, with a secret': { ...good, clientAuth: 'none' },
    'an unknown authentication': { ...good, clientAuth: 'basic' },
    'an alg that does not fit': { ...good, clientAuth: 'client_secret_jwt', alg: 'RS256' },
    'an unknown placeholder in a claim': {
      ...good,
      clientAuth: 'client_secret_jwt',
      assertion: { claims: { x: `${mark}{unknown}${mark}` } },
    },
    'a line break in a claim': {
      ...good,
      clientAuth: 'client_secret_jwt',
      assertion: { claims: { x: `${mark}\n` } },
    },
    'half a character in a claim': {
      ...good,
      clientAuth: 'client_secret_jwt',
      assertion: { claims: { x: `${mark}\ud800` } },
    },
    'a line break in a parameter': { ...good, parameters: { password: `${mark}\n` } },
    'half a character in a parameter': { ...good, parameters: { password: `${mark}\ud800` } },
    'the secret among the parameters': { ...good, parameters: { client_secret: mark } },
    'an unknown key': { ...good, client_secret: mark },
    'another unknown key': { ...good, headers: { authorization: mark } },
  };
  for (const [name, config] of Object.entries(wrongConfigs)) {
    await report.call(name, marks, config, echo);
  }
  const wrongOptions = {
    fetch: mark,
    signal: { mark },
    clock: [mark],
    random: () => mark,
    timeout: mark,
    maxBody: [mark],
    headers: { authorization: mark },
  };
  for (const [name, value] of Object.entries(wrongOptions)) {
    await report.call(`options.${name}`, marks, good, echo, { [name]: value });
  }
  for (const [sender, fetchToken] of Object.entries(senders)) {
    for (const [name, options] of Object.entries({
      'a text': mark,
      'a symbol': Symbol(mark),
      'a function': () => mark,
    })) {
      await report.check(`options that are ${name}, ${sender}`, marks, () =>
        fetchToken(good, options),
      );
    }
  }
};

// ---- The process

process.on('disconnect', () => process.exit());
process.on('message', async (/** @type {string} */ message) => {
  if (message === 'names') {
    return process.send(Object.keys(groups));
  }
  if (message === 'leak') { // so that canary.test.js can prove that it would notice
    const secret = new Marks().of('leak');
    console.log(`debug: ${encodeURIComponent(secret)}`);
    process.stderr.write(`debug: ${Buffer.from(secret).toString('base64')}\n`);
    return process.send({});
  }
  if (message === 'secrets') {
    await server.close();
    return process.send([...everySecret], () => process.disconnect());
  }
  const report = new Report();
  await groups[message](report);
  process.send({
    runs: report.runs,
    requests: report.requests,
    errors: report.errors,
    leaks: report.leaks,
  });
});
