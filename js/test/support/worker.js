// A Worker that uses the package by its name.

import { instances, kill } from './instances.js';
import { fetchToken, loadCredentials, ready, signOAuth1 } from 'fetchtoken';
import { perform } from '../../module/module.js';
import { signByModule } from '../../token/signer.js';
import { runArchives } from '../archives.js';
import { hostSigners, runSigners, signers } from '../signers.js';
import { runVectors } from '../vectors.js';
import { callsOf } from './calls.js';

/** Signs, or says why it can't. @param {import('fetchtoken').OAuth1Request} request */
function sign(request) {
  try {
    return signOAuth1(request);
  } catch (error) {
    return { code: /** @type {any} */ (error).code };
  }
}

const startedGlobally = instances.length; // by the import of fetchtoken
const signedGlobally = sign({
  method: 'GET',
  url: 'https://api.example/',
  consumerKey: 'key',
  consumerSecret: 'secret',
  nonce: 'n',
  timestamp: 1,
});

/** @type {Record<string, (body: any) => unknown>} */
const calls = {
  ...callsOf(fetchToken),
  vectors: (files) => runVectors(files, perform, signByModule),
  signers: () => runSigners([...signers, ...hostSigners], fetchToken),
  archives: (list) => runArchives(list, loadCredentials),
  /** Loads credentials, prints them and a copy, and gets a token with each. */
  print: async (source) => {
    const config = await loadCredentials(source);
    const copy = { ...config };
    console.log(config, copy, [copy], { copy }, `${config}`, JSON.stringify(config));
    return [
      await callsOf(fetchToken).token({ config }),
      await callsOf(fetchToken).token({ config: copy }),
    ];
  },
  ready: () => ready(),
  sign,
  signedGlobally: () => signedGlobally,
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
