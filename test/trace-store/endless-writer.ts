// Writes calls into the file that it is given until it is killed; says so when there is something to be read.
import { TraceWriter } from '../../src/trace/store/index.ts';
import { call, functions, MAX_BYTES, meta } from './records.ts';

const writer = TraceWriter.create(process.argv[2]!, { maxBytes: MAX_BYTES });
writer.write([meta, ...functions]);
for (let at = 0; ; at++) {
  writer.write([call('cudaLaunchKernel', at * 10_000)]);
  if (at === 25_000) process.stdout.write('written\n');
}
