// The systems with the fields that they need, and where to find each value.

/**
 * @typedef {{ name: string, label: string, where: string, isSecret?: boolean, isOptional?: boolean,
 *   isLong?: boolean, type?: string }} Field
 * @typedef {{ id: string, name: string, about: string, provider: string, environment?: string,
 *   fields: Field[] }} System
 */

/** @param {string} where @param {string} [label] @returns {Field} */
const id = (where, label = 'Client id') => ({ name: 'clientId', label, where });

/** @param {string} where @param {string} [label] @returns {Field} */
const secret = (where, label = 'Client secret') => ({
  name: 'clientSecret', label, where, isSecret: true,
});

const ofHighMobility = [
  id('The console of High Mobility: your application, section OAuth Client.'),
  secret('Beside the client id. For a private key, drop its JSON file above.'),
];

/** @type {Field} */
const endpoint = {
  name: 'tokenEndpoint',
  label: 'Token endpoint',
  where: 'The https address that the documentation of the server names.',
  type: 'url',
};

/** @type {System[]} */
export const SYSTEMS = [
  {
    id: 'here',
    name: 'HERE Account',
    about: 'OAuth 1.0 signature',
    provider: 'here',
    fields: [
      id(
        'here.access.key.id of credentials.properties. It is not the app id.',
        'Access key id',
      ),
      secret('here.access.key.secret of the same file. HERE shows it once.', 'Access key secret'),
    ],
  },
  {
    id: 'ota-connect',
    name: 'HERE OTA Connect',
    about: 'credentials.zip',
    provider: 'ota-connect',
    fields: [
      id('client_id in treehub.json of credentials.zip. Dropping the archive is quicker.'),
      secret('client_secret in the same file.'),
      { name: 'scope', label: 'Scope', where: 'scope in the same file. It has no default.' },
    ],
  },
  {
    id: 'iotspot',
    name: 'iotspot',
    about: 'Basic',
    provider: 'iotspot',
    fields: [
      id('From the support desk of iotspot, or from its Control Center.'),
      secret('It comes with the client id.'),
    ],
  },
  {
    id: 'os-data-hub',
    name: 'OS Data Hub',
    about: 'key and secret',
    provider: 'os-data-hub',
    fields: [
      id('The page of your project in the OS Data Hub.', 'Project API Key'),
      secret('On the same page.', 'Project API Secret'),
    ],
  },
  {
    id: 'high-mobility-sandbox',
    name: 'High Mobility sandbox',
    about: 'JSON, secret or key',
    provider: 'high-mobility',
    environment: 'sandbox',
    fields: ofHighMobility,
  },
  {
    id: 'high-mobility-live',
    name: 'High Mobility live',
    about: 'JSON, secret or key',
    provider: 'high-mobility',
    environment: 'live',
    fields: ofHighMobility,
  },
  {
    id: 'oauth2',
    name: 'Any other endpoint',
    about: 'RFC 6749',
    provider: 'oauth2',
    fields: [
      endpoint,
      id('From whoever runs the server: it is the name of your application there.'),
      secret('It comes with the client id. For a private key, drop or paste it above.'),
    ],
  },
];

/** Optional fields of every system. @type {(Field & { options?: string[] })[]} */
export const MORE = [
  { ...endpoint, where: 'Empty: that of the file, or of the system.', isOptional: true },
  { name: 'scope', label: 'Scope', where: 'Separated by blanks.', isOptional: true },
  { name: 'audience', label: 'Audience', where: 'Where the server wants one.', isOptional: true },
  {
    name: 'clientAuth',
    label: 'Client authentication',
    where: 'As usual: what the key or the system wants.',
    isOptional: true,
    options: [
      'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
      'oauth1', 'none',
    ],
  },
  {
    name: 'bodyFormat',
    label: 'Body',
    where: 'As usual: form, or what the system wants.',
    isOptional: true,
    options: ['form', 'json'],
  },
  {
    name: 'basicEncoding',
    label: 'Encoding of Basic',
    where: 'As usual: form, as RFC 6749 wants, or what the system wants.',
    isOptional: true,
    options: ['form', 'raw'],
  },
  {
    name: 'keyId',
    label: 'Key id',
    where: 'The kid of the private key, if the server wants it.',
    isOptional: true,
  },
];

/** The labels of the configuration's fields. @type {Record<string, string>} */
export const LABELS = {
  provider: 'System',
  environment: 'Environment',
  tokenEndpoint: 'Token endpoint',
  clientId: 'Client id',
  clientSecret: 'Client secret',
  privateKey: 'Private key',
  passphrase: 'Passphrase',
  keyId: 'Key id',
  scope: 'Scope',
  clientAuth: 'Client authentication',
};

/**
 * Returns a message of the package in the words of the form: `clientId` is the label of its field.
 *
 * @param {string} message
 * @param {string} [system] the id of the system whose fields are shown
 */
export function inLabels(message, system) {
  const fields = [...MORE, ...(SYSTEMS.find((each) => each.id === system)?.fields ?? [])];
  const labels = new Map([
    ...Object.entries(LABELS),
    ...fields.map(({ name, label }) => /** @type {const} */ ([name, label])),
  ]);
  return message.replace(/\b[a-z]+[A-Z][A-Za-z]*\b/g, (word) => labels.get(word) ?? word);
}

/** The name of a preset for people. @param {string | undefined} provider */
export function nameOf(provider) {
  const found = SYSTEMS.find((system) => system.provider === provider);
  if (provider === 'oauth2' || found === undefined) {
    return provider === 'google' ? 'Google' : undefined;
  }
  return provider === 'high-mobility' ? 'High Mobility' : found.name;
}

/**
 * Returns the system of a configuration; undefined if the configuration leaves it open, as it may
 * the environment.
 *
 * @param {import('../types.js').Config} config
 * @returns {System | undefined}
 */
export function systemOf({ provider, environment, tokenEndpoint }) {
  if (provider === undefined) {
    return tokenEndpoint === undefined ? undefined : SYSTEMS.at(-1);
  }
  const isWhich = (/** @type {System} */ system) =>
    system.environment === undefined ||
    tokenEndpoint !== undefined ||
    system.environment === environment;
  return SYSTEMS.find((system) => system.provider === provider && isWhich(system));
}

/**
 * Returns the systems that are possible for a configuration.
 *
 * @param {import('../types.js').Config} config
 */
export const candidatesOf = ({ provider }) =>
  SYSTEMS.filter((system) => provider === undefined || system.provider === provider);
