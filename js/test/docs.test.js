// README.md and docs/: every block of code is compiled, every configuration of a vendor makes the
// request that the vendor documents, every link leads somewhere.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { writeCredentials } from '../../examples/token-server/credentials.js';
import { startTokenServer } from '../../examples/token-server/server.js';
import { entries, reference, sections } from '../build/reference.js';
import { explain } from '../node.js';
import { packageOf } from './support/go_block.js';
import { OF_COMMAND, OF_CORE, hintsOf, matcher } from './support/hints.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (/** @type {string} */ name) => readFileSync(join(root, name), 'utf8');

/**
 * The pages of the manual. What a program writes into docs/sharing.md has lines of its own length.
 */
const manual = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Whatever else links to them, or is linked. */
const others = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'RATIONALE.md',
  'SECURITY.md',
  'examples/broker/README.md',
  'examples/token-server/README.md',
  'core/testdata/README.md',
];

/**
 * The blocks of code of a page, with the heading that they stand under.
 *
 * @param {string} page
 */
function blocksOf(page) {
  let heading = '';
  const blocks = [];
  for (const [, title, language, code] of read(page).matchAll(
    /^#+ (.*)$|^```(\w*)\n([^]*?)^```$/gm,
  )) {
    if (title === undefined) {
      blocks.push({ page, heading, language, code });
    } else {
      heading = title;
    }
  }
  return blocks;
}

const blocks = manual.flatMap(blocksOf);
const LANGUAGES = ['go', 'html', 'http', 'js', 'json', 'jsonc', 'sh', 'ts'];

/** A folder within the package, so that `fetchtoken` is this package. @type {string} */
let folder;
before(async () => {
  assert.ok(existsSync(join(root, 'js/test/recipes/node_modules')), 'run `make setup` first');
  await mkdir(join(root, 'dist'), { recursive: true });
  folder = await mkdtemp(join(root, 'dist/docs-'));
});
after(() => rm(folder, { recursive: true }));

/**
 * Runs a program, and fails with what it says.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
async function run(command, args, { cwd = root, env = {} } = {}) {
  try {
    await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      maxBuffer: 1e8,
    });
  } catch (error) {
    const { message, stdout, stderr } = /** @type {any} */ (error);
    assert.fail(`${message}\n${stdout}\n${stderr}`);
  }
}

/**
 * What a block assumes to be there, beside this package: values of the reader, and packages. Those
 * of js/test/recipes are themselves there.
 */
const ASSUMED = `
declare const config: import('fetchtoken').Config;
declare const options: import('fetchtoken').FetchTokenOptions;
declare const tokenOfTheUser: (signal: AbortSignal) => Promise<string>;
declare const [clientId, clientSecret, consumerKey, consumerSecret, token, tokenSecret]: string[];
declare const client: import('fetchtoken').Client;
declare const redis: import('fetchtoken/stores/redis').RedisClient;
declare const meter: import('fetchtoken/opentelemetry').Meter;
declare const fetchToken: typeof import('fetchtoken').fetchToken;
declare const createClient: typeof import('fetchtoken').createClient;
declare const loadCredentials: typeof import('fetchtoken').loadCredentials;
declare const readFile: typeof import('node:fs/promises').readFile;
declare var fetchtoken: typeof import('fetchtoken'); // what the raw module makes
declare module 'cloudflare:workers' {
  export const env: any;
  export class DurableObject<Env = unknown> {
    constructor(ctx: object, env: Env);
    protected env: Env;
  }
  export class WorkerEntrypoint<Env = any> {
    constructor(ctx: object, env: Env);
    protected env: Env;
  }
}
declare module '@aws-sdk/client-kms' {
  export class SignCommand {
    constructor(input: {
      KeyId: string,
      Message: Uint8Array,
      MessageType: 'RAW',
      SigningAlgorithm: string,
    });
  }
  export class KMSClient {
    constructor(config: object);
    send(command: SignCommand): Promise<{ Signature?: Uint8Array }>;
  }
}
declare module '*?url' { const url: string; export default url; }
`;

/** What openapi-typescript makes of a description of an API, in short. */
const API = `
type Things = { responses: { 200: { content: { 'application/json': string[] } } } };
export type paths = { '/v1/things': { get: Things } };
`;

