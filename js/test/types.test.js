// The types of the package in a user's TypeScript, with the types of one platform after another,
// and with none: nothing is an error, and nothing is silently untyped.

import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { installPackage, root, run } from './support/project.js';

const inRoot = join(root, 'node_modules');
const inTools = join(root, 'js/test/places/node_modules');

/** What programs have beside the package, and where it is. */
const PACKAGES = {
  '@types/node': inRoot,
  undici: inTools,
  '@cloudflare/workers-types': inTools,
};

const TYPESCRIPT = join(inRoot, 'typescript/bin/tsc');
/** The last TypeScript before version 6: it has node10. */
const TYPESCRIPT_5 = join(inTools, 'typescript/bin/tsc');

/**
 * Of each platform its types, and the programs of support/types that can run there.
 *
 * @type {Record<string, { lib?: string[], types?: string[], programs: string[] }>}
 */
const PLATFORMS = {
  'es2022 alone': { programs: ['root', 'subpaths'] },
  '@types/node': {
    types: ['node'],
    programs: ['root', 'subpaths', 'global', 'node', 'undici'],
  },
  '@cloudflare/workers-types': {
    types: ['@cloudflare/workers-types'],
    programs: ['root', 'subpaths', 'global', 'keys', 'workers'],
  },
  dom: { lib: ['dom'], programs: ['root', 'subpaths', 'global', 'keys'] },
  'dom and @types/node': {
    lib: ['dom'],
    types: ['node'],
    programs: ['root', 'subpaths', 'global', 'keys', 'node', 'undici'],
  },
};

/**
 * How the compiler finds the package, in which kind of project, and whether it can't go beyond the
 * first export.
 *
 * @type {Record<string, { tsc: string, type: string, options: object, only?: string[] }>}
 */
const RESOLUTIONS = {
  nodenext: { tsc: TYPESCRIPT, type: 'module', options: { module: 'nodenext' } },
  'nodenext, CommonJS': { tsc: TYPESCRIPT, type: 'commonjs', options: { module: 'nodenext' } },
  bundler: {
    tsc: TYPESCRIPT,
    type: 'module',
    options: { module: 'esnext', moduleResolution: 'bundler' },
  },
  'TypeScript 5, node10': {
    tsc: TYPESCRIPT_5,
    type: 'commonjs',
    options: { module: 'commonjs', moduleResolution: 'node10' },
    only: ['root', 'global', 'node'],
  },
};

/** The folder of a user's project. @type {string} */
let project;

before(async () => {
  ({ folder: project } = await installPackage());
  for (const [name, folder] of Object.entries(PACKAGES)) {
    const path = join(project, 'node_modules', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(folder, name), path);
  }
  for (const type of ['module', 'commonjs']) {
    await cp(join(root, 'js/test/support/types'), join(project, type), { recursive: true });
    await writeFile(join(project, type, 'package.json'), JSON.stringify({ type }));
  }
});
after(() => rm(dirname(project), { recursive: true }));

for (const [resolution, { tsc, type, options, only }] of Object.entries(RESOLUTIONS)) {
  for (const [platform, { lib = [], types = [], programs }] of Object.entries(PLATFORMS)) {
    test(`${resolution}: ${platform}`, async () => {
      const compilerOptions = {
        ...options,
        lib: ['es2022', ...lib],
        types,
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      };
      const files = programs
        .filter((name) => only?.includes(name) ?? true)
        .map((name) => join(type, `${name}.ts`));
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      await run(process.execPath, [tsc, '-p', '.'], { cwd: project });
    });
  }
}
