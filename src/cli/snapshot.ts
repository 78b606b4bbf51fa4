import { type CaptureProgress, captureSnapshot, createClusterClient } from '../cluster/index.ts';
import { KvError } from '../shared/errors.ts';
import { formatDuration, oneLine } from '../shared/text.ts';
import type { SnapshotOptions } from './commands/snapshot.ts';
import { openCluster } from './open-cluster.ts';

/** `kv snapshot`: captures a cluster, saying what it does on stderr. */
export async function snapshot(options: SnapshotOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new KvError('cancelled', 'Cancelled; nothing was written.')));
  const transport = await openCluster({ ...options, output: undefined }, { reach: true });
  const client = createClusterClient(transport);
  const started = Date.now();
  try {
    const report = await captureSnapshot(client, {
      directory: options.output,
      namespaces: options.namespace ? [options.namespace] : undefined,
      includeSecretValues: options.includeSecretValues === true,
      logTailLines: options.logLines,
      signal: stop.signal,
      onProgress: progressLine(process.stderr),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
    for (const kind of report.forbidden)
      process.stderr.write(`warning: ${kind} left out: you may not list them\n`);
    for (const { what, message } of report.failures)
      process.stderr.write(`warning: ${what} left out: ${oneLine(message, 200)}\n`);
    process.stdout.write(
      `Captured ${report.objects} objects of ${report.kinds} kinds and ${report.logs} logs into ${report.directory} in ${formatDuration(Date.now() - started)}.\n` +
        `Ask with: kv investigate "…" --snapshot ${options.output}\n`,
    );
  } finally {
    await client.close();
  }
}

/** One line that is rewritten in a terminal; elsewhere a line for every tenth part. */
function progressLine(stream: NodeJS.WriteStream): (progress: CaptureProgress) => void {
  let last = -1;
  return ({ phase, done, total, what }) => {
    const text = oneLine(`${phase} ${done}/${total} ${what}`, Math.max(20, (stream.columns ?? 80) - 1));
    if (stream.isTTY) {
      stream.write(`\r\u001b[2K${text}`);
      return;
    }
    const tenth = Math.floor((done / Math.max(1, total)) * 10);
    if (tenth === last) return;
    last = tenth;
    stream.write(`${text}\n`);
  };
}