test('every block has a language that is known, and most are compiled', () => {
  assert.deepEqual(blocks.filter(({ language }) => !LANGUAGES.includes(language)), []);
  assert.ok(blocks.filter(({ language }) => language === 'js').length > 40);
  assert.ok(blocks.filter(({ language }) => language === 'go').length > 10);
});

for (const [language, extension, strict] of [['js', 'mjs', false], ['ts', 'mts', true]]) {
  test(`tsc takes every block in ${language}`, async () => {
    const home = join(folder, String(language));
    await mkdir(home);
    await symlink(join(root, 'js/test/recipes/node_modules'), join(home, 'node_modules'));
    await writeFile(join(home, 'assumed.d.ts'), ASSUMED);
    await writeFile(join(home, 'api.d.ts'), API);
    // The declarations of the reference are those of types.d.ts, which refer to each other.
    const own = blocks.filter(
      (block) =>
        block.language === language &&
        !(language === 'ts' && block.page === 'docs/reference.md'),
    );
    for (const [i, { page, code }] of own.entries()) {
      await writeFile(
        join(home, `${page.replaceAll(/\W/g, '_')}_${i}.${extension}`),
        `${code}\nexport {};\n`,
      );
    }
    const compilerOptions = {
      strict,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      target: 'esnext',
      module: 'nodenext',
      types: ['node'],
      lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
      skipLibCheck: true,
    };
    await writeFile(
      join(home, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['*'] }),
    );
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', home]);
  });
}

test('the recipes in Go are the files of extra/recipes', () => {
  const files = readdirSync(join(root, 'extra/recipes'))
    .filter((name) => /(?<!_test|doc)\.go$/.test(name))
    .map((name) => read(`extra/recipes/${name}`));
  assert.deepEqual(blocks.filter(isGoRecipe).map(({ code }) => code).sort(), files.sort());
});

/** Says whether a block is a file of extra/recipes. @param {{ page: string, code: string }} block */
function isGoRecipe({ page, code }) {
  return page === 'docs/recipes.md' && code.startsWith('package recipes\n');
}

test('go vet takes every block in Go', async () => {
  const own = blocks.filter((block) => block.language === 'go' && !isGoRecipe(block));
  for (const [i, { page, code }] of own.entries()) {
    const home = join(folder, 'go', `block${i}`);
    await mkdir(home, { recursive: true });
    await writeFile(
      join(home, 'block.go'),
      `// ${page}\n${/^package /m.test(code) ? code : packageOf(code)}`,
    );
  }
  await run('go', ['vet', `./${folder.slice(root.length)}/go/...`]);
});

/**
 * Runs before a block: what it sends to a system goes to the token server in its place, and an API
 * of any other origin wants a Bearer token.
 */
const PRELOAD = `
const endpoints = JSON.parse(process.env.ENDPOINTS);
const send = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = String(input.url ?? input);
  if (endpoints[url] || url.startsWith(process.env.SERVER)) {
    return send(endpoints[url] ?? input, init);
  }
  if (!/^Bearer ./.test(new Headers(init?.headers ?? input.headers).get('Authorization') ?? '')) {
    throw new Error('no token for ' + url);
  }
  return Response.json({});
};
`;

