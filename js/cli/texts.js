// Reads the texts that this command and the command in Go share.

import { readFileSync } from 'node:fs';

const folder = new URL('../../cmd/fetchtoken/internal/usage/', import.meta.url);

/** Returns a text. @param {string} name the name of its file */
export const textOf = (name) => readFileSync(new URL(name, folder), 'utf8');

/** The table of the commands and the options. */
export const TABLE = JSON.parse(textOf('commands.json'));

/** The names of the options in messages of the core. */
export const NAMES = JSON.parse(textOf('names.json'));
