// A Worker whose requests get a token each, and do nothing else.

import { fetchToken } from 'fetchtoken';

export default {
  /** @param {Request} request */
  fetch: async (request) => Response.json(await fetchToken(await request.json())),
};
