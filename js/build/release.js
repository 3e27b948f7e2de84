// The judgements of js/build/release_check.js, without the programs that it runs.

/**
 * The outcome of a program: the fault, or the reason why there is no result.
 *
 * @typedef {{ status: number | null, stdout: string, stderr: string }} Ended
 * @typedef {{ wrong: string[], away?: string }} Answer
 */

/**
 * Names the places with a version other than package.json's. The Go module has only its tag.
 *
 * @param {{ tag?: string, manifest: any, lock: any, sbom: any, changelog: string, pages:
 *   Record<string, string> }} files `pages` are the README and the manual
 * @returns {string[]}
 */
export function versionsOf({ tag, manifest: { name, version }, lock, sbom, changelog, pages }) {
  const [heading] = /^## .*$/m.exec(changelog) ?? ['no heading'];
  const expected = tag === undefined ? [`## ${version}`, '## Unreleased'] : [`## ${version}`];
  const wrong = expected.includes(heading)
    ? []
    : [`CHANGELOG.md begins with "${heading}", not with "${expected.join('" or "')}"`];
  const found = Object.entries({
    'the tag': tag ?? `v${version}`,
    'package-lock.json': `v${lock.version}`,
    'the root of package-lock.json': `v${lock.packages[''].version}`,
    'sbom.cdx.json': `v${sbom.metadata.component.version}`,
  });
  for (const [page, text] of Object.entries(pages)) {
    for (const [, named] of text.matchAll(new RegExp(`\\b${name}@v?(\\d+\\.\\d+\\.\\d+)`, 'g'))) {
      found.push([page, `v${named}`]);
    }
  }
  const other = found.filter(([, named]) => named !== `v${version}`);
  return [...wrong, ...other.map(([where, named]) => `${where} says ${named}, not v${version}`)];
}

/**
 * Reads the result of govulncheck: its status is 3 for findings; any other except 0 means that it
 * could not look.
 *
 * @param {Ended} ended
 * @returns {Answer}
 */
export function vulnerabilitiesOf({ status, stdout, stderr }) {
  if (status === 0) {
    return { wrong: [] };
  }
  const said = `${stdout}${stderr}`.trim();
  return status === 3 || !/fetching vulnerabilities/.test(said)
    ? { wrong: [said] }
    : { wrong: [], away: said };
}

/**
 * Reads the result of `npm audit --json`. If it contains no count of findings, the audit failed.
 *
 * @param {Ended} ended
 * @returns {Answer}
 */
export function auditOf({ status, stdout, stderr }) {
  if (status === null) {
    return { wrong: [stderr] };
  }
  const report = jsonOf(stdout);
  const total = report?.metadata?.vulnerabilities?.total;
  if (typeof total !== 'number') {
    return { wrong: [], away: report?.message ?? stderr.trim() };
  }
  const names = Object.entries(report.vulnerabilities ?? {});
  return { wrong: names.map(([name, { severity }]) => `${name}: ${severity}`) };
}

/** @param {string} text @returns {any} */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
