// A Worker that uses the package by its name.

import { instances, kill } from './instances.js';
import { fetchToken } from 'fetchtoken';
import { perform } from '../../module.js';
import { runVectors } from '../vectors.js';
import { callsOf } from './calls.js';

const startedGlobally = instances.length;

/** @type {Record<string, (body: any) => unknown>} */
const calls = {
  ...callsOf(fetchToken),
  vectors: (files) => runVectors(files, perform),
  instances: () => ({ startedGlobally, started: instances.length }),
  kill: () => kill(),
  hang: () => new Promise(() => {}),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const answer = await calls[new URL(request.url).pathname.slice(1)](await request.json());
    return Response.json(answer ?? null);
  },
};
