// Copies of the package, each with modules of its own that nobody has imported yet.

import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Copies what is shipped and imports nothing of it.
 *
 * @returns {Promise<{ wasm: string, load: () => Promise<typeof import('../../node.js') &
 *   Pick<typeof import('../../module/module.js'), 'perform' | 'performNow'>>, remove: () =>
 *   Promise<void> }>} load() imports the copy's node.js and its module.js; wasm is the path of its
 *   module, which may be replaced
 */
export async function freshCopy() {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  await mkdir(join(folder, 'dist'));
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  const shipped = (/** @type {string} */ path) => !/js\/(bench|build|test)$/.test(path);
  await cp(join(root, 'js'), join(folder, 'js'), { recursive: true, filter: shipped });
  await symlink(
    join(root, 'dist/fetchtoken-compact.wasm'),
    join(folder, 'dist/fetchtoken-compact.wasm'),
  );
  const load = (/** @type {string} */ name) => import(pathToFileURL(join(folder, 'js', name)).href);
  return {
    wasm: join(folder, 'dist/fetchtoken-compact.wasm'),
    load: async () => ({ ...(await load('node.js')), ...(await load('module/module.js')) }),
    remove: () => rm(folder, { recursive: true }),
  };
}
