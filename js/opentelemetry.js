// Records the metrics of a client with a meter of OpenTelemetry. The metrics contain no secret and
// no identifier: no host, no client, no scope.

import { memberOf } from './lib/own.js';
import { TokenError } from './lib/token_error.js';

/** @typedef {import('./types.js').TokenEvent} TokenEvent */

/** @param {import('./opentelemetry.d.ts').Meter} meter */
export function tokenMetrics(meter) {
  for (const name of ['createCounter', 'createHistogram', 'createGauge']) {
    if (typeof memberOf(meter, name) !== 'function') {
      throw new TokenError(
        'invalid_config',
        `tokenMetrics needs a Meter of @opentelemetry/api, 1.9 or later: it has no ${name}`,
      );
    }
  }
  const seconds = (/** @type {string} */ description) => ({ description, unit: 's' });
  const requests = meter.createHistogram(
    'fetchtoken.request.duration', seconds('Duration of token requests'),
  );
  const retries = meter.createCounter('fetchtoken.request.retries', {
    description: 'Token requests that were sent again', unit: '{request}',
  });
  const tokens = meter.createCounter('fetchtoken.tokens', {
    description: 'Tokens by where they came from', unit: '{token}',
  });
  const lifetime = meter.createHistogram(
    'fetchtoken.token.lifetime', seconds('What was left of a token when the client got it'),
  );
  const failures = meter.createCounter('fetchtoken.failures', {
    description: 'Failed renewals, stores and brokers', unit: '{failure}',
  });
  const offset = meter.createGauge(
    'fetchtoken.clock.offset', seconds("How far the server's clock is ahead"),
  );
  const request = (/** @type {number} */ duration, /** @type {any} */ error) =>
    requests.record(duration / 1000, error === undefined ? {} : typeOf(error));
  const got = (/** @type {string} */ source, /** @type {any} */ { expiresAt, served }) => {
    const attributes = { 'fetchtoken.token.source': source };
    tokens.add(1, attributes);
    kept(served);
    if (expiresAt !== undefined) {
      lifetime.record(Math.max(0, expiresAt - Date.now() / 1000), attributes);
    }
  };
  const kept = (/** @type {number} */ served) => {
    if (served > 0) {
      tokens.add(served, { 'fetchtoken.token.source': 'kept' });
    }
  };
  const failed = (/** @type {string} */ what, /** @type {unknown} */ error) =>
    failures.add(1, { 'fetchtoken.failure': what, ...typeOf(error) });

  return (/** @type {TokenEvent} */ event) => {
    switch (event.type) {
      case 'renewed':
        request(event.duration, undefined);
        return got('server', event);
      case 'shared':
        return got(event.source, event);
      case 'retried':
        request(event.duration, event.error);
        return retries.add(1, typeOf(event.error));
      case 'request_failed':
        return request(event.duration, event.error);
      case 'renewal_failed':
        return failed('renewal', event.error);
      case 'store_failed':
        return failed('store', event.error);
      case 'broker_failed':
        return failed('broker', event.error);
      case 'clock_corrected':
        return offset.record(event.offset);
      case 'invalidated':
        return kept(event.served);
    }
  };
}

/** Returns the attribute of an error: its code, else its name. @param {any} error */
const typeOf = (error) => ({ 'error.type': String(error?.code ?? error?.name ?? '_OTHER') });
