import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KvError } from '../shared/errors.ts';
import { formatBytes } from '../shared/text.ts';
import { EXPORT_SUFFIX, type ExportFormat, exportTrace } from '../trace/export/index.ts';
import { openTrace } from '../trace/index.ts';

/** As commander parses them; times are milliseconds since the trace began. */
export interface ExportOptions {
  format: ExportFormat;
  /** `-`: standard output. Left out: the trace's name with the format's ending, in the current folder. */
  out?: string;
  from?: number;
  to?: number;
  pid?: number;
}

/** How such a file is looked at. */
const NEXT: Record<ExportFormat, string> = {
  perfetto: 'Open it at https://ui.perfetto.dev.',
  speedscope: 'Open it at https://www.speedscope.app.',
  otlp: 'Send it with the otlpjsonfile receiver of an OpenTelemetry collector.',
};

/** `kv trace export FILE --format …`. Never overwrites; a file that could not be finished is removed. */
export async function exportFile(file: string, options: ExportOptions): Promise<void> {
  const { format, from, to, pid } = options;
  const reader = await openTrace(file);
  try {
    const text = Readable.from(exportTrace(reader, format, { fromMs: from, toMs: to, pid }), {
      objectMode: true,
    });
    if (options.out === '-') {
      await pipeline(text, process.stdout, { end: false }).catch(ignoreClosedPipe);
      return;
    }
    const path = options.out ?? `${basename(file).replace(/\.(?:db|sqlite3?)$/, '')}${EXPORT_SUFFIX[format]}`;
    const bytes = await writeNew(path, text);
    process.stdout.write(`Wrote ${path} (${formatBytes(bytes)}). ${NEXT[format]}\n`);
  } finally {
    reader.close();
  }
}

async function writeNew(path: string, text: Readable): Promise<number> {
  const file = createWriteStream(path, { flags: 'wx' });
  await opened(file, path);
  try {
    await pipeline(text, file);
    return file.bytesWritten;
  } catch (error) {
    await rm(path, { force: true });
    if (error instanceof KvError) throw error;
    throw new KvError('failed', `${path} could not be written: ${(error as Error).message}.`, {
      hint: 'Choose another place with -o.',
      cause: error,
    });
  }
}

async function opened(file: Writable, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    file.once('open', resolve);
    file.once('error', reject);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new KvError(
      'usage',
      error.code === 'EEXIST' ? `${path} exists already.` : `${path} cannot be written: ${error.message}.`,
      { hint: 'Give another name with -o.', cause: error },
    );
  });
}

/** Whoever reads the output may have seen enough. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
