// The body of a request to an API: -d, -F and --json.

import { constants, createReadStream, openAsBlob } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';

import { UsageError } from './usage_error.js';

/** The options that make a body. They exclude each other. */
const OPTIONS = ['data', 'form', 'json'];

/**
 * Returns the path that a value of -d, -F or --json names, with - for standard input; undefined for
 * a value that is the data itself.
 *
 * @param {string} value
 */
const pathOf = (value) =>
  value === '-' ? '-' : value.startsWith('@') ? value.slice(1) : undefined;

/**
 * Returns the paths that the body is read from, by the options that name them.
 *
 * @param {Record<string, any>} values
 * @returns {Record<string, string>}
 */
export function bodyInputs({ data = [], form = [], json }) {
  const paths = [
    ...data.map((/** @type {string} */ value) => ['--data', pathOf(value)]),
    ...form.map((/** @type {string} */ value) => ['--form', pathOf(fieldOf(value)[1])]),
    ['--json', json && pathOf(json)],
  ].filter(([, path]) => path !== undefined);
  return Object.fromEntries(
    paths.map(([option, path], i) => [i > 0 ? `${option} (${i + 1})` : option, path]),
  );
}

/**
 * Returns the body, and the headers that go with it unless the user sets them.
 *
 * @param {Record<string, any>} values
 * @returns {Promise<{ body?: any, duplex?: 'half', headers: Record<string, string> }>}
 */
export async function bodyOf(values) {
  const given = OPTIONS.filter((name) => values[name] !== undefined);
  if (given.length > 1) {
    throw new UsageError(`--${given.join(' and --')} exclude each other`, 'leave one of them out');
  }
  const { data, form, json } = values;
  if (form !== undefined) {
    return { body: await formOf(form), headers: {} };
  }
  if (json !== undefined) {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    return { ...(await contentOf(json, '--json')), headers };
  }
  if (data === undefined) {
    return { headers: {} };
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  if (data.length > 1 && data.some((/** @type {string} */ value) => pathOf(value) !== undefined)) {
    throw new UsageError('--data that reads a file is the whole body', 'give one --data');
  }
  return data.length > 1
    ? { body: data.join('&'), headers }
    : { ...(await contentOf(data[0], '--data')), headers };
}

/**
 * Returns the content that a value holds or names. A file can be sent again after a 401, however
 * long it is; a pipe can only if it is short.
 *
 * @param {string} value
 * @param {string} option
 * @returns {Promise<{ body: any, duplex?: 'half' }>}
 */
async function contentOf(value, option) {
  const path = pathOf(value);
  if (path === undefined) {
    return { body: value };
  }
  const stream = path === '-' ? process.stdin : await fileOf(path, option);
  return stream instanceof Blob
    ? { body: stream }
    : { body: Readable.toWeb(stream), duplex: 'half' };
}

/**
 * Opens a file that the command line names.
 *
 * @param {string} path
 * @param {string} option
 */
async function fileOf(path, option) {
  try {
    const status = await stat(path);
    if (status.isDirectory()) {
      throw Object.assign(new Error('no file'), { code: 'EISDIR' });
    }
    await access(path, constants.R_OK);
    return status.isFile() ? await openAsBlob(path) : createReadStream(path);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(`the file of ${option} can't be read: ${code}`);
  }
}

/** Takes NAME=VALUE apart. @param {string} text @returns {[name: string, value: string]} */
function fieldOf(text) {
  const end = text.indexOf('=');
  if (end < 1) {
    throw new UsageError('--form wants NAME=VALUE or NAME=@PATH');
  }
  return [text.slice(0, end), text.slice(end + 1)];
}

/** @param {string[]} fields */
async function formOf(fields) {
  const form = new FormData();
  for (const [name, value] of fields.map(fieldOf)) {
    const path = pathOf(value);
    if (path === undefined) {
      form.append(name, value);
    } else {
      const file = path === '-' ? process.stdin : await fileOf(path, '--form');
      const blob = file instanceof Blob ? file : new Blob(await file.toArray());
      form.append(name, blob, path === '-' ? 'stdin' : basename(path));
    }
  }
  return form;
}
