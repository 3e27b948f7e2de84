// What a terminal obeys, or doesn't show, becomes visible: a file, an argument, a key or a server
// may hold it.

/**
 * Control characters, format characters (bidirectional controls, zero widths, tags), separators of
 * lines and paragraphs, lone surrogates, what Unicode assigns to nothing or to private use, and
 * what is not to be seen (Default_Ignorable_Code_Point).
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns text with those characters as \u{1b}. @param {string} text */
export const printable = (text) =>
  text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/**
 * Returns a value as JSON that any terminal may show: those characters are escapes of JSON, so it
 * reads as the same value. Line feeds are between the values only.
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
 * Returns a word of a command that any POSIX shell reads as that very text. What would not be seen
 * is in octal, through printf, for dash has no $'…'.
 *
 * @param {string} text
 */
export function shellWord(text) {
  if (printable(text) === text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
  }
  let end = text.length;
  while (text[end - 1] === '\n') { // $(…) would lose the line breaks at the end
    end--;
  }
  const [start, breaks] = [text.slice(0, end), text.slice(end)];
  const octal = Array.from(Buffer.from(start), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w {}":,./=&;@()[\]]/.test(character)
      ? character
      : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"$(printf '${octal.join('')}')"${breaks && `'${breaks}'`}`;
}
