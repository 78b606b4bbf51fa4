import { causeOf, type LogCause } from './causes.ts';
import { isFrame, scoreLine } from './score.ts';

/** What is kept of one container's log, whatever its length. */
export interface LogDigest {
  /** `k8s.logs shop/checkout-1 app (previous)`. */
  source: string;
  lines: number;
  /** The lines that explain, most telling first, at most four. */
  decisive: string[];
  /** Causes named near the end of the log, the last one first. */
  causes: LogCause[];
  /** The last lines that are not empty, oldest first. */
  tail: string[];
  /** The place in a stack trace nearest to the error: `/src/book/book.go:88`, `File "/app/x.py", line 44`. */
  frame?: string;
  /** Ports that the program said it listens on. */
  listening: number[];
  /** Those of them that it said to listen on for its own pod only (127.0.0.1, ::1, localhost). */
  loopback: number[];
}

const TAIL = 40;
const KEPT = 24;
const LISTEN =
  /\b(?:listen(?:ing|s|er)?|serving|started|running|bound|ready|available|accepting)\b.*?(?:ports?(?:\(s\))?[ :=]+|https?:\/\/\S*?:|(?:\[::\]|0\.0\.0\.0|127\.0\.0\.1|localhost|\*|^|[\s=("'])[:])(\d{2,5})\b/i;

interface Scored {
  at: number;
  text: string;
  score: number;
}

/** Reads a log line by line in constant memory and keeps what explains a failure. */
export class LogDigester {
  #count = 0;
  #tail: Scored[] = [];
  #best: Scored[] = [];
  readonly #listening = new Set<number>();
  readonly #loopback = new Set<number>();

  add(text: string): void {
    const line = text.trimEnd();
    if (line === '') return;
    const port = LISTEN.exec(line)?.[1];
    if (port && Number(port) < 65536) {
      this.#listening.add(Number(port));
      if (new RegExp(`(?:127\\.0\\.0\\.1|localhost|\\[::1\\]):${port}\\b`).test(line)) {
        this.#loopback.add(Number(port));
      }
    }
    const score = isFrame(line) ? 1 : scoreLine(line);
    const scored = { at: this.#count++, text: line, score };
    this.#tail.push(scored);
    if (this.#tail.length > TAIL) this.#tail.shift();
    if (score < 7) return;
    this.#best.push(scored);
    if (this.#best.length > KEPT * 2) this.#best = strongest(this.#best);
  }

  finish(source: string): LogDigest {
    const last = this.#count - TAIL;
    const candidates = [...this.#best.filter(item => item.at < last), ...this.#tail.flatMap(telling)];
    const causes: LogCause[] = [];
    for (const item of [...candidates].reverse()) {
      if (item.score < 3) continue;
      const cause = causeOf(item.text);
      if (cause && !causes.some(known => known.kind === cause.kind && known.subject === cause.subject)) {
        causes.push(cause);
      }
    }
    const weight = (item: Scored) => {
      const named = causeOf(item.text);
      return item.score + (named ? (named.subject ? 5 : 3) : 0) + (item.at >= last ? 4 : 0);
    };
    const ranked = candidates
      .map(item => ({ item, weight: weight(item) }))
      .sort((a, b) => b.weight - a.weight || b.item.at - a.item.at);
    const decisive: string[] = [];
    for (const { item } of ranked) {
      if (decisive.length < 4 && !decisive.some(text => template(text) === template(item.text))) {
        decisive.push(item.text);
      }
    }
    const frame = frameNear(
      this.#tail.map(item => item.text),
      decisive[0],
    );
    return {
      source,
      lines: this.#count,
      decisive,
      causes,
      tail: this.#tail.map(item => item.text),
      listening: [...this.#listening],
      loopback: [...this.#loopback],
      ...(frame ? { frame } : {}),
    };
  }
}

const LIBRARY =
  /node:internal|node_modules|\/usr\/(?:local\/)?(?:go|lib)\/|site-packages|dist-packages|\b(?:java|javax|jdk|sun|org\.springframework)\./;

/** Python names the place before the error, Go, Java and Node after it; frames of libraries tell less. */
function frameNear(lines: string[], error: string | undefined): string | undefined {
  const at = error === undefined ? -1 : lines.lastIndexOf(error);
  if (at < 0) return undefined;
  const before = lines.slice(Math.max(0, at - 30), at).reverse();
  const after = lines.slice(at + 1, at + 30);
  const own = (pattern: RegExp, list: string[]) =>
    list.flatMap(line => (LIBRARY.test(line) ? [] : (pattern.exec(line)?.[1] ?? []))).at(0);
  return (
    own(/^\s+(\/\S+\.go:\d+)/, after) ??
    own(/^\s+at (.+)$/, after) ??
    own(/^\s+(File "[^"]+", line \d+, in .+)$/, before)
  );
}

/** A line without any word of failure still tells when it has the form of a known cause; calm lines do not. */
function telling(item: Scored): Scored[] {
  if (item.score >= 3) return [item];
  return item.score === 0 && causeOf(item.text) ? [{ ...item, score: 5 }] : [];
}

/** Keeps the first and the last of the telling lines: the first may be the cause, the last the end. */
function strongest(items: Scored[]): Scored[] {
  const fatal = items.filter(item => item.score >= 10).slice(-8);
  const rest = items.filter(item => !fatal.includes(item));
  return [...rest.slice(0, 4), ...rest.slice(-(KEPT - 4 - fatal.length)), ...fatal].sort(
    (a, b) => a.at - b.at,
  );
}

/** A line without what varies between repetitions. */
export function template(line: string): string {
  return line.replace(/[0-9a-f]{8,}|\d+/gi, '#').slice(0, 160);
}
