// The workflows of .github do what .ci/run does, with no more rights than they need.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ name) => readFileSync(new URL(name, root), 'utf8');
const { parse } = createRequire(new URL('js/test/places/package.json', root))('yaml');

/** @type {Record<string, any>} */
const workflows = Object.fromEntries(
  readdirSync(new URL('.github/workflows', root)).map((name) => [
    name,
    parse(read(`.github/workflows/${name}`), { strict: true, uniqueKeys: true }),
  ]),
);
const jobs = Object.values(workflows).flatMap((workflow) => Object.values(workflow.jobs));
const steps = jobs.flatMap((job) => job.steps ?? []);

test('there are two workflows, and ci runs .ci/run for each change', () => {
  assert.deepEqual(Object.keys(workflows).sort(), ['ci.yml', 'release.yml']);
  const { on, jobs } = workflows['ci.yml'];
  assert.deepEqual(Object.keys(on), ['push', 'pull_request', 'workflow_call']);
  assert.deepEqual(
    jobs.test.steps.at(-1),
    { run: '.ci/run' },
  );
  assert.match(read('.ci/run'), /^make compact-check\nexec make test$/m);
});

test('Go is that of go.mod, and Node the oldest that the package takes, or the one that publishes', () => {
  const { engines } = JSON.parse(read('package.json'));
  const given = (/** @type {string} */ action) =>
    steps.filter(({ uses }) => uses?.startsWith(`${action}@`)).map((step) => step.with);
  assert.deepEqual(given('actions/setup-go'), Array(2).fill({ 'go-version-file': 'go.mod' }));
  assert.deepEqual(given('actions/setup-node'), [
    { 'node-version': Number(engines.node.replace('>=', '')) },
    { 'node-version': 24 },
  ]);
});

test('every action has a whole version', () => {
  const used = [...jobs, ...steps].map(({ uses }) => uses).filter((uses) => uses !== undefined);
  assert.ok(used.length > 5);
  for (const uses of used) {
    assert.match(uses, /^(actions\/[\w-]+@v\d+\.\d+\.\d+|\.\/\.github\/workflows\/ci\.yml)$/);
  }
});

test('nothing may write, and only the job that publishes may sign', () => {
  for (const [name, { permissions, jobs }] of Object.entries(workflows)) {
    assert.deepEqual(permissions, { contents: 'read' }, name);
    for (const [job, { permissions: more }] of Object.entries(jobs)) {
      const expected = job === 'publish' ? { contents: 'read', 'id-token': 'write' } : undefined;
      assert.deepEqual(more, expected, `${name}: ${job}`);
    }
  }
});

test('a release is published after all tests and checks, with its provenance', () => {
  const { test: all, publish } = workflows['release.yml'].jobs;
  assert.deepEqual(all, { uses: './.github/workflows/ci.yml' });
  assert.equal(publish.needs, 'test');
  assert.deepEqual(
    publish.steps.slice(-2),
    [
      { run: 'make release-check TAG="$GITHUB_REF_NAME"' },
      { run: 'npm publish --provenance --access public' },
    ],
  );
});
