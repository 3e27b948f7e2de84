// Compares the request of a configuration with another one: a second configuration, a curl command
// of a tool that works, or the base string that a server says it has.

import { explain, loadCredentials, signOAuth1 } from '../browser.js';
import { isBaseString, partsOf } from './base_string.js';
import { isCurl, readCurl } from './curl.js';
import { masked } from './texts.js';

/**
 * One row of the comparison. A secret is masked, and `note` says how two secrets differ.
 *
 * @typedef {{ what: string, ours: string | undefined, theirs: string | undefined, isSame: boolean,
 *   note?: string }} Row
 * @typedef {{ kind: 'base string' | 'curl' | 'configuration', rows: Row[], verdict: string,
 *   isSame: boolean, strings?: { ours: string, theirs: string, at: number } }} Comparison
 */

/**
 * @param {any} config ours
 * @param {Uint8Array | string} source
 * @param {string} [name]
 * @returns {Promise<Comparison>}
 */
export async function compareWith(config, source, name) {
  const text = typeof source === 'string' ? source.trim() : '';
  if (isBaseString(text)) {
    return compareBaseStrings(await ourBaseString(config, noncesOf(partsOf(text)?.params)), text);
  }
  if (isCurl(text)) {
    return compareCurl(config, readCurl(text));
  }
  const theirs = await loadCredentials(source, name === undefined ? {} : { filename: name }).catch(
    (cause) => {
      throw new Error(
        'This is no curl command, no base string (POST&https%3A%2F%2F…) and no credentials file.',
        { cause },
      );
    },
  );
  return compareConfigs(config, theirs);
}

/** @param {{ name: string, value: string }[]} [params] */
function noncesOf(params = []) {
  const valueOf = (/** @type {string} */ name) =>
    params.find((param) => param.name === name)?.value;
  return { nonce: valueOf('oauth_nonce'), timestamp: valueOf('oauth_timestamp') };
}

/**
 * Signs our request with their nonce and timestamp. A remaining difference is a fault.
 *
 * @param {any} config
 * @param {{ nonce?: string, timestamp?: string }} theirs
 */
async function ourBaseString(config, theirs) {
  return (await signed(config, theirs)).baseString;
}

/** @param {any} config @param {{ nonce?: string, timestamp?: string }} theirs */
async function signed(config, { nonce, timestamp }) {
  const { request, baseString } = await explain(config, { showSecrets: true });
  if (baseString === undefined) {
    throw new Error('these credentials make a request without an OAuth 1.0 signature');
  }
  const isForm = request.headers['Content-Type']?.startsWith('application/x-www-form-urlencoded');
  return signOAuth1({
    method: request.method,
    url: request.url,
    ...(isForm && { params: new URLSearchParams(request.body) }),
    consumerKey: config.clientId,
    consumerSecret: config.clientSecret,
    ...(nonce && { nonce }),
    ...(timestamp && { timestamp: Number(timestamp) }),
  });
}

/** @param {string} ours @param {string} theirs @returns {Comparison} */
export function compareBaseStrings(ours, theirs) {
  const [a, b] = [partsOf(ours), partsOf(theirs)];
  const rows = [
    row('method', a?.method, b?.method),
    row('URL', a?.url, b?.url),
    ...paired(a?.params ?? [], b?.params ?? []),
  ];
  const at = firstDifference(ours, theirs);
  const isSame = at < 0;
  return {
    kind: 'base string',
    rows,
    isSame,
    strings: { ours, theirs, at },
    verdict: isSame
      ? 'Both base strings are the same: what was signed is right, so the secret or the key is not.'
      : `They differ first at character ${at + 1}: ${wordsOf(rows)}.`,
  };
}

/** @param {Row[]} rows */
function wordsOf(rows) {
  const first = rows.find(({ isSame }) => !isSame);
  if (first === undefined) {
    return 'the same parameters stand in another order, or are encoded otherwise';
  }
  const { what, ours, theirs } = first;
  if (ours === undefined) {
    return `theirs has ${what}, ours has not`;
  }
  return theirs === undefined ? `ours has ${what}, theirs has not` : `${what} differs`;
}

/**
 * Puts parameters of the same name beside each other.
 *
 * @param {{ name: string, value: string }[]} ours
 * @param {{ name: string, value: string }[]} theirs
 */
