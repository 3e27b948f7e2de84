// Where a secret may go. Whoever made the working directory, such as the author of a repository
// that was just cloned, may have put a credentials file there, and in it an endpoint of theirs.

/**
 * Who decided: the user, by an option, the environment, standard input, a file that they named, or
 * one of their home folder; a preset, whose endpoints are fixed; or a file that was only found in
 * the working directory.
 *
 * @typedef {'user' | 'preset' | 'found'} Decider
 */

/**
 * Whether a secret, or what is signed with a key, may go to an endpoint. A file that was only found
 * brings its own secret or none.
 *
 * @param {Exclude<Decider, 'preset'>} secret whose it is
 * @param {Decider} endpoint whose choice it is
 */
export const mayGo = (secret, endpoint) => secret === 'found' || endpoint !== 'found';
