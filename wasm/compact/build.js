// Builds the compact module with TinyGo. It imports nothing, and comes out the same from any
// folder.
//
//   node wasm/compact/build.js             builds it, and writes the record of what it was built
//                                          from
//   node wasm/compact/build.js --check     fails if the record doesn't fit the sources or the
//                                          module that stands here
//   node wasm/compact/build.js --compare   builds it again, and fails if other bytes come out
//
// TinyGo is built once, and kept in $XDG_CACHE_HOME/fetchtoken-build, or else in
// ~/.cache/fetchtoken-build.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** TinyGo 0.39 accepts no Go after 1.25. The sum is that of its module in go.sum. */
const TINYGO = { version: 'v0.39.0', sum: 'h1:neR3OwQxjQo9FTIz28T6AWnir1Yde5H4ZFPkx6haznE=' };
const GO = 'go1.25.14';
const FLAGS = ['-tags=compact', '-no-debug', '-opt=2', '-panic=trap'];

/**
 * The exports of the module. Other exports of the linker are removed, with the functions that only
 * they use.
 */
const EXPORTS = ['memory', '_initialize', 'buffer', 'call'];

/** The features of WebAssembly that target.json allows. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'nontrapping-float-to-int', 'sign-ext']
  .map((name) => `--enable-${name}`);

/** Debian's packages, with a file of each. */
const PACKAGES = {
  'clang-19': '/usr/lib/llvm-19/bin/clang',
  'lld-19': '/usr/lib/llvm-19/bin/wasm-ld',
  'llvm-19-dev': '/usr/lib/llvm-19/include/llvm-c/Core.h',
  'libclang-19-dev': '/usr/lib/llvm-19/include/clang-c/Index.h',
};

const root = fileURLToPath(new URL('../../', import.meta.url));
const here = join(root, 'wasm/compact');
const module = join(here, 'fetchtoken-compact.wasm');
const recordFile = join(here, 'record.json');
const binaryen = join(root, 'node_modules/binaryen');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fetchtoken-build');

try {
  main(process.argv[2]);
} catch (error) {
  console.error(`${relative(process.cwd(), fileURLToPath(import.meta.url))}: ${error.message}`);
  process.exitCode = 1;
}

function main(mode) {
  const sources = sourcesOf();
  if (mode === '--check') {
    const record = readJSON(recordFile);
    if (record.sources !== sources.hash) {
      throw new Error('the compact module was built from other sources: run make compact');
    }
    if (record.module !== sha256(readFileSync(module))) {
      throw new Error('the compact module is not the one of its record: run make compact');
    }
    return;
  }
  installPackages();
  const { version } = readJSON(join(binaryen, 'package.json'));
  const tools = { tinygo: TINYGO.version, go: GO, binaryen: version, ...versions() };
  const built = build(sources.modules);
  const record = { sources: sources.hash, module: sha256(built), tools };
  if (mode === '--compare') {
    if (!built.equals(readFileSync(module))) {
      const [here, there] = [tools, readJSON(recordFile).tools].map((used) => JSON.stringify(used));
      throw new Error(`other bytes come out.\nhere:     ${here}\nrecorded: ${there}`);
    }
    console.log(`The same ${built.length} bytes come out.`);
    return;
  }
  writeFileSync(module, built);
  writeFileSync(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`${relative(process.cwd(), module)}: ${built.length} bytes`);
}

