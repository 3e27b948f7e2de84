#!/usr/bin/env node
// The command. It prints an access token, and nothing else, on standard output. help.js describes
// it.

import { readFileSync } from 'node:fs';

import { explain } from '../node.js';
import { milliseconds, readArguments } from './arguments.js';
import { readConfiguration } from './configuration.js';
import { curlCommand, explanationText, lifeOf } from './explanation.js';
import { helpText } from './help.js';
import { complain, giveUp } from './output.js';
import { printableJSON } from './printable.js';
import { getToken } from './token.js';

/** @param {string[]} args */
async function main(args) {
  const given = readArguments(args);
  const { values } = given;
  if (values.help || values.version) {
    process.stdout.write(values.help ? helpText() : `${version()}\n`);
    return;
  }
  milliseconds(values.timeout); // before a file is read
  const config = await readConfiguration(given);
  if (values.explain || values.curl) {
    return printRequest(config, values);
  }
  const token = await getToken(config, values);
  // the core accepts only tokens of printable ASCII
  process.stdout.write(`${values.json ? printableJSON(token, 2) : token.access_token}\n`);
}

/** Returns the version of this package. @returns {string} */
function version() {
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/**
 * Prints the request instead of sending it.
 *
 * @param {import('../types.js').Config} config
 * @param {Record<string, any>} values
 */
async function printRequest(config, { curl, explain: text, 'show-secrets': showSecrets = false }) {
  const explanation = await explain(config, { showSecrets });
  const parts = [...(text ? [explanationText(explanation)] : [])];
  if (curl) {
    parts.push(curlCommand(explanation));
  }
  process.stdout.write(parts.join('\n'));
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
