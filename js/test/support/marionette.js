// Drives the Firefox of the system as a person would, by Marionette: WebDriver over a socket of
// loopback. Each message is its length, a colon, and JSON.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import { openInFirefox } from './firefox.js';
import { until } from './until.js';

/** What WebDriver calls a reference to an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Starts Firefox, and a session with it. */
export async function driveFirefox() {
  const firefox = await openInFirefox('about:blank', {
    more: ['--marionette', '--remote-allow-system-access'],
    preferences: { 'marionette.port': 0, 'network.disable-localhost-when-offline': true },
  });
  firefox.ended.catch(() => {}); // the socket says it, too
  const portFile = join(firefox.profile, 'MarionetteActivePort');
  let port = 0;
  await until('Firefox says its port', async () => {
    port = Number(await readFile(portFile, 'utf8').catch(() => 0));
    return port > 0;
  });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const send = speak(socket);
  await send('WebDriver:NewSession', { capabilities: {} });
  await send('WebDriver:SetTimeouts', { script: 120_000, pageLoad: 120_000 });
  return {
    send,
    /** Runs a function in the page. @param {Function} run @param {unknown[]} args */
    evaluate: async (run, ...args) => {
      const script = `const done = arguments[arguments.length - 1];
        Promise.resolve((${run})(...Array.from(arguments).slice(0, -1)))
          .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value } = await send('WebDriver:ExecuteAsyncScript', { script, args });
      if (value.error) {
        throw new Error(value.error);
      }
      return value.value;
    },
    /** Runs a script of Firefox's own. @param {string} script */
    asBrowser: async (script) => {
      await send('Marionette:SetContext', { value: 'chrome' });
      await send('WebDriver:ExecuteScript', { script, args: [] });
      await send('Marionette:SetContext', { value: 'content' });
    },
    /** The id of an element that evaluate() returned. @param {any} element */
    idOf: (element) => element[ELEMENT],
    async close() {
      socket.destroy();
      await firefox.close();
    },
  };
}

/**
 * Returns what sends a command and returns its answer.
 *
 * @param {import('node:net').Socket} socket
 * @returns {(name: string, params?: object) => Promise<any>}
 */
function speak(socket) {
  /** @type {Map<number, { resolve: Function, reject: Function }>} */
  const waiting = new Map();
  let count = 0;
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const colon = received.indexOf(':');
      const length = Number(received.subarray(0, Math.max(0, colon)).toString());
      if (colon < 0 || received.length < colon + 1 + length) {
        return;
      }
      hear(JSON.parse(received.subarray(colon + 1, colon + 1 + length).toString()));
      received = received.subarray(colon + 1 + length);
    }
  });
  const fail = (/** @type {unknown} */ reason) => {
    waiting.forEach(({ reject }) => reject(reason));
    waiting.clear();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Firefox has ended')));

  /** @param {any} message what Firefox answers, or its greeting */
  function hear(message) {
    if (Array.isArray(message)) {
      const [, id, error, value] = message;
      const { resolve, reject } = /** @type {any} */ (waiting.get(id));
      waiting.delete(id);
      error ? reject(new Error(`${error.error}: ${error.message}`)) : resolve(value);
    }
  }

  return (name, params = {}) => {
    const id = ++count;
    const text = JSON.stringify([0, id, name, params]);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  };
}
