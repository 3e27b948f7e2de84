import type { TokenClient } from './types.js';

/** The options of createProxy. */
export interface ProxyOptions {
  /** The origin of the API, such as `https://api.example.com`. The client's `origins` name it. */
  to: string;
  /**
   * The path of your server under which it has the API, such as `/api`: the proxy passes `/api/v1`
   * on as `/v1`. Default: none.
   */
  base?: string;
  /**
   * The methods and paths that are passed on: `'GET /v1/*'` or `'* /v1/items'`. A `*` at the end
   * stands for the rest of the path; the query doesn't count. Default: all.
   */
  allow?: string[];
}

/**
 * Returns a function that passes a request on to an API with the client's token, and the API's
 * answer back, while either arrives. It has the rules of `fetchtoken proxy`: the caller's
 * `Authorization` and cookies, headers of one connection and paths that servers read in several
 * ways never reach the API, and no redirect leads away from it. A request that it refuses gets a
 * response with the reason.
 *
 * It doesn't ask who sent the request. Check that first: everybody whose request it takes uses your
 * token.
 *
 * @throws {TokenError} `invalid_config` for an option that is wrong. The function that it returns
 *   rejects with the error of `client.fetch` if there is no token or no answer
 * @example
 * ```js
 * import { createClient } from 'fetchtoken';
 * import { createProxy } from 'fetchtoken/proxy';
 *
 * const to = 'https://api.example.com';
 * const client = createClient(config, { origins: [to] });
 * const forward = createProxy(client, { to, base: '/api', allow: ['GET /v1/*'] });
 *
 * const GET = (request) => forward(request); // after you have checked who asks
 * ```
 */
export function createProxy(
  client: Pick<TokenClient, 'fetch'>,
  options: ProxyOptions,
): (request: Request) => Promise<Response>;
