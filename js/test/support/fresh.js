// Copies of the package, each with modules of its own that nobody has imported yet.

import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Copies what is shipped and imports nothing of it.
 *
 * @returns {Promise<{ wasm: string, load: () => Promise<typeof import('../../node.js') & Pick<typeof import('../../module.js'), 'perform' | 'performNow'>>, remove: () => Promise<void> }>}
 *   load() imports the copy's node.js and its module.js; wasm is the path of its module, which may be replaced
 */
export async function freshCopy() {
  const folder = await mkdtemp(join(tmpdir(), 'fetchtoken-'));
  await mkdir(join(folder, 'js'));
  await mkdir(join(folder, 'dist'));
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  for (const name of await readdir(join(root, 'js'))) {
    if (name.endsWith('.js')) {
      await cp(join(root, 'js', name), join(folder, 'js', name));
    }
  }
  await symlink(join(root, 'dist/fetchtoken-compact.wasm'), join(folder, 'dist/fetchtoken-compact.wasm'));
  const load = (/** @type {string} */ name) => import(pathToFileURL(join(folder, 'js', name)).href);
  return {
    wasm: join(folder, 'dist/fetchtoken-compact.wasm'),
    load: async () => ({ ...(await load('node.js')), ...(await load('module.js')) }),
    remove: () => rm(folder, { recursive: true }),
  };
}
