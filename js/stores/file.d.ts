import type { TokenStore } from '../types.js';

/**
 * A store in a folder, for the processes of one user on one machine: Node, Deno and Bun. A process
 * that is killed leaves a whole record or none, and its lease ends with its time to live. It relies
 * on atomic renames, which a network file system may not have.
 *
 * @param folder made if it isn't there, for its owner only. Default: `fetchtoken` in
 *   `XDG_CACHE_HOME`, or else in `~/.cache`
 */
export function fileStore(folder?: string): TokenStore & Pick<Required<TokenStore>, 'lease'>;
