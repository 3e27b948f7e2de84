// No line is longer than 100 columns: a part of `make lint`. In tests the text that a string holds
// does not count, for the name of a test and a program that a test runs are whole where they stand.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const WIDTH = 100;
/** Made by a program, or data. */
const EXCEPT = /^js\/credentials\/fflate\.js$|testdata\/|\.svg$|^LICENSE|NOTICES/;
const TEXT = /\.(go|js|mjs|cjs|ts|cts|html|css|in|md|yml)$|(^|\/)(Makefile|run)$/;
const TEST = /^js\/(test|bench)\/|\/test\/|_test\.go$/;
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?:[^/\\]|\\.)+\/[a-z]*/g;

const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');
const long = files
  .filter((file) => TEXT.test(file) && !EXCEPT.test(file))
  .flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line, i) => (isLong(file, line) ? [`${file}:${i + 1}`] : []));
  });
for (const place of long) {
  console.log(`${place}: longer than ${WIDTH} columns`);
}
process.exitCode = long.length === 0 ? 0 : 1;

/** @param {string} file @param {string} line */
function isLong(file, line) {
  if ([...line].length <= WIDTH) {
    return false;
  }
  if (file.endsWith('.md')) {
    return !/^\s*(\||\[|.*\]\(\S+$|<|.*https?:\/\/\S{60})/.test(line); // a table, a link
  }
  return !TEST.test(file) || line.replaceAll(STRING, '').length > WIDTH;
}
