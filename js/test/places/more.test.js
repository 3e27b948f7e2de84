// The places whose tools take minutes to install: make test-places. As in places.test.js, each is a
// project as a user sets it up, and gets a token.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import {
  COMMONJS_PROGRAM,
  pageOf,
  PAGE_PROGRAM,
  Places,
  PROGRAM,
  root,
  serveFolder,
} from '../support/project.js';

const places = new Places();

/**
 * A program that starts with a wait, for the few tools that leave Node's way into the package as it
 * is and the file behind.
 */
const WAITING_PROGRAM = PROGRAM.replace(/^signOAuth1.*$/m, '');

/**
 * A program that says whether a store of its own export throws the TokenError that the package
 * exports.
 */
const SAME = `
import { TokenError } from 'fetchtoken';
import { webStorageStore } from 'fetchtoken/stores/web-storage';
try { webStorageStore(1); } catch (error) { console.log(error instanceof TokenError ? 'one TokenError' : 'two of them'); }
`;

/** A program that kills the module when 50 requests are signed and have no answer yet. */
const KILL = `
import { instances, kill } from './instances.js';
import { fetchToken } from 'fetchtoken';
let waiting = 0;
let answer;
const answered = new Promise((resolve) => { answer = resolve; });
const heldFetch = async (url, init) => {
  if (++waiting === 50) { kill(); answer(); }
  await answered;
  return fetch(url, init);
};
const config = JSON.parse(process.env.CONFIG);
const tokens = await Promise.all(
  Array.from({ length: 50 }, () => fetchToken(config, { fetch: heldFetch })),
);
for (const { access_token } of tokens) console.log('token: ' + access_token);
console.log(instances.length + ' instances');
`;
const INSTANCES = await readFile(join(root, 'js/test/support/instances.js'), 'utf8');

/** Asserts that all 50 of KILL have got a token, by a second instance. @param {string} printed */
async function assertSurvived(printed) {
  await places.assertToken(printed, 50);
  assert.match(printed, /^2 instances$/m);
}

const esbuild = join(root, 'node_modules/esbuild/bin/esbuild');

before(() => places.start());
after(() => places.stop());

/**
 * Asserts that the page in a folder gets a token, wherever a site answers with a page what it
 * hasn't.
 *
 * @param {string} folder
 */
async function assertPage(folder) {
  for (const fallback of [false, true]) {
    await serveFolder(folder, { fallback }, async (url) =>
      places.assertToken((await places.visit(url)).printed),
    );
  }
}

/**
 * Asserts that a server answers with a token.
 *
 * @param {import('../support/project.js').Project} project
 * @param {RegExp} pattern
 * @param {string[]} command
 * @param {string[]} paths
 */
function assertServed(project, pattern, command, paths) {
  return project.serving(pattern, command, async ([url]) => {
    for (const path of paths) {
      const text = await (await fetch(new URL(path, url.replace('localhost', '127.0.0.1')))).text();
      await places.assertToken(text).catch((error) => assert.fail(`${path}: ${error.message}`));
    }
  });
}

/** Returns a port that is free now. */
async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

const ROUTE = `
import { fetchToken } from 'fetchtoken';
export const dynamic = 'force-dynamic';
export const GET = async () => {
  const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
  return new Response('token: ' + access_token);
};
`;

