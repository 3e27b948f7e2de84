// docs/workload-identity.md: each block runs, in JavaScript, in Go and with both commands, against
// the servers of support/platforms.js, where jose and oauthlib judge. What they refuse fails with
// the right hint, and a JWT is never kept.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { inspect } from 'node:util';

import { createClient, fetchToken, loadCredentials } from '../node.js';
import { CLI } from './support/command.js';
import { programOf } from './support/go_block.js';
import { APP, POOL, startPlatforms, TENANT } from './support/platforms.js';
import { NODE_24, root, run } from './support/project.js';
import { buildTokenGo } from './support/token_go.js';

const AUDIENCE = 'api://AzureADTokenExchange';
const ENTRA = `/${TENANT}/oauth2/v2.0/token`;
const KEYCLOAK = '/realms/shop/protocol/openid-connect/token';
const GOOGLE = '/v1/token';
const POD = 'system:serviceaccount:shop:orders';
const JOB = 'repo:shop/orders:ref:refs/heads/main';
const GRAPH = 'https://graph.microsoft.com/.default';
const CLOUD = 'https://www.googleapis.com/auth/cloud-platform';

/** @type {Awaited<ReturnType<typeof startPlatforms>>} */ let platforms;
/** @type {Awaited<ReturnType<typeof buildTokenGo>>} */ let tokenGo;
/** Within the package, so that `fetchtoken` is this package. @type {string} */ let folder;

before(async () => {
  await mkdir(join(root, 'dist'), { recursive: true });
  folder = await mkdtemp(join(root, 'dist/workload-'));
  platforms = await startPlatforms();
  tokenGo = await buildTokenGo();
  await run('go', ['build', '-o', join(folder, 'fetchtoken'), './cmd/fetchtoken']);
  // what npx runs: the command of JavaScript, or that of Go
  for (const [name, command] of [
    ['npx-js', `"${NODE_24}" "${CLI}"`], ['npx-go', `"${join(folder, 'fetchtoken')}"`],
  ]) {
    await mkdir(join(folder, name));
    const npx = join(folder, name, 'npx');
    await writeFile(npx, `#!/bin/sh\nshift\nexec ${command} "$@"\n`);
    await chmod(npx, 0o755);
  }
});
after(async () => {
  tokenGo?.close();
  await platforms?.close();
  await rm(folder, { recursive: true });
});

/**
 * Runs a program to its end, with no variables of this process but PATH.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: Record<string, string> }} options
 */
