// Every place where a user runs the package, as a user sets it up: installed from the tarball,
// unconfigured. Each gets a token.

import assert from 'node:assert/strict';
import { readdir, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

import { Miniflare } from 'miniflare';

import {
  COMMONJS_PROGRAM,
  NODE_24,
  pageOf,
  PAGE_PROGRAM,
  Places,
  PROGRAM,
  root,
  serveFolder,
} from './support/project.js';

const places = new Places();
const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');
const nodes = { 'this Node': process.execPath, 'Node 24': NODE_24 };

/** @type {[string, () => Promise<void>][]} */
const all = [];

/** @param {string} name @param {() => Promise<void>} check */
const place = (name, check) => all.push([name, check]);

before(() => places.start());
after(() => places.stop());

/** A function as AWS Lambda calls it. */
const HANDLER = `
import { fetchToken, signOAuth1 } from 'fetchtoken';
signOAuth1({ method: 'GET', url: 'https://api.example/', consumerKey: 'a', consumerSecret: 'b' });
export const handler = async (event) => (await fetchToken(event)).access_token;
`;

// ---- Node

for (const [name, node] of Object.entries(nodes)) {
  place(`${name}: import`, async () => {
    const project = await places.project(`${name} import`, { 'main.js': PROGRAM });
    await places.assertToken(await project.node(['main.js'], node));
  });

  place(`${name}: require`, async () => {
    const project = await places.project(`${name} require`, { 'main.cjs': COMMONJS_PROGRAM });
    await places.assertToken(await project.node(['main.cjs'], node));
  });
}

for (const [format, extension] of [['esm', 'mjs'], ['cjs', 'cjs']]) {
  place(`esbuild for Lambda, ${format}`, async () => {
    const project = await places.project(`lambda ${format}`, {
      'handler.js': HANDLER,
      'call.mjs': `import * as bundle from './deployed/handler.${extension}';
        const { handler } = bundle.default ?? bundle;
        console.log('token: ' + await handler(JSON.parse(process.env.CONFIG)));`,
    });
    await project.run(esbuild, [
      'handler.js',
      '--bundle',
      '--platform=node',
      `--format=${format}`,
      `--outfile=deployed/handler.${extension}`,
    ]);
    await project.run('rm', ['-r', 'node_modules']); // Lambda gets the bundle alone
    await places.assertToken(await project.node(['call.mjs']));
  });
}

place('esbuild with conditions of its own, which turn off "module"', async () => {
  // which waits for nothing
  const project = await places.project('esbuild conditions', {
    'main.js': PROGRAM.replace(/^signOAuth1.*$/m, ''),
  });
  await project.run(esbuild, [
    'main.js',
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--conditions=custom',
    '--outfile=built/main.mjs',
  ]);
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['built/main.mjs']));
});

place('Node SEA', async () => {
  const project = await places.project(
    'sea',
    {
      'main.js': PROGRAM,
      'sea.json':
        '{ "main": "bundle.cjs", "output": "sea.blob", "disableExperimentalSEAWarning": true }',
    },
    ['postject'],
  );
  await project.run(esbuild, [
    'main.js',
    '--bundle',
    '--platform=node',
    '--format=cjs',
    '--outfile=bundle.cjs',
  ]);
  await project.node(['--experimental-sea-config', 'sea.json'], NODE_24);
  await project.run('cp', [NODE_24, 'app']);
  await project.tool(
    'postject/dist/cli.js',
    'app',
    'NODE_SEA_BLOB',
    'sea.blob',
    '--sentinel-fuse',
    'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  );
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.run(join(project.folder, 'app'), []));
});

