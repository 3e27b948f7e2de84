/**
 * For pages without WebCrypto, such as pages over http: this entry loads the module that signs with
 * private keys itself. Import it before the first token request.
 *
 * @example
 * ```js
 * import 'fetchtoken/without-webcrypto';
 * import { fetchToken } from 'fetchtoken';
 *
 * const token = await fetchToken(config);
 * ```
 */
export {};
