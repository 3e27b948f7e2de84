import type { TokenStore } from '../types.js';

/**
 * A store in a folder, for the processes of one user on one machine, in Node, Deno and Bun. A
 * killed process leaves a whole record or none, and its lease ends after its time to live. The
 * store needs atomic renames, which a network file system may not have.
 *
 * @param folder it is made if it doesn't exist, for its owner only. Default: `fetchtoken` in
 *   `XDG_CACHE_HOME`, or else in `~/.cache`
 *
 * @example
 * ```js
 * import { createClient, loadCredentials } from 'fetchtoken';
 * import { fileStore } from 'fetchtoken/stores/file';
 *
 * const client = createClient(await loadCredentials(process.env), { store: fileStore() });
 * ```
 */
export function fileStore(folder?: string): TokenStore & Pick<Required<TokenStore>, 'lease'>;
