// The table of the commands. The command line, the help and the completion take everything about a
// command from here.

import { OPTION_GROUPS } from './options.js';

/** @typedef {import('./options.js').Option} Option */

/**
 * A command: its usage, a summary of a line, a description, its own options, the shared groups of
 * options, the options of these that it doesn't take, and the most positional arguments. `runs`
 * says whether a program of the user's follows behind `--`.
 *
 * @typedef {{ usage: string, summary: string, about: string, options: Record<string, Option>,
 *   groups: string[], without?: string[], positionals: number, runs?: boolean,
 *   load: () => Promise<{ run(given: import('./arguments.js').Arguments): Promise<unknown> }> }}
 *   Command
 */

/** The groups of options for a command that gets a token. */
const FOR_A_TOKEN = ['credentials', 'request', 'other'];

/** The name of the token's variable. @type {Option} */
const AS = {
  value: 'NAME',
  help: 'the name of the variable that holds the token (default: ACCESS_TOKEN)',
};

/** The commands with a name. @type {Record<string, Command>} */
export const COMMANDS = {
  call: {
    usage: 'call URL [FILE] [options]',
    summary: 'send a request to an API with the token, and print the answer',
    about: `fetchtoken call sends a request to an API with the token, and prints the answer. The
token goes to the APIs of the provider, and to those that --origin names; a redirect elsewhere is
followed without it. If the API refuses the token, the command sends the request once more with a
new one. The token is kept in a file for the next call.

  npx fetchtoken call https://api.ota.here.com/v1alpha/devices credentials.zip
  npx fetchtoken call https://api.example.com/items --origin https://api.example.com \\
    --json '{"name":"one"}'

At a terminal the command indents JSON and shows control characters. Else it prints the body as it
comes, while it comes. The exit status is 5 if the API answers with 4xx, and 6 if it answers with
5xx; the others are those that fetchtoken --help lists.
`,
    options: {
      origin: {
        value: 'ORIGIN', multiple: true,
        help: 'an API that may have the token, such as https://api.example.com; may be given ' +
          'several times',
      },
      request: {
        value: 'METHOD', short: 'X',
        help: 'the method (default: GET, and POST with a body)',
      },
      'api-header': {
        value: 'NAME: VALUE', short: 'H', multiple: true,
        help: 'a header of the request to the API; may be given several times',
      },
      data: {
        value: 'DATA', short: 'd', multiple: true,
        help: 'the body, a form; @PATH is a file, - is standard input; several are joined by &',
      },
      form: {
        value: 'NAME=VALUE', short: 'F', multiple: true,
        help: 'a field of a multipart form; NAME=@PATH is a file; may be given several times',
      },
      json: {
        value: 'DATA', help: 'the body, as JSON; @PATH is a file, - is standard input',
      },
      include: { short: 'i', help: 'print the status and the headers of the answer, too' },
    },
    groups: FOR_A_TOKEN,
    without: ['no-retry'],
    positionals: 2,
    load: () => import('./call.js'),
  },
  exec: {
    usage: 'exec [FILE] [options] -- PROGRAM [ARGUMENT…]',
    summary: 'run a program with the token in its environment',
    about: `fetchtoken exec gets a token and runs a program that finds it in the variable
ACCESS_TOKEN. The program doesn't get the client's secret: no variable FETCHTOKEN_… and no
HERE_ACCESS_KEY_SECRET. The token is kept in a file for the next run.

  npx fetchtoken exec credentials.zip -- ./upload.sh
  npx fetchtoken exec credentials.zip --as TF_VAR_token -- terraform plan

The program has standard input, output and error to itself. fetchtoken passes signals on to it and
ends with its exit status: 127 if there is no such program, and 126 if it can't be run. If there is
no token, nothing is run, and the exit status is one of those that fetchtoken --help lists.
`,
    options: { as: AS },
    groups: FOR_A_TOKEN,
    positionals: 1,
    runs: true,
    load: () => import('./exec.js'),
  },
  proxy: {
    usage: 'proxy --to ORIGIN [FILE] [options] [-- PROGRAM [ARGUMENT…]]',
    summary: 'pass requests of programs on to an API, with the token',
    about: `fetchtoken proxy serves programs that may not hold the secret or the token. They send
their requests to it with the key of the session, Authorization: Bearer KEY, and the API gets them
with the token in its place. The key is new at each start.

  npx fetchtoken proxy credentials.zip --to https://api.ota.here.com -- ./agent.sh
  npx fetchtoken proxy credentials.zip --to https://api.ota.here.com --allow 'GET /v1alpha/*'

The program finds the address in PROXY_URL and the key in PROXY_KEY, and the proxy ends with it.
Without a program the proxy prints both as a line of JSON, and Ctrl+C ends it. It passes no cookie,
no other Authorization and no WebSocket on, and it leads to no other host.
`,
    options: {
      to: { value: 'ORIGIN', help: 'the API, such as https://api.example.com' },
      listen: {
        value: 'HOST:PORT',
        help: 'where the proxy listens (default: 127.0.0.1:0, a free port of this machine)',
      },
      allow: {
        value: 'RULE', multiple: true,
        help: "a method and a path that are passed on, such as 'GET /v1/*' or '* /v1/items'; may " +
          'be given several times (default: all)',
      },
    },
    groups: FOR_A_TOKEN,
    without: ['no-retry'],
    positionals: 1,
    runs: true,
    load: () => import('./proxy.js'),
  },
  completion: {
    usage: 'completion bash|zsh|fish',
    summary: 'print the completion of a shell',
    about: `fetchtoken completion prints the completion of a shell: commands, options and values.

  eval "$(fetchtoken completion bash)"      # in ~/.bashrc
  eval "$(fetchtoken completion zsh)"       # in ~/.zshrc, after compinit
  fetchtoken completion fish | source       # in ~/.config/fish/config.fish
`,
    options: {},
    groups: ['other'],
    without: ['cache', 'no-cache', 'verbose'],
    positionals: 1,
    load: () => import('./completion.js'),
  },
  console: {
    usage: 'console [options]',
    summary: 'serve a page that gets tokens and says what is wrong',
    about: `fetchtoken console serves a page on this machine and prints its link. The page takes
credentials, shows the request before it is sent, gets the token, says why there is none, compares
requests, and tries an API. The command relays the requests of the page, so that CORS stops none. It
writes nothing anywhere, and Ctrl+C ends it. A link works once; then the next one is printed.
`,
    options: {},
    groups: ['other'],
    without: ['cache', 'no-cache', 'verbose'],
    positionals: 0,
    load: () => import('./console.js'),
  },
};

