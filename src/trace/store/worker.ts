import { parentPort, workerData } from 'node:worker_threads';
import { KvError, messageOf } from '../../shared/errors.ts';
import { RecordDecoder } from '../record/decode.ts';
import { Symbolizer } from '../symbols/index.ts';
import type { FromWriter, PlainFailure, ToWriter, WriterStart } from './protocol.ts';
import type { TraceWriterOptions } from './types.ts';
import { TraceWriter } from './writer.ts';

const LIVE_MS = 500;

/** A thread that decodes the recorder's stream and writes it. It stops itself when it has finished. */
function main(start: WriterStart, port: NonNullable<typeof parentPort>): void {
  const post = (message: FromWriter) => port.postMessage(message);
  const decoder = new RecordDecoder();
  const asked = new Map<number, (text: string) => void>();
  let asks = 0;
  let damaged = false;
  const redact = (text: string): Promise<string> => {
    const id = asks++;
    post({ type: 'redact', id, text });
    return new Promise(resolve => asked.set(id, resolve));
  };
  const resolver = start.symbols ? new Symbolizer() : undefined;
  const writer = opened(start, { redact, resolver }, post);
  if (!writer) return;
  const ticking = setInterval(() => {
    writer.flush();
    post({ type: 'live', state: writer.live() });
  }, LIVE_MS);
  let finishing: { reason: string | undefined } | undefined;

  const take = (bytes: Uint8Array) => {
    try {
      if (!damaged) writer.write(decoder.push(bytes));
    } catch (error) {
      damaged = true;
      writer.addNote('The rest of the recording was damaged on its way and is not in the file.');
      post({ type: 'damaged', failure: plain(error) });
    }
    post({ type: 'taken', bytes: bytes.length });
  };
  const finish = () => {
    if (!finishing || asked.size > 0) return;
    clearInterval(ticking);
    post({ type: 'finished', summary: writer.finish(finishing.reason) });
    resolver?.close();
  };

  port.on('message', (message: ToWriter) => {
    switch (message.type) {
      case 'chunk':
        take(message.bytes);
        break;
      case 'live':
        post({ type: 'live', state: writer.live() });
        break;
      case 'place':
        writer.addProcessPlace(message.pid, message.place);
        break;
      case 'gpus':
        writer.addGpus(message.gpus);
        break;
      case 'samples':
        writer.addSamples(message.samples);
        break;
      case 'note':
        writer.addNote(message.text);
        break;
      case 'redacted':
        asked.get(message.id)?.(message.text);
        asked.delete(message.id);
        // After the answer has been written, which happens in a later microtask.
        queueMicrotask(finish);
        break;
      case 'finish':
        finishing = { reason: message.reason };
        finish();
        break;
      default:
        message satisfies never;
    }
  });
  post({ type: 'ready' });
}

function opened(
  { path, maxBytes, host, stacks, owner }: WriterStart,
  parts: Pick<TraceWriterOptions, 'redact' | 'resolver'>,
  post: (message: FromWriter) => void,
): TraceWriter | undefined {
  try {
    return TraceWriter.create(path, { maxBytes, host, stacks, owner, ...parts });
  } catch (error) {
    post({ type: 'refused', failure: plain(error) });
    return undefined;
  }
}

function plain(error: unknown): PlainFailure {
  if (!(error instanceof KvError)) {
    return { kind: 'failed', message: messageOf(error), hint: undefined, facts: {} };
  }
  const { kind, message, hint, facts } = error;
  return { kind, message, hint, facts };
}

main(workerData as WriterStart, parentPort!);
