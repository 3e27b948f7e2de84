// fetchtoken exec: runs a program with the token, and without the secret, in its environment.

import { readConfiguration } from './configuration.js';
import { variableName } from './format.js';
import { maskInLogs } from './log_mask.js';
import { runProgram, withoutSecrets } from './program.js';
import { getToken } from './token.js';
import { UsageError } from './usage_error.js';

/** @param {import('./arguments.js').Arguments} given */
export async function run({ positionals: [file], values, program }) {
  if (program.length === 0) {
    throw new UsageError(
      'exec has no program to run',
      'write it behind --: fetchtoken exec credentials.zip -- PROGRAM',
    );
  }
  const variable = variableName(values.as);
  const config = await readConfiguration({ file, values, asks: false });
  const token = await getToken(config, values, true);
  maskInLogs(token);
  await runProgram(program, { ...withoutSecrets(process.env), [variable]: token.access_token });
}
