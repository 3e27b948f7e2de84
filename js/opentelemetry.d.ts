import type { TokenEvent } from './types.js';

/** The methods of a Meter of `@opentelemetry/api` that this package calls. */
export interface Meter {
  createCounter(name: string, options?: MetricOptions): {
    add(value: number, attributes?: Record<string, string>): void;
  };
  createHistogram(name: string, options?: MetricOptions): {
    record(value: number, attributes?: Record<string, string>): void;
  };
  createGauge(name: string, options?: MetricOptions): {
    record(value: number, attributes?: Record<string, string>): void;
  };
}

/** The options of a metric. */
export interface MetricOptions {
  description?: string;
  unit?: string;
}

/**
 * Returns a listener for `onEvent` that records metrics: the duration of token requests, retries,
 * the sources of tokens, their lifetimes, failures, and the offset of the clock. The metrics
 * contain no secret and no identifier. Several clients may share one listener.
 *
 * @param meter of `@opentelemetry/api`, 1.9 or later
 * @throws {TokenError} `invalid_config` if `meter` is no such Meter
 * @example
 * ```js
 * import { metrics } from '@opentelemetry/api';
 * import { createClient } from 'fetchtoken';
 * import { tokenMetrics } from 'fetchtoken/opentelemetry';
 *
 * const onEvent = tokenMetrics(metrics.getMeter('fetchtoken'));
 * const client = createClient(config, { onEvent });
 * ```
 */
export function tokenMetrics(meter: Meter): (event: TokenEvent) => void;
