// fetchtoken logout: revokes the token of a session (RFC 7009), and forgets the session.

import { revokeToken } from '../node.js';
import { milliseconds } from './arguments.js';
import { readConfiguration } from './configuration.js';
import { complain } from './output.js';
import { forgetSignIn, sessionOf, signInOf } from './sign_in.js';

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals: [file], values }) {
  const config = await readConfiguration({ file, values, asks: false });
  const timeout = milliseconds(values.timeout);
  const signIn = await signInOf(config);
  if (signIn === undefined) {
    complain('nobody is signed in with this client');
    return;
  }
  await sessionOf(config, signIn).end(async (token, tokenTypeHint) => {
    try {
      if (token !== undefined) {
        await revokeToken(config, token, { tokenTypeHint, ...(timeout && { timeout }) });
      }
      const what = token === undefined ? 'it had no token to revoke' : 'its token is revoked';
      complain(`signed out: the session is forgotten, and ${what}`);
    } catch (error) {
      complain('the session is forgotten here, but the server has not revoked its token');
      throw error;
    } finally {
      await forgetSignIn(config);
    }
  });
}