for (const bundler of ['turbopack', 'webpack']) {
  test(`Next by ${bundler}: server component, route, edge route, client component`, async () => {
    const project = await places.installed(`next ${bundler}`, {
      'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
      'app/page.js': `
        import { fetchToken } from 'fetchtoken';
        export const dynamic = 'force-dynamic';
        export default async () => {
          const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
          return <p>{'token: ' + access_token}</p>;
        };`,
      'app/route/route.js': ROUTE,
      'pages/api/edge.js': `
        import { fetchToken } from 'fetchtoken';
        export const config = { runtime: 'edge' };
        export default async () => {
          const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
          return new Response('token: ' + access_token);
        };`,
        // Next 16.4 builds no edge route of app/ by webpack, not even one that imports nothing:
        // "ENOENT … route_client-reference-manifest.js"
        ...(bundler === 'turbopack'
          ? { 'app/edge/route.js': `${ROUTE}export const runtime = 'edge';` }
          : {}),
        'app/client/page.js': `'use client';
        import { useEffect } from 'react';
        import { fetchToken } from 'fetchtoken';
        export default function Page() {
          useEffect(() => {
            fetchToken(JSON.parse(new URLSearchParams(location.search).get('config'))).then(
              ({ access_token }) => console.log('token: ' + access_token),
              (error) => console.log('error: ' + error.message),
            );
          }, []);
          return null;
        }`,
    }, ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1']);
    await project.run('next', ['build', `--${bundler}`], { NEXT_TELEMETRY_DISABLED: '1' });
    await project.serving(
      /http:\/\/[\w.]+:\d+/,
      ['next', 'start', '-H', '127.0.0.1', '-p', await freePort()],
      async ([url]) => {
        for (const path of [
          '/',
          '/route',
          '/api/edge',
          ...(bundler === 'turbopack' ? ['/edge'] : []),
        ]) {
          await places
            .assertToken(await (await fetch(url + path)).text())
            .catch((error) => assert.fail(`${path}: ${error.message}`));
        }
        await places.assertToken((await places.visit(`${url}/client`)).printed);
      },
    );
  });
}

test('Angular CLI', async () => {
  const builder = {
    builder: '@angular/build:application',
    options: {
      browser: 'src/main.ts',
      index: 'src/index.html',
      tsConfig: 'tsconfig.json',
      polyfills: [],
    },
  };
  const project = await places.installed(
    'angular',
    {
      'package.json': '{ "private": true }',
      'angular.json': JSON.stringify({
        version: 1,
        cli: { analytics: false },
        projects: {
          app: {
            projectType: 'application',
            root: '',
            sourceRoot: 'src',
            architect: { build: builder },
          },
        },
      }),
      'tsconfig.json':
        '{ "compilerOptions": { "strict": true, "target": "ES2022", "module": "preserve", ' +
        '"moduleResolution": "bundler", "lib": ["ES2022", "dom"] }, "files": ["src/main.ts"] }',
      'src/index.html': '<!doctype html><base href="/"><body></body>',
      'src/main.ts': PAGE_PROGRAM.replace("get('config')", "get('config')!"),
    },
    [
      '@angular/cli@20.3.10',
      '@angular/build@20.3.10',
      '@angular/core@20.3.12',
      '@angular/common@20.3.12',
      '@angular/compiler@20.3.12',
      '@angular/compiler-cli@20.3.12',
      '@angular/platform-browser@20.3.12',
      'typescript@5.9.3',
      'rxjs@7.8.2',
      'tslib@2.8.1',
    ],
  );
  await project.run('ng', ['build']);
  await assertPage(join(project.folder, 'dist/app/browser'));
});

test('Parcel', async () => {
  const project = await places.installed(
    'parcel',
    {
      'package.json': '{ "private": true }',
      'index.html': pageOf('main.js'),
      'main.js': PAGE_PROGRAM,
    },
    ['parcel@2.16.4'],
  );
  await project.run('parcel', ['build', 'index.html', '--no-cache']);
  await assertPage(join(project.folder, 'dist'));
});

test('Rspack, for Node and for pages', async () => {
  const project = await places.installed('rspack', {
    'main.js': PROGRAM,
    'page.js': PAGE_PROGRAM,
    'dist/index.html': pageOf('page.js', 'text/javascript'),
    'rspack.config.mjs': `export default [
      { mode: 'production', target: 'node', entry: { main: './main.js' }, output: { filename: '[name].cjs' } },
      { mode: 'production', entry: { page: './page.js' } },
    ];`,
  }, ['@rspack/core@1.6.5', '@rspack/cli@1.6.5']);
  await project.run('rspack', ['build']);
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['dist/main.cjs']));
  await assertPage(join(project.folder, 'dist'));
});

test('@vercel/ncc', async () => {
  const project = await places.installed('ncc', { 'main.js': WAITING_PROGRAM }, [
    '@vercel/ncc@0.38.4',
  ]);
  await project.run('ncc', ['build', 'main.js', '-o', 'built']);
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['built/index.js']));
});

