// Indents JSON while it comes in, for a person at a terminal. Numbers and strings stay as they are.

/** The deepest indentation, so that hostile nesting doesn't make the output long. */
const DEEPEST = 40;

export class IndentedJSON {
  #depth = 0;
  #isOpened = false;
  #isString = false;
  #isEscaped = false;

  /** Returns a piece of JSON with indentation. @param {string} text */
  push(text) {
    let indented = '';
    for (const character of text) {
      indented += this.#isString ? this.#quoted(character) : this.#structural(character);
    }
    return indented;
  }

  /** @param {string} character */
  #quoted(character) {
    this.#isString = this.#isEscaped || character !== '"';
    this.#isEscaped = !this.#isEscaped && character === '\\';
    return character;
  }

  /** @param {string} character */
  #structural(character) {
    if (/\s/.test(character)) {
      return '';
    }
    const wasOpened = this.#isOpened;
    const closes = character === '}' || character === ']';
    this.#isOpened = character === '{' || character === '[';
    this.#isString = character === '"';
    this.#depth = Math.max(0, this.#depth + (this.#isOpened ? 1 : closes ? -1 : 0));
    const depth = this.#depth - (this.#isOpened ? 1 : 0);
    const before = wasOpened !== closes ? line(depth) : '';
    const after = character === ',' ? line(depth) : character === ':' ? ' ' : '';
    return before + character + after;
  }
}

/** @param {number} depth */
const line = (depth) => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`;
