// Makes docs/reference.md of the doc comments, declarations and examples of js/types.d.ts. Run it,
// or import `reference` for the text. An exported function or class without an example is an error.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const types = fileURLToPath(new URL('../types.d.ts', import.meta.url));
const page = fileURLToPath(new URL('../../docs/reference.md', import.meta.url));

const HEAD = `# Reference

Every export of \`fetchtoken\` with its declaration. \`make reference\` makes this page of
\`js/types.d.ts\`, so an editor shows the same words.
`;

/** A doc comment and the exported declaration after it, up to the next one at the margin. */
const EXPORT = new RegExp(
  String.raw`^/\*\*((?:(?!\*/)[^])*)\*/\n(export (\w+) (\w+)[^]*?)` +
    String.raw`(?=\n+(?:/\*\*|//|export |(?![^])))`,
  'gm',
);

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

/** The section of one export. @param {RegExpExecArray} found */
function sectionOf([, comment, declaration, kind, name]) {
  const [text, example] = textOf(comment).split(/^@example\n/m);
  if (example === undefined && (kind === 'function' || kind === 'class')) {
    throw new Error(`js/types.d.ts: ${name} has no @example`);
  }
  const [prose, ...tags] = text.split(/^(?=@)/m);
  return [
    `## \`${name}\`\n`,
    `${prose.trim()}\n`,
    ...(tags.length > 0 ? [`${tags.map(itemOf).join('\n')}\n`] : []),
    `\`\`\`ts\n${declaration.trim()}\n\`\`\`\n`,
    ...(example === undefined ? [] : [`${example.trim()}\n`]),
  ].join('\n');
}

/**
 * The page, of the text of types.d.ts.
 *
 * @param {string} [source]
 */
export function reference(source = readFileSync(types, 'utf8')) {
  return [HEAD, ...Array.from(source.matchAll(EXPORT), sectionOf)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, reference());
}
