// Which fields of a configuration are secret. core/config_fields.go says it, and secretParameters
// of the core; js/test/node/config_fields.test.js holds this file to them.

/** The fields that are secrets by themselves: each is one text. */
export const SECRETS = ['clientSecret', 'privateKey', 'passphrase'];

/** The fields that are never printed. */
export const HIDDEN = [...SECRETS, 'assertion', 'parameters', 'headers'];

/** The members of `parameters` that are credentials themselves. */
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
];
