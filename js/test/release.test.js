// What `make release-check` judges.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { auditOf, versionsOf, vulnerabilitiesOf } from '../build/release.js';

/** @param {Record<string, any>} [changes] */
const files = (changes) => ({
  tag: 'v1.2.3',
  manifest: { name: 'fetchtoken', version: '1.2.3' },
  lock: { version: '1.2.3', packages: { '': { version: '1.2.3' } } },
  sbom: { metadata: { component: { version: '1.2.3' } } },
  changelog: '# Changelog\n\n## 1.2.3\n\n- new\n\n## 1.2.2\n',
  pages: { 'README.md': 'https://cdn.example/fetchtoken@1.2.3/js/browser.js' },
  ...changes,
});

test('a release has one version everywhere', () => {
  assert.deepEqual(versionsOf(files()), []);
  const unreleased = { tag: undefined, changelog: '# Changelog\n\n## Unreleased\n' };
  assert.deepEqual(versionsOf(files(unreleased)), []);
});

for (const [where, changes] of Object.entries({
  'the tag': { tag: 'v1.2.4' },
  'package-lock.json': { lock: { version: '1.2.2', packages: { '': { version: '1.2.3' } } } },
  'the root of package-lock.json': {
    lock: { version: '1.2.3', packages: { '': { version: '1.2.2' } } },
  },
  'sbom.cdx.json': { sbom: { metadata: { component: { version: '1.2.2' } } } },
  'CHANGELOG.md': { changelog: '# Changelog\n\n## Unreleased\n\n## 1.2.3\n' },
  'docs/web.md': { pages: { 'docs/web.md': 'import("https://cdn.example/fetchtoken@1.2.2")' } },
})) {
  test(`another version in ${where} is told`, () => {
    const wrong = versionsOf(files(changes));
    assert.equal(wrong.length, 1);
    assert.ok(wrong[0].startsWith(where), wrong[0]);
  });
}

test('govulncheck: findings and errors fail, a database that is away does not', () => {
  const ended = (/** @type {number} */ status, stderr = '') => ({ status, stdout: '', stderr });
  assert.deepEqual(vulnerabilitiesOf(ended(0)), { wrong: [] });
  assert.deepEqual(vulnerabilitiesOf(ended(3, 'GO-2026-1')), { wrong: ['GO-2026-1'] });
  assert.deepEqual(vulnerabilitiesOf(ended(1, 'does not compile')), { wrong: ['does not compile'] });
  const away = 'govulncheck: fetching vulnerabilities: no such host';
  assert.deepEqual(vulnerabilitiesOf(ended(1, away)), { wrong: [], away });
});

test('npm audit: findings fail, a registry that does not answer does not', () => {
  const ended = (/** @type {object} */ report, status = 1) => ({
    status,
    stdout: JSON.stringify(report),
    stderr: '',
  });
  const report = (/** @type {object} */ vulnerabilities) => ({
    vulnerabilities,
    metadata: { vulnerabilities: { total: Object.keys(vulnerabilities).length } },
  });
  assert.deepEqual(auditOf(ended(report({}), 0)), { wrong: [] });
  assert.deepEqual(auditOf(ended(report({ fflate: { severity: 'high' } }))), {
    wrong: ['fflate: high'],
  });
  const message = '405 Method Not Allowed';
  assert.deepEqual(auditOf(ended({ message, error: {} })), { wrong: [], away: message });
  assert.deepEqual(auditOf({ status: null, stdout: '', stderr: 'no npm' }), { wrong: ['no npm'] });
});
