// Shows a configuration as a program or a command that others can run. It contains no secret: an
// environment variable replaces each.

import { shellWord } from '../cli/printable.js';

/** The replacement of each secret. */
const VARIABLES = /** @type {Record<string, string>} */ ({
  clientSecret: 'CLIENT_SECRET',
  privateKey: 'PRIVATE_KEY',
  passphrase: 'PASSPHRASE',
});

/** Returns a call in JavaScript. @param {any} config */
export function asJavaScript(config) {
  const lines = Object.entries(config).map(([name, value]) =>
    name in VARIABLES
      ? `  ${name}: process.env.${VARIABLES[name]},`
      : `  ${name}: ${literal(value)},`,
  );
  return (
    "import { fetchToken } from 'fetchtoken';\n\n" +
    `const { access_token } = await fetchToken({\n${lines.join('\n')}\n});\n`
  );
}

/** @param {unknown} value */
const literal = (value) =>
  typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);

/**
 * The names of the fields in Go.
 *
 * @type {Record<string, string>}
 */
const GO_NAMES = {
  provider: 'Provider',
  environment: 'Environment',
  tokenEndpoint: 'TokenEndpoint',
  clientId: 'ClientID',
  clientSecret: 'ClientSecret',
  clientAuth: 'ClientAuth',
  privateKey: 'PrivateKey',
  passphrase: 'Passphrase',
  keyId: 'KeyID',
  alg: 'Alg',
  grantType: 'GrantType',
  scope: 'Scope',
  resource: 'Resource',
  audience: 'Audience',
  bodyFormat: 'BodyFormat',
  basicEncoding: 'BasicEncoding',
};

const GO_LISTS = new Set(['scope', 'resource', 'audience']);

/** Returns a call in Go. @param {any} config */
export function asGo(config) {
  const lines = Object.entries(config).flatMap(([name, value]) => {
    const goName = GO_NAMES[name];
    if (goName === undefined) {
      return [];
    }
    if (name in VARIABLES) {
      return [[goName, `os.Getenv("${VARIABLES[name]}")`]];
    }
    const values = [value].flat();
    const text = GO_LISTS.has(name)
      ? `[]string{${values.map((each) => JSON.stringify(each)).join(', ')}}`
      : JSON.stringify(value);
    return [[goName, text]];
  });
  const widest = Math.max(...lines.map(([name]) => name.length));
  const fields = lines.map(([name, text]) => `\t${`${name}:`.padEnd(widest + 1)} ${text},\n`);
  return (
    `token, err := fetchtoken.FetchToken(ctx, fetchtoken.Config{\n${fields.join('')}}, nil)\n` +
    'if err != nil {\n\treturn err\n}\n'
  );
}

/** The options of the command. @type {Record<string, string>} */
const OPTIONS = {
  provider: 'provider',
  environment: 'environment',
  tokenEndpoint: 'endpoint',
  clientId: 'client-id',
  keyId: 'key-id',
  alg: 'alg',
  clientAuth: 'client-auth',
  basicEncoding: 'basic-encoding',
  bodyFormat: 'body-format',
  grantType: 'grant-type',
  scope: 'scope',
  audience: 'audience',
  resource: 'resource',
};

/** Returns a command of a shell. @param {any} config */
export function asCommand(config) {
  const options = Object.entries(config).flatMap(([name, value]) =>
    Object.hasOwn(OPTIONS, name)
      ? [value].flat().map((each) => `--${OPTIONS[name]} ${wordOf(String(each))}`)
      : [],
  );
  const secrets = [
    ...(config.clientSecret === undefined ? [] : ['FETCHTOKEN_CLIENT_SECRET=…']),
    ...(config.privateKey === undefined ? [] : ['FETCHTOKEN_PRIVATE_KEY=…']),
  ];
  return [...secrets, 'npx fetchtoken', ...options].join(' ');
}

/** @param {string} text */
const wordOf = (text) => (/^[\w./:@-]+$/.test(text) ? text : shellWord(text));
