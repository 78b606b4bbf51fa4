import type { AgentEvent } from '../agent/events.ts';
import { reportText } from '../agent/reporting/text.ts';
import type { PriceTable } from '../usage/index.ts';
import { ProgressLines } from './progress.ts';

/** Where headless output goes: results to `out`, progress to `err`. */
export interface HeadlessStreams {
  out(text: string): void;
  err(text: string): void;
}

/** Events as text: progress lines on stderr, the report or answer on stdout. */
export class TextWriter {
  readonly #streams: HeadlessStreams;
  readonly #progress: ProgressLines;

  constructor(streams: HeadlessStreams, prices?: PriceTable) {
    this.#streams = streams;
    this.#progress = new ProgressLines(prices);
  }

  event(event: AgentEvent): void {
    this.progress(event);
    if (event.type === 'report') this.#streams.out(`${reportText(event.report)}\n`);
    if (event.type === 'answer') this.#streams.out(`${event.text}\n`);
  }

  /** Only the progress, for formats whose result is not text. */
  progress(event: AgentEvent): void {
    for (const line of this.#progress.of(event)) this.#streams.err(`${line}\n`);
  }
}
