// node test/bench/trace-file.ts FILE [--events N] — a trace file of N calls (1,000,000) of a synthetic training loop.
import { parseArgs } from 'node:util';
import { TraceWriter, type WriterSummary } from '../../src/trace/store/index.ts';
import { type Workload, workload } from './workload.ts';

/** Writes the file through the writer of recordings, so that it has everything that a recorded one has. */
export function writeTraceFile(path: string, size: Workload, maxBytes = 64e9): WriterSummary {
  const writer = TraceWriter.create(path, { maxBytes, redact: text => text });
  for (const records of workload(size)) writer.write(records);
  return writer.finish();
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { events: { type: 'string', default: '1e6' } },
    allowPositionals: true,
  });
  const started = performance.now();
  const { calls, switches, bytes } = writeTraceFile(positionals[0]!, { calls: Number(values.events) });
  const seconds = (performance.now() - started) / 1e3;
  console.log(`${calls} calls, ${switches} stretches off CPU, ${bytes} bytes in ${seconds.toFixed(1)} s`);
}