place('yarn PnP', async () => {
  const manifest = {
    private: true,
    type: 'module',
    packageManager: 'yarn@4.18.1',
    dependencies: { fetchtoken: `file:${places.tarball}` },
  };
  const project = await places.project(
    'pnp',
    {
      'package.json': JSON.stringify(manifest),
      'yarn.lock': '',
      '.yarnrc.yml':
        'enableTelemetry: false\nenableNetwork: false\nenableGlobalCache: ' +
        'false\nenableImmutableInstalls: false\n',
      'main.js': PROGRAM,
      'main.cjs': COMMONJS_PROGRAM,
    },
    ['@yarnpkg/cli-dist'],
  );
  const yarn = await realpath(join(project.folder, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'));
  await project.run('rm', ['-r', 'node_modules']);
  await project.node([yarn, 'install']);
  await places.assertToken(await project.node([yarn, 'node', 'main.js']));
  await places.assertToken(await project.node([yarn, 'node', 'main.cjs']));
});

// ---- Test runners

place('vitest with the package inlined', async () => {
  const project = await places.project(
    'vitest',
    {
      'vitest.config.js':
        "export default { test: { server: { deps: { inline: ['fetchtoken'] } } } };",
      'token.test.js': `
      import { fetchToken } from 'fetchtoken';
      import { test } from 'vitest';
      test('a token', async () => {
        const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
        console.log('token: ' + access_token);
      });`,
  }, ['vitest']);
  await places.assertToken(await project.tool('vitest/vitest.mjs', 'run'));
});

const JEST_TEST = `
const { fetchToken, signOAuth1 } = require('fetchtoken');
signOAuth1({ method: 'GET', url: 'https://api.example/', consumerKey: 'a', consumerSecret: 'b' });
test('a token', async () => {
  const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
  process.stdout.write('token: ' + access_token);
});`;

place('jest, environment node', async () => {
  const project = await places.project(
    'jest',
    { 'package.json': '{ "private": true }', 'token.test.js': JEST_TEST },
    ['jest'],
  );
  await places.assertToken(await project.tool('jest/bin/jest.js'));
});

place('jest, environment jsdom', async () => {
  const project = await places.project('jest jsdom', {
    'package.json': '{ "private": true }',
    'environment.js': `// jsdom has no fetch
      const { TestEnvironment } = require('jest-environment-jsdom');
      module.exports = class extends TestEnvironment {
        constructor(...args) {
          super(...args);
          this.global.fetch = fetch;
        }
      };`,
    'token.test.js': JEST_TEST,
  }, ['jest', 'jest-environment-jsdom']);
  await places.assertToken(await project.tool('jest/bin/jest.js', '--env=./environment.js'));
});

// ---- Bundlers, for Node

place('webpack for Node', async () => {
  const project = await places.project(
    'webpack node',
    {
      'main.js': PROGRAM,
      'webpack.config.cjs':
        "module.exports = { mode: 'production', target: 'node', entry: './main.js', output: { filename: 'main.cjs' } };",
    },
    ['webpack', 'webpack-cli'],
  );
  await project.tool('webpack-cli/bin/cli.js');
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['dist/main.cjs']));
});

place('Rollup for Node', async () => {
  const project = await places.project('rollup node', {
    'main.js': PROGRAM,
    'rollup.config.js': `import { nodeResolve } from '@rollup/plugin-node-resolve';
      export default {
        input: 'main.js',
        output: { dir: 'dist' },
        plugins: [nodeResolve({ exportConditions: ['node'] })],
      };`,
  }, ['rollup', '@rollup/plugin-node-resolve']);
  await project.tool('rollup/dist/bin/rollup', '-c');
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['dist/main.js']));
});

for (const noExternal of [false, true]) {
  place(`Vite SSR${noExternal ? ', noExternal' : ''}`, async () => {
    const project = await places.project(
      `vite ssr ${noExternal}`,
      {
        'main.js': PROGRAM,
        'vite.config.js': `export default { build: { ssr: 'main.js' }, ssr: { noExternal: ${noExternal} } };`,
      },
      ['vite'],
    );
    await project.tool('vite/bin/vite.js', 'build');
    if (noExternal) {
      await project.run('rm', ['-r', 'node_modules']);
    }
    await places.assertToken(await project.node(['dist/main.js']));
  });
}

// ---- Bundlers, for pages

/**
 * Asserts that the page in a folder gets a token, and returns which files of the site it asked for.
 *
 * @param {string} folder
 * @param {Parameters<typeof serveFolder>[1]} [options]
 * @param {number} [tokens] how many tokens it gets
 */
