// Installs the Debian packages that tests need, where one is missing and we may. Without them the
// tests that need them fail.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** @param {string} command @param {string[]} args */
const runs = (command, ...args) => spawnSync(command, args).status === 0;

const missing = Object.entries({
  chromium: ['/usr/bin/chromium', process.env.CHROMIUM].some((path) => path && existsSync(path)),
  'firefox-esr': ['/usr/bin/firefox-esr', '/usr/bin/firefox', process.env.FIREFOX].some(
    (path) => path && existsSync(path),
  ),
  'python3-oauthlib': runs(process.env.PYTHON ?? '/usr/bin/python3', '-c', 'import oauthlib'),
  curl: runs('curl', '--version'),
  'kubernetes-client': runs('kubectl', 'version', '--client'),
  zsh: runs('zsh', '--version'),
  fish: runs('fish', '--version'),
  jq: runs('jq', '--version'),
  openssl: runs('openssl', 'version'),
  'openssh-client': existsSync('/usr/bin/ssh-keygen'),
  'redis-server': runs('redis-server', '--version'),
}).flatMap(([name, isThere]) => (isThere ? [] : [name]));

if (missing.length > 0) {
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const command = `apt-get update && ${install}`;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync('sh', ['-c', command], { stdio: 'inherit' }).status !== 0) {
    console.error(`Missing Debian packages. Install them with: ${install}`);
  }
}