test('Bun: run, require, the death of the module, bun build, --compile', async () => {
  const project = await places.installed('bun', {
    'main.js': PROGRAM,
    'main.cjs': COMMONJS_PROGRAM,
    'same.js': SAME,
    'kill.js': KILL,
    'instances.js': INSTANCES,
    'waiting.js': WAITING_PROGRAM, // for --target=node
    'page.js': PAGE_PROGRAM,
    'site/index.html': pageOf('page.js'),
  }, ['bun@1.4.5']);
  await places.assertToken(await project.run('bun', ['main.js']));
  await places.assertToken(await project.run('bun', ['main.cjs']));
  assert.match(await project.run('bun', ['same.js']), /^one TokenError/);
  await assertSurvived(await project.run('bun', ['kill.js']));
  await project.run('bun', ['build', 'main.js', '--target=bun', '--outfile=for-bun.js']);
  await project.run('bun', ['build', 'waiting.js', '--target=node', '--outfile=for-node.js']);
  await project.run('bun', ['build', 'page.js', '--target=browser', '--outfile=site/page.js']);
  await project.run('bun', ['build', 'main.js', '--compile', '--outfile=app']);
  await project.run('mv', ['node_modules', 'moved']);
  await places.assertToken(await project.run('moved/.bin/bun', ['for-bun.js']));
  await places.assertToken(await project.node(['for-node.js']));
  await places.assertToken(await project.run('./app', []));
  await assertPage(join(project.folder, 'site'));
});

test('Deno: run without --allow-read, the death of the module, deno bundle', async () => {
  const project = await places.installed('deno', {
    'main.js': PROGRAM, 'same.js': SAME, 'kill.js': KILL, 'instances.js': INSTANCES,
  }, ['deno@2.9.5']);
  const env = { DENO_DIR: join(project.folder, 'cache') };
  const allowed = ['run', '--no-prompt', '--allow-net=127.0.0.1', '--allow-env=CONFIG'];
  await places.assertToken(await project.run('deno', [...allowed, 'main.js'], env));
  assert.match(await project.run('deno', [...allowed, 'same.js'], env), /^one TokenError/);
  await assertSurvived(await project.run('deno', [...allowed, 'kill.js'], env));
  await project.run('deno', ['bundle', 'main.js', '-o', 'bundled.js'], env);
  await places.assertToken(await project.run('deno', [...allowed, 'bundled.js'], env));
});

for (const version of ['5.4.21', '6.4.1', '8.4.0']) {
  test(`Vite ${version}: build, dev, SSR with noExternal, a worker`, async () => {
    const project = await places.installed(
      `vite ${version}`,
      {
        'index.html': pageOf('/main.js'),
        'main.js': PAGE_PROGRAM,
        'server.js': PROGRAM,
        'vite.server.js':
          "export default { build: { ssr: 'server.js', outDir: 'server' }, ssr: { noExternal: true } };",
      },
      [`vite@${version}`],
    );
    await project.run('vite', ['build']);
    await assertPage(join(project.folder, 'dist'));
    await project.serving(
      /http:\/\/127\.0\.0\.1:\d+\//,
      ['vite', '--host', '127.0.0.1', '--port', await freePort()],
      async ([url]) => {
        await places.assertToken((await places.visit(url)).printed);
      },
    );
    await project.run('vite', ['build', '-c', 'vite.server.js']);
    await places.assertToken(await project.node(['server/server.js']));
  });
}

test('SvelteKit with the package among devDependencies, adapter-node', async () => {
  const project = await places.installed(
    'sveltekit',
    {
      'svelte.config.js':
        "import adapter from '@sveltejs/adapter-node'; export default { kit: { adapter: adapter() } };",
      'vite.config.js':
        "import { sveltekit } from '@sveltejs/kit/vite'; export default { plugins: [sveltekit()] };",
      'src/app.html': '<!doctype html><head>%sveltekit.head%</head><body>%sveltekit.body%</body>',
      'src/routes/token/+server.js': ROUTE.replace("export const dynamic = 'force-dynamic';", ''),
    },
    [
      '@sveltejs/kit@2.49.0',
      '@sveltejs/adapter-node@5.4.0',
      '@sveltejs/vite-plugin-svelte@6.2.1',
      'svelte@5.45.2',
      'vite@7.2.6',
    ],
  );
  await project.run('vite', ['build']);
  // adapter-node bundles what is a devDependency
  await project.run('mv', ['node_modules/fetchtoken', 'moved']);
  await assertServed(
    project,
    /http:\/\/[\w.]+:\d+/,
    ['env', 'HOST=127.0.0.1', `PORT=${await freePort()}`, 'node', 'build'],
    ['/token'],
  );
});