async function assertPage(folder, options = {}, tokens = 1) {
  let requested = /** @type {string[]} */ ([]);
  await serveFolder(folder, options, async (url) => {
    const visit = await places.visit(url);
    requested = visit.requested
      .filter((path) => path.startsWith(url))
      .map((path) => new URL(path).pathname);
    await places.assertToken(visit.printed, tokens);
  });
  return requested;
}

/**
 * The names of what was asked for, without the page and without the hashes of bundlers.
 *
 * @param {string[]} paths
 */
const loaded = (paths) =>
  paths
    .filter((path) => path !== '/')
    .map((path) =>
      path
        .split('/')
        .at(-1)
        ?.replace(/-[\w-]{8}\./, '.'),
    );

/** Gets a token in the page, in a worker and in a service worker. */
const WORKERS_PROGRAM = `
import { fetchToken } from 'fetchtoken';
const config = JSON.parse(new URLSearchParams(location.search).get('config'));
const answerOf = (from, post) => new Promise((resolve) => {
  from.addEventListener('message', ({ data }) => resolve(data));
  from.addEventListener('error', ({ message }) => resolve('error: ' + message));
  post();
});
const worker = new Worker('worker.js', { type: 'module' });
const { active, installing } = await navigator.serviceWorker.register('service_worker.js', { type: 'module' });
const answers = await Promise.all([
  fetchToken(config).then(({ access_token }) => 'token: ' + access_token),
  answerOf(worker, () => worker.postMessage(config)),
  answerOf(navigator.serviceWorker, () => {
    navigator.serviceWorker.startMessages();
    (active ?? installing).postMessage(config);
  }),
]).catch((error) => ['error: ' + error.message]);
console.log(answers.join(' '));
`;

/** @param {string} reply */
const workerProgram = (reply) => `
import { fetchToken } from 'fetchtoken';
addEventListener('message', ({ data, source }) => {
  fetchToken(data)
    .then(({ access_token }) => 'token: ' + access_token, (error) => 'error: ' + error.message)
    .then((answer) => ${reply}(answer));
});
`;

place('a page, a worker and a service worker without a bundler', async () => {
  const plain = (/** @type {string} */ program) =>
    program.replace("'fetchtoken'", "'./node_modules/fetchtoken/js/browser.js'");
  const project = await places.project('page', {
    'index.html': pageOf('main.js'),
    'main.js': plain(WORKERS_PROGRAM),
    'worker.js': plain(workerProgram('postMessage')),
    'service_worker.js': plain(workerProgram('source.postMessage')),
  });
  const requested = await assertPage(project.folder, {}, 3);
  const modules = loaded(requested).filter((name) => name?.startsWith('fetchtoken'));
  assert.deepEqual([...new Set(modules)], ['fetchtoken-compact.wasm'], 'no text beside the module');
});

place('a page, a worker and a service worker, each by esbuild', async () => {
  const project = await places.project('esbuild workers', {
    'site/index.html': pageOf('main.js'),
    'main.js': WORKERS_PROGRAM,
    'worker.js': workerProgram('postMessage'),
    'service_worker.js': workerProgram('source.postMessage'),
  });
  await project.run(esbuild, [
    'main.js',
    'worker.js',
    'service_worker.js',
    '--bundle',
    '--format=esm',
    '--outdir=site',
  ]);
  await assertPage(join(project.folder, 'site'), {}, 3);
});

for (const [format, type] of [['esm', 'module'], ['iife', 'text/javascript']]) {
  place(`esbuild for browsers, ${format}`, async () => {
    const project = await places.project(`esbuild ${format}`, {
      'main.js': PAGE_PROGRAM,
      'site/index.html': pageOf('main.js', type),
    });
    await project.run(esbuild, [
      'main.js',
      '--bundle',
      '--minify',
      `--format=${format}`,
      '--outfile=site/main.js',
    ]);
    await assertPage(join(project.folder, 'site'));
    await assertPage(join(project.folder, 'site'), { fallback: true });
  });
}

