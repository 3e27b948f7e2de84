// Gets a token and calls an API with it.
//
//   node examples/node/index.js https://api.example.com/things credentials.properties
//
// The second argument is the platform's credentials file. Without it, the environment describes the
// client, for example PROVIDER=iotspot CLIENT_ID=… CLIENT_SECRET=…; TOKEN_ENDPOINT, ENVIRONMENT and
// SCOPE are optional.

import { readFile } from 'node:fs/promises';
import { fetchToken, loadCredentials, TokenError } from 'fetchtoken';

const [api, file] = process.argv.slice(2);

try {
  const config =
    file === undefined ? fromEnvironment() : await loadCredentials(await readFile(file));
  const { access_token } = await fetchToken(config);
  const response = await fetch(api, { headers: { authorization: `Bearer ${access_token}` } });
  if (!response.ok) {
    throw new Error(`the API answers with status ${response.status}`);
  }
  console.log(await response.text());
} catch (error) {
  console.error(error.message);
  if (error instanceof TokenError && error.hint) {
    console.error(`What to do: ${error.hint}`);
  }
  process.exitCode = 1;
}

function fromEnvironment() {
  const { PROVIDER, ENVIRONMENT, TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, SCOPE } = process.env;
  return {
    provider: PROVIDER,
    environment: ENVIRONMENT,
    tokenEndpoint: TOKEN_ENDPOINT,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    scope: SCOPE,
  };
}
