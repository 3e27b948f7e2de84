import type { TokenEvent } from './types.js';

/** What is used of a Meter of `@opentelemetry/api`. */
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

/** What a metric is called with. */
export interface MetricOptions {
  description?: string;
  unit?: string;
}

/**
 * Returns a listener for `onEvent` that records metrics: the duration of token requests, retries,
 * where tokens came from, how long they last, failures, and the offset of the clock. They hold no
 * secret and no identifier. Several clients may have one listener.
 *
 * @param meter of `@opentelemetry/api`, 1.9 or later
 * @throws {TokenError} `invalid_config` if it is none
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