function paired(ours, theirs) {
  const names = [...new Set([...ours, ...theirs].map(({ name }) => name))].sort();
  return names.map((name) => {
    const [a, b] = [ours, theirs].map((list) => {
      const values = list.filter((param) => param.name === name).map(({ value }) => value);
      return values.length > 0 ? values.join(' ') : undefined;
    });
    return SECRET.test(name) ? secretRow(name, a, b) : row(name, a, b);
  });
}

/** The names of parameters and headers whose values are secrets. */
const SECRET = /secret|password|assertion|(?:^|_)token$|refresh_token|api-?key/i;

/**
 * @param {any} config
 * @param {import('./curl.js').Request} theirs
 * @returns {Promise<Comparison>}
 */
async function compareCurl(config, theirs) {
  const { request } = await explain(config, { showSecrets: true });
  const rows = [row('method', request.method, theirs.method), row('URL', request.url, theirs.url)];
  rows.push(...headerRows(Object.entries(request.headers), theirs.headers));
  rows.push(...bodyRows(request.body, theirs.body));
  const authorization = valueIn(theirs.headers, 'authorization') ?? '';
  if (/^OAuth /i.test(authorization)) {
    const { verdict, row: last } = await judgeOAuth(config, theirs, authorization);
    rows.push(last);
    return { kind: 'curl', rows, isSame: last.isSame, verdict };
  }
  const isSame = rows.every((each) => each.isSame);
  return {
    kind: 'curl',
    rows,
    isSame,
    verdict: isSame ? 'Both requests are the same.' : `The first difference: ${wordsOf(rows)}.`,
  };
}

/**
 * Signs the pasted request with our secret, and says whether that gives the pasted signature.
 *
 * @param {any} config
 * @param {import('./curl.js').Request} theirs
 * @param {string} authorization
 */
async function judgeOAuth(config, theirs, authorization) {
  const params = oauthParamsOf(authorization);
  const valueOf = (/** @type {string} */ name) =>
    params.find((param) => param.name === name)?.value;
  const type = valueIn(theirs.headers, 'content-type') ?? '';
  const method = /** @type {any} */ (valueOf('oauth_signature_method') ?? 'HMAC-SHA256');
  const { signature } = signOAuth1({
    method: theirs.method,
    url: theirs.url,
    ...(type.startsWith('application/x-www-form-urlencoded') && {
      params: new URLSearchParams(theirs.body),
    }),
    consumerKey: valueOf('oauth_consumer_key') ?? config.clientId,
    consumerSecret: config.clientSecret ?? '',
    nonce: valueOf('oauth_nonce'),
    timestamp: Number(valueOf('oauth_timestamp')),
    signatureMethod: method,
    version: valueOf('oauth_version') === undefined ? '' : '1.0',
  });
  const pasted = valueOf('oauth_signature');
  const last = row('signature of the pasted request, by our secret', signature, pasted);
  return {
    row: last,
    verdict: last.isSame
      ? 'Our secret gives the signature of the pasted request: key, secret and signing are right.'
      : 'Our secret gives another signature for the pasted request: the secrets differ, or the ' +
        'other tool signs otherwise. Its base string tells which: paste that.',
  };
}

/** The parameters of an Authorization header (RFC 5849 section 3.5.1). @param {string} header */
function oauthParamsOf(header) {
  return Array.from(header.matchAll(/([\w.%-]+)="([^"]*)"/g), ([, name, value]) => ({
    name: decodeURIComponent(name),
    value: decodeURIComponent(value),
  }));
}

/** Headers that each tool sends on its own, and that no server reads. */
const OF_THE_TOOL = new Set(['accept', 'user-agent', 'content-length', 'host', 'connection']);

/** @param {[string, string][]} ours @param {[string, string][]} theirs */
function headerRows(ours, theirs) {
  const names = [...new Set([...ours, ...theirs].map(([name]) => name.toLowerCase()))];
  return names
    .filter((name) => !OF_THE_TOOL.has(name))
    .flatMap((name) => {
      const [a, b] = [valueIn(ours, name), valueIn(theirs, name)];
      if (name === 'authorization') {
        return authorizationRows(a, b);
      }
      return [SECRET.test(name) ? secretRow(name, a, b) : row(name, a, b)];
    });
}

