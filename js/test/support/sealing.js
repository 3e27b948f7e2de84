// The store key and the seal of a configuration as a caller writes it.

import * as seal from '../../client/seal.js';
import { fieldsOf } from '../../module/wire.js';

/** @param {unknown} config */
export const storeKeyOf = (config) => seal.storeKeyOf(fieldsOf('config', config));

/** @param {unknown} config @param {string} storeKey @param {string | Uint8Array} [key] */
export const sealerOf = (config, storeKey, key) =>
  seal.sealerOf(fieldsOf('config', config), storeKey, key);
