// Where a runtime of its own process fetches the suite's inputs and hands in its outcome.
//
//	GET /inputs    what runSuite takes
//	POST /outcome  what runSuite returns, and what the runtime calls itself: { name, … }

import { createServer } from 'node:http';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'content-type',
};

/**
 * Starts it on loopback.
 *
 * @param {import('./suite.js').Inputs} inputs
 */
export async function startDesk(inputs) {
  /** @type {(outcome: any) => void} */
  let handIn;
  const outcome = new Promise((resolve) => (handIn = resolve));
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    response.writeHead(200, { ...CORS, 'content-type': 'application/json' });
    if (request.method === 'POST') {
      handIn(JSON.parse(Buffer.concat(chunks).toString()));
    }
    response.end(request.method === 'GET' ? JSON.stringify(inputs) : '{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    /** @type {Promise<{ name: string } & import('./suite.js').Outcome>} */ outcome,
    close: () => new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    }),
  };
}
