// The suite in a Worker, one piece in each request: a request has to end. It is loaded in the first
// one, for the behaviours make random values and signals.

import * as fetchtoken from 'fetchtoken';

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { runPiece } = await import('../runtimes/suite.js');
    const { inputs, piece } = /** @type {any} */ (await request.json());
    return Response.json(await runPiece(fetchtoken, inputs, piece));
  },
};