test('the snippets of the README and of the systems get tokens', async () => {
  const server = await startTokenServer();
  try {
    const home = join(folder, 'run');
    await writeCredentials(server.systems, join(home, 'credentials'));
    await copyFile(
      join(home, 'credentials/here/credentials.properties'),
      join(home, 'credentials.properties'),
    );
    await copyFile(
      join(home, 'credentials/ota-connect/credentials.zip'),
      join(home, 'credentials.zip'),
    );
    await writeFile(join(home, 'preload.mjs'), PRELOAD);
    const {
      'ota-connect': ota,
      iotspot,
      'high-mobility': { sandbox },
      'os-data-hub': os,
    } = server.systems;
    const env = {
      SERVER: server.url,
      ENDPOINTS: JSON.stringify({
        'https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token': ota.tokenEndpoint,
        'https://iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com/oauth2/token':
          iotspot.tokenEndpoint,
        'https://sandbox.api.high-mobility.com/v1/access_tokens': sandbox.tokenEndpoint,
        'https://api.os.uk/oauth2/token/v1': os.tokenEndpoint,
      }),
      OTA_CLIENT_ID: ota.clientId, OTA_CLIENT_SECRET: ota.clientSecret, OTA_SCOPE: ota.scope,
      IOTSPOT_ID: iotspot.clientId, IOTSPOT_SECRET: iotspot.clientSecret,
      HM_CLIENT_ID: sandbox.clientId, HM_CLIENT_SECRET: sandbox.clientSecret,
      OS_KEY: os.clientId, OS_SECRET: os.clientSecret,
    };
    const pages = ['README.md', ...Object.keys(SYSTEMS).map((name) => `docs/${name}.md`)];
    // Those that sign for the system's own address are not for another server, and those without an
    // import are parts.
    const runnable = blocks.filter(
      ({ page, language, code }) =>
        pages.includes(page) &&
        language === 'js' &&
        code.includes('import ') &&
        !code.includes('HERE_ACCESS_KEY_ID') &&
        !code.includes('credentialsPrivateKey') &&
        !code.includes('fetchToken(config);\n}'),
    );
    assert.equal(runnable.length, 12);
    await Promise.all(
      runnable.map(async ({ code }, i) => {
        await writeFile(join(home, `block${i}.mjs`), code);
        await run(process.execPath, ['--import', './preload.mjs', `block${i}.mjs`], {
          cwd: home,
          env,
        });
      }),
    );
    assert.deepEqual(server.requests.map(({ system, outcome }) => `${system} ${outcome}`).sort(), [
      ...Array(3).fill('here ok'),
      ...Array(2).fill('high-mobility/sandbox ok'),
      ...Array(2).fill('iotspot ok'),
      ...Array(3).fill('os-data-hub ok'),
      'ota-connect ok',
      'ota-connect ok',
    ]);
  } finally {
    await server.close();
  }
});

/**
 * The addresses of a page's headings, as GitHub makes them, and its own anchors.
 *
 * @type {Map<string, Set<string>>}
 */
const anchors = new Map();

/** @param {string} page */
function anchorsOf(page) {
  let known = anchors.get(page);
  if (known === undefined) {
    known = new Set();
    const prose = read(page).replaceAll(/^```[^]*?^```$/gm, '');
    for (const [, title, id] of prose.matchAll(/^#{1,6} (.*)$|<a id="([^"]+)">/gm)) {
      const text =
        id ??
        title
          .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
          .trim()
          .replaceAll(' ', '-');
      let slug = text;
      for (let i = 1; known.has(slug); i++) {
        slug = `${text}-${i}`;
      }
      known.add(slug);
    }
    anchors.set(page, known);
  }
  return known;
}

test('every link leads somewhere', () => {
  const dead = [];
  let count = 0;
  for (const page of [...manual, ...others]) {
    const prose = read(page).replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)|(?:href|src)="([^"]+)"/g)) {
      if (target === undefined || /^(https?|mailto):/.test(target)) {
        continue;
      }
      count++;
      const [path, anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
      if (!existsSync(join(root, file)) || (anchor !== undefined && !anchorsOf(file).has(anchor))) {
        dead.push(`${page}: ${target}`);
      }
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(count > 100, `${count} links`);
});

test('every page of docs/ is linked from the README', () => {
  const linked = [...read('README.md').matchAll(/\]\((docs\/[\w-]+\.md)/g)].map(([, path]) => path);
  assert.deepEqual(manual.filter((page) => page.startsWith('docs/') && !linked.includes(page)), []);
});

test('llms.txt names each page of docs/ once, in the form of llmstxt.org', () => {
  const text = read('llms.txt');
  assert.match(text, /^# fetchtoken\n\n> [^]*?\n\n[^#]*\n\n## /);
  const entries = text.split('\n').filter((line) => line.startsWith('- '));
  const links = entries.map((line) => /^- \[[^\]]+\]\(([^)]+)\): .+\.$/.exec(line)?.[1]);
  const pages = manual.filter((page) => page.startsWith('docs/'));
  assert.deepEqual(links.toSorted(), pages.toSorted());
  assert.deepEqual(pages.filter((page) => text.split(`(${page})`).length !== 2), []);
});

