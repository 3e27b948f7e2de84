// No secret is in any error, URL or output: every one is marked, everything fails in every way
// there is, and the marks are looked for.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { FAULTS } from '../../examples/token-server/faults.js';
import { corpus } from './support/corpus.js';
import { placesOf, Secrets } from './support/leaks.js';

const SECRET = 'f5b1c9d3e7a24680&=+%/~ "\'\\é0a9b8c7d6e5f4321';

/** Secrets are many, and what was printed is little: one after another. */
function leaksOf(printed, secrets) {
  return printed.stdout + printed.stderr === ''
    ? []
    : secrets.flatMap((secret) => new Secrets([secret]).find(printed));
}

/** Starts support/canary.js and gathers what it prints. */
function start() {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const child = fork(fileURLToPath(new URL('support/canary.js', import.meta.url)), {
    silent: true,
    env,
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].on('data', (chunk) => (printed[name] += chunk));
  }
  let answered;
  child.on('message', (answer) => answered(answer));
  const ended = once(child, 'close');
  return {
    printed,
    /** Asks for one thing after another. */
    ask: (message) => new Promise((resolve, reject) => {
      answered = resolve;
      ended.then(() => reject(new Error(`the process ended: ${printed.stderr}`)));
      child.send(message);
    }),
    /** Lets it end, and returns every secret that it had. */
    async end() {
      const secrets = await this.ask('secrets');
      const [code] = await ended;
      assert.equal(code, 0);
      return secrets;
    },
    kill: () => child.kill(),
  };
}

const canary = start();
after(() => canary.kill());
const names = await canary.ask('names');

for (const name of names) {
  test(name, async (t) => {
    const { runs, requests, errors, leaks } = await canary.ask(name);
    t.diagnostic(`${runs} runs, ${requests} requests, ${errors} errors`);
    assert.equal(leaks.length, 0, `${leaks.length} runs leak:\n${leaks.slice(0, 20).join('\n')}`);
    assert.ok(errors > 0 || /^fault: slow/.test(name), 'nothing failed');
    if (/fault|careless/.test(name)) {
      assert.equal(requests, runs, 'not everything was sent');
    }
  });
}

test('every file of vectors and every fault is a group', () => {
  const wanted = [
    ...Object.keys(corpus).map((name) => `vectors: ${name}`),
    ...Object.keys(FAULTS).map((name) => `fault: ${name}`),
  ];
  assert.deepEqual(
    wanted.filter((name) => !names.includes(name)),
    [],
  );
});

test('nothing was printed, and no secret least of all', async () => {
  const secrets = await canary.end();
  assert.ok(secrets.length > 1000);
  assert.deepEqual(leaksOf(canary.printed, secrets), []);
  assert.deepEqual(canary.printed, { stdout: '', stderr: '' });
});

test('a process that prints a secret is noticed', async () => {
  const leaking = start();
  await leaking.ask('leak');
  const secrets = await leaking.end();
  const leaks = leaksOf(leaking.printed, secrets);
  assert.ok(leaks.includes('stdout: percent-encoded'), String(leaks));
  assert.ok(leaks.includes('stderr: base64'), String(leaks));
});

/** Errors that leak, by the place that must be named. */
const LEAKING = {
  'error.message': (text) => new Error(text),
  'error.stack': (text) => Object.assign(new Error('x'), { stack: text }),
  'error.cause.message': (text) => new Error('x', { cause: new Error(text) }),
  'error.cause.cause.code': (text) =>
    new Error('x', { cause: new Error('y', { cause: { code: text } }) }),
  'error.errorDescription': (text) => Object.assign(new Error('x'), { errorDescription: text }),
  'error.hidden': (text) => Object.defineProperty(new Error('x'), 'hidden', { value: text }),
  'error.Symbol(key)': (text) => Object.assign(new Error('x'), { [Symbol('key')]: text }),
  'error.getter': (text) => Object.defineProperty(new Error('x'), 'getter', { get: () => text }),
  'error.inherited': (text) =>
    new (class extends Error {
      get inherited() {
        return text;
      }
    })('x'),
  'error.response.headers.0': (text) =>
    Object.assign(new Error('x'), { response: { headers: [text] } }),
  String: (text) => Object.assign(new Error('x'), { toString: () => text }),
  'JSON.stringify': (text) => Object.assign(new Error('x'), { toJSON: () => text }),
  'util.inspect': (text) => Object.assign(new Error('x'), { [inspect.custom]: () => text }),
};

/** Encodings of a secret, by the name that must be given. */
const ENCODED = {
  'as it is': (text) => text,
  'percent-encoded': (text) => encodeURIComponent(text),
  'form-encoded': (text) => new URLSearchParams({ '': text }).toString(),
  'JSON-escaped': (text) => JSON.stringify(text),
  hex: (text) => Buffer.from(text).toString('hex'),
  base64: (text) => Buffer.from(`client:${text}`).toString('base64'),
  base64url: (text) => Buffer.from(`{"x":"${text}\u{3ffff}"}`).toString('base64url'),
  'form-encoded, then base64': (text) =>
    Buffer.from(`id:${new URLSearchParams({ '': text }).toString().slice(1)}`).toString('base64'),
};

for (const [place, make] of Object.entries(LEAKING)) {
  test(`an error that leaks is noticed: ${place}`, () => {
    const secrets = new Secrets();
    secrets.add(SECRET, 2);
    for (const [encoding, encode] of Object.entries(ENCODED)) {
      const leaks = secrets.find(placesOf(make(`before ${encode(SECRET)} after`)));
      assert.ok(leaks.some((leak) => leak.startsWith(`${place}: `)), `${encoding}: ${leaks}`);
    }
    for (const part of [SECRET.slice(0, 12), SECRET.slice(-12), SECRET.slice(14, 26)]) {
      assert.ok(new Secrets([SECRET]).find(placesOf(make(part))).length > 0, part);
    }
    assert.deepEqual(secrets.find(placesOf(make(`${SECRET.slice(0, 11)}…`))), []);
  });
}
