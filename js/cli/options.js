// The options of the command. The command line, the environment, the help and the hints are all
// made from this table.

/**
 * An option: the name of its value in the help (a switch has none), its text in the help, the field
 * of the configuration that it sets, or the member of one, such as response.token, whether no
 * variable sets that field, and whether the option may be given several times.
 *
 * @typedef {{ value?: string, help: string, field?: string, optionOnly?: boolean,
 *   multiple?: boolean, short?: string }} Option
 */

/** The options in the groups and the order of the help. @type {Record<string, Option>[]} */
const GROUPS = [
  {
    provider: {
      value: 'NAME', field: 'provider',
      help: 'here, ota-connect, iotspot, high-mobility, os-data-hub, cognito, apigee, google or ' +
        'oauth2',
    },
    environment: {
      value: 'NAME', field: 'environment',
      help: 'sandbox or live of high-mobility, if neither FILE nor --endpoint names an endpoint',
    },
    endpoint: { value: 'URL', field: 'tokenEndpoint', help: 'the token endpoint' },
    issuer: {
      value: 'URL', field: 'issuer',
      help: 'the issuer, in place of the token endpoint: its metadata name that',
    },
    'allow-http': {
      value: 'HOST', field: 'allowHttp', optionOnly: true, multiple: true,
      help: 'a host, such as keycloak:8080, to which the endpoint may be http: everybody in ' +
        'between can read the credentials and the token; may be given several times',
    },
    'client-id': {
      value: 'ID', field: 'clientId',
      help: "the client id; HERE's access key id, OS Data Hub's project API key",
    },
    'client-secret-file': {
      value: 'PATH',
      help: "a file with the client secret; the line break at its end doesn't count; - is " +
        'standard input',
    },
    'private-key-file': {
      value: 'PATH', help: 'a file with the private key; - is standard input',
    },
    'key-id': { value: 'ID', field: 'keyId', help: 'the kid of that key, if the server wants it' },
    alg: {
      value: 'ALG', field: 'alg',
      help: 'the algorithm that signs the assertion, such as PS256 (default: what fits the key)',
    },
    'client-auth': {
      value: 'METHOD', field: 'clientAuth',
      help: 'client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, oauth1 ' +
        'or none',
    },
    'basic-encoding': {
      value: 'NAME', field: 'basicEncoding',
      help: 'how client_secret_basic writes id and secret: form, as RFC 6749 wants, or raw',
    },
    profile: { value: 'NAME', help: 'the section of a credentials.ini (default: default)' },
  },
  {
    'grant-type': {
      value: 'TYPE', field: 'grantType', help: 'the grant type (default: client_credentials)',
    },
    scope: {
      value: 'SCOPE', field: 'scope', multiple: true,
      help: 'the scope to ask for; may be given several times',
    },
    audience: {
      value: 'AUDIENCE', field: 'audience', multiple: true,
      help: 'the audience of the token; may be given several times',
    },
    resource: {
      value: 'URI', field: 'resource', multiple: true,
      help: 'the resource of RFC 8707; may be given several times',
    },
    'body-format': {
      value: 'NAME', field: 'bodyFormat', help: 'the format of the request: form or json',
    },
    parameter: {
      value: 'NAME=VALUE', multiple: true,
      help: 'a further parameter of the request; may be given several times',
    },
    'parameter-file': {
      value: 'NAME=PATH', multiple: true,
      help: 'a parameter whose value is a secret, such as refresh_token, in a file; - is ' +
        'standard input',
    },
    header: {
      value: 'NAME=VALUE', multiple: true,
      help: 'a further header of the request; other users of the machine can read the value; ' +
        '{uuid} is a fresh UUID',
    },
    'header-file': {
      value: 'NAME=PATH', multiple: true,
      help: 'a header whose value is a secret, such as x-api-key, in a file; - is standard input',
    },
    'response-token': {
      value: 'PATH', field: 'response.token',
      help: 'where the answer has the token, such as result.accessToken (default: access_token)',
    },
    'response-expires-in': {
      value: 'PATH', field: 'response.expiresIn',
      help: "where the answer has the token's lifetime (default: expires_in)",
    },
    'response-scope': {
      value: 'PATH', field: 'response.scope',
      help: 'where the answer has the scope (default: scope)',
    },
    'assertion-type': { value: 'TYPE', help: 'the client_assertion_type' },
    'assertion-claim': {
      value: 'NAME=TEXT', multiple: true,
      help: 'a claim of the assertion; NAME:=JSON if the value is no text; NAME:=null removes ' +
        'the claim',
    },
    'assertion-header': {
      value: 'NAME=TEXT', multiple: true,
      help: "a member of the assertion's header, likewise",
    },
    'assertion-lifetime': {
      value: 'SECONDS', help: 'how long the assertion is valid (default: 60)',
    },
    timeout: {
      value: 'SECONDS',
      help: 'how long the token may take, all requests and waits together, fractions allowed ' +
        '(default: 60, and 30 for one request)',
    },
    'no-retry': {
      help: 'send one request; without this the command sends up to three if a later one may ' +
        'succeed',
    },
  },
  {
    format: {
      value: 'KIND',
      help: 'token, json, header, headers, env or exec-credential: what is printed (default: ' +
        'token)',
    },
    json: { help: 'print the whole token response, as --format json does' },
    as: {
      value: 'NAME',
      help: 'with --format env: the name of the variable (default: ACCESS_TOKEN)',
    },
    explain: { help: 'send nothing: print the request, without its secrets, and who decided what' },
    curl: { help: 'send nothing: print the request as a curl command, without its secrets' },
    'show-secrets': { help: 'with --explain or --curl: print the secrets too' },
  },
  {
    cache: {
      help: 'keep the token in a file, and take that one again until a minute or a quarter of ' +
        'its life is left',
    },
    'no-cache': {
      help: 'keep no token in a file; without this the commands with a name, and --format ' +
        'header, headers and exec-credential, keep it',
    },
    verbose: {
      help: 'say on standard error where credentials and token come from, and why from nowhere ' +
        'else',
    },
    help: { short: 'h', help: 'print this' },
    version: { help: 'print the version' },
  },
];

