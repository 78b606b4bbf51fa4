import type { AgentEvent } from '../agent/events.ts';
import { emptyMeter, type Meter, meterUsage } from '../usage/index.ts';
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
 */
export function createWriter(
  format: 'text' | 'json' | 'stream-json',
  streams: HeadlessStreams,
): HeadlessWriter {
  switch (format) {
    case 'text': {
      const writer = new TextWriter(streams);
      return { event: event => writer.event(event), end: () => {} };
    }
    case 'stream-json':
      return { event: event => streams.out(`${JSON.stringify(event)}\n`), end: () => {} };
    case 'json':
      return jsonWriter(streams);
    default:
      return format satisfies never;
  }
}

function jsonWriter(streams: HeadlessStreams): HeadlessWriter {
  const collector = new JsonCollector();
  const text = new TextWriter(streams);
  let meter: Meter = emptyMeter();
  let model = { provider: '', id: '' };
  return {
    event(event) {
      collector.add(event);
      if (event.type === 'session-started' || event.type === 'context-changed') model = event.context.model;
      if (event.type === 'turn-finished')
        meter = meterUsage(meter, { turn: event.turn, model, usage: event.usage });
      text.progress(event);
    },
    end: () => streams.out(`${JSON.stringify(collector.result(meter))}\n`),
  };
}
