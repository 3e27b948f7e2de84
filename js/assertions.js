// Ready sources of assertions: where platforms put the token of a program. Each is what
// `clientAssertion`, `subjectToken` and `actorToken` take.

import { readOptions, TEXT } from './lib/options.js';
import { TokenError } from './lib/token_error.js';

/** What each option must be. @type {import('./lib/options.js').Known} */
const OPTIONS = {
  env: [(env) => typeof env === 'object' && env !== null, 'an object such as process.env'],
};

/** Where Kubernetes puts the token of a pod's service account, if the pod says nothing else. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * @param {string} file
 * @returns {import('./assertions_types.js').FileSource}
 */
export const fromFile = (file) => ({ file });

/**
 * @param {import('./assertions_types.js').EnvironmentOptions} [options]
 * @returns {import('./assertions_types.js').FileSource}
 */
export function fromKubernetes(options) {
  const { AZURE_FEDERATED_TOKEN_FILE: azure, AWS_WEB_IDENTITY_TOKEN_FILE: aws } =
    environmentOf(options);
  return { file: azure || aws || SERVICE_ACCOUNT };
}

/**
 * @param {import('./assertions_types.js').EnvironmentOptions} [options]
 * @returns {import('./assertions_types.js').FileSource}
 */
export function fromAzureWorkloadIdentity(options) {
  const { AZURE_FEDERATED_TOKEN_FILE: file } = environmentOf(options);
  if (!file) {
    throw missing(
      'AZURE_FEDERATED_TOKEN_FILE',
      'label the pod with azure.workload.identity/use: "true"',
    );
  }
  return { file };
}

/**
 * @param {import('./assertions_types.js').GitHubActionsOptions} [options]
 * @returns {import('./assertions_types.js').UrlSource}
 */
export function fromGitHubActions(options) {
  const { audience, env } = readOptions(options, { ...OPTIONS, audience: TEXT });
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } =
    environmentOf({ env });
  if (!url || !token) {
    throw missing(
      'ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      'give the job permissions: id-token: write',
    );
  }
  const wanted = audience === undefined ? '{audience}' : encodeURIComponent(audience);
  return {
    url: `${url}${url.includes('?') ? '&' : '?'}audience=${wanted}`,
    headers: { authorization: `bearer ${token}` },
    member: 'value',
  };
}

/**
 * @param {import('./assertions_types.js').EnvironmentOptions} [options]
 * @returns {Record<string, string | undefined>}
 */
function environmentOf(options) {
  return readOptions(options, OPTIONS).env ?? globalThis.process?.env ?? {};
}

/** @param {string} what @param {string} hint */
const missing = (what, hint) =>
  Object.assign(new TokenError('invalid_config', `${what} is not set`), { hint });
