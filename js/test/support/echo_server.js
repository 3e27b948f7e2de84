// A token server that issues tokens which say what they were issued for, so that a test sees whose
// token it has. Each is fresh.

/** What a token request asked for. @typedef {{ client: string, body: Record<string, string[]> }} Asked */

/**
 * @param {object} [options]
 * @param {() => Promise<unknown>} [options.delay] is waited for before each answer
 */
export function echoServer({ delay = async () => {} } = {}) {
  const server = {
    /** What each request asked for. @type {Asked[]} */
    asked: [],
    /** @param {any} _ @param {any} init */
    async fetch(_, { headers, body }) {
      const [, basic] = /^Basic (.*)$/.exec(new Headers(headers).get('authorization') ?? '') ?? [];
      const asked = { client: atob(basic ?? '').split(':')[0], body: membersOf(body) };
      const number = server.asked.push(asked);
      await delay();
      return Response.json({
        access_token: btoa(JSON.stringify({ ...asked, number })),
        token_type: 'Bearer',
        expires_in: 3600,
      });
    },
  };
  return server;
}

/** @param {string} body @returns {Record<string, string[]>} */
function membersOf(body) {
  const form = new URLSearchParams(body);
  form.delete('grant_type');
  const names = [...new Set(form.keys())].sort();
  return Object.fromEntries(names.map((name) => [name, form.getAll(name)]));
}

/**
 * Reads what a token was issued for.
 *
 * @param {{ access_token: string }} token
 * @returns {Asked & { number: number }}
 */
export const issuedFor = ({ access_token }) => JSON.parse(atob(access_token));
