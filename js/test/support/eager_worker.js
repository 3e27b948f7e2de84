// A Worker that waits for the module in its global scope.

import { fetchToken, ready } from 'fetchtoken';
import { callsOf } from './calls.js';

const { code, message } = await ready().then(
  () => ({ code: 'none', message: '' }),
  (error) => error,
);

/** @type {Record<string, (body: any) => unknown>} */
const calls = { ...callsOf(fetchToken), refusal: () => ({ code, message }) };

export default {
  /** @param {Request} request */
  async fetch(request) {
    return Response.json(await calls[new URL(request.url).pathname.slice(1)](await request.json()));
  },
};