export const GROUP_NAMES = ['credentials', 'request', 'output', 'other'];

/** The options of each group. @type {[name: string, options: Record<string, Option>][]} */
export const OPTION_GROUPS = GROUPS.map((options, i) => [GROUP_NAMES[i], options]);

/** All options by name. @type {Record<string, Option>} */
export const OPTIONS = Object.assign({}, ...GROUPS);

/**
 * The options that set a field, by that field.
 *
 * @type {Map<string, { option: string, variable: string | undefined }>}
 */
export const FIELDS = new Map(
  Object.entries(OPTIONS).flatMap(([option, { field, optionOnly }]) =>
    field === undefined
      ? []
      : [[field, { option: `--${option}`, variable: optionOnly ? undefined : variableOf(field) }]],
  ),
);

/**
 * Returns the variable of a field: FETCHTOKEN_CLIENT_ID for clientId, FETCHTOKEN_RESPONSE_TOKEN for
 * response.token.
 *
 * @param {string} field
 */
function variableOf(field) {
  return `FETCHTOKEN_${field.replaceAll(/[A-Z]/g, '_$&').replace('.', '_').toUpperCase()}`;
}

/**
 * Returns the value of a field, or of a member of one.
 *
 * @param {Record<string, any>} config
 * @param {string} field
 */
export function fieldOf(config, field) {
  const [name, member] = field.split('.');
  return member === undefined ? config[name] : config[name]?.[member];
}

/**
 * Sets a field, or a member of one.
 *
 * @param {Record<string, any>} config
 * @param {string} field
 * @param {unknown} value
 */
export function setField(config, field, value) {
  const [name, member] = field.split('.');
  config[name] = member === undefined ? value : { ...config[name], [member]: value };
}

/** The variables that hold a secret. The help says when they are used. */
export const SECRET = variableOf('clientSecret');
export const KEY = variableOf('privateKey');
export const PASSPHRASE = variableOf('passphrase');

export const HOW_TO_GIVE_A_SECRET = `give it by --client-secret-file PATH, by the environment ` +
  `variable ${SECRET}, or by standard input`;
