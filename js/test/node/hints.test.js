// Every hint of the core comes out of a vector: the corpus shows when it is given.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { perform } from '../../module/module.js';
import '../../node.js';
import { corpus } from '../support/corpus.js';
import { OF_CORE, hintsOf, matcher } from '../support/hints.js';
import { checkVector, vectorsOf } from '../vectors.js';

test('every hint of the core comes out of a vector', async () => {
  /** @type {Set<string>} */
  const given = new Set();
  const listening = async (/** @type {Parameters<typeof perform>} */ ...call) => {
    const answer = await perform(...call);
    given.add(/** @type {any} */ (answer.error)?.hint ?? '');
    return answer;
  };
  for (const vector of vectorsOf(corpus)) {
    if (['parse', 'renewal'].includes(vector.op)) {
      await checkVector(vector, listening);
    }
  }
  const all = [...given].join('\n');
  assert.deepEqual(hintsOf(OF_CORE).filter((hint) => !matcher(hint).test(all)), []);
});
