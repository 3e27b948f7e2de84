// What the generators share: writing a file of the corpus, asking oauthlib, and the inputs that no case has to spell out.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const vectors = new URL('../vectors/', import.meta.url)

/** Writes one file of the corpus, sorted by id. */
export function write(name, source, tests) {
  tests = [...tests].sort((a, b) => (a.id < b.id ? -1 : 1))
  const text = format({ schema: 'fetchtoken/vectors/1', source, tests }) + '\n'
  writeFileSync(new URL(name + '.json', vectors), text)
}

/** Asks oauthlib (judge.py) about a list of oauth1 inputs. */
export function judge(inputs) {
  const run = spawnSync(process.env.PYTHON ?? 'python3', [fileURLToPath(new URL('judge.py', import.meta.url))], {
    input: JSON.stringify(inputs),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (run.status !== 0) throw new Error('judge.py: ' + (run.error ?? run.stderr))
  return JSON.parse(run.stdout)
}

/** A moment and 16 bytes that are the same in every run but differ between cases. */
export function fixed(id) {
  const hash = createHash('sha256').update('fetchtoken corpus ' + id).digest()
  return {
    now: 1_600_000_000_000 + (hash.readUInt32BE(16) % 400_000_000) * 1000 + (hash.readUInt16BE(20) % 1000),
    random: hash.subarray(0, 16).toString('hex'),
  }
}

/** Numbers the ids of a list of cases: oauth1-0001, oauth1-0002 and so on. New cases go to the end of their list. */
export function numbered(prefix, list) {
  return list.map((test, i) => ({ id: `${prefix}-${String(i + 1).padStart(4, '0')}`, ...test }))
}

const invisible = /[\u007f-\u00a0\u00ad\u0300-\u036f\u200b-\u200f\u2028-\u202e\u2060\ufe0f\ufeff]/g

function text(value) {
  return JSON.stringify(value).replace(invisible, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))
}

/** JSON on one line where it fits, so that a case stays readable. */
function format(value, indent = '', lead = 0) {
  if (value === null || typeof value !== 'object') return text(value)
  const list = Array.isArray(value)
  const line = inline(value)
  if (indent.length > 2 && indent.length + lead + line.length <= 120) return line
  const inner = indent + '  '
  const parts = list
    ? value.map(v => inner + format(v, inner))
    : Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => `${inner}${text(k)}: ${format(v, inner, k.length + 4)}`)
  if (!parts.length) return line
  return (list ? '[' : '{') + '\n' + parts.join(',\n') + '\n' + indent + (list ? ']' : '}')
}

function inline(value) {
  if (value === null || typeof value !== 'object') return text(value)
  if (Array.isArray(value)) return '[' + value.map(inline).join(', ') + ']'
  const members = Object.entries(value).filter(([, v]) => v !== undefined)
  return members.length ? '{ ' + members.map(([k, v]) => `${text(k)}: ${inline(v)}`).join(', ') + ' }' : '{}'
}
