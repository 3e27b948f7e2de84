// Decides where a secret may go. The author of the working directory, such as the author of a
// cloned repository, may have put a credentials file with another endpoint there.

/**
 * The source of a choice. 'user': an option, the environment, standard input, a file that the user
 * named, or one in the home folder. 'preset': a preset with fixed endpoints. 'found': a file that
 * was only found in the working directory.
 *
 * @typedef {'user' | 'preset' | 'found'} Decider
 */

/**
 * Says whether a secret, or a signature made with a key, may go to an endpoint. To the endpoint of
 * a found file only that file's own secret may go.
 *
 * @param {Exclude<Decider, 'preset'>} secret the source of the secret
 * @param {Decider} endpoint the source of the endpoint
 */
export const mayGo = (secret, endpoint) => secret === 'found' || endpoint !== 'found';
