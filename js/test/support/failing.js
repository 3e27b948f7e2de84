// Token endpoints that no request gets an answer from, each for another reason. js/test/failures.js
// says what comes of it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { connect, createServer as createSocketServer } from 'node:net';

import { expired, key, otherHost, selfSigned, trusted } from './certificates.js';

const TOKEN = '{"access_token":"token-1"}';
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': '*, authorization',
};
const HEAD = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ` +
  `100\r\naccess-control-allow-origin: *\r\n\r\n`;

/**
 * What a socket gets for its request.
 *
 * @type {Record<string, (socket: import('node:net').Socket) => void>}
 */
const SOCKETS = {
  reset: (socket) => socket.resetAndDestroy(),
  closed: (socket) => socket.destroy(),
  'reset within the body': (socket) =>
    socket.write(`${HEAD}{"access_`, () => setTimeout(() => socket.resetAndDestroy(), 100)),
  'cut within the body': (socket) => socket.end(`${HEAD}{"access_`),
  'no HTTP': (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  silent: () => {},
};

/**
 * Starts them on loopback.
 *
 * @returns {Promise<{ endpoints: Record<string, string>, close(): void }>} the endpoints by the
 *   name of what is wrong; `trusted` is not, for whom trusts the authority of certificates.js
 */
export async function startFailing() {
  const servers = [];
  const start = async (server) => {
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return server.address().port;
  };
  const answer = (request, response) =>
    response.writeHead(200, { ...CORS, 'content-type': 'application/json' }).end(TOKEN);
  const tls = async (cert) =>
    `https://127.0.0.1:${await start(createTLSServer({ key, cert }, answer))}/token`;

  const plain = await start(createServer(answer));
  // The port of a connection of its own: nobody listens there, and as long as it stays nobody else
  // can.
  const outgoing = connect(plain, '127.0.0.1');
  await once(outgoing, 'connect');

  const endpoints = {
    'no such host': 'https://nowhere.invalid/token', // RFC 6761 section 6.4
    'nobody listens': `https://127.0.0.1:${outgoing.localPort}/token`,
    'self-signed': await tls(selfSigned),
    'an unknown authority': await tls(trusted),
    'another host': await tls(otherHost),
    expired: await tls(expired),
    'no TLS': `https://127.0.0.1:${plain}/token`,
    'no CORS': `http://127.0.0.1:${await start(createServer((_, response) => response.end(TOKEN)))}/token`,
  };
  for (const [name, deliver] of Object.entries(SOCKETS)) {
    const server = createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (request) => {
        if (String(request).startsWith('OPTIONS')) {
          const headers = Object.entries(CORS)
            .map(([header, value]) => `${header}: ${value}\r\n`)
            .join('');
          return socket.end(`HTTP/1.1 204 No Content\r\n${headers}connection: close\r\n\r\n`);
        }
        deliver(socket);
      });
    });
    endpoints[name] = `http://127.0.0.1:${await start(server)}/token`;
  }
  return {
    endpoints,
    close() {
      outgoing.destroy();
      for (const server of servers) {
        server.close();
        server.closeAllConnections?.();
      }
    },
  };
}
