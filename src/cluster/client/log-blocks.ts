import { cleanText } from '../../shared/text.ts';
import type { LogLine } from '../port.ts';

/** A line without an end is handed out in pieces of this many characters, so that memory stays bounded. */
const MAX_LINE = 256 * 1024;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ?/;

/** A log as blocks of whole lines, cleaned of control characters; no block ends with a newline. */
export async function* logBlocks(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n');
    if (end >= 0) {
      yield cleanText(rest + text.slice(0, end));
      rest = text.slice(end + 1);
    } else if (rest.length + text.length > MAX_LINE) {
      yield cleanText(rest + text);
      rest = '';
    } else {
      rest += text;
    }
  }
  rest += decoder.decode();
  if (rest) yield cleanText(rest);
}

/** Splits the kubelet's timestamp from a line; lines without one (after a lone carriage return) have time ''. */
export function splitTimestamp(line: string): LogLine {
  const stamp = TIMESTAMP.exec(line)?.[0];
  return stamp ? { time: stamp.trimEnd(), text: line.slice(stamp.length) } : { time: '', text: line };
}