test('Astro, @astrojs/node', async () => {
  const project = await places.installed(
    'astro',
    {
      'astro.config.mjs':
        "import node from '@astrojs/node'; export default { output: 'server', adapter: node({ mode: 'standalone' }) };",
      'src/pages/token.js': ROUTE.replace("export const dynamic = 'force-dynamic';", ''),
    },
    ['astro@5.16.4', '@astrojs/node@9.5.1'],
  );
  await project.run('astro', ['build'], { ASTRO_TELEMETRY_DISABLED: '1' });
  const port = await freePort();
  await assertServed(
    project,
    /http:\/\/[\w.]+:\d+/,
    ['env', 'HOST=127.0.0.1', `PORT=${port}`, 'node', 'dist/server/entry.mjs'],
    ['/token'],
  );
});

test('Nitro for Node', async () => {
  const project = await places.installed('nitro', {
    'server/routes/token.js': `
      import { fetchToken } from 'fetchtoken';
      export default defineEventHandler(async () => {
        const { access_token } = await fetchToken(JSON.parse(process.env.CONFIG));
        return 'token: ' + access_token;
      });`,
    'nitro.config.js': "export default { srcDir: 'server', compatibilityDate: '2025-11-01' };",
  }, ['nitropack@2.12.9']);
  await project.run('nitropack', ['build']);
  await project.run('rm', ['-r', 'node_modules']);
  await assertServed(
    project,
    /http:\/\/[\w.]+:\d+/,
    ['env', 'HOST=127.0.0.1', `PORT=${await freePort()}`, 'node', '.output/server/index.mjs'],
    ['/token'],
  );
});

const WORKER = `
import { fetchToken } from 'fetchtoken';
export default {
  fetch: async (request, env) => {
    const { access_token } = await fetchToken(JSON.parse(env.CONFIG));
    return new Response('token: ' + access_token);
  },
};
`;
const quiet = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };

test('wrangler dev', async () => {
  const project = await places.installed(
    'wrangler',
    {
      'worker.js': WORKER,
      'wrangler.jsonc': JSON.stringify({
        name: 'w',
        main: 'worker.js',
        compatibility_date: '2026-05-01',
        vars: { CONFIG: places.config },
      }),
    },
    ['wrangler@4.155.0'],
  );
  await assertServed(
    project,
    /http:\/\/127\.0\.0\.1:\d+/,
    [
      'env',
      ...Object.entries(quiet).map((pair) => pair.join('=')),
      'wrangler',
      'dev',
      '--ip',
      '127.0.0.1',
      '--port',
      await freePort(),
    ],
    ['/'],
  );
});

test('Nitro for Cloudflare, which needs experimental.wasm', async () => {
  const project = await places.installed('nitro cloudflare', {
    'server/routes/token.js': `
      import { fetchToken } from 'fetchtoken';
      export default defineEventHandler(async ({ context }) => {
        const { access_token } = await fetchToken(JSON.parse(context.cloudflare.env.CONFIG));
        return 'token: ' + access_token;
      });`,
      'nitro.config.js':
        "export default { srcDir: 'server', compatibilityDate: '2025-11-01', preset: 'cloudflare_module', experimental: { wasm: true } };",
    },
    ['nitropack@2.12.9', 'wrangler@4.155.0'],
  );
  await project.run('nitropack', ['build']);
  const dev = [
    'wrangler',
    'dev',
    '.output/server/index.mjs',
    '--compatibility-date',
    '2026-05-01',
    '--var',
    `CONFIG:${places.config}`,
  ];
  await assertServed(
    project,
    /http:\/\/127\.0\.0\.1:\d+/,
    [
      'env',
      ...Object.entries(quiet).map((pair) => pair.join('=')),
      ...dev,
      '--ip',
      '127.0.0.1',
      '--port',
      await freePort(),
    ],
    ['/token'],
  );
});