/**
 * Runs a command and returns its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
function run(command, args, { cwd = root, env = {} } = {}) {
  const options = { cwd, env: { ...process.env, GOFLAGS: '', ...env }, maxBuffer: 1 << 28 };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`${[command, ...args].join(' ')}: ${error ?? ''}${stdout}${stderr}`);
  }
  return stdout;
}

/** @param {string | Buffer} data */
function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** @param {string} file */
function readJSON(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Returns the hash of the module's inputs, and the modules that `go list` names for its target. */
function sourcesOf() {
  const { goos, goarch, 'build-tags': tags } = readJSON(join(here, 'target.json'));
  const fields = '{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}\t{{join $.GoFiles "\t"}}';
  const args = ['-deps', `-tags=compact,tinygo,${tags}`, '-f', `{{with .Module}}${fields}{{end}}`];
  const env = { GOOS: goos, GOARCH: goarch, CGO_ENABLED: '0' };
  const list = run('go', ['list', ...args, './wasm'], { env });
  const files = ['wasm/compact/build.js', 'wasm/compact/target.json'];
  const modules = new Map();
  for (const line of list.split('\n').filter((line) => line !== '')) {
    const [path, version, moduleDir, dir, ...names] = line.split('\t');
    if (version === '') {
      files.push(...names.map((name) => relative(root, join(dir, name))));
    } else {
      modules.set(path, { path, version, dir: moduleDir });
    }
  }
  const lines = [
    ...files.map((name) => `${name} ${sha256(readFileSync(join(root, name)))}`),
    ...Array.from(modules.values(), ({ path, version }) => `${path} ${version}`),
  ];
  return { hash: sha256(lines.sort().join('\n')), modules: [...modules.values()] };
}

function installPackages() {
  const missing = Object.entries(PACKAGES)
    .filter(([, path]) => !existsSync(path))
    .map(([name]) => name);
  if (missing.length === 0) {
    return;
  }
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian packages are missing. Install them with: ${install}`);
  }
  console.log(`Installing ${missing.join(', ')}`);
  run('sh', ['-c', `apt-get update && ${install}`], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

/** Returns the versions of the Debian packages that influence the bytes. */
function versions() {
  const names = ['llvm-19-dev', 'lld-19'];
  const versionOf = (name) => run('dpkg-query', ['-W', '-f', '${Version}', name]);
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}

/**
 * Builds the module and returns it.
 *
 * @param {{ path: string, version: string, dir: string }[]} modules
 */
function build(modules) {
  const goroot = run('go', ['env', 'GOROOT'], { env: { GOTOOLCHAIN: GO } }).trim();
  const go = {
    GOTOOLCHAIN: GO,
    GOROOT: goroot,
    PATH: `${goroot}/bin:/usr/lib/llvm-19/bin:${process.env.PATH}`,
  };
  const tinygo = tinygoRoot(go);
  const wasmOpt = join(binaryen, 'bin/wasm-opt');
  const folder = mkdtempSync(join(tmpdir(), 'fetchtoken-compact-'));
  try {
    const linked = join(folder, 'linked.wasm');
    const args = ['build', '-o', linked, '-target', join(here, 'target.json'), ...FLAGS, './wasm'];
    const GOFLAGS = `-modfile=${moduleFile(folder, modules)}`;
    run(join(tinygo, 'bin/tinygo'), args, {
      env: { ...go, GOFLAGS, TINYGOROOT: tinygo, WASMOPT: wasmOpt },
    });
    const graph = join(folder, 'graph.json');
    const kept = EXPORTS.map((name) => ({ name, export: name }));
    writeFileSync(graph, JSON.stringify([{ name: 'host', root: true, reaches: EXPORTS }, ...kept]));
    const result = join(folder, 'result.wasm');
    const metadce = join(binaryen, 'bin/wasm-metadce');
    run(process.execPath, [metadce, linked, '-f', graph, '-o', result, ...FEATURES]);
    return readFileSync(result);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Returns the folder of TinyGo, and builds it if it is missing. Its module is copied to a folder of
 * its own, because the build writes there.
 *
 * @param {NodeJS.ProcessEnv} go
 */
function tinygoRoot(go) {
  const folder = join(cache, `tinygo-${TINYGO.version}-${GO}`);
  if (!existsSync(folder)) {
    console.log(`Building TinyGo ${TINYGO.version}, once`);
    mkdirSync(cache, { recursive: true });
    const download = ['mod', 'download', '-json', `github.com/tinygo-org/tinygo@${TINYGO.version}`];
    const { Dir: dir, Sum: sum } = JSON.parse(run('go', download, { cwd: cache, env: go }));
    if (sum !== TINYGO.sum) {
      throw new Error(`TinyGo ${TINYGO.version} is not what it was: ${sum}`);
    }
    const copy = mkdtempSync(join(cache, 'tinygo-'));
    cpSync(dir, copy, { recursive: true });
    run('chmod', ['-R', 'u+w', copy]);
    // A submodule, which Go's module leaves out. TinyGo expects its folder.
    mkdirSync(join(copy, 'src/net/http'), { recursive: true });
    const build = [
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-tags=llvm19',
      '-o',
      'bin/tinygo',
      '.',
    ];
    run('go', build, { cwd: copy, env: { ...go, CGO_ENABLED: '1' } });
    renameSync(copy, folder);
  }
  return folder;
}

/**
 * Writes a module file in place of go.mod and returns its path. It allows an older Go than the
 * project and some modules name. The modules are copies with only that change, except google/uuid:
 * it reads network interfaces on all targets but js, and this target has none either, so its copy
 * has the file for js.
 *
 * @param {string} folder
 * @param {{ path: string, version: string, dir: string }[]} modules
 */
function moduleFile(folder, modules) {
  const version = GO.replace(/^go(\d+\.\d+).*/, '$1');
  let text = `module github.com/fetchtoken/fetchtoken\n\ngo ${version}\n`;
  for (const [i, { path, version: wanted, dir }] of modules.entries()) {
    const copy = join(folder, String(i));
    cpSync(dir, copy, { recursive: true });
    run('chmod', ['-R', 'u+w', copy]);
    writeFileSync(join(copy, 'go.mod'), `module ${path}\n\ngo ${version}\n`);
    if (path === 'github.com/google/uuid') {
      const withoutNet = readFileSync(join(copy, 'node_js.go'), 'utf8');
      writeFileSync(join(copy, 'node_net.go'), withoutNet.replace('// +build js\n', ''));
    }
    text += `\nrequire ${path} ${wanted}\n\nreplace ${path} => ${copy}\n`;
  }
  const file = join(folder, 'go.mod');
  writeFileSync(file, text);
  return file;
}
