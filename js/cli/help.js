// Makes the help from the table of options, at most 100 columns wide.

import { COMMANDS, groupsOf } from './commands.js';

const WIDTH = 100;

const BEGINNING = `usage: fetchtoken [FILE] [options]
       fetchtoken --provider NAME --client-id ID [options]
       fetchtoken --endpoint URL --client-id ID [options]
       fetchtoken COMMAND [options]

fetchtoken asks for an access token and prints it on standard output, and nothing else.

  export TOKEN=$(npx fetchtoken credentials.properties)
  npx fetchtoken key.json --environment sandbox --client-id ID
  FETCHTOKEN_CLIENT_SECRET=… npx fetchtoken --provider os-data-hub --client-id KEY --json
  npx fetchtoken --endpoint https://as.example.com/token --client-id ID --private-key-file key.pem
  npx fetchtoken credentials.properties --explain

FILE is the file that the platform gave you, under any name: credentials.zip or treehub.json of HERE
OTA Connect, credentials.properties or credentials.ini of HERE, the private key JSON of High
Mobility, a service account's JSON key of Google, a .env file, or one line CLIENT_ID:CLIENT_SECRET.
- is standard input.
`;

const END = `
Where the client and its endpoint come from
  From FILE, or from --provider or --endpoint. Without them the command takes the first of:
    1. the environment, if FETCHTOKEN_CLIENT_ID or HERE_ACCESS_KEY_ID is set
    2. credentials.zip, .json, .properties, .ini or .env in this folder
    3. ~/.here/credentials.ini or .properties
    4. ~/.config/high-mobility/fleet-sdk/credentialsPrivateKey.json
  The command says on standard error when it takes a file of this folder. If that file names an
  endpoint, the command sends no secret and no key of yours there. If you trust it, give it as FILE.

Variables
  Each option that sets a field has a variable, but for --allow-http: FETCHTOKEN_AUDIENCE is that
  of --audience, and FETCHTOKEN_TOKEN_ENDPOINT is that of --endpoint. An option overrides a
  variable, and a variable overrides FILE. A variable may not change where the secret of FILE
  goes, or whose it is: the command refuses FETCHTOKEN_PROVIDER, FETCHTOKEN_TOKEN_ENDPOINT,
  FETCHTOKEN_ENVIRONMENT and FETCHTOKEN_CLIENT_ID if FILE says otherwise.

The secret and the key
  The command never takes a secret from the command line: other users of the machine can read it,
  and the shell writes it down. The client secret is the first of:
    1. the file of --client-secret-file
    2. FETCHTOKEN_CLIENT_SECRET, if there is a --client-id or FILE has no secret
    3. the secret of FILE
    4. standard input, unless that is a terminal
  The private key is the first of:
    1. the file of --private-key-file
    2. the key of FILE
    3. FETCHTOKEN_PRIVATE_KEY, if there is no secret or --client-auth wants a key
  FETCHTOKEN_PASSPHRASE opens an encrypted key of 1 and 3.

The cache
  The commands with a name, and --format header, headers and exec-credential, keep the token as
  with --cache, unless --no-cache is given. The tokens are in $XDG_CACHE_HOME/fetchtoken, else in
  ~/.cache/fetchtoken. Only you can read the files, and they are sealed with the secret or the
  private key. Several processes at once ask for one token. To forget all tokens, remove the folder.

Exit status
  0    there is a token
  1    the server refused, or its answer holds no usable token
  2    the command line, the configuration, the key or the credentials file can't be used; nothing
       was sent
  3    the network failed, the answer didn't come in time, or the endpoint redirects
  4    something else: the WebAssembly module doesn't start, standard output can't be written
  130  interrupted
  141  nobody reads standard output
`;

/** @param {string} text */
const capitalized = (text) => text[0].toUpperCase() + text.slice(1);

/** Returns the help of a command. @param {string} [name] */
export function helpText(name) {
  const groups = groupsOf(name).map(
    ([group, options]) => `\n${capitalized(group)}\n${Object.entries(options).map(entry).join('')}`,
  );
  if (name === undefined) {
    return BEGINNING + commandList() + groups.join('') + END;
  }
  const { usage, about } = COMMANDS[name];
  return `usage: fetchtoken ${usage}\n\n${about}${groups.join('')}${MORE}`;
}

/** The end of the help of each command. */
const MORE = `
fetchtoken --help says where client, endpoint and secret come from, and what the exit status means.
`;

/** Returns the list of the commands with a name. */
function commandList() {
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(12)}${summary}\n`,
  );
  return `\nCommands\n${lines.join('')}  fetchtoken COMMAND --help tells more\n`;
}

/** The width of an option and its value, in columns. */
const LEFT = 30;

/** @param {[name: string, option: import('./options.js').Option]} option */
function entry([name, { value, short, help }]) {
  const left = `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
  const lines = wrapped(help, WIDTH - LEFT);
  const isLong = left.length > LEFT - 2;
  const first = isLong ? `${left}\n${' '.repeat(LEFT)}` : left.padEnd(LEFT);
  return `${first}${lines.join(`\n${' '.repeat(LEFT)}`)}\n`;
}

/**
 * Breaks a text into lines of at most that many columns.
 *
 * @param {string} text
 * @param {number} columns
 */
function wrapped(text, columns) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last].length + word.length < columns) {
      lines[last] += lines[last] && ' ';
      lines[last] += word;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