test('@cloudflare/vite-plugin', async () => {
  const project = await places.installed(
    'vite-plugin',
    {
      'worker.js': WORKER,
      'wrangler.jsonc': JSON.stringify({
        name: 'w',
        main: 'worker.js',
        compatibility_date: '2026-05-01',
        vars: { CONFIG: places.config },
      }),
      'vite.config.js':
        "import { cloudflare } from '@cloudflare/vite-plugin'; export default { plugins: [cloudflare()] };",
    },
    ['vite@7.3.8', 'wrangler@4.155.0', '@cloudflare/vite-plugin@1.55.0'],
  );
  const serve = (/** @type {string[]} */ ...args) => [
    'env',
    ...Object.entries(quiet).map((pair) => pair.join('=')),
    'vite',
    ...args,
    '--host',
    '127.0.0.1',
  ];
  await assertServed(
    project,
    /http:\/\/127\.0\.0\.1:\d+/,
    serve('dev', '--port', await freePort()),
    ['/'],
  );
  await project.run('vite', ['build'], quiet);
  await assertServed(
    project,
    /http:\/\/127\.0\.0\.1:\d+/,
    serve('preview', '--port', await freePort()),
    ['/'],
  );
});

test('vitest in workerd, @cloudflare/vitest-plugin', async () => {
  const project = await places.installed(
    'vitest-plugin',
    {
      'wrangler.jsonc': JSON.stringify({
        name: 'w',
        compatibility_date: '2026-05-01',
        vars: { CONFIG: places.config },
      }),
      'vitest.config.js': `import { cloudflareTest } from '@cloudflare/vitest-plugin';
      export default {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: { cf: false },
          }),
        ],
      };`,
    'token.test.js': `
      import { env } from 'cloudflare:test';
      import { test } from 'vitest';
      import { fetchToken } from 'fetchtoken';
      test('a token', async () => console.log('token: ' + (await fetchToken(JSON.parse(env.CONFIG))).access_token));`,
  }, ['vitest@5.1.1', '@cloudflare/vitest-plugin@1.4.10']);
  await places.assertToken(await project.run('vitest', ['run'], quiet));
});

test('an extension (Manifest V3): its page and its service worker', async () => {
  const project = await places.project('extension', {
    'extension/manifest.json': JSON.stringify({
      manifest_version: 3, name: 'e', version: '1',
      background: { service_worker: 'background.js', type: 'module' },
      host_permissions: ['http://127.0.0.1/*'],
      content_security_policy: {
        extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'",
      },
    }),
    'page.js': PAGE_PROGRAM,
    'extension/page.html': pageOf('page.js'),
    'extension/background.js': `
      import { fetchToken } from './node_modules/fetchtoken/js/browser.js';
      globalThis.get = async (config) => 'token: ' + (await fetchToken(config)).access_token;`,
  });
  await project.run(esbuild, [
    'page.js',
    '--bundle',
    '--format=esm',
    '--outfile=extension/page.js',
  ]);
  await project.run('cp', ['-r', 'node_modules', 'extension/']);
  const profile = await mkdtemp(join(tmpdir(), 'fetchtoken-profile-'));
  const extension = join(project.folder, 'extension');
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: false, // the old headless mode, which playwright asks for, has no extensions
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
  });
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    await places.assertToken(
      await worker.evaluate(
        (config) => /** @type {any} */ (globalThis).get(config),
        JSON.parse(places.config),
      ),
    );
    const { host } = new URL(worker.url());
    const page = await context.newPage();
    const printed = page.waitForEvent('console', (message) =>
      /^(token|error): /.test(message.text()),
    );
    await page.goto(
      `chrome-extension://${host}/page.html?config=${encodeURIComponent(places.config)}`,
    );
    await places.assertToken((await printed).text());
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
});

test('a program of the files that @vercel/nft traces', async () => {
  const project = await places.installed('nft', {
    'main.js': PROGRAM,
    'trace.js': `
      import { cp } from 'node:fs/promises';
      import { nodeFileTrace } from '@vercel/nft';
      for (const file of (await nodeFileTrace(['main.js'])).fileList) await cp(file, 'traced/' + file);`,
  }, ['@vercel/nft@1.1.1']);
  await project.node(['trace.js']);
  await project.run('rm', ['-r', 'node_modules']);
  await places.assertToken(await project.node(['traced/main.js']));
});

test('eslint-plugin-import resolves it', async () => {
  const project = await places.installed(
    'eslint',
    {
      'main.js': PROGRAM,
      'eslint.config.js':
        "import importPlugin from 'eslint-plugin-import'; export default [importPlugin.flatConfigs.recommended, { languageOptions: { ecmaVersion: 2024, sourceType: 'module' } }];",
    },
    ['eslint@9.39.1', 'eslint-plugin-import@2.32.0'],
  );
  await project.run('eslint', ['main.js']);
});
