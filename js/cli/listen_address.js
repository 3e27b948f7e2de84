// The address that the proxy listens at.

import { UsageError } from './usage_error.js';

/** Says whether a host is this machine. @param {string} host */
export const isLoopback = (host) => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);

/**
 * Reads HOST:PORT.
 *
 * @param {string} text
 */
export function listenAddress(text) {
  const [, host, port] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new UsageError(
      '--listen wants HOST:PORT, such as 127.0.0.1:8080; port 0 takes a free one',
    );
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
