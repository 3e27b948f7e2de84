// Masks a token in the log of GitHub Actions.

/** The members of a token response that are secrets. */
const SECRET = /** @type {const} */ (['access_token', 'refresh_token', 'id_token']);

/**
 * Masks the secrets of a token response in the log of GitHub Actions. The runner reads the command
 * ::add-mask:: from standard error, too; standard output often goes into a variable. A terminal
 * gets no such command, because it would show the token.
 *
 * @param {import('../types.js').TokenResponse} token
 */
export function maskInLogs(token) {
  if (process.env.GITHUB_ACTIONS !== 'true' || process.stderr.isTTY) {
    return;
  }
  for (const name of SECRET) {
    const value = Object.hasOwn(token, name) ? token[name] : undefined;
    if (typeof value === 'string' && value !== '') {
      process.stderr.write(`::add-mask::${escaped(value)}\n`);
    }
  }
}

/** Escapes the data of a command for the runner. @param {string} text */
const escaped = (text) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
