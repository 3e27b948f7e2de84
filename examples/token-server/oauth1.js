import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OAuth from 'oauth-1.0a'

import { sameSecret } from './secrets.js'

const NAMES = [
  'oauth_consumer_key',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
  'oauth_timestamp',
  'oauth_version',
];

/**
 * Reads `Authorization: OAuth name="value", …` (RFC 5849 section 3.5.1) without `realm`.
 * @returns {Record<string, string> | undefined} undefined if a parameter is missing, unknown,
 *   repeated or not percent-encoded
 */
export function parseOAuth(header) {
  const [, list] = /^OAuth +(.+)$/i.exec(header) ?? []
  if (list === undefined) return undefined
  const params = Object.create(null)
  for (const item of list.split(',')) {
    const [, name, value] = /^\s*(\w+)="((?:[\w.~-]|%[0-9a-f]{2})*)"\s*$/i.exec(item) ?? []
    if (name === 'realm') continue
    if (!NAMES.includes(name) || name in params) return undefined
    try {
      params[name] = decodeURIComponent(value)
    } catch {
      return undefined
    }
  }
  return NAMES.every((name) => params[name]) && /^\d{1,12}$/.test(params.oauth_timestamp)
    ? params
    : undefined;
}

/**
 * Checks the HMAC-SHA256 signature with oauth-1.0a. That library signs some queries wrongly
 * (`?a=b=c`, a `+`), so the URL must have none.
 * @param {{ method: string, url: string, fields: [string, string][], params: Record<string,
 *   string>, secret: string }} request
 */
export function judgeSignature({ method, url, fields, params, secret }) {
  const judge = new OAuth({
    consumer: { key: params.oauth_consumer_key, secret },
    signature_method: 'HMAC-SHA256',
    hash_function: (base, key) => createHmac('sha256', key).update(base).digest('base64'),
  });
  const { oauth_signature, ...signed } = params;
  return sameSecret(
    oauth_signature,
    judge.getSignature({ method, url, data: Object.fromEntries(fields) }, undefined, signed),
  );
}

/** Rejects if that python3 has no oauthlib. */
export async function requireOauthlib(python) {
  await promisify(execFile)(python, [
    '-c',
    'from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha256',
  ]).catch(() => {
    throw new Error(`${python} does not run, or has no oauthlib with HMAC-SHA256`);
  });
}

/**
 * Checks the signature with Python's oauthlib, for URLs with a query.
 * @param {object} request as for judgeSignature
 * @param {{ python: string, signal: AbortSignal }} how
 * @returns {Promise<boolean>}
 */
export function judgeSignatureWithOauthlib(request, { python, signal }) {
  return new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('judge_oauth1.py', import.meta.url))
    const child = execFile(python, [script], { signal, timeout: 10_000 }, (error, stdout) => {
      if (error) reject(error)
      else resolve(stdout.trim() === 'right')
    })
    child.stdin.on('error', reject)
    // the secret goes through the pipe, never onto a command line
    child.stdin.end(JSON.stringify(request))
  })
}