/** @param {string | undefined} ours @param {string | undefined} theirs @returns {Row[]} */
function authorizationRows(ours, theirs) {
  const [a, b] = [ours, theirs].map((value) => value?.split(' ', 1)[0]);
  const scheme = row('authorization scheme', a, b);
  if (a?.toLowerCase() === 'basic' && b?.toLowerCase() === 'basic') {
    const [[ourId, ourSecret], [id, secret]] = [ours, theirs].map(pairOf);
    return [scheme, row('id in Basic', ourId, id), secretRow('secret in Basic', ourSecret, secret)];
  }
  if (a?.toLowerCase() === 'oauth' && b?.toLowerCase() === 'oauth') {
    const fresh = /^oauth_(?:nonce|timestamp|signature)$/; // these differ each time
    const [mine, other] = [ours, theirs].map((value) =>
      oauthParamsOf(value ?? '').filter(({ name }) => !fresh.test(name)),
    );
    return [scheme, ...paired(mine, other)];
  }
  return [scheme];
}

/** @param {string | undefined} header */
function pairOf(header = '') {
  try {
    const binary = atob(header.slice(6).trim());
    const text = new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
    const at = text.indexOf(':');
    return [text.slice(0, at), text.slice(at + 1)];
  } catch {
    return [undefined, undefined];
  }
}

/** @param {string} ours @param {string} theirs */
function bodyRows(ours, theirs) {
  const [a, b] = [ours, theirs].map(fieldsIn);
  return paired(a, b);
}

/** @param {string} body */
function fieldsIn(body) {
  try {
    const value = JSON.parse(body);
    return Object.entries(value).map(([name, member]) => ({
      name,
      value: typeof member === 'string' ? member : JSON.stringify(member),
    }));
  } catch {
    return Array.from(new URLSearchParams(body), ([name, value]) => ({ name, value }));
  }
}

/** @param {[string, string][]} headers @param {string} name in lower case */
const valueIn = (headers, name) => headers.find(([other]) => other.toLowerCase() === name)?.[1];

const SECRETS = new Set(['clientSecret', 'privateKey', 'passphrase']);

/** @param {any} ours @param {any} theirs @returns {Promise<Comparison>} */
async function compareConfigs(ours, theirs) {
  const [a, b] = await Promise.all([ours, theirs].map(choicesOf));
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const rows = names.map((name) =>
    SECRETS.has(name) ? secretRow(name, a[name], b[name]) : row(name, a[name], b[name]),
  );
  const isSame = rows.every((each) => each.isSame);
  return {
    kind: 'configuration',
    rows,
    isSame,
    verdict: isSame
      ? 'Both configurations ask for the same token, as the same client.'
      : `The first difference: ${wordsOf(rows)}.`,
  };
}

/** The decisions about each field, and the secrets. @param {any} config */
async function choicesOf(config) {
  /** @type {Record<string, string>} */
  const fields = {};
  const { choices } = await explain(config).catch(() => ({ choices: [] }));
  for (const { field, value } of choices) {
    fields[field] = value;
  }
  for (const [name, value] of Object.entries(config)) {
    if (SECRETS.has(name) || !(name in fields)) {
      fields[name] = typeof value === 'string' ? value : JSON.stringify(value);
    }
  }
  return fields;
}

/** @param {string} what @param {string} [ours] @param {string} [theirs] @returns {Row} */
const row = (what, ours, theirs) => ({ what, ours, theirs, isSame: ours === theirs });

/** @param {string} what @param {string} [ours] @param {string} [theirs] @returns {Row} */
function secretRow(what, ours, theirs) {
  const shown = { what, ours: ours && masked(ours), theirs: theirs && masked(theirs) };
  if (ours === undefined || theirs === undefined || ours === theirs) {
    return { ...shown, isSame: ours === theirs };
  }
  return { ...shown, isSame: false, note: differenceOf(ours, theirs) };
}

/**
 * Describes the difference of two secrets without showing them.
 *
 * @param {string} ours
 * @param {string} theirs
 */
function differenceOf(ours, theirs) {
  if (ours.trim() === theirs.trim()) {
    return `${ours === ours.trim() ? 'theirs' : 'ours'} has a blank or a line break at an end`;
  }
  const at = firstDifference(ours, theirs);
  const lengths =
    ours.length === theirs.length
      ? `both have ${ours.length} characters`
      : `ours has ${ours.length} characters, theirs ${theirs.length}`;
  return `${lengths}; they differ first at character ${at + 1}`;
}

/** Returns where two texts first differ, or -1. @param {string} a @param {string} b */
export function firstDifference(a, b) {
  if (a === b) {
    return -1;
  }
  let at = 0;
  while (at < a.length && a[at] === b[at]) {
    at++;
  }
  return at;
}
