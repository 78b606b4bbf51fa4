import { isRecord } from '../../shared/json.ts';
import { scoreLine } from '../diagnose/logs/score.ts';
import { isTrace, type LogRecord } from './record.ts';

export type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/** A record as it is understood. */
export interface LogEntry {
  index: number;
  /** RFC 3339; '' where neither the kubelet nor the line itself says when. */
  time: string;
  level: Level;
  /** The message without time, level and source; for a stack trace, what was thrown. */
  message: string;
  /** The whole record, lines joined. */
  text: string;
  trace: boolean;
}

const LEVELS: Record<string, Level> = {
  fatal: 'fatal',
  panic: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
  error: 'error',
  err: 'error',
  severe: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  information: 'info',
  notice: 'info',
  log: 'info',
  debug: 'debug',
  trace: 'debug',
  verbose: 'debug',
  fine: 'debug',
};
const KLOG: Record<string, Level> = { F: 'fatal', E: 'error', W: 'warn', I: 'info', D: 'debug' };
const MESSAGE_KEYS = ['msg', 'message', 'event', 'log', 'error', 'err'];
const LEVEL_KEYS = ['level', 'severity', 'lvl', 'log.level', 'levelname', 'loglevel'];
const TIME_KEYS = ['time', 'ts', 'timestamp', '@timestamp', 't', 'asctime'];

const ISO = /^\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\]?[\s,:|-]*/;
const KLOG_HEAD = /^([IWEFD])(\d{4}) (\d\d:\d\d:\d\d\.\d+)\s+\d+ [\w.-]+:\d+\] /;
const LOGFMT_LEVEL = /(?:^|\s)(?:level|lvl|severity)="?([A-Za-z]+)"?/;
const LOGFMT_MESSAGE = /(?:^|\s)(?:msg|message)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/;
const WORD_LEVEL = /^[\s[(<|]*([A-Za-z]{3,11})[\])>|:]*(?=[\s:|\]-]|$)/;

/** Understands JSON, logfmt, klog, and lines that begin with a time and a level; everything else by its words. */
export function entryOf(record: LogRecord): LogEntry {
  const text = record.lines.join('\n');
  const trace = isTrace(record.lines);
  const said = fromJson(text) ?? fromText(trace ? thrownIn(record.lines) : record.lines[0]!);
  const time = record.time || said.time;
  const level =
    trace && (said.level === undefined || said.level === 'info') ? 'error' : (said.level ?? byWords(text));
  return { index: record.index, time, level, message: said.message, text, trace };
}

interface Said {
  time: string;
  level: Level | undefined;
  message: string;
}

function fromJson(text: string): Said | undefined {
  const at = text.indexOf('{');
  // A prefix of a few words (a logger's name, a stream) may stand before the object.
  if (at < 0 || at > 60 || !text.trimEnd().endsWith('}')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(at));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const pick = (keys: readonly string[]) => keys.map(key => value[key]).find(item => item !== undefined);
  const message = pick(MESSAGE_KEYS);
  const cause = [value['error'], value['err'], value['exception']].find(
    item => item !== undefined && item !== message,
  );
  const words = [message, cause].filter(item => item !== undefined).map(wordsOf);
  return {
    time: timeOf(pick(TIME_KEYS)),
    level: levelOf(pick(LEVEL_KEYS)),
    message: words.join(': ') || text,
  };
}

function wordsOf(value: unknown): string {
  if (isRecord(value)) return String(value['message'] ?? value['msg'] ?? JSON.stringify(value));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fromText(line: string): Said {
  const klog = KLOG_HEAD.exec(line);
  if (klog) return { time: '', level: KLOG[klog[1]!], message: line.slice(klog[0].length) };
  const message = LOGFMT_MESSAGE.exec(line);
  if (message) {
    const time = /(?:^|\s)(?:time|ts|t)="?([^"\s]+)"?/.exec(line)?.[1];
    const cause = /(?:^|\s)(?:err|error)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line);
    const words = [message[1] ?? message[2], cause && (cause[1] ?? cause[2])].filter(Boolean).join(': ');
    return { time: timeOf(time), level: levelOf(LOGFMT_LEVEL.exec(line)?.[1]), message: words };
  }
  const stamped = ISO.exec(line);
  const rest = stamped ? line.slice(stamped[0].length) : line;
  const word = WORD_LEVEL.exec(rest);
  const level = levelOf(word?.[1]) ?? levelOf(LOGFMT_LEVEL.exec(rest)?.[1]);
  const isWord = word !== null && levelOf(word[1]) !== undefined;
  return {
    time: timeOf(stamped?.[1]),
    level,
    message: (isWord ? rest.slice(word[0].length) : rest).replace(/^[\s:|\]-]+/, '') || line,
  };
}

/** What was thrown: the last line of a Python traceback, the first line elsewhere. */
function thrownIn(lines: readonly string[]): string {
  const isPython = lines.some(line => line.includes('Traceback (most recent call last)'));
  const plain = lines.filter(line => !/^\s/.test(line));
  return (isPython ? plain.at(-1) : plain[0]) ?? lines[0]!;
}

function levelOf(value: unknown): Level | undefined {
  // pino and bunyan count in tens.
  if (typeof value === 'number')
    return value >= 60
      ? 'fatal'
      : value >= 50
        ? 'error'
        : value >= 40
          ? 'warn'
          : value >= 30
            ? 'info'
            : 'debug';
  return typeof value === 'string' ? LEVELS[value.toLowerCase()] : undefined;
}

function byWords(text: string): Level {
  const score = scoreLine(text);
  if (score >= 10) return 'fatal';
  if (score >= 7) return 'error';
  return score >= 3 ? 'warn' : 'info';
}

/** RFC 3339 from an ISO-like text or from seconds or milliseconds since 1970; '' for anything else. */
function timeOf(value: unknown): string {
  if (typeof value === 'number' && value > 1e9) {
    const ms = value > 1e11 ? value : value * 1000;
    return ms < 1e14 ? new Date(ms).toISOString() : '';
  }
  if (typeof value !== 'string') return '';
  const text = value
    .replace(/^(\d{4})\/(\d\d)\//, '$1-$2-')
    .replace(' ', 'T')
    .replace(',', '.');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return '';
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
