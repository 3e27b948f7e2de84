#!/usr/bin/env node
// The command: without the name of another one it prints an access token, and nothing else, on
// standard output. help.js describes it.

import { readFileSync } from 'node:fs';

import { explain } from '../node.js';
import { milliseconds, readArguments } from './arguments.js';
import { COMMANDS } from './commands.js';
import { readConfiguration } from './configuration.js';
import { curlCommand, explanationText, lifeOf } from './explanation.js';
import { formatOf } from './format.js';
import { helpText } from './help.js';
import { maskInLogs } from './log_mask.js';
import { complain, giveUp } from './output.js';
import { signInOf, withSession } from './sign_in.js';
import { getToken } from './token.js';

/** @param {string[]} args */
async function main(args) {
  const given = readArguments(args);
  const { command, values, positionals } = given;
  if (values.help || values.version) {
    process.stdout.write(values.help ? helpText(command) : `${version()}\n`);
    return;
  }
  milliseconds(values.timeout); // before a file is read
  if (command !== undefined) {
    const { run } = await COMMANDS[command].load();
    await run(given);
    return;
  }
  const format = formatOf(values);
  const config = await readConfiguration({ file: positionals[0], values });
  if (values.explain || values.curl) {
    return printRequest(config, values);
  }
  const token = await getToken(config, values, format.isCalledOften);
  maskInLogs(token);
  format.print(token);
}

/** Returns the version of this package. @returns {string} */
function version() {
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** A refresh token that works once is not shown: whoever used it would end the session. */
const UNSEEN = { parameters: { refresh_token: 'REFRESH_TOKEN' } };

/**
 * Prints the request instead of sending it.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 */
async function printRequest(config, { curl, explain: text, 'show-secrets': showSecrets = false }) {
  const signIn = await signInOf(config);
  const explanation = await explain(
    signIn?.grantType === 'refresh_token' ? withSession(config, { ...signIn, ...UNSEEN }) : config,
    { showSecrets },
  );
  const parts = [...(text ? [explanationText(explanation)] : [])];
  if (curl) {
    parts.push(curlCommand(explanation));
  }
  process.stdout.write(parts.join('\n'));
  if (explanation.choices.some(({ field }) => field === 'allowHttp')) {
    complain(
      'the request goes over http, without encryption: everybody in between can read the ' +
      'credentials and the token (--allow-http)',
    );
  }
  if (curl) {
    complain(
      showSecrets
        ? lifeOf(explanation)
        : 'the secrets are left out: --show-secrets prints a command that works',
    );
  }
}

process.once('SIGINT', () => process.exit(130));
process.stdout.on('error', ({ code }) => {
  if (code !== 'EPIPE') {
    complain(`standard output can't be written: ${code}`);
  }
  process.exit(code === 'EPIPE' ? 141 : 4);
});
process.stderr.on('error', () => {}); // nobody reads the output

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = giveUp(error);
}
