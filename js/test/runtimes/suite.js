// The corpus and the behaviours as one suite, in pieces, which any runtime can carry out: all that
// it needs is the package and plain data.

import { perform } from '../../module/module.js';
import { signByModule } from '../../token/signer.js';
import { behaviours } from '../behaviour.js';
import { runVectors } from '../vectors.js';
import { assert } from './assert.js';

/**
 * @typedef {{ server: Record<string, any>, corpus: Record<string, any>, untried: string[] }} Inputs
 *   what `server` of behaviour.js is, the files of the corpus, and the vectors that are left out
 * @typedef {{ kind: 'vectors' | 'behaviour', name: string }} Piece a file, or a behaviour
 * @typedef {{ vectors: number, behaviours: number, failures: Failure[] }} Outcome how many ran
 * @typedef {{ id: string, message: string }} Failure
 */

/** After how many milliseconds a behaviour counts as hung. */
const HUNG = 60_000;

/** @param {string[]} files the names of the files of the corpus @returns {Piece[]} */
export const piecesOf = (files) => [
  ...files.map((name) => /** @type {const} */ ({ kind: 'vectors', name })),
  ...behaviours.map(({ name }) => /** @type {const} */ ({ kind: 'behaviour', name })),
];

/**
 * Carries out one piece.
 *
 * @param {typeof import('fetchtoken')} fetchtoken
 * @param {Inputs} inputs
 * @param {Piece} piece
 * @returns {Promise<Outcome>}
 */
export async function runPiece(fetchtoken, { server, corpus, untried }, { kind, name }) {
  if (kind === 'vectors') {
    const tests = corpus[name].tests.filter(
      (/** @type {{ id: string }} */ { id }) => !untried.includes(id),
    );
    const { count, failures } = await runVectors(
      { [name]: { ...corpus[name], tests } },
      perform,
      signByModule,
    );
    return { vectors: count, behaviours: 0, failures };
  }
  const [{ run }] = behaviours.filter((behaviour) => behaviour.name === name);
  const { fetchToken, TokenError } = fetchtoken;
  const failures = await inTime(run({ fetchToken, TokenError, assert, server })).then(
    () => [],
    (error) => [{ id: name, message: String(error?.message ?? error) }],
  );
  return { vectors: 0, behaviours: 1, failures };
}

/**
 * Carries out all pieces, one after another.
 *
 * @param {typeof import('fetchtoken')} fetchtoken
 * @param {Inputs} inputs
 */
export function runSuite(fetchtoken, inputs) {
  return runPieces(Object.keys(inputs.corpus), (piece) => runPiece(fetchtoken, inputs, piece));
}

/**
 * Has all pieces carried out, one after another, and returns the sum.
 *
 * @param {string[]} files the names of the files of the corpus
 * @param {(piece: Piece) => Promise<Outcome>} run
 * @returns {Promise<Outcome>}
 */
export async function runPieces(files, run) {
  /** @type {Outcome} */
  const sum = { vectors: 0, behaviours: 0, failures: [] };
  for (const piece of piecesOf(files)) {
    const { vectors, behaviours, failures } = await run(piece);
    sum.vectors += vectors;
    sum.behaviours += behaviours;
    sum.failures.push(...failures);
  }
  return sum;
}

/** @param {Promise<void>} promise */
async function inTime(promise) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const hung = new Promise((_, reject) => {
    timer = setTimeout(reject, HUNG, new Error('it never ends'));
  });
  try {
    await Promise.race([promise, hung]);
  } finally {
    clearTimeout(timer);
  }
}