test('docs/reference.md is what make reference makes, and has every entry and export once', () => {
  const page = read('docs/reference.md');
  assert.ok(page === reference(), 'a file of types has changed: run `make reference`');
  // an overload has the name of the function before it
  const named = (/** @type {string} */ text, /** @type {RegExp} */ pattern) =>
    Array.from(text.matchAll(pattern), ([, name]) => name)
      .filter((name, i, all) => name !== all[i - 1]);
  const files = [...entries().keys()];
  assert.ok(files.length > 8);
  const exported = files.flatMap((file) => named(read(file), /^export \w+ (\w+)(?=[ <(])/gm));
  assert.ok(exported.includes('fetchToken') && exported.includes('redisStore'));
  assert.deepEqual(named(page, /^##+ `(\w+)`$/gm).filter((name) => name !== 'fetchtoken'), exported);
  assert.deepEqual(named(page, /^export \w+ (\w+)(?=[ <(])/gm), exported);
  const { name, exports } = JSON.parse(read('package.json'));
  for (const path of Object.keys(exports).filter((path) => !['.', './package.json'].includes(path))) {
    assert.match(page, new RegExp(`^(## |Also as .*)\`${name}${path.slice(1)}\``, 'm'));
  }
});

test('a function or a class has an example in its doc comment, and a type need not', () => {
  const example = ' * @example\n * ```js\n * f();\n * ```\n';
  for (const declaration of ['function f(): void;', 'class f {}']) {
    assert.throws(() => sections(`/** It acts. */\nexport ${declaration}\n`), /f has no @example/);
    assert.match(
      sections(`/**\n * It acts.\n *\n${example} */\nexport ${declaration}\n`),
      /^## `f`\n\nIt acts\.\n\n```ts\nexport [^]*\n```\n\n```js\nf\(\);\n```\n$/,
    );
  }
  assert.match(sections('/** A text. */\nexport type T = string;\n'), /^## `T`$/m);
});

test('the README is a front door: at most 200 lines; no line of the manual is longer than 100', () => {
  assert.ok(read('README.md').trimEnd().split('\n').length <= 200);
  for (const page of manual.filter((name) => name !== 'docs/sharing.md')) {
    assert.deepEqual(
      read(page)
        .split('\n')
        .filter((line) => Array.from(line).length > 100),
      [],
      page,
    );
  }
});

test('every hint of the core and of the command stands in the manual, word for word', () => {
  const plain = (/** @type {string} */ text) =>
    text.replaceAll(/^> ?/gm, '').replaceAll(/\s+/g, ' ');
  const said = plain(manual.map(read).join('\n'));
  const hints = hintsOf([...OF_CORE, ...OF_COMMAND]);
  assert.ok(hints.length > 60, String(hints.length));
  const missing = hints.filter((hint) => !matcher(hint).test(said));
  assert.deepEqual(missing, []);
});

/**
 * The members of an interface of types.d.ts.
 *
 * @param {string} name
 */
function membersOf(name) {
  const [, body] = /** @type {RegExpExecArray} */ (
    new RegExp(`^export interface ${name}\\b[^{]*\\{\n([^]*?)^\\}`, 'm').exec(read('js/types.d.ts'))
  );
  return [...body.matchAll(/^  (?:readonly )?(\w+)\??[:(]/gm)].map(([, member]) => member);
}

for (const [name, page] of [
  ['Config', 'any-other-endpoint'],
  ['FetchTokenOptions', 'fetch-token'],
  ['TokenClientOptions', 'client'],
  ['ExplainOptions', 'explain'],
  ['Explanation', 'explain'],
  ['LoadCredentialsOptions', 'credentials-files'],
  ['OAuth1Request', 'oauth1'],
  ['TokenError', 'errors'],
  ['TokenStore', 'stores'],
]) {
  test(`docs/${page}.md names every member of ${name}`, () => {
    const members = name === 'TokenError' ? errorMembers() : membersOf(name);
    assert.ok(members.length > 0);
    const named = new Set(
      [...read(`docs/${page}.md`).matchAll(/`[^`\n]+`/g)].flatMap(
        ([code]) => code.match(/\w+/g) ?? [],
      ),
    );
    assert.deepEqual(
      members.filter((member) => !named.has(member)),
      [],
    );
  });
}

/** The members of the class TokenError. */
function errorMembers() {
  const [, body] = /** @type {RegExpExecArray} */ (
    /^export class TokenError\b[^{]*\{\n([^]*?)^\}/m.exec(read('js/types.d.ts'))
  );
  return [...body.matchAll(/^  (\w+)\??:/gm)]
    .map(([, member]) => member)
    .filter((member) => member !== 'name');
}

test('docs/client.md names every event', () => {
  const [, union] = /** @type {RegExpExecArray} */ (
    /^export type TokenEvent = \(\n((?:  \|.*\n)+)/m.exec(read('js/types.d.ts'))
  );
  const types = [...union.matchAll(/type: '(\w+)'/g)].map(([, type]) => type);
  const rows = [...read('docs/client.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, type]) => type);
  assert.ok(types.length > 5);
  assert.deepEqual(types.filter((type) => !rows.includes(type)), []);
});

/**
 * Evaluates a block that makes `const config`.
 *
 * @param {string} heading
 * @param {Record<string, string>} env
 * @param {number} [index] of those under the heading
 * @returns {import('../types.js').Config}
 */
function configOf(heading, env, index = 0) {
  const { code } = blocks.filter(
    (block) =>
      block.page === 'docs/any-other-endpoint.md' &&
      block.heading === heading &&
      block.language === 'js',
  )[index];
  return new Function('process', `${code}; return config;`)({ env });
}

const NOW = 1_328_550_785; // the iat of Google's example
const explained = (/** @type {import('../types.js').Config} */ config) =>
  explain(config, {
    showSecrets: true,
    clock: { now: () => NOW * 1000 },
    random: (size) => new Uint8Array(size).fill(1),
  });

/**
 * A request, with the fields of its form in the order of their names.
 *
 * @param {import('../types.js').Explanation} explanation
 */
function sent({ request: { method, url, headers, body } }) {
  assert.equal(headers['Content-Type'], 'application/x-www-form-urlencoded');
  const fields = [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1));
  return { method, url, authorization: headers.Authorization, fields: Object.fromEntries(fields) };
}

/** RSA keys of the tests. */
const rsa = () =>
  crypto.subtle
    .generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: 'SHA-256',
      },
      true,
      ['sign', 'verify'],
    )
    .then(({ privateKey }) => crypto.subtle.exportKey('pkcs8', privateKey))
    .then((der) => Buffer.from(der).toString('base64'));

const client = { CLIENT_ID: 'id', CLIENT_SECRET: 'a secret/1=' };

// "Microsoft identity platform and the OAuth 2.0 client credentials flow", Microsoft Learn: first
// case.
test('Microsoft Entra ID, with a secret', async () => {
  const config = configOf('Microsoft Entra ID', {
    TENANT_ID: '00000000-0000-0000-0000-000000000000',
    ...client,
  });
  assert.deepEqual(sent(await explained(config)), {
    method: 'POST',
    url: 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/v2.0/token',
    authorization: undefined,
    fields: {
      client_id: 'id',
      client_secret: 'a secret/1=',
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    },
  });
});

// "Microsoft identity platform application authentication certificate credentials", Microsoft
// Learn: PS256, x5t#S256, aud is the endpoint, iss and sub are the client id.
test('Microsoft Entra ID, with a certificate', async () => {
  const [{ rsa2048 }, { leaf }] = ['keys', 'certificates'].map((name) => JSON.parse(
    readFileSync(new URL(`../../core/testdata/generate/${name}.json`, import.meta.url), 'utf8'),
  ));
  const config = configOf(
    'Microsoft Entra ID',
    { TENANT_ID: 'tenant', CLIENT_CERTIFICATE: rsa2048.pkcs8 + leaf, ...client },
    1,
  );
  const explanation = await explained(config);
  const { fields } = sent(explanation);
  assert.equal(
    fields.client_assertion_type,
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  );
  assert.deepEqual(
    [fields.client_id, fields.grant_type, fields.scope, fields.client_secret],
    ['id', 'client_credentials', 'https://graph.microsoft.com/.default', undefined],
  );
  assert.deepEqual(explanation.assertion?.header, {
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': Buffer.from(new X509Certificate(leaf).fingerprint256.replaceAll(':', ''), 'hex')
      .toString('base64url'),
  });
  const { aud, iss, sub, exp, jti } = /** @type {any} */ (explanation.assertion?.claims);
  assert.deepEqual(
    [aud, iss, sub],
    ['https://login.microsoftonline.com/tenant/oauth2/v2.0/token', 'id', 'id'],
  );
  assert.ok(exp > NOW && typeof jti === 'string');
});

// "Call Your API Using the Client Credentials Flow", Auth0 documentation.
test('Auth0', async () => {
  assert.deepEqual(
    sent(await explained(configOf('Auth0', { AUTH0_DOMAIN: 'tenant.us.auth0.com', ...client }))),
    {
      method: 'POST',
      url: 'https://tenant.us.auth0.com/oauth/token',
      authorization: undefined,
      fields: {
        audience: 'https://api.example.com/',
        client_id: 'id',
        client_secret: 'a secret/1=',
        grant_type: 'client_credentials',
      },
    },
  );
});

// "Implement authorization by grant type: Client Credentials", Okta documentation: Basic of id and
// secret, not in the body; a scope.
test('Okta', async () => {
  assert.deepEqual(
    sent(
      await explained(
        configOf('Okta', {
          OKTA_DOMAIN: 'example.okta.com',
          CLIENT_ID: '0oab',
          CLIENT_SECRET: 'yUi3',
        }),
      ),
    ),
    {
      method: 'POST',
      url: 'https://example.okta.com/oauth2/default/v1/token',
      authorization: `Basic ${btoa('0oab:yUi3')}`,
      fields: { grant_type: 'client_credentials', scope: 'customScope' },
    },
  );
});

// "Using service account roles", Keycloak Server Administration Guide: this very header.
test('Keycloak', async () => {
  const env = {
    KEYCLOAK_URL: 'https://keycloak.example.com',
    CLIENT_ID: 'product-sa-client',
    CLIENT_SECRET: 'password',
  };
  assert.deepEqual(sent(await explained(configOf('Keycloak', env))), {
    method: 'POST',
    url: 'https://keycloak.example.com/realms/demo/protocol/openid-connect/token',
    authorization: 'Basic cHJvZHVjdC1zYS1jbGllbnQ6cGFzc3dvcmQ=',
    fields: { grant_type: 'client_credentials' },
  });
});

// "Using OAuth 2.0 for Server to Server Applications", Google Identity: header, claims and body of
// the example.
test('Google', async () => {
  const email = '761326798069-r5mljlln1rd4lrbhg75efgigp36m78j5@developer.gserviceaccount.com';
  const kid = '370ab79b4513eb9bad7c9bd16a95cb76b5b2a56a';
  const explanation = await explained(
    configOf('Google', { CLIENT_EMAIL: email, PRIVATE_KEY: await rsa(), PRIVATE_KEY_ID: kid }),
  );
  const { method, url, authorization, fields } = sent(explanation);
  assert.deepEqual(
    [method, url, authorization, Object.keys(fields)],
    ['POST', 'https://oauth2.googleapis.com/token', undefined, ['assertion', 'grant_type']],
  );
  assert.equal(fields.grant_type, 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  assert.deepEqual(explanation.assertion, {
    header: { alg: 'RS256', typ: 'JWT', kid },
    claims: {
      iss: email,
      scope: 'https://www.googleapis.com/auth/devstorage.read_only',
      aud: 'https://oauth2.googleapis.com/token',
      exp: 1_328_554_385,
      iat: 1_328_550_785,
    },
  });
});

// "The token issuer endpoint", Amazon Cognito developer guide: the client credentials request with
// Basic, whose header this is.
test('Amazon Cognito', async () => {
  const env = { CLIENT_ID: 'djc98u3jiedmi283eu928', CLIENT_SECRET: 'abcdef01234567890' };
  assert.deepEqual(sent(await explained(configOf('Amazon Cognito', env))), {
    method: 'POST', url: 'https://mydomain.auth.us-east-1.amazoncognito.com/oauth2/token',
    authorization: 'Basic ZGpjOTh1M2ppZWRtaTI4M2V1OTI4OmFiY2RlZjAxMjM0NTY3ODkw',
    fields: {
      grant_type: 'client_credentials',
      scope: 'resourceServerIdentifier1/scope1 resourceServerIdentifier2/scope2',
    },
  });
});

// "Client Credentials Grant" of "UAA API Reference", Cloud Foundry, which XSUAA is: id and secret
// in the body.
test('SAP XSUAA', async () => {
  const env = {
    XSUAA_URL: 'https://my.authentication.eu10.hana.ondemand.com',
    CLIENT_ID: 'sb-app!t1|broker!b2',
    CLIENT_SECRET: 'a+b/c$d=',
  };
  const explanation = await explained(configOf('SAP XSUAA', env));
  assert.deepEqual(sent(explanation), {
    method: 'POST',
    url: 'https://my.authentication.eu10.hana.ondemand.com/oauth/token',
    authorization: undefined,
    fields: {
      client_id: 'sb-app!t1|broker!b2',
      client_secret: 'a+b/c$d=',
      grant_type: 'client_credentials',
    },
  });
});

// "Server-to-Server OAuth", Zoom developer documentation.
test('Zoom', async () => {
  const env = { CLIENT_ID: 'aBcD', CLIENT_SECRET: 'eFgH', ACCOUNT_ID: 'account' };
  assert.deepEqual(sent(await explained(configOf('Zoom', env))), {
    method: 'POST', url: 'https://zoom.us/oauth/token', authorization: `Basic ${btoa('aBcD:eFgH')}`,
    fields: { account_id: 'account', grant_type: 'account_credentials' },
  });
});

// "Implementing the client credentials grant type", Apigee documentation: Basic of key and secret
// as they are. The header is what Python's base64 makes of them.
test('Apigee', async () => {
  const env = { CLIENT_ID: 'ns4fQc14Zg4hKFCNaSzArVuwszX95X', CLIENT_SECRET: 'ZIjFyTsNgQNyxI' };
  assert.deepEqual(sent(await explained(configOf('Apigee', env))), {
    method: 'POST',
    url: 'https://myorg-eval-test.apigee.net/oauth/token',
    authorization: 'Basic bnM0ZlFjMTRaZzRoS0ZDTmFTekFyVnV3c3pYOTVYOlpJakZ5VHNOZ1FOeXhJ',
    fields: { grant_type: 'client_credentials' },
  });
});

/**
 * What each page of a system shows to be sent, and for which configuration.
 *
 * @type {Record<string, import('../types.js').Config>}
 */
const SYSTEMS = {
  'here-account': {
    provider: 'here',
    clientId: 'KEY',
    clientSecret: 'pa55word',
    parameters: { expires_in: '3600' },
  },
  'here-ota-connect': {
    provider: 'ota-connect',
    clientId: 'CLIENT_ID',
    clientSecret: 'pa55word',
    scope: 'scope',
  },
  iotspot: { provider: 'iotspot', clientId: 'CLIENT_ID', clientSecret: 'pa55word' },
  'high-mobility': {
    provider: 'high-mobility',
    environment: 'sandbox',
    clientId: 'id',
    clientSecret: 'pa55word',
  },
  'os-data-hub': { provider: 'os-data-hub', clientId: 'KEY', clientSecret: 'pa55word' },
};

for (const [page, config] of Object.entries(SYSTEMS)) {
  test(`${page}.md shows what is sent`, async () => {
    const [{ code }] = blocks.filter(
      (block) => block.page === `docs/${page}.md` && block.language === 'http',
    );
    const [head, body] = code.trimEnd().replaceAll('\n  ', ' ').split('\n\n');
    const [first, ...lines] = head.split('\n');
    const { Host, ...shown } = Object.fromEntries(lines.map((line) => line.split(': ')));
    const { request } = await explain(config);
    const url = new URL(request.url);
    assert.deepEqual([first, Host], [`${request.method} ${url.pathname} HTTP/1.1`, url.host]);
    assert.deepEqual(Object.keys(shown).sort(), Object.keys(request.headers).sort());
    for (const [name, value] of Object.entries(request.headers)) {
      const words = (/** @type {string} */ text) =>
        text.replaceAll(/"[^"]*"/g, '').replace(/(?<=^Basic ).*/, '');
      assert.equal(words(shown[name]), words(value));
    }
    assert.match(
      request.body,
      new RegExp(`^${body.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '[^&"]+')}$`),
    );
  });
}
