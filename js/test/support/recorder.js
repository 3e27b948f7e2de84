// A token endpoint that keeps every request just as it came over the wire, and answers as it is
// told. It is told and asked over HTTP too, so that a test in any runtime can use it.
//
//	PUT /control/<key>         how /<key>/… answers; see Answer
//	GET /control/<key>         what came for /<key>/…: an array of
//	                           { method, path, headers: [[name, value], …], body }
//	GET /control/<key>/ended   answers as soon as the client has ended the connection of a response
//	                           that was under way: { ended: true }; or after a while:
//	                           { ended: false }

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/**
 * @typedef {object} Answer
 * @property {number} [status] default: 200
 * @property {Record<string, string>} [headers]
 * @property {string} [body] default: a token
 * @property {number} [size] pads a body of JSON with blanks to so many bytes
 * @property {boolean} [gzip] compresses the body
 * @property {boolean} [chunked] sends no Content-Length
 * @property {boolean} [echo] the token is the request's Authorization header, and comes after up to
 *   30 ms
 * @property {'never' | 'headers' | 'start' | 'endless'} [delivery] no answer at all; the headers
 *   alone; the headers and a byte of the body, for Firefox's fetch waits for one; a body without an
 *   end
 */

const TOKEN = JSON.stringify({ access_token: 'recorded', token_type: 'Bearer', expires_in: 3600 });

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT',
  'access-control-allow-headers': 'authorization, content-type, accept, x-api-key, x-request-id',
  'access-control-expose-headers': '*',
};

/**
 * Starts it on loopback. `nowhere` is an origin where nobody listens.
 *
 * @returns {Promise<{ url: string, nowhere: string, close(): Promise<void> }>}
 */
export async function startRecorder() {
  /**
   * @type {Map<string, { answer: Answer, requests: object[], ended: Promise<boolean>, end: () =>
   *   void }>}
   */
  const entries = new Map();
  const entryOf = (key) => {
    if (!entries.has(key)) {
      const entry = { answer: {}, requests: [] };
      entry.ended = new Promise((resolve) => (entry.end = () => resolve(true)));
      entries.set(key, entry);
    }
    return entries.get(key);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks = await request.toArray().catch(() => []);
    const body = Buffer.concat(chunks).toString();
    const reply = (value) =>
      response
        .writeHead(200, { ...CORS, 'content-type': 'application/json' })
        .end(JSON.stringify(value));
    if (request.method === 'OPTIONS') {
      return void response.writeHead(204, CORS).end();
    }
    const [, first, second, third] = request.url.split('?')[0].split('/');
    if (first !== 'control') {
      const entry = entryOf(first);
      const headers = request.rawHeaders.flatMap((name, i, all) =>
        i % 2 === 0 ? [[name.toLowerCase(), all[i + 1]]] : [],
      );
      entry.requests.push({ method: request.method, path: request.url, headers, body });
      return void deliver(request, response, entry);
    }
    const entry = entryOf(second);
    if (request.method === 'PUT') {
      entry.answer = JSON.parse(body);
      return void reply({});
    }
    if (third === 'ended') {
      return void reply({
        ended: await Promise.race([entry.ended, wait(10_000, false, { ref: false })]),
      });
    }
    reply(entry.requests);
  });
  const { port } = await listen(server);

  // The port of a connection of its own: nobody listens there, and as long as it stays nobody else
  // can.
  const outgoing = connect(port, '127.0.0.1');
  await once(outgoing, 'connect');

  return {
    url: `http://127.0.0.1:${port}`,
    nowhere: `http://127.0.0.1:${outgoing.localPort}`,
    async close() {
      outgoing.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address();
}

async function deliver(request, response, { answer, end }) {
  const {
    status = 200,
    headers,
    size = 0,
    gzip = false,
    chunked = false,
    echo = false,
    delivery,
  } = answer;
  let { body = TOKEN } = answer;
  response.on('close', () => response.writableFinished || end());
  if (delivery === 'never') {
    return;
  }
  if (echo) {
    body = JSON.stringify({ access_token: request.headers.authorization, token_type: 'Bearer' });
    await wait(Math.random() * 30);
  }
  let bytes = Buffer.from(body.padEnd(size));
  if (gzip) {
    bytes = gzipSync(bytes);
  }
  response.writeHead(status, {
    ...CORS,
    'content-type': 'application/json',
    ...(gzip && { 'content-encoding': 'gzip' }),
    ...(!chunked && delivery === undefined && { 'content-length': bytes.length }),
    ...headers,
  });
  if (delivery === 'headers') {
    return void response.flushHeaders();
  }
  if (delivery === 'start') {
    return void response.write(' ');
  }
  if (delivery === 'endless') {
    while (!response.destroyed) {
      response.write(Buffer.alloc(64 * 1024, ' '));
      await wait(1);
    }
    return;
  }
  response.end(bytes);
}
