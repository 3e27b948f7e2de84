/** A file, which is read before each request. */
export interface FileSource {
  file: string;
}

/** A URL, which is asked before each request. */
export interface UrlSource {
  url: string;
  headers: Record<string, string>;
  member: string;
}

/** Where the variables of the platform are. */
export interface EnvironmentOptions {
  /** Default: `process.env`. */
  env?: Record<string, string | undefined> | undefined;
}

/** What the token of a job is for. */
export interface GitHubActionsOptions extends EnvironmentOptions {
  /** The `aud` of the token. Default: the one that the server of the token request expects. */
  audience?: string | undefined;
}

/**
 * The assertion is in a file. It is for Node, Deno and Bun.
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { fromFile } from 'fetchtoken/assertions';
 *
 * const client = createClient({
 *   tokenEndpoint: 'https://as.example.com/token',
 *   clientId: 'client',
 *   clientAssertion: fromFile('/var/run/secrets/tokens/as-token'),
 * });
 * ```
 */
export function fromFile(file: string): FileSource;

/**
 * The assertion is the projected token of a pod of Kubernetes: in the file that
 * `AZURE_FEDERATED_TOKEN_FILE` or `AWS_WEB_IDENTITY_TOKEN_FILE` names, else in that of the pod's
 * service account. For a volume of your own use `fromFile`.
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { fromKubernetes } from 'fetchtoken/assertions';
 *
 * const client = createClient({
 *   tokenEndpoint: 'https://as.example.com/token',
 *   clientId: 'client',
 *   clientAssertion: fromKubernetes(),
 * });
 * ```
 */
export function fromKubernetes(options?: EnvironmentOptions): FileSource;

/**
 * The assertion is in the file of `AZURE_FEDERATED_TOKEN_FILE`, which the workload identity of
 * Azure keeps up to date.
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { fromAzureWorkloadIdentity } from 'fetchtoken/assertions';
 *
 * const client = createClient({
 *   tokenEndpoint: 'https://as.example.com/token',
 *   clientId: 'client',
 *   clientAssertion: fromAzureWorkloadIdentity(),
 * });
 * ```
 *
 * @throws {TokenError} `invalid_config` if that is not set
 */
export function fromAzureWorkloadIdentity(options?: EnvironmentOptions): FileSource;

/**
 * The assertion is the OpenID Connect token of a job of GitHub Actions, which needs the permission
 * `id-token: write`.
 *
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { fromGitHubActions } from 'fetchtoken/assertions';
 *
 * const client = createClient({
 *   tokenEndpoint: 'https://as.example.com/token',
 *   clientId: 'client',
 *   clientAssertion: fromGitHubActions({ audience: 'https://as.example.com' }),
 * });
 * ```
 *
 * @throws {TokenError} `invalid_config` outside of such a job
 */
export function fromGitHubActions(options?: GitHubActionsOptions): UrlSource;
