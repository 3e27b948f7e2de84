// The secret fields of a configuration, and its lists. core/config_fields.go and secretParameters
// of the core are the source; js/test/node/config_fields.test.js compares this file with them.

/** The fields whose whole text is a secret. */
export const SECRETS = ['clientSecret', 'privateKey', 'passphrase'];

/** Those that somebody else issues: each is one text, or says where a new one is to be had. */
export const SOURCES = ['clientAssertion', 'subjectToken', 'actorToken'];

/** The fields that are never printed. A certificate is no secret, but may be a key by mistake. */
export const HIDDEN = [
  ...SECRETS, ...SOURCES, 'certificate', 'assertion', 'parameters', 'headers',
];

/** The fields that are a text or a list of texts. */
export const LISTS = ['allowHttp', 'scope', 'resource', 'audience'];

/** The members of `parameters` that are credentials. */
export const SECRET_PARAMETERS = [
  'password',
  'refresh_token',
  'code',
  'code_verifier',
  'assertion',
  'subject_token',
  'actor_token',
  'device_code',
  'auth_req_id',
  'id_token_hint',
  'token',
];
