// Makes docs/reference.md from the doc comments, declarations and examples of the files of types
// that package.json names. Run it, or import `reference` for the text. An exported function or
// class without an example is an error, and so is an entry with neither an export nor a text.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const page = fileURLToPath(new URL('docs/reference.md', root));
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');

const HEAD = `# Reference

Every export of \`fetchtoken\` with its declaration, and then those of its other entries, such as
\`fetchtoken/stores/redis\`. \`make reference\` makes this page from the files of types, so an
editor shows the same words.
`;

const COMMENT = String.raw`^/\*\*((?:(?!\*/)[^])*)\*/\n`;

/** A doc comment and the exported declaration after it, up to the next one at the margin. */
const EXPORT = new RegExp(
  `${COMMENT}${String.raw`(export (\w+) (\w+)[^]*?)(?=\n+(?:/\*\*|//|export |(?![^])))`}`,
  'gm',
);

/** The doc comment of an entry that has no names to import. */
const ENTRY = new RegExp(`${COMMENT}(?=export \\{\\}|declare )`, 'm');

/** The text of a doc comment, without its margin. @param {string} comment */
const textOf = (comment) => comment.replaceAll(/^ *\* ?/gm, '').trim();

/**
 * A tag of a doc comment as an item of a list.
 *
 * @param {string} tag
 */
function itemOf(tag) {
  return tag
    .replace(/^@throws \{(\w+)\}(?= `)/, '- throws a `$1`,')
    .replace(/^@throws \{(\w+)\}/, '- throws a `$1`')
    .replace(/^@throws /, '- throws ')
    .replace(/^@param (\w+) /, '- `$1` ')
    .trimEnd();
}

/** The section of one export. @param {RegExpExecArray} found @param {string} level */
function sectionOf([, comment, declaration, kind, name], level) {
  const [text, example] = textOf(comment).split(/^@example\n/m);
  if (example === undefined && (kind === 'function' || kind === 'class')) {
    throw new Error(`${name} has no @example`);
  }
  const [prose, ...tags] = text.split(/^(?=@)/m);
  return [
    `${level} \`${name}\`\n`,
    `${prose.trim()}\n`,
    ...(tags.length > 0 ? [`${tags.map(itemOf).join('\n')}\n`] : []),
    // for exactOptionalPropertyTypes; a reader knows it by the question mark
    `\`\`\`ts\n${declaration.trim().replaceAll(/ \| undefined;$/gm, ';')}\n\`\`\`\n`,
    ...(example === undefined ? [] : [`${example.trim()}\n`]),
  ].join('\n');
}

/**
 * The sections of a file of types.
 *
 * @param {string} source
 * @param {string} [level] of their headings
 */
export function sections(source, level = '##') {
  return Array.from(source.matchAll(EXPORT), (found) => sectionOf(found, level)).join('\n');
}

/**
 * The section of an entry, with all of its names.
 *
 * @param {string} source
 * @param {string[]} names
 */
function entryOf(source, [name, ...others]) {
  const also = others.length > 0 ? [`Also as ${others.map((n) => `\`${n}\``).join(', ')}.\n`] : [];
  const comment = ENTRY.exec(source)?.[1];
  const own = comment === undefined ? [] : [textOf(comment).replace(/^@example\n/m, '') + '\n'];
  const exported = sections(source, '###');
  if (comment === undefined && exported === '') {
    throw new Error(`${name} has neither an export nor a text`);
  }
  return [`## \`${name}\`\n`, ...own, ...also, ...(exported === '' ? [] : [exported])].join('\n');
}

/** The files of types, each with the entries that it describes. @returns {Map<string, string[]>} */
export function entries() {
  const { name, exports } = JSON.parse(read('package.json'));
  /** @type {Map<string, string[]>} */
  const files = new Map();
  for (const [path, { types }] of Object.entries(exports)) {
    const file = types?.default ?? types;
    if (file !== undefined) {
      files.set(file, [...(files.get(file) ?? []), name + path.slice(1)]);
    }
  }
  return files;
}

/** The page. */
export function reference() {
  const [[main], ...others] = entries();
  return [
    HEAD,
    sections(read(main)),
    ...others.map(([file, names]) => entryOf(read(file), names)),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, reference());
}
