import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../core/testdata/vectors/', import.meta.url);

/** The files of the corpus, parsed, by name. @type {Record<string, any>} */
export const corpus = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))]),
);

/** How many vectors there are, counted by nobody's runner. Every runtime must run as many. */
export const corpusCount = Object.values(corpus).reduce(
  (count, file) => count + file.tests.length,
  0,
);

const archiveFolder = new URL('../../../core/credentials/archive/testdata/', import.meta.url);

/**
 * The archives, with what must come of each; `base64` is the file.
 *
 * @type {import('../archives.js').Archive[]}
 */
export const archives = JSON.parse(
  readFileSync(new URL('archives.json', archiveFolder), 'utf8'),
).archives.map((/** @type {any} */ archive) => ({
  ...archive,
  base64: readFileSync(new URL(archive.file, archiveFolder)).toString('base64'),
}));
