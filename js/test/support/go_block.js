// Makes programs of the manual's blocks in Go.

/**
 * The packages that a block of Go may use without importing them, by their names.
 *
 * @type {Record<string, string>}
 */
const IMPORTS = {
  context: 'context',
  crypto: 'crypto',
  errors: 'errors',
  fmt: 'fmt',
  http: 'net/http',
  log: 'log',
  os: 'os',
  slog: 'log/slog',
  time: 'time',
  tls: 'crypto/tls',
  url: 'net/url',
  clientcredentials: 'golang.org/x/oauth2/clientcredentials',
  fetchtoken: 'github.com/fetchtoken/fetchtoken',
  filestore: 'github.com/fetchtoken/fetchtoken/stores/filestore',
  oauth2: 'golang.org/x/oauth2',
};

/**
 * Makes a package of statements, which may end a function with an error.
 *
 * @param {string} code
 */
export function packageOf(code) {
  const given = [
    'ctx context.Context',
    'signer crypto.Signer',
    'config fetchtoken.Config',
    'client *fetchtoken.Client',
  ]
    .filter((parameter) => {
      const [name] = parameter.split(' ');
      return !new RegExp(`^${name}\\b.*:=`, 'm').test(code);
    })
    .join(', ');
  return importing('block', `func Example(${given}) error {\n${code}\treturn nil\n}\n`);
}

/** Makes a program of statements that need no more than a context. @param {string} code */
export function programOf(code) {
  return importing(
    'main',
    `func run(ctx context.Context) error {\n${code}\treturn nil\n}\n\n` +
    'func main() {\n\tif err := run(context.Background()); err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n',
  );
}

/** @param {string} name @param {string} code */
function importing(name, code) {
  const words = code.replaceAll(/\/\/.*/g, '');
  const used = Object.keys(IMPORTS).filter((each) => new RegExp(`\\b${each}\\.[A-Z]`).test(words));
  const imports = used.map((each) => `\t"${IMPORTS[each]}"\n`).join('');
  return `package ${name}\n\nimport (\n${imports})\n\n${code}`;
}
