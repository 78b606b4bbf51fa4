import type { TraceReader } from '../model.ts';
import { type ExportFormat, type ExportQuery, inBlocks, type Pieces } from './format.ts';
import { otlp } from './otlp.ts';
import { perfetto } from './perfetto.ts';
import { speedscope } from './speedscope.ts';

export { EXPORT_FORMATS, type ExportFormat, type ExportQuery } from './format.ts';

const WRITERS: Record<ExportFormat, (reader: TraceReader, query: ExportQuery) => Pieces> = {
  perfetto,
  speedscope,
  otlp,
};

/** What the names of such files end in. */
export const EXPORT_SUFFIX: Record<ExportFormat, string> = {
  perfetto: '.perfetto.json',
  speedscope: '.speedscope.json',
  otlp: '.otlp.jsonl',
};

/** The trace as a file of another tool, in blocks of text. The reader must stay open until the last has been taken. */
export function exportTrace(reader: TraceReader, format: ExportFormat, query: ExportQuery = {}): Pieces {
  return inBlocks(WRITERS[format](reader, query));
}
