import type { Config } from './types.js';

/**
 * A place where credentials may be, and what was found there. Nothing of a file's content is in it.
 */
export interface CredentialsReport {
  /** `the environment`, or a path such as `~/.here/credentials.ini`. */
  source: string;
  /**
   * Whether it is the working directory, where whoever made that folder may have put it, and not
   * the user.
   */
  inWorkingDirectory: boolean;
  taken: boolean;
  /** Why it was not taken. */
  why?: string;
}

export interface FindCredentialsOptions {
  /** Default: `process.env`. */
  env?: Record<string, string | undefined>;
  /** The folder that `./` is. Default: the working directory. */
  cwd?: string;
  /** The folder that `~` is. Default: that of the user. */
  home?: string;
  /**
   * The section of a credentials.ini. Files without sections, and the environment, are then passed
   * over.
   */
  profile?: string;
  /**
   * Called for each place, in their order, also for those that are not looked at because an earlier
   * one was taken.
   */
  report?: (place: CredentialsReport) => void;
}

/**
 * Looks for credentials in one place after another, and loads what it finds first: the environment
 * (FETCHTOKEN_CLIENT_ID or HERE_ACCESS_KEY_ID is set); `./credentials.zip`, `.json`, `.properties`,
 * `.ini`, `.env`; `~/.here/credentials.ini`, `~/.here/credentials.properties`;
 * `~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json`. A file of another program that
 * has such a name is passed over. For Node, Deno and Bun.
 *
 * A file in the working directory may be somebody else's, such as the author's of a repository that
 * was cloned, and its `tokenEndpoint` theirs. It has to bring its own secret or key where it names
 * an endpoint. Add none of yours to what `report` says is `inWorkingDirectory`.
 *
 * @throws {TokenError} `invalid_credentials` if a file is there and broken, or may not be read; or
 *   if there is nothing, with every place and why
 */
export function findCredentials(options?: FindCredentialsOptions): Promise<Config>;
