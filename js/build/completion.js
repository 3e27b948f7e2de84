// Makes the completion of each shell from the table of the commands and the options. Run it, or
// import `completionOf` for a text. The commands print these texts.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { COMMANDS, groupsOf, optionsOf } from '../cli/commands.js';

/** @typedef {import('../cli/options.js').Option} Option */

/** The function that makes the completion of each shell. @type {Map<string, () => string>} */
const SHELLS = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
]);

/** The shells. */
export const SHELL_NAMES = [...SHELLS.keys()];

/** Returns the completion of a shell. @param {string} shell */
export const completionOf = (shell) => /** @type {() => string} */ (SHELLS.get(shell))();

/** The names of the commands; undefined is the command without a name. */
const NAMES = [undefined, ...Object.keys(COMMANDS)];

/** Returns the names of all shells. */
const shells = () => SHELL_NAMES.join(' ');

/**
 * Returns the values that the help of an option lists, such as "form or json", first or behind a
 * colon; an empty list if it lists none.
 *
 * @param {Option} option
 */
export function choicesOf({ value, help }) {
  const [, list = ''] = /(?:^|: )([a-z][\w-]*(?:, [\w-]+)* or [\w-]+)/.exec(help) ?? [];
  return value === undefined || list === '' ? [] : list.split(/, | or /);
}

/** Says whether the value of an option is a file. @param {Option} option */
const isFile = ({ value }) => value?.includes('PATH') ?? false;

/** Writes a text as one word of a shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a text as one word of fish, where a backslash escapes. @param {string} text */
const fishQuoted = (text) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

/** Returns the words of the options, -X and --request. @param {[string, Option][]} options */
const wordsOf = (options) =>
  options.flatMap(([name, { short }]) => [...(short ? [`-${short}`] : []), `--${name}`]);

/** Returns the completion of bash. */
function bash() {
  const entries = (/** @type {string | undefined} */ name) => Object.entries(optionsOf(name));
  const cases = NAMES.toReversed().map((name) => {
    const valued = entries(name).filter(([, { value }]) => value !== undefined);
    return `    ${name ?? '*'})
      options=${quoted(wordsOf(entries(name)).join(' '))}
      valued=${quoted(` ${wordsOf(valued).join(' ')} `)} ;;\n`;
  });
  const all = new Map(NAMES.flatMap(entries));
  const choices = [...all].flatMap(([name, option]) => {
    const list = choicesOf(option).join(' ');
    return list ? [`      --${name}) words=${quoted(list)} ;;\n`] : [];
  });
  return `# bash completion for fetchtoken: eval "$(fetchtoken completion bash)"
_fetchtoken() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options valued word
  local words=
  COMPREPLY=()
  [[ $current == = ]] && current=
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD-2]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -- ]] && return
  done
  case \${COMP_WORDS[1]} in
${cases.join('')}  esac
  if [[ $valued == *" $before "* ]]; then
    case $before in
${choices.join('')}    esac
  elif [[ $current == -* ]]; then
    words=$options
  elif ((COMP_CWORD == 1)); then
    words=${quoted(Object.keys(COMMANDS).join(' '))}
  elif [[ \${COMP_WORDS[1]} == completion ]]; then
    words=${quoted(shells())}
  fi
  [[ $words ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _fetchtoken fetchtoken
`;
}

/** Returns the completion of zsh. */
function zsh() {
  const cases = NAMES.toReversed().map((name) => {
    const specs = Object.entries(optionsOf(name)).flatMap(zshSpecs);
    const more = name === 'completion' ? `:SHELL:(${shells()})` : '*:file:_files';
    const call = `_arguments ${[...specs, quoted(more)].join(' \\\n        ')}`;
    return name === undefined
      ? `    *)
      if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
        _describe -t commands command known
        _files
      else
        ${call}
      fi ;;\n`
      : `    ${name})
      shift words
      ((CURRENT--))
      ${call} ;;\n`;
  });
  const commands = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `    ${quoted(`${name}:${summary}`)}\n`,
  );
  return `#compdef fetchtoken
# zsh completion for fetchtoken: eval "$(fetchtoken completion zsh)", after compinit
_fetchtoken() {
  local -a known
  known=(
${commands.join('')}  )
  case $words[2] in
${cases.join('')}  esac
}
if [[ $funcstack[1] == _fetchtoken ]]; then
  _fetchtoken "$@"
else
  compdef _fetchtoken fetchtoken
fi
`;
}

/** @param {[name: string, option: Option]} entry */
function zshSpecs([name, option]) {
  const { value, short, help, multiple } = option;
  const choices = choicesOf(option).join(' ');
  const action = choices ? `(${choices})` : isFile(option) ? '_files' : ' ';
  const argument = value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${action}`;
  const words = wordsOf([[name, option]]);
  return words.map((word) => {
    const others = multiple || short === undefined ? '' : `(${words.join(' ')})`;
    const ending = value !== undefined && word.startsWith('--') ? '=' : '';
    const text = help.replaceAll(/[[\]\\]/g, '\\$&');
    return quoted(`${multiple ? '*' : others}${word}${ending}[${text}]${argument}`);
  });
}

/** Returns the completion of fish. */
function fish() {
  const names = Object.keys(COMMANDS).join(' ');
  const lines = NAMES.flatMap((name) => {
    const seen = `__fish_seen_subcommand_from ${name ?? names}`;
    const condition = fishQuoted(name === undefined ? `not ${seen}` : seen);
    return groupsOf(name)
      .flatMap(([, options]) => Object.entries(options))
      .map(([option, about]) => fishLine(condition, option, about));
  });
  const commands = Object.entries(COMMANDS).map(
    ([name, { summary }]) =>
      `complete -c fetchtoken -n __fish_use_subcommand -a ${name} -d ${fishQuoted(summary)}\n`,
  );
  return `# fish completion for fetchtoken: fetchtoken completion fish | source
${commands.join('')}complete -c fetchtoken -n '__fish_seen_subcommand_from completion' \\
  -xa '${shells()}'
${lines.join('')}`;
}

/** @param {string} condition @param {string} name @param {Option} option */
function fishLine(condition, name, option) {
  const { value, short, help } = option;
  const choices = choicesOf(option).join(' ');
  const argument =
    value === undefined
      ? ''
      : choices
        ? ` -x -a ${fishQuoted(choices)}`
        : isFile(option) ? ' -r -F' : ' -x';
  const shortly = short ? ` -s ${short}` : '';
  return `complete -c fetchtoken -n ${condition} -l ${name}${shortly}${argument} ` +
    `-d ${fishQuoted(help)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = new URL('../../cmd/fetchtoken/internal/usage/completion/', import.meta.url);
  for (const shell of SHELL_NAMES) {
    writeFileSync(new URL(`${shell}.txt`, folder), completionOf(shell));
  }
}
