import type { AgentEvent } from '../agent/events.ts';
import { emptyUsage, observeUsage } from '../agent/usage-view.ts';
import type { PriceTable } from '../usage/index.ts';
import { JsonCollector } from './json.ts';
import { type HeadlessStreams, TextWriter } from './text.ts';

export type { JsonResult } from './json.ts';
export type { HeadlessStreams } from './text.ts';

/** One subscriber of a session's events, without a UI. */
export interface HeadlessWriter {
  event(event: AgentEvent): void;
  /** Called once after the last event. */
  end(): void;
}

/**
 * - `text`: progress on stderr, report or answer on stdout.
 * - `json`: progress on stderr, one JSON object on stdout at the end.
 * - `stream-json`: every event as one line of JSON on stdout, as it happens.
 *
 * `prices` replaces the price table that ships with kv.
 */
export function createWriter(
  format: 'text' | 'json' | 'stream-json',
  streams: HeadlessStreams,
  options: { prices?: PriceTable } = {},
): HeadlessWriter {
  switch (format) {
    case 'text': {
      const writer = new TextWriter(streams, options.prices);
      return { event: event => writer.event(event), end: () => {} };
    }
    case 'stream-json':
      return { event: event => streams.out(`${JSON.stringify(event)}\n`), end: () => {} };
    case 'json':
      return jsonWriter(streams, options.prices);
    default:
      return format satisfies never;
  }
}

function jsonWriter(streams: HeadlessStreams, prices?: PriceTable): HeadlessWriter {
  const collector = new JsonCollector();
  const text = new TextWriter(streams, prices);
  let usage = emptyUsage();
  return {
    event(event) {
      collector.add(event);
      usage = observeUsage(usage, event, prices);
      text.progress(event);
    },
    end: () => streams.out(`${JSON.stringify(collector.result(usage))}\n`),
  };
}
