// Makes dist/console/: the page of js/console as one script, with the package in it. The module
// stays beside it, in dist/.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'js/console');
const folder = join(root, 'dist/console');

/** From dist/console/ the files of dist/ are one folder above. */
const beside = {
  name: 'dist is one folder above',
  /** @param {import('esbuild').PluginBuild} build */
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/dist\/fetchtoken-compact\.js$/ }, () => ({
      path: '../fetchtoken-compact.js',
      external: true,
    }));
    onLoad({ filter: /\/js\/browser\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const moved = contents.replace("'../dist/", "'../");
      if (moved === contents) {
        throw new Error(`${path} names no file of dist/`);
      }
      return { contents: moved, resolveDir: dirname(path) };
    });
  },
};

await rm(folder, { recursive: true, force: true });
await build({
  entryPoints: { console: join(source, 'main.js'), style: join(source, 'style.css') },
  outdir: folder,
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: 'esnext',
  chunkNames: '[name]',
  plugins: [beside],
});
const page = await readFile(join(source, 'index.html'), 'utf8');
await writeFile(join(folder, 'index.html'), page.replace('"main.js"', '"console.js"'));
await writeFile(join(folder, 'icon.svg'), await readFile(join(source, 'icon.svg')));
