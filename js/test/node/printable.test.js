// What the command prints: no character that a terminal obeys or hides.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { wrapped } from '../../cli/output.js';
import { printable, printableJSON, shellWord } from '../../cli/printable.js';

const CLI = fileURLToPath(new URL('../../cli/cli.js', import.meta.url));
const dir = await mkdtemp(join(tmpdir(), 'fetchtoken-print-'));
after(() => rm(dir, { recursive: true }));

/**
 * One of each kind: C0, DEL, C1, bidirectional, zero width, separators, tags, fillers, variation
 * selectors, and what is not assigned.
 */
const BAD = [
  '\x07',
  '\x1b',
  '\r',
  '\x7f',
  '\x85',
  '\x9b',
  '\u00ad',
  '\u034f',
  '\u061c',
  '\u115f',
  '\u200b',
  '\u200d',
  '\u200e',
  '\u202e',
  '\u2028',
  '\u2029',
  '\u2060',
  '\u2066',
  '\u2069',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\ufff9',
  '\u{e0001}',
  '\u{e0041}',
  '\u{e0100}',
  '\u{1d173}',
  '\u{e000}',
  '\u{10ffff}',
];
const GOOD = 'aZ09 ~"\'\\äß中文😀é—…';

/**
 * Whether a text has what no terminal should get: of the C0 controls it may have line feeds.
 *
 * @param {string} text
 */
