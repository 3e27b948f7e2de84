import type { Config } from './types.js';

/**
 * A place for credentials, with the result of the search there. It contains nothing of a file's
 * content.
 */
export interface CredentialsReport {
  /** `the environment`, or a path such as `~/.here/credentials.ini`. */
  source: string;
  /** Whether it is in the working directory, where the author of that folder may have put it. */
  inWorkingDirectory: boolean;
  taken: boolean;
  /** Why it was not taken. */
  why?: string;
}

/** The options of `findCredentials`. */
export interface FindCredentialsOptions {
  /** Default: `process.env`. */
  env?: Record<string, string | undefined>;
  /** The folder that `./` means. Default: the working directory. */
  cwd?: string;
  /** The folder that `~` means. Default: the user's. */
  home?: string;
  /**
   * The section of a credentials.ini. Files without sections, and the environment, are then
   * skipped.
   */
  profile?: string;
  /** Called for each place in order, also for places after the one that was taken. */
  report?: (place: CredentialsReport) => void;
}

/**
 * Looks for credentials in several places, and loads the first that it finds: the environment (if
 * FETCHTOKEN_CLIENT_ID, HERE_ACCESS_KEY_ID or AZURE_CLIENT_ID is set); `./credentials.zip`,
 * `.json`, `.properties`, `.ini`, `.env`; `~/.here/credentials.ini`,
 * `~/.here/credentials.properties`; `~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json`.
 * It skips a file of another program with such a name. For Node, Deno and Bun.
 *
 * A file in the working directory may have another author, such as the author of a cloned
 * repository, and its `tokenEndpoint` may be theirs. If it names an endpoint, it must contain its
 * own secret or key. Add none of yours to a configuration that `report` calls `inWorkingDirectory`.
 *
 * @throws {TokenError} `invalid_credentials` if a file is broken or can't be read; or if there are
 *   no credentials, with all places and reasons
 *
 * @example
 * ```js
 * import { fetchToken } from 'fetchtoken';
 * import { findCredentials } from 'fetchtoken/find-credentials';
 *
 * const config = await findCredentials({
 *   report: ({ source, taken, why }) => console.log(source, taken ? 'taken' : why),
 * });
 * const token = await fetchToken(config);
 * ```
 */
export function findCredentials(options?: FindCredentialsOptions): Promise<Config>;
