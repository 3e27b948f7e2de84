import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import { html, json } from './answer.js'
import { parseOAuth } from './oauth1.js'
import { parseFormBasic, parseRawBasic } from './basic.js'

const MIB = 1024 * 1024
const MILLISECONDS = /^\d{1,6}$/

/**
 * The target of the `redirect` fault. A request to it is recorded as the system 'redirected', so
 * that a test can check that none came.
 */
export const REDIRECTED = '/redirected'

/**
 * The arguments of a fault.
 * @typedef {object} Exchange
 * @property {string} arg
 * @property {(skewSeconds?: number) => Promise<import('./answer.js').Answer>} judge returns the
 *   right response to the request
 * @property {(status: number) => import('./answer.js').Answer} failure returns an error with that
 *   status in the system's words
 * @property {{ authorization?: string, fields: import('./body.js').Fields }} received
 */

/**
 * The faults, which the client chooses by the path `/fault/<name>[/<arg>]/<path…>`.
 * @type {Record<string, { arg?: RegExp, answer: (exchange: Exchange) => any }>}
 */
export const FAULTS = {
  status: {
    arg: /^[2-5]\d\d$/,
    answer({ arg, failure }) {
      const status = Number(arg)
      if (status === 502) return html(502, '502 Bad Gateway')
      if (status === 503) return html(503, '503 Service Temporarily Unavailable')
      const answer = failure(status)
      if (status === 429) answer.headers['retry-after'] = '7'
      return [204, 205, 304].includes(status) ? { status } : answer
    },
  },
  slow: {
    arg: MILLISECONDS,
    answer: async ({ arg, judge }) => ({
      ...(await judge()),
      delivery: 'late',
      milliseconds: Number(arg),
    }),
  },
  'slow-body': {
    arg: MILLISECONDS,
    answer: async ({ arg, judge }) => ({
      ...(await judge()),
      delivery: 'dripping',
      milliseconds: Number(arg),
    }),
  },
  hang: { answer: () => ({ delivery: 'never' }) },
  'hang-body': { answer: async ({ judge }) => ({ ...(await judge()), delivery: 'half' }) },
  reset: { answer: () => ({ delivery: 'reset' }) },
  'drop-after-headers': {
    answer: async ({ judge }) => ({ ...(await judge()), delivery: 'headers' }),
  },
  truncated: {
    async answer({ judge }) {
      const answer = await judge()
      return { ...answer, body: answer.body.slice(0, answer.body.length / 2) }
    },
  },
  html: { answer: () => html(200, 'Sign in') },
  empty: {
    answer: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '' }),
  },
  redirect: {
    arg: /^30[12378]$/,
    answer: ({ arg }) => ({ status: Number(arg), headers: { location: REDIRECTED }, body: '' }),
  },
  large: { answer: async ({ judge }) => padded(await judge(), 2 * MIB) },
  'gzip-bomb': {
    async answer({ judge }) {
      const answer = padded(await judge(), 10 * MIB);
      return {
        ...answer,
        headers: { ...answer.headers, 'content-encoding': 'gzip' },
        body: gzipSync(answer.body),
      };
    },
  },
  skew: { arg: /^-?\d{1,9}$/, answer: ({ arg, judge }) => judge(Number(arg)) },
  reflect: { answer: ({ received }) => reflection(received) },
}

/**
 * Returns `{ fault, arg, path }` of a path. `fault` is left out if the path asks for none. It
 * returns undefined for an unknown fault.
 */
export function parseFaultPath(path) {
  if (!path.startsWith('/fault/')) return { path }
  const [, , name, ...rest] = path.split('/')
  const fault = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined
  if (fault === undefined) return undefined
  const arg = fault.arg ? rest.shift() : ''
  if (fault.arg && !fault.arg.test(arg)) return undefined
  return { fault, label: arg ? `${name}/${arg}` : name, arg, path: `/${rest.join('/')}` }
}

/** Returns a response with that much padding in its JSON. */
function padded(answer, size) {
  return { ...answer, body: `${answer.body.slice(0, -1)},"padding":"${'x'.repeat(size)}"}` }
}

/** Repeats all secrets of the request in the places where careless servers put them. */
function reflection({ authorization, fields }) {
  const oauth = authorization && parseOAuth(authorization)
  const received = {
    authorization,
    basic: Object.values(parseRawBasic(authorization) ?? {}),
    basic_decoded: Object.values(parseFormBasic(authorization) ?? {}),
    oauth: Object.values(oauth ?? {}),
    fields: fields.values.map(String),
  };
  const error_description = `Not accepted: ${Object.values(received).flat().join(' ')}`;
  return json(400, {
    error: 'invalid_client',
    error_description,
    message: error_description,
    received,
  });
}

/**
 * Sends an answer.
 * @param {import('node:http').ServerResponse} res
 * @param {import('./answer.js').Answer} answer
 * @param {AbortSignal} closing ends slow deliveries when the server closes
 */
export async function deliver(
  res,
  { status, headers = {}, body = '', delivery, milliseconds },
  closing,
) {
  if (delivery === 'never') return;
  if (delivery === 'reset') return void res.socket?.resetAndDestroy();
  const bytes = Buffer.from(body);
  if (delivery === 'late') await wait(milliseconds, undefined, { signal: closing });
  res.writeHead(
    status,
    [204, 205, 304].includes(status) ? headers : { ...headers, 'content-length': bytes.length },
  );
  if (delivery === 'headers') {
    res.flushHeaders()
    return void res.socket?.destroySoon()
  }
  if (delivery === 'half') return void res.write(bytes.subarray(0, bytes.length / 2))
  if (delivery === 'dripping') {
    res.flushHeaders()
    const drops = 8
    for (let drop = 0; drop < drops; drop++) {
      await wait(milliseconds / drops, undefined, { signal: closing })
      res.write(bytes.subarray((bytes.length * drop) / drops, (bytes.length * (drop + 1)) / drops))
    }
    return void res.end()
  }
  res.end(bytes)
}