/** The command without a name. @type {Omit<Command, 'summary' | 'about' | 'load'>} */
const PLAIN = {
  usage: '[FILE] [options]',
  options: {},
  groups: OPTION_GROUPS.map(([name]) => name),
  positionals: 1,
};

/** Returns a command. Without a name it is the unnamed command. @param {string} [name] */
export const commandOf = (name) => (name === undefined ? PLAIN : COMMANDS[name]);

/**
 * The options of a command, in the groups and the order of the help.
 *
 * @param {string} [name]
 * @returns {[name: string, options: Record<string, Option>][]}
 */
export function groupsOf(name) {
  const { options, groups, without = [] } = commandOf(name);
  const own = Object.keys(options).length > 0 ? [[String(name), options]] : [];
  const shared = OPTION_GROUPS.filter(([group]) => groups.includes(group)).map(
    ([group, all]) => [
      group,
      Object.fromEntries(Object.entries(all).filter(([option]) => !without.includes(option))),
    ],
  );
  return /** @type {any} */ ([...own, ...shared]);
}

/**
 * The options of a command, by their names.
 *
 * @param {string} [name]
 * @returns {Record<string, Option>}
 */
export const optionsOf = (name) =>
  Object.assign({}, ...groupsOf(name).map(([, options]) => options));
