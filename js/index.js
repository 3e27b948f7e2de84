// The exports of every runtime. Each entry (node.js, workerd.js, browser.js) adds its way to load
// the module.

export { createClient } from './client/client.js';
export { createClients } from './client/clients.js';
export { loadCredentials } from './credentials/credentials.js';
export { explain } from './explain.js';
export { fetchToken } from './fetch_token.js';
export { ready } from './ready.js';
export {
  authorizationUrl, deviceAuthorization, parseCallback, revokeToken,
} from './sign_in.js';
export { signOAuth1 } from './sign_oauth1.js';
export { TokenError } from './lib/token_error.js';
