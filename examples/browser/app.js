// Gets a token in a page. index.html says how to open it.

import { fetchToken, loadCredentials } from 'fetchtoken';

// The console, which shows all that a page can show of a token, has the same pieces.
import { nameOf } from '../../js/console/systems.js';
import { duration, local, masked } from '../../js/console/texts.js';

const form = document.querySelector('form');
const at = (id) => document.getElementById(id);

/** The configuration from the chosen file, and the promise of reading it. */
let fromFile;
let reading;
/** The token that is shown masked. */
let token;

form.addEventListener('input', ({ target }) =>
  target === at('file') ? choose(target.files[0]) : showFields(),
);
form.addEventListener('submit', submit);
// Nothing is taken from empty fields.
form.addEventListener('reset', () => setTimeout(() => choose(undefined)));
at('copy').addEventListener('click', copy);
for (const name of ['dragenter', 'dragleave', 'drop']) {
  at('file').addEventListener(name, () =>
    at('file').parentElement.classList.toggle('over', name === 'dragenter'),
  );
}
showFields(); // a browser may have kept an earlier choice
form.querySelector('[type=submit]').disabled = false;
at('starting').hidden = true;

function choose(file) {
  fromFile = undefined;
  show({});
  at('file-name').textContent = file?.name ?? 'Choose a credentials file';
  reading = read(file).then(showFields);
}

/** Reads the credentials file in the page; it is sent nowhere. */
async function read(file) {
  const isChosen = () => file === at('file').files[0]; // unless another file was chosen meanwhile
  try {
    const config =
      file &&
      (await loadCredentials(new Uint8Array(await file.arrayBuffer()), { filename: file.name }));
    if (isChosen()) {
      isIdAndSecret(config) ? type(config) : (fromFile = config);
    }
  } catch (error) {
    if (isChosen()) {
      at('file').value = ''; // so that the browser asks for another file
      at('file-name').textContent = 'Choose another file';
      show({ error });
    }
  }
}

/** Says whether a file contains an id and a secret but no system. */
function isIdAndSecret(config) {
  return (
    config !== undefined &&
    config.provider === undefined &&
    config.tokenEndpoint === undefined &&
    config.clientSecret !== undefined
  );
}

/** Puts an id and a secret into the input fields, beside the choice of the system. */
function type({ clientId, clientSecret }) {
  at('file').value = '';
  at('file-name').textContent = 'Choose a credentials file';
  form.source.value = 'typed';
  at('typed-fields').querySelector('[name=clientId]').value = clientId;
  at('typed-fields').querySelector('[name=clientSecret]').value = clientSecret;
}

/** Shows the needed fields, and disables the others, so that they are neither checked nor read. */
function showFields() {
  const typed = form.source.value === 'typed';
  enable('file-fields', !typed);
  enable('typed-fields', typed);
  enable('file-client-id', !typed && fromFile !== undefined && !fromFile.clientId);
  const config = configOf();
  enable('environment-fields', config.provider === 'high-mobility' && !config.tokenEndpoint);
  at('file-found').hidden = fromFile === undefined;
  at('file-found').textContent = fromFile === undefined ? '' : found(fromFile);
}

/** Shows the kind of a file. */
function found({ provider, tokenEndpoint }) {
  const name = nameOf(provider);
  const host = URL.canParse(tokenEndpoint) ? ` for ${new URL(tokenEndpoint).host}` : '';
  return `Credentials${name ? ` of ${name}` : ''}${host}`;
}

function enable(id, enabled) {
  at(id).hidden = !enabled;
  (at(id).querySelector(':scope > input') ?? at(id)).disabled = !enabled;
}

/** Returns the file's configuration, overridden by the input fields. */
function configOf() {
  const { source, ...typed } = Object.fromEntries(new FormData(form));
  const filled = Object.entries(typed).filter(([, value]) => value !== '');
  return { ...(source === 'file' && fromFile), ...Object.fromEntries(filled) };
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector('[type=submit]');
  button.disabled = true;
  show({});
  try {
    await reading;
    if (form.checkValidity()) { // a later file may have changed it
      show({ response: await fetchToken(configOf()) });
    }
  } catch (error) {
    show({ error });
  } finally {
    button.disabled = false;
  }
}

/** Shows a token, an error, or nothing. */
function show({ response, error }) {
  at('result').hidden = response === undefined;
  at('problem').hidden = error === undefined;
  token = response?.access_token;
  at('token').textContent = token === undefined ? '' : masked(token);
  at('copy').textContent = 'Copy';
  for (const [id, text] of Object.entries({
    type: response?.token_type,
    lifetime: lifetime(response),
    scope: response?.scope,
  })) {
    at(id).textContent = text ?? '';
    at(id).parentElement.hidden = text === undefined;
  }
  at('message').textContent = error?.message ?? '';
  at('hint').textContent = hintOf(error) ?? '';
  document.querySelector('section:not([hidden])')?.scrollIntoView({ block: 'nearest' });
}

function lifetime({ expires_in, expires_at } = {}) {
  return expires_in === undefined
    ? undefined
    : `${duration(expires_in)}, until ${local(expires_at)}`;
}

function hintOf(error) {
  return error?.code === 'network'
    ? 'A page can’t tell an endpoint that can’t be reached from one that answers no browser ' +
      '(CORS). Try npx fetchtoken with the same credentials: it tells.'
    : error?.hint;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(token);
    at('copy').textContent = 'Copied';
  } catch {
    at('copy').textContent = 'Not allowed';
  }
}