async function ran(command, args, { cwd, env }) {
  const child = spawn(command, args, {
    cwd,
    env: {
      HOME: cwd, XDG_CACHE_HOME: join(cwd, 'cache'), PATH: process.env.PATH, ...platforms.ways,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const status = new Promise((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

/** An external account's JSON. @param {object} source @param {object} [more] */
const externalAccount = (source, more) => JSON.stringify({
  type: 'external_account',
  audience: POOL,
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: source,
  ...more,
});

const job = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${platforms.url}/idtoken?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token-of-the-runner',
});
const ofJob = () => ({
  url: `${job().ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${encodeURIComponent(`https:${POOL}`)}`,
  headers: { Authorization: `Bearer ${job().ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  format: { type: 'json', subject_token_field_name: 'value' },
});

/**
 * What a platform gives to the blocks of a section: files and variables. Then what the server has
 * to see.
 *
 * @typedef {{ system: string, subject: string, files?: Record<string, string>,
 *   env?: Record<string, string> }} Given
 * @type {Record<string, (home: string) => Promise<Given>>}
 */
const SECTIONS = {
  'Microsoft Entra ID and Kubernetes': async (home) => ({
    system: ENTRA,
    subject: POD,
    files: { token: await platforms.pod(AUDIENCE) },
    env: {
      AZURE_CLIENT_ID: APP,
      AZURE_TENANT_ID: TENANT,
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
      AZURE_FEDERATED_TOKEN_FILE: join(home, 'token'),
    },
  }),
  'Microsoft Entra ID and GitHub Actions': async () => ({
    system: ENTRA, subject: JOB, env: { TENANT_ID: TENANT, CLIENT_ID: APP, ...job() },
  }),
  'Keycloak and Kubernetes': async (home) => ({
    system: KEYCLOAK,
    subject: POD,
    files: { token: await platforms.pod(platforms.realm) },
    env: { REALM_URL: platforms.realm, TOKEN_FILE: join(home, 'token') },
  }),
  "Keycloak's token exchange": async () => ({
    system: KEYCLOAK,
    subject: 'a-user',
    env: {
      REALM_URL: platforms.realm,
      CLIENT_SECRET: 'the-secret-of-orders',
      USER_TOKEN: await platforms.user(),
    },
  }),
  Google: async (home) => ({
    system: GOOGLE,
    subject: POD,
    files: {
      token: await platforms.pod(`https:${POOL}`),
      'external-account.json': externalAccount({ file: join(home, 'token') }),
    },
  }),
  'Google from GitHub Actions': async () => ({
    system: GOOGLE,
    subject: JOB,
    files: { 'external-account.json': externalAccount(ofJob()) },
  }),
};

const page = readFileSync(join(root, 'docs/workload-identity.md'), 'utf8');
/** @type {Record<string, Record<string, string>>} */
const blocks = {};
for (const [, title, language, code] of page.matchAll(/^#+ (.*)$|^```(\w+)\n([^]*?)^```$/gm)) {
  if (title !== undefined) {
    blocks[title] = {};
  } else {
    const section = /** @type {string} */ (Object.keys(blocks).at(-1));
    assert.equal(blocks[section][language], undefined, `one block in ${language}: ${section}`);
    blocks[section][language] = code;
  }
}

/**
 * How a block runs.
 *
 * @type {Record<string, { language: string, run: (code: string, home: string,
 *   env: Record<string, string>) => ReturnType<typeof ran> }>}
 */
const RUNNERS = {
  JavaScript: {
    language: 'js',
    async run(code, cwd, env) {
      await writeFile(join(cwd, 'block.mjs'), code);
      return ran(NODE_24, ['block.mjs'], { cwd, env });
    },
  },
  Go: {
    language: 'go',
    async run(code, cwd, env) {
      await writeFile(join(cwd, 'main.go'), programOf(code));
      await run('go', ['build', '-o', join(cwd, 'block'), '.'], { cwd });
      return ran(join(cwd, 'block'), [], { cwd, env });
    },
  },
  'the command': {
    language: 'sh',
    run: (code, cwd, env) =>
      ran('sh', ['-c', code], {
        cwd, env: { ...env, PATH: `${join(folder, 'npx-js')}:${process.env.PATH}` },
      }),
  },
  'the command in Go': {
    language: 'sh',
    run: (code, cwd, env) =>
      ran('sh', ['-c', code], {
        cwd, env: { ...env, PATH: `${join(folder, 'npx-go')}:${process.env.PATH}` },
      }),
  },
};

test('each section with blocks has them in JavaScript, in Go and for the command', () => {
  const sections = Object.entries(blocks).filter(([, has]) => Object.keys(has).length > 0);
  assert.deepEqual(
    sections.map(([title]) => title),
    Object.keys(SECTIONS).filter((title) => title !== 'Google from GitHub Actions'),
  );
  for (const [title, has] of sections) {
    assert.deepEqual(Object.keys(has), ['js', 'go', 'sh'], title);
  }
});

let homes = 0;
/** Makes a folder for a program. @param {Record<string, string>} [files] */
async function home(files = {}) {
  const path = join(folder, `home${++homes}`);
  await mkdir(path);
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(path, name), content)),
  );
  return path;
}

for (const [section, given] of Object.entries(SECTIONS)) {
  suite(section, () => {
    for (const [runner, { language, run }] of Object.entries(RUNNERS)) {
      test(`${runner} gets a token`, async () => {
        const place = await home();
        const { system, subject, files = {}, env = {} } = await given(place);
        for (const [name, content] of Object.entries(files)) {
          await writeFile(join(place, name), content);
        }
        platforms.asked.length = 0;
        const code = blocks[section.replace(' from GitHub Actions', '')][language];
        const { status, stdout, stderr } = await run(code, place, env);
        assert.equal(status, 0, `${stdout}\n${stderr}`);
        const [{ token, ...seen }, ...more] = platforms.asked;
        assert.deepEqual(
          [seen.system, seen.status, seen.subject, more], [system, 200, subject, []],
        );
        if (language === 'sh') {
          assert.equal(stdout, `${token}\n`);
        } else {
          assert.match(stdout, /^Bearer /);
        }
        const printed = stdout + stderr;
        for (const secret of [
          seen.form.get('client_assertion'), seen.form.get('subject_token'), 'token-of-the-runner',
        ]) {
          assert.ok(secret === null || !printed.includes(secret), printed);
        }
      });
    }
  });
}

/**
 * A program that is told apart by a JWT in a file: what its platform must write there, and how it
 * is configured.
 *
 * @type {Record<string, { audience: () => string, field: string,
 *   config: (file: string) => any, env?: (file: string) => Record<string, string>,
 *   args: (file: string) => string[], error: string, hint?: string }>}
 */
const PROGRAMS = {
  Entra: {
    audience: () => AUDIENCE,
    field: 'clientAssertion',
    config: (file) => ({
      provider: 'entra', tenant: TENANT, tokenEndpoint: `${platforms.url}/{tenant}/oauth2/v2.0/token`,
      clientId: APP, scope: [GRAPH], clientAssertion: { file },
    }),
    env: (file) => ({
      AZURE_CLIENT_ID: APP, AZURE_TENANT_ID: TENANT, AZURE_AUTHORITY_HOST: platforms.url,
      AZURE_FEDERATED_TOKEN_FILE: file,
    }),
    args: () => ['--scope', GRAPH],
    error: 'invalid_client',
    hint: 'the app has no federated credential for this issuer, subject and audience',
  },
  Keycloak: {
    audience: () => platforms.realm,
    field: 'clientAssertion',
    config: (file) => ({
      tokenEndpoint: platforms.url + KEYCLOAK, clientId: 'orders', clientAssertion: { file },
    }),
    args: (file) => [
      '--endpoint', platforms.url + KEYCLOAK, '--client-id', 'orders',
      '--client-assertion-file', file,
    ],
    error: 'invalid_client',
  },
  Google: {
    audience: () => `https:${POOL}`,
    field: 'subjectToken',
    config: (file) => ({
      tokenEndpoint: platforms.url + GOOGLE, audience: [POOL], scope: [CLOUD],
      subjectToken: { file }, subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
    }),
    args: (file) => [
      '--endpoint', platforms.url + GOOGLE, '--audience', POOL, '--scope', CLOUD,
      '--subject-token-file', file,
      '--subject-token-type', 'urn:ietf:params:oauth:token-type:jwt',
      '--requested-token-type', 'urn:ietf:params:oauth:token-type:access_token',
    ],
    error: 'invalid_grant',
  },
};

/** The same for Go's Config, which has a field of its own for a source. @param {any} config */
const inGo = ({ clientAssertion, subjectToken, ...config }) => ({
  ...config,
  ...(clientAssertion && { clientAssertionFrom: clientAssertion }),
  ...(subjectToken && { subjectTokenFrom: subjectToken }),
});

/**
 * Gets a token or an error: a program in each language, and both commands.
 *
 * @type {Record<string, (program: typeof PROGRAMS[string], file: string) =>
 *   Promise<{ token?: string, error?: string, hint?: string, told: string }>>}
 */
const ASKERS = {
  JavaScript: ({ config }, file) =>
    fetchToken(config(file)).then(
      ({ access_token }) => ({ token: access_token, told: '' }),
      (error) => ({
        error: error.error, hint: error.hint, told: `${error.stack} ${inspect(error)}`,
      }),
    ),
  async Go({ config }, file) {
    const { access_token, error, hint, printed } =
      await tokenGo.start()({ config: inGo(config(file)) });
    return { token: access_token, error, hint, told: `${printed}` };
  },
  'the command': (program, file) => byCommand('npx-js', program, file),
  'the command in Go': (program, file) => byCommand('npx-go', program, file),
};

/** @param {string} which @param {typeof PROGRAMS[string]} program @param {string} file */
async function byCommand(which, { env, args }, file) {
  const { status, stdout, stderr } = await ran(
    join(folder, which, 'npx'), ['fetchtoken', '--verbose', ...args(file)],
    { cwd: await home(), env: env?.(file) ?? {} },
  );
  return status === 0
    ? { token: stdout.trim(), told: stderr }
    : {
        error: /invalid_\w+/.exec(stderr)?.[0],
        hint: stderr.replaceAll(/\s+/g, ' '),
        told: stdout + stderr,
      };
}

/** What a field is called. @type {Record<string, Record<string, string>>} */
const NAMES = {
  JavaScript: { clientAssertion: 'clientAssertion', subjectToken: 'subjectToken' },
  Go: { clientAssertion: 'ClientAssertion', subjectToken: 'SubjectToken' },
  command: { clientAssertion: 'the client assertion', subjectToken: 'the subject token' },
};

for (const [system, program] of Object.entries(PROGRAMS)) {
  suite(`${system} refuses`, () => {
    const { audience, field, error, hint } = program;
    const from = 'is from the issuer "https://cluster.example.com" for the audience';
    /** @type {[what: string, jwt: () => Promise<string>, hint: (name: string) => string][]} */
    const cases = [
      ['one that has ended', () => platforms.pod(audience(), -600),
        (name) => `${name} ended … s ago: who issues it, or writes its file, must give a new one`],
      ['one for somebody else', () => platforms.pod('https://somebody.example.com'),
        (name) => hint ??
          `${name} ${from} "https://somebody.example.com": the server must trust that issuer`],
      ['one of a key that the issuer no longer has', async () => {
        const jwt = await platforms.pod(audience());
        await platforms.cluster.rotate();
        return jwt;
      }, (name) => `${name} ${from} "${audience()}": the server must trust that issuer`],
    ];
    for (const [what, make, wanted] of cases) {
      for (const [name, ask] of Object.entries(ASKERS)) {
        test(`${what}, ${name}; the next one in the file is taken`, async () => {
          const jwt = await make();
          const file = join(await home({ token: `${jwt}\n` }), 'token');
          const refused = await ask(program, file);
          assert.equal(refused.error, error, refused.told);
          const said = String(refused.hint).replace(/ended 6\d\d s/, 'ended … s');
          const named = NAMES[name] ?? NAMES.command;
          assert.ok(said.includes(wanted(named[field])), said);
          assert.ok(!refused.told.includes(jwt.split('.')[2]), 'no error has the JWT');
          await writeFile(file, await platforms.pod(audience()));
          const { token, told } = await ask(program, file);
          assert.equal(token, platforms.asked.at(-1)?.token, told);
        });
      }
    }
  });
}

suite('a client', () => {
  /** The JWT of each request that was accepted. */
  const sent = () =>
    platforms.asked.map(({ form }) => form.get('client_assertion') ?? form.get('subject_token'));

  /**
   * Has a client renew its token twice, and asserts that each request had a JWT of its own.
   *
   * @param {() => Promise<unknown>} first
   * @param {() => Promise<unknown>} renew
   * @param {() => Promise<void>} rotate what the platform does in between
   */
  async function assertAnew(first, renew, rotate) {
    platforms.asked.length = 0;
    await first();
    for (let i = 0; i < 2; i++) {
      await rotate();
      await renew();
    }
    assert.deepEqual(platforms.asked.map(({ status }) => status), [200, 200, 200]);
    assert.equal(new Set(sent()).size, 3);
  }

  /** By the way in which the platform gives the JWT. @type {Record<string, (file: string) => any>} */
  const ways = {
    'a file, whose issuer gets another key each time': (file) => PROGRAMS.Entra.config(file),
    'the URL of GitHub Actions': () => ({
      ...PROGRAMS.Entra.config(''),
      clientAssertion: {
        url: `${job().ACTIONS_ID_TOKEN_REQUEST_URL}&audience={audience}`,
        headers: { Authorization: 'Bearer token-of-the-runner' },
        member: 'value',
      },
    }),
  };
  for (const [way, configOf] of Object.entries(ways)) {
    test(`JavaScript has a JWT of its own for each request, by ${way}`, async () => {
      const file = join(await home({ token: await platforms.pod(AUDIENCE) }), 'token');
      const client = createClient(configOf(file));
      try {
        await assertAnew(
          () => client.getToken(),
          () => client.getToken({ force: true }),
          () => rotated(file),
        );
      } finally {
        client.close();
      }
    });

    test(`Go has a JWT of its own for each request, by ${way}`, async () => {
      const file = join(await home({ token: await platforms.pod(AUDIENCE) }), 'token');
      const ask = tokenGo.start();
      const get = async (/** @type {object} */ line) => {
        const { access_token, message } = await ask(line);
        assert.ok(access_token, message);
      };
      await assertAnew(
        () => get({ config: inGo(configOf(file)) }), () => get({}), () => rotated(file),
      );
    });
  }

  /** @param {string} file */
  async function rotated(file) {
    await platforms.cluster.rotate();
    await writeFile(file, await platforms.pod(AUDIENCE));
  }

  for (const [what, life, audience, wanted] of /** @type {const} */ ([
    ['has ended', -600, AUDIENCE, /lientAssertion ended 6\d\d s ago: who issues it/],
    ['is for somebody else', 300, 'https://somebody.example.com',
      /no federated credential for this issuer, subject and audience/],
  ])) {
    test(`is told that the JWT of a job ${what}; the next one is taken`, async () => {
      const configOf = (/** @type {string} */ wanted) => {
        const config = ways['the URL of GitHub Actions']('');
        const { url } = config.clientAssertion;
        config.clientAssertion.url = url.replace('{audience}', encodeURIComponent(wanted));
        return config;
      };
      /** @param {string} wanted */
      const both = (wanted) => Promise.all([
        fetchToken(configOf(wanted)).catch((failed) => failed),
        tokenGo.start()({ config: inGo(configOf(wanted)) }),
      ]);
      platforms.state.life = life;
      try {
        for (const { error, hint } of await both(audience)) {
          assert.equal(error, 'invalid_client');
          assert.match(hint, wanted);
        }
      } finally {
        platforms.state.life = 300;
      }
      for (const { access_token, message } of await both(AUDIENCE)) {
        assert.ok(access_token, message);
      }
    });
  }

  test('is told when the job may have no token, and of no runner’s token', async () => {
    const config = ways['the URL of GitHub Actions']('');
    config.clientAssertion.headers.Authorization = 'Bearer another-token-of-a-runner';
    const error = await fetchToken(config).catch((failed) => failed);
    const inGoError = await tokenGo.start()({ config: inGo(config) });
    for (const { code, message, status } of [error, inGoError]) {
      assert.deepEqual([code, status], ['source_failed', 403]);
      assert.equal(message, message.replace('another-token', ''));
    }
  });
});

suite('a file of another author, which the commands only find', () => {
  for (const [what, found, env, wanted] of /** @type {const} */ ([
    ['gets no file of the user', externalAccount({ file: '/etc/hostname' }), {},
      /it names a file or a URL that holds its subject token: a file that was only found/],
    ['gets no answer of a URL', externalAccount({ url: 'http://169.254.169.254/token' }), {},
      /it names a file or a URL that holds its subject token: a file that was only found/],
    ['gets no assertion of the user', JSON.stringify({
      token_endpoint: 'https://somebody.example.com/token', client_id: 'a', client_secret: 'b',
    }), { FETCHTOKEN_CLIENT_ASSERTION_FILE: '/etc/hostname' },
      /is not sent to the endpoint of .*credentials\.json/],
  ])) {
    for (const which of ['npx-js', 'npx-go']) {
      test(`${what}, ${which}`, async () => {
        const place = await home({ 'credentials.json': found });
        platforms.asked.length = 0;
        const { status, stderr } = await ran(
          join(folder, which, 'npx'), ['fetchtoken'], { cwd: place, env },
        );
        assert.notEqual(status, 0);
        assert.match(stderr.replaceAll(/\s+/g, ' '), wanted);
        assert.deepEqual(platforms.asked, []);
      });
    }
  }
});

suite('an external account that is not for here', () => {
  for (const [what, source, more, wanted] of /** @type {const} */ ([
    ['a service account is to be impersonated', { file: '/token' }, {
      service_account_impersonation_url:
        'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken',
    }, /no service account is impersonated here/],
    ['AWS', { environment_id: 'aws1', region_url: 'http://169.254.169.254/' }, {},
      /credential_source that is neither a file nor a url/],
    ['another token service', { file: '/token' }, { token_url: `https://sts.example.com/v1/token` },
      /token_url that is not Google's/],
  ])) {
    test(`${what}: JavaScript, Go and the commands say so`, async () => {
      const place = await home({ 'external.json': externalAccount(source, more) });
      const file = join(place, 'external.json');
      platforms.asked.length = 0;
      await assert.rejects(loadCredentials(await readFile(file)), ({ code, message }) =>
        code === 'invalid_credentials' && wanted.test(message));
      const go = await tokenGo.start()({ file });
      assert.equal(go.code, 'invalid_credentials');
      assert.match(go.message, wanted);
      for (const which of ['npx-js', 'npx-go']) {
        const { status, stderr } = await ran(
          join(folder, which, 'npx'), ['fetchtoken', file], { cwd: place, env: {} },
        );
        assert.notEqual(status, 0);
        assert.match(stderr.replaceAll(/\s+/g, ' '), wanted);
      }
      assert.deepEqual(platforms.asked, []);
    });
  }
});
