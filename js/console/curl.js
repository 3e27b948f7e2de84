// Reads a curl command as a POSIX shell and curl would, as far as a token request needs it.

/**
 * A request that was pasted.
 *
 * @typedef {{ method: string, url: string, headers: [string, string][], body: string }} Request
 */

/** The options of curl that take a value, beside those that are read. */
const WITH_VALUE = new Set([
  '-A', '--user-agent', '-e', '--referer', '-m', '--max-time', '--connect-timeout', '-o',
  '--output', '-w', '--write-out', '-x', '--proxy', '--cacert', '--resolve', '-b', '--cookie',
  '--retry', '-E', '--cert', '--key', '-c', '--cookie-jar',
]);

/** Says whether a text is a curl command. @param {string} text */
export const isCurl = (text) => /^\s*(?:\$\s+)?curl\s/.test(text);

/**
 * Reads a curl command.
 *
 * @param {string} text
 * @returns {Request}
 */
export function readCurl(text) {
  const words = wordsOf(text.replace(/^\s*(?:\$\s+)?curl\s/, ''));
  /** @type {[string, string][]} */
  const headers = [];
  const data = [];
  let method = '';
  let url = '';
  let asQuery = false;
  for (let i = 0; i < words.length; i++) {
    let [word, value] = optionOf(words[i]);
    const take = () => value ?? words[++i] ?? '';
    switch (word) {
      case '-X': case '--request':
        method = take().toUpperCase();
        break;
      case '-H': case '--header': {
        const [name, ...rest] = take().split(':');
        headers.push([name.trim(), rest.join(':').trim()]);
        break;
      }
      case '-u': case '--user':
        headers.push(['Authorization', `Basic ${base64(take())}`]);
        break;
      case '-d': case '--data': case '--data-raw': case '--data-ascii': case '--data-binary':
        data.push(take());
        break;
      case '--data-urlencode':
        data.push(urlencoded(take()));
        break;
      case '--json':
        data.push(take());
        headers.push(['Content-Type', 'application/json'], ['Accept', 'application/json']);
        break;
      case '-G': case '--get':
        asQuery = true;
        break;
      case '--url':
        url = take();
        break;
      default:
        if (WITH_VALUE.has(word)) {
          take();
        } else if (!word.startsWith('-')) {
          url = word;
        }
    }
  }
  let body = data.join('&');
  if (asQuery && body !== '') {
    url += `${url.includes('?') ? '&' : '?'}${body}`;
    body = '';
  }
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (body !== '' && !hasType) {
    headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  }
  return { method: method || (body === '' ? 'GET' : 'POST'), url, headers, body };
}

/** An option, and a value in the same word: -XPOST, --request=POST. @param {string} word */
function optionOf(word) {
  const [, long, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
  if (long !== undefined) {
    return [long, value];
  }
  return /^-[XHud]./s.test(word) ? [word.slice(0, 2), word.slice(2)] : [word];
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Encodes name=content as --data-urlencode does. @param {string} text */
function urlencoded(text) {
  const at = text.indexOf('=');
  const content = encodeURIComponent(text.slice(at + 1)).replaceAll('%20', '+');
  return text.slice(0, at + 1) + content;
}

const ESCAPES = /** @type {Record<string, string>} */ ({ n: '\n', r: '\r', t: '\t' });

/** The words of a shell's command: '…', "…", $'…', \ and line breaks. @param {string} text */
function wordsOf(text) {
  const words = [];
  let word = '';
  let isWord = false;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    const next = text[i + 1];
    if (quote === '' && /\s/.test(character)) {
      if (isWord) {
        words.push(word);
      }
      [word, isWord] = ['', false];
    } else if (quote === '' && (character === "'" || character === '"')) {
      [quote, isWord] = [character, true];
    } else if (quote === '' && character === '$' && next === "'") {
      [quote, isWord] = ['$', true];
      i++;
    } else if (character === (quote === '$' ? "'" : quote)) {
      quote = '';
    } else if (character === '\\' && quote !== "'") {
      i++;
      if (next !== '\n') {
        const isKept = quote === '"' && !/["\\$`]/.test(next);
        word += quote === '$' ? (ESCAPES[next] ?? next) : isKept ? `\\${next}` : (next ?? '');
        isWord = true;
      }
    } else {
      word += character;
      isWord = true;
    }
  }
  return isWord ? [...words, word] : words;
}
