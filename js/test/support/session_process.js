// A process that gets a token with a refresh token that works once, and keeps the session in a file
// store: session_process.js FOLDER TOKEN_ENDPOINT REFRESH_TOKEN STEP. Before and after each thing
// that the store does it counts a step. At that STEP it says so and does nothing more, until it is
// killed. If it gets as far as a token, it says that.

import { writeSync } from 'node:fs';

import { createClient } from '../../node.js';
import { fileStore } from '../../stores/file.js';

const [folder, tokenEndpoint, refreshToken, stop] = process.argv.slice(2);
let steps = 0;

/** Counts a step, and is the last one where the process is to be killed. */
async function step() {
  if (steps++ === Number(stop)) {
    writeSync(1, 'stopped\n');
    setInterval(() => {}, 1000);
    await new Promise(() => {});
  }
}

/** Does what a store does, between two steps. */
const between = (does) => async (...args) => {
  await step();
  const value = await does(...args);
  await step();
  return value;
};

const store = fileStore(folder);
const stepping = Object.fromEntries(
  Object.entries(store).map(([name, does]) => [name, between(does)]),
);

const client = createClient(
  {
    tokenEndpoint,
    clientId: 'app',
    clientSecret: 'a secret of the app',
    grantType: 'refresh_token',
    parameters: { refresh_token: refreshToken },
  },
  // a short request, so that the lease of a process that is killed ends soon
  { store: { ...stepping, lease: between(store.lease) }, timeout: 3_000 },
);
await client.getToken();
await client.close();
writeSync(1, 'done\n');