const isClean = (text) =>
  BAD.every((bad) => !text.includes(bad)) && !/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text);

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
async function run(command, args, env) {
  const child = spawn(command, args, {
    cwd: dir,
    env: { ...process.env, GITHUB_ACTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = async (/** @type {import('node:stream').Readable} */ stream) =>
    Buffer.concat(await stream.toArray()).toString();
  const [stdout, stderr, status] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  return { stdout, stderr, status };
}

test('what is not seen becomes visible, and nothing else changes', () => {
  assert.equal(printable(GOOD), GOOD);
  for (const bad of [...BAD, '\n', '\0', '\ud800', '\udc00']) {
    const code = /** @type {number} */ (bad.codePointAt(0)).toString(16);
    assert.equal(printable(`a${bad}b${bad}`), `a\\u{${code}}b\\u{${code}}`);
  }
});

test('JSON stays the same value', () => {
  const value = { [`name ${BAD.join('')}`]: [`${BAD.join('a')}\n\t\0`, GOOD, '\ud800'] };
  for (const indent of [undefined, 2]) {
    const text = printableJSON(value, indent);
    assert.ok(isClean(text));
    assert.deepEqual(JSON.parse(text), value);
  }
});

for (const shell of ['dash', 'bash']) {
  test(`${shell} reads a word as it was`, async () => {
    const words = [
      '',
      "it's",
      '$HOME `x` $(x) !! \\ "',
      GOOD,
      ...BAD,
      '\n',
      'a\n\n',
      '\n%s\\n',
      '-n%d\x1b\'"`$(x)!\\\n',
      `-${BAD.join("'")}7\n`,
      '\x1b\n\n',
    ];
    const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
    const { stdout, stderr } = await run(shell, ['-c', script]);
    assert.deepEqual([stdout.split('\0').slice(0, -1), stderr], [words, '']);
    assert.ok(isClean(script));
  });
}

test('a word is looked through once', () => {
  // line breaks that are not at the end were looked through again for each of them
  const breaks = '\n'.repeat(1 << 20);
  assert.equal(shellWord(`${breaks}x`), `"$(printf '${'\\012'.repeat(1 << 20)}x')"`);
  assert.equal(shellWord(`x${breaks}`), `"$(printf 'x')"'${breaks}'`);
});

test('the command prints none, whoever says it: a file, an argument, a server', async () => {
  const nasty = `n${BAD.join('')}\u202emoc`;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    response.setHeader('Content-Type', 'application/json').statusCode =
      pathname === '/token' ? 200 : 400;
    response.end(
      JSON.stringify(
        pathname === '/token'
          ? { access_token: 'a', token_type: 'bearer', [nasty]: nasty, scope: nasty }
          : { error: nasty, error_description: nasty },
      ),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  after(() => server.close());
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  const write = async (/** @type {string} */ name, /** @type {string} */ text) => {
    await writeFile(join(dir, name), text);
    return name;
  };
  const plain = nasty.replaceAll('\r', '');
  const ini = await write(
    'a.ini',
    `[${plain}]\nhere.access.key.id = x\nhere.access.key.secret = y\n`,
  );
  const properties = await write(
    'b.properties',
    `here.access.key.id = ${plain}\nhere.access.key.secret = y\nhere.token.scope = ${plain}\n`,
  );
  const env = { FETCHTOKEN_CLIENT_SECRET: 'a-secret-of-mine' };
  const client = ['--endpoint', `${url}/token`, '--client-id', plain];
  const hm = [
    '--provider',
    'high-mobility',
    '--environment',
    'live',
    '--client-id',
    plain,
    '--scope',
    plain,
  ];
  const runs = /** @type {[string[], RegExp][]} */ ([
    [[...client, '--json'], /\\u202e/],
    [['--endpoint', `${url}/no`, '--client-id', 'x'], /refused/],
    [[ini], /section/],
    [[ini, '--profile', nasty], /section/],
    [[properties, '--explain'], /\\u\{202e\}/],
    [[properties, '--explain', '--curl', '--show-secrets'], /\\u\{202e\}/],
    [[...hm, '--explain'], /\\u\{202e\}/],
    [[...hm, '--curl'], /printf/],
    [[nasty], /FILE/],
    [['--provider', nasty, '--client-id', 'x'], /provider/],
    [['--client-auth', nasty, ...client], /client-auth/],
    [[`--${nasty}`], /argument 1/],
    [[await write(`c${plain}.json`.replaceAll('/', ''), '{}')], /credentials file/],
    [['--endpoint', `https://${nasty}/`, '--client-id', 'x'], /--endpoint/],
    [[await write('d.env', `FETCHTOKEN_${plain}=x`)], /FILE|variable|credentials/],
    [[await write('e.json', `{"${plain}`)], /credentials file/],
    [
      [
        '--private-key-file',
        await write('f.jwk', `{"kty":"EC","crv":"${plain}","alg":"${plain}"}`),
        ...client,
      ],
      /private key/,
    ],
    [
      [
        '--private-key-file',
        await write(
          'g.jwk',
          JSON.stringify({
            keys: [
              { kty: 'EC', d: 'x', kid: nasty },
              { kty: 'EC', d: 'y', kid: 'k' },
            ],
          }),
        ),
        ...client,
      ],
      /private key/,
    ],
  ]);
  await Promise.all(runs.map(async ([args, wanted]) => {
    const { stdout, stderr } = await run(process.execPath, [CLI, ...args], env);
    assert.ok(isClean(stdout + stderr), JSON.stringify([args, stdout, stderr]));
    assert.match(stdout + stderr, wanted);
  }));
  // The curl command is the request, byte for byte.
  const { stdout } = await run(process.execPath, [CLI, ...hm, '--curl', '--show-secrets'], env);
  const { stdout: words } = await run('dash', ['-c', stdout.replace(/^curl/, 'printf "%s\\0"')]);
  assert.equal(JSON.parse(words.split('\0').at(-2) ?? '').scope, plain);
});

test('a line is broken at blanks, by the width of the terminal', () => {
  const line = 'hint: set --endpoint to a URL';
  assert.equal(wrapped(line), line);
  for (const [width, want] of /** @type {const} */ ([
    [29, line],
    [25, 'hint: set --endpoint to a\n  URL'],
    [20, 'hint: set --endpoint\n  to a URL'],
    [7, 'hint:\n  set\n  --endpoint\n  to a\n  URL'],
  ])) {
    assert.equal(wrapped(line, width), want);
  }
});
