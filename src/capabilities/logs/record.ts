import type { LogLine } from '../../cluster/port.ts';
import { isFrame, scoreLine } from '../diagnose/logs/score.ts';

/** One entry of a log: a line, or the lines of a stack trace, of a pretty-printed JSON object, of a message. */
export interface LogRecord {
  /** Position among the records, from 0. */
  index: number;
  /** RFC 3339 as the kubelet wrote it for the first line; '' where it is unknown. */
  time: string;
  lines: string[];
}

/** A record longer than this is ended: something else than a record is being read. */
const MOST_LINES = 400;
const MOST_CHARACTERS = 32_000;

/** What `scoreLine` gives to errors at least. */
const ERROR = 7;
const TRACEBACK = /^(?:\S.*\s)?Traceback \(most recent call last\):\s*$/;
/** `org.example.FooException: why`, as Java and .NET begin a stack trace. */
const THROWN = /^(?:[A-Za-z_][\w$]*\.)+[A-Z][\w$]*(?::\s|$)/;
const PYTHON_END = /^[A-Za-z_][\w.]*(?::\s|$)/;
const CHAINED = /^(?:During handling of the above|The above exception was)/;
const CONTINUED = /^(?:\s+\S|Caused by:|\}|\]|goroutine \d+|\s*\.\.\. \d+ more|\[signal |created by )/;

/** Puts lines together that belong to one entry. Keeps one record open; memory does not grow with the log. */
export class RecordReader {
  #open: LogRecord | undefined;
  #characters = 0;
  #next = 0;
  readonly #deliver: (record: LogRecord) => void;

  constructor(deliver: (record: LogRecord) => void) {
    this.#deliver = deliver;
  }

  add(line: LogLine): void {
    const text = line.text.trimEnd();
    const open = this.#open;
    if (open && this.#belongs(open, text)) {
      // A blank line inside a panic or a traceback stays; it says nothing by itself.
      if (text !== '') open.lines.push(text);
      this.#characters += text.length;
      return;
    }
    if (text === '') return;
    this.end();
    this.#open = { index: this.#next++, time: line.time, lines: [text] };
    this.#characters = text.length;
  }

  end(): void {
    if (this.#open) this.#deliver(this.#open);
    this.#open = undefined;
  }

  #belongs({ lines }: LogRecord, text: string): boolean {
    if (lines.length >= MOST_LINES || this.#characters > MOST_CHARACTERS) return false;
    const first = lines[0]!;
    const last = lines.at(-1)!;
    // `{` alone begins an object over several lines; it ends with a brace in the first column.
    if (first === '{' || first === '[') return !(last === '}' || last === ']');
    if (text === '') return isTrace(lines);
    // A trace belongs to the error that announces it, not to whatever was said before.
    if (TRACEBACK.test(text) || THROWN.test(text)) return announces(lines);
    if (CONTINUED.test(text) || isFrame(text)) return true;
    if (lines.some(line => TRACEBACK.test(line)))
      return CHAINED.test(text) || TRACEBACK.test(text) || (/^\s/.test(last) && PYTHON_END.test(text));
    return /^panic: /.test(first) && /^(?:main|[\w./-]+)\.[\w.()*]+\(/.test(text);
  }
}

function announces(lines: readonly string[]): boolean {
  return lines.some(line => TRACEBACK.test(line)) || (!isTrace(lines) && scoreLine(lines[0]!) >= ERROR);
}

/** Whether the lines hold a stack trace. */
export function isTrace(lines: readonly string[]): boolean {
  return /^panic: /.test(lines[0] ?? '') || lines.some(line => TRACEBACK.test(line) || isFrame(line));
}
