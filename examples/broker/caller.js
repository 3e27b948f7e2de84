// Who sends a request: a program with a key, or a user of Cloudflare Access.

import { env } from 'cloudflare:workers';
import { createRemoteJWKSet, jwtVerify } from 'jose';

import { isForeign } from './cors.js';

/** A shorter key could be guessed. */
const KEY_LENGTH = 32;

const { issuer, audience } = env.ACCESS ?? {};
const keys = issuer && createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer));

/**
 * Returns the name of the caller, an id for its rate limit, and the APIs of which it gets the token
 * or to which its requests are passed on; undefined if nobody knows the caller.
 */
export async function callerOf(request, line) {
  const { headers } = request;
  const [, key] = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (key !== undefined) {
    return ownerOf(key, line);
  }
  const jwt = headers.get('cf-access-jwt-assertion');
  // Access knows the user by a cookie, which a browser also sends for a page of another origin
  return jwt === null || isForeign(request) ? undefined : userOf(jwt, line);
}

/**
 * The caller with a key. Every key is compared, and each in constant time. The log says if a key
 * fits, but is too short.
 */
async function ownerOf(given, line) {
  let owner;
  const digest = await digestOf(given);
  for (const [name, rights] of Object.entries(env.CALLERS)) {
    const key = env[`KEY_${name}`]?.trim() ?? '';
    const isEqual = crypto.subtle.timingSafeEqual(digest, await digestOf(key));
    if (isEqual && key.length >= KEY_LENGTH) {
      owner = { ...rights, name, id: name };
    } else if (isEqual) {
      line.why = `KEY_${name} has fewer than ${KEY_LENGTH} characters`;
    }
  }
  return owner;
}

const digestOf = (text) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));

/** The user of a JWT that Access made for this Worker. */
async function userOf(jwt, line) {
  if (!issuer || !audience) {
    return undefined;
  }
  try {
    const { payload } = await jwtVerify(jwt, keys, {
      issuer, audience, algorithms: ['RS256'], requiredClaims: ['exp'],
    });
    return { ...env.ACCESS, name: 'access', id: `access:${payload.sub}` };
  } catch ({ name, code }) {
    line.error = code ?? name;
    return undefined;
  }
}
