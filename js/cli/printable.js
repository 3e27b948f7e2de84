// Makes characters visible that a terminal obeys or doesn't show. A file, an argument, a key or a
// server's response may contain them.

/**
 * Control characters, format characters (bidirectional controls, zero widths, tags), line and
 * paragraph separators, lone surrogates, unassigned and private characters, and invisible ones
 * (Default_Ignorable_Code_Point).
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns text with these characters written as \u{1b}. @param {string} text */
export const printable = (text) =>
  text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/**
 * Returns a value as JSON that every terminal may show. These characters become JSON escapes, so
 * the value stays the same. Line feeds stand only between values.
 *
 * @param {unknown} value
 * @param {number} [indent]
 */
export function printableJSON(value, indent) {
  const escaped = (/** @type {string} */ unit) =>
    `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(UNSEEN, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );
}

/**
 * Returns a word that every POSIX shell reads as this text. Invisible characters are in octal,
 * through printf, because dash has no $'…'.
 *
 * @param {string} text
 */
export function shellWord(text) {
  if (printable(text) === text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
  }
  let end = text.length;
  while (text[end - 1] === '\n') { // $(…) would drop the line breaks at the end
    end--;
  }
  const [start, breaks] = [text.slice(0, end), text.slice(end)];
  const octal = Array.from(new TextEncoder().encode(start), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w {}":,./=&;@()[\]]/.test(character)
      ? character
      : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"$(printf '${octal.join('')}')"${breaks && `'${breaks}'`}`;
}