place('Vite build', async () => {
  const project = await places.project(
    'vite build',
    { 'index.html': pageOf('/main.js'), 'main.js': PAGE_PROGRAM },
    ['vite'],
  );
  await project.tool('vite/bin/vite.js', 'build');
  const requested = await assertPage(join(project.folder, 'dist'));
  assert.deepEqual(
    loaded(requested),
    ['index.js', 'fetchtoken-compact.wasm'],
    'no text beside the module',
  );
  const built = await readdir(join(project.folder, 'dist/assets'));
  assert.deepEqual(built.map((name) => name.replace(/-[\w-]{8}\./, '.')).sort(), [
    'fetchtoken-compact.wasm',
    'index.js',
    'text.js',
  ]);
});

place('Vite dev', async () => {
  const project = await places.project(
    'vite dev',
    { 'index.html': pageOf('/main.js'), 'main.js': PAGE_PROGRAM },
    ['vite'],
  );
  await project.serving(
    /http:\/\/127\.0\.0\.1:\d+\//,
    [process.execPath, 'node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', '0'],
    async ([url]) => {
      await places.assertToken((await places.visit(url)).printed);
    },
  );
});

place('webpack for pages', async () => {
  const project = await places.project(
    'webpack page',
    { 'src/index.js': PAGE_PROGRAM, 'dist/index.html': pageOf('main.js', 'text/javascript') },
    ['webpack', 'webpack-cli'],
  );
  await project.tool('webpack-cli/bin/cli.js', '--mode=production');
  const requested = await assertPage(join(project.folder, 'dist'));
  assert.deepEqual(
    requested.map((path) => path.replace(/^.*(?=\.)/, '')),
    ['/', '.js', '.wasm'],
    'no text beside the module',
  );
});

place('Rollup for pages', async () => {
  const project = await places.project('rollup page', {
    'main.js': PAGE_PROGRAM,
    'site/index.html': pageOf('main.js'),
    'rollup.config.js': `import { nodeResolve } from '@rollup/plugin-node-resolve';
      export default { input: 'main.js', output: { dir: 'site' }, plugins: [nodeResolve({ browser: true })] };`,
  }, ['rollup', '@rollup/plugin-node-resolve']);
  await project.tool('rollup/dist/bin/rollup', '-c');
  await assertPage(join(project.folder, 'site'));
});

place('a page whose Content-Security-Policy allows no fetch from its own site', async () => {
  const project = await places.project(
    'csp',
    { 'index.html': pageOf('/main.js'), 'main.js': PAGE_PROGRAM },
    ['vite'],
  );
  await project.tool('vite/bin/vite.js', 'build');
  const { origin } = new URL(JSON.parse(places.config).tokenEndpoint);
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${origin}`;
  await assertPage(join(project.folder, 'dist'), {
    headers: { 'content-security-policy': policy },
  });
});

// ---- Workers

place('a Worker, bundled as wrangler does', async () => {
  const project = await places.project('worker', {
    'worker.js': `import { fetchToken } from 'fetchtoken';
      export default {
        async fetch(request) {
          return new Response('token: ' + (await fetchToken(await request.json())).access_token);
        },
      };`,
  });
  await project.run(esbuild, [
    'worker.js',
    '--bundle',
    '--format=esm',
    '--conditions=workerd,worker,browser',
    '--loader:.wasm=copy',
    '--asset-names=[name]',
    '--outdir=dist',
  ]);
  const names = await readdir(join(project.folder, 'dist'));
  assert.deepEqual(
    names.sort(),
    ['fetchtoken-compact.wasm', 'worker.js'],
    'no text beside the module',
  );
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: '2026-07-01',
    modulesRoot: join(project.folder, 'dist'),
    modules: [
      { type: 'ESModule', path: join(project.folder, 'dist/worker.js') },
      { type: 'CompiledWasm', path: join(project.folder, 'dist/fetchtoken-compact.wasm') },
    ],
  });
  try {
    const response = await miniflare.dispatchFetch('http://worker/', {
      method: 'POST',
      body: places.config,
    });
    await places.assertToken(await response.text());
  } finally {
    await miniflare.dispose();
  }
});

suite('the package gets a token', { concurrency: availableParallelism() }, () => {
  for (const [name, check] of all) {
    test(name, check);
  }
});
