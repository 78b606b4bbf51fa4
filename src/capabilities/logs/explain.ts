import type { LogLine } from '../../cluster/port.ts';
import { causeOf } from '../diagnose/logs/causes.ts';
import { type Cluster, Drain } from './drain.ts';
import { entryOf, type Level, type LogEntry } from './entry.ts';
import { type LogRecord, RecordReader } from './record.ts';

/** One kind of message of a log. */
export interface LogPattern {
  /** Its words, `<*>` where they vary. */
  template: string;
  level: Level;
  count: number;
  /** RFC 3339; '' where unknown. */
  first: string;
  last: string;
  /** The newest occurrence, whole (stack traces cut in the middle). */
  example: string;
}

/** A message that tells why, and the lines that led to it. */
export interface DecisiveLine extends LogPattern {
  why: string[];
  before: string[];
}

export interface LogExplanation {
  lines: number;
  records: number;
  first: string;
  last: string;
  levels: Record<Level, number>;
  decisive: DecisiveLine[];
  patterns: LogPattern[];
}

interface Seen {
  count: number;
  level: Level;
  first: LogEntry;
  last: LogEntry;
  /** The messages right before the newest occurrence. */
  before: string[];
}

const WEIGHT: Record<Level, number> = { fatal: 10, error: 7, warn: 3, info: 0, debug: -1 };
/** Messages before the newest occurrence that are kept. */
const CONTEXT = 3;
const EXAMPLE_LINES = 12;
const EXAMPLE_CHARACTERS = 1_200;
/** What the end of a log is: so many records, or this share of them. */
const END_RECORDS = 30;
const END_SHARE = 0.005;
/** A program's first messages are rare by nature. */
const STARTUP_RECORDS = 60;

/**
 * Reads a log of any length once, in constant memory, and says which of its messages explain: by level, by the
 * causes that kv knows, by rarity and by how near the end they stand. Deterministic; no model is asked.
 */
export class LogExplainer {
  readonly #drain = new Drain<{ seen: Seen | undefined }>(() => ({ seen: undefined }));
  readonly #reader = new RecordReader(record => this.#take(record));
  readonly #levels: Record<Level, number> = { fatal: 0, error: 0, warn: 0, info: 0, debug: 0 };
  #lines = 0;
  #records = 0;
  #first = '';
  #last = '';
  #recent: string[] = [];

  add(line: LogLine): void {
    this.#lines += 1;
    this.#reader.add(line);
  }

  /** `decisive` messages and `patterns` at most, the most telling and the most frequent first. */
  finish(most: { decisive: number; patterns: number }): LogExplanation {
    this.#reader.end();
    const all = [...this.#drain.clusters()].flatMap(cluster =>
      cluster.value.seen ? [{ cluster, seen: cluster.value.seen }] : [],
    );
    const judged = all
      .map(({ cluster, seen }) => ({ cluster, seen, ...this.#judge(seen) }))
      .filter(item => item.score >= 6)
      .sort((a, b) => b.score - a.score || b.seen.last.index - a.seen.last.index);
    const decisive = judged.slice(0, most.decisive).map(({ cluster, seen, why }) => ({
      ...patternOf(cluster, seen),
      why,
      before: seen.before,
    }));
    const patterns = all
      .sort((a, b) => b.seen.count - a.seen.count || a.seen.first.index - b.seen.first.index)
      .slice(0, most.patterns)
      .map(({ cluster, seen }) => patternOf(cluster, seen));
    return {
      lines: this.#lines,
      records: this.#records,
      first: this.#first,
      last: this.#last,
      levels: { ...this.#levels },
      decisive,
      patterns,
    };
  }

  #take(record: LogRecord): void {
    const entry = entryOf(record);
    this.#records += 1;
    this.#levels[entry.level] += 1;
    if (entry.time !== '') {
      this.#first ||= entry.time;
      this.#last = entry.time;
    }
    const { value } = this.#drain.add(`${entry.level} ${entry.message}`);
    const before = this.#recent.slice(-CONTEXT);
    if (value.seen) {
      value.seen.count += 1;
      value.seen.last = entry;
      value.seen.before = before;
    } else value.seen = { count: 1, level: entry.level, first: entry, last: entry, before };
    this.#recent.push(short(entry.text.split('\n')[0]!, 300));
    if (this.#recent.length > CONTEXT * 4) this.#recent = this.#recent.slice(-CONTEXT);
  }

  #judge({ count, level, first, last }: Seen): { score: number; why: string[] } {
    const why: string[] = [];
    let score = WEIGHT[level];
    if (score > 0) why.push(level);
    const cause = causeOf(last.text) ?? causeOf(last.message);
    if (cause) {
      score += cause.subject ? 5 : 3;
      why.push(`names a cause: ${cause.kind}${cause.subject ? ` ${cause.subject}` : ''}`);
    }
    const rarity = Math.log10(this.#records / count);
    const isStartup = first.index < STARTUP_RECORDS && this.#records > STARTUP_RECORDS * 2;
    if (rarity >= 2 && !(isStartup && score <= 0)) {
      score += Math.min(6, rarity * 1.5);
      why.push(`${count} of ${this.#records} entries`);
    }
    const end = Math.max(END_RECORDS, this.#records * END_SHARE);
    if (last.index >= this.#records - end && (score >= 3 || rarity >= 2)) {
      score += 3;
      why.push(last.index === this.#records - 1 ? 'the last entry' : 'near the end');
    }
    // What was said from the beginning to the end, again and again, did not bring about the end.
    const isChronic = count > 20 && first.index < this.#records * 0.1 && last.index > this.#records * 0.9;
    if (isChronic) {
      score -= 4;
      why.push('all along');
    }
    return { score, why };
  }
}

function patternOf(cluster: Cluster<unknown>, seen: Seen): LogPattern {
  return {
    template: short(cluster.template.slice(1).join(' '), 200),
    level: seen.level,
    count: seen.count,
    first: seen.first.time,
    last: seen.last.time,
    example: exampleOf(seen.last.text),
  };
}

/** A stack trace keeps its head and its end, where the cause stands. */
function exampleOf(text: string): string {
  const lines = text.split('\n');
  const half = EXAMPLE_LINES / 2;
  const kept =
    lines.length <= EXAMPLE_LINES
      ? lines
      : [...lines.slice(0, half), `… ${lines.length - EXAMPLE_LINES} lines …`, ...lines.slice(-half)];
  return short(kept.join('\n'), EXAMPLE_CHARACTERS);
}

function short(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
