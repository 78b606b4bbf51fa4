import { isAbort, messageOf } from '../../shared/errors.ts';
import type { ClusterClient, LogQuery } from '../port.ts';
import { splitTimestamp } from './log-blocks.ts';
import { openLog } from './logs.ts';
import { compileMatcher, type Matcher } from './matcher.ts';

export interface GrepQuery
  extends Pick<LogQuery, 'previous' | 'tailLines' | 'sinceSeconds' | 'sinceTime' | 'limitBytes'> {
  namespace: string;
  /** Pods and which of their containers; `namespace` of a pod overrides the query's. */
  pods: Array<{ pod: string; containers: string[]; namespace?: string }>;
  /** Plain text or an RE2 regular expression, matched against each line without its timestamp. */
  pattern: string;
  ignoreCase?: boolean;
  /** Lines of context. */
  before?: number;
  after?: number;
  /** Changes a block of lines before it is searched, so that a pattern cannot ask about what may not be seen. */
  prepare?: (block: string) => string;
  /** Matches returned in all, in the order of `pods`; default 200. */
  maxMatches?: number;
  /** Matches returned of one pod; default 50. */
  maxMatchesPerPod?: number;
}

export interface GrepMatch {
  namespace: string;
  pod: string;
  container: string;
  /** 1-based, counted in what was read (tailLines and sinceSeconds move it). */
  line: number;
  /** RFC 3339; '' where unknown. */
  time: string;
  text: string;
  before: string[];
  after: string[];
}

export interface GrepResult {
  matches: GrepMatch[];
  /** All matching lines, also those beyond the limits, by pod. */
  counts: Array<{ namespace: string; pod: string; container: string; matches: number; lines: number }>;
  total: number;
  truncated: boolean;
  /** Containers whose log could not be read, and why. */
  failures: Array<{ namespace: string; pod: string; container: string; message: string }>;
}

const CONCURRENCY = 16;

interface Source {
  namespace: string;
  pod: string;
  container: string;
}

interface SourceResult extends Source {
  matches: GrepMatch[];
  count: number;
  lines: number;
  failure?: string;
}

/**
 * Searches the logs of many containers at once (16 in flight) on the host. Every line is read and counted; only
 * the first matches of each pod are kept. A container whose log cannot be read is listed, and stops nothing else.
 */
export async function grepLogs(
  client: Pick<ClusterClient, 'request'>,
  query: GrepQuery,
  signal: AbortSignal,
): Promise<GrepResult> {
  const matcher = await compileMatcher(query.pattern, query.ignoreCase ?? false);
  const perPod = query.maxMatchesPerPod ?? 50;
  const sources = query.pods.flatMap(({ pod, containers, namespace }) =>
    containers.map(container => ({ namespace: namespace ?? query.namespace, pod, container })),
  );
  const results: SourceResult[] = new Array(sources.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < sources.length; index = next++) {
      results[index] = await grepOne(client, sources[index]!, query, matcher, perPod, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, sources.length) }, worker));
  return collect(results, perPod, query.maxMatches ?? 200);
}

async function grepOne(
  client: Pick<ClusterClient, 'request'>,
  source: Source,
  query: GrepQuery,
  matcher: Matcher,
  keep: number,
  signal: AbortSignal,
): Promise<SourceResult> {
  const { previous, tailLines, sinceSeconds, sinceTime, limitBytes } = query;
  const log = { ...source, previous, tailLines, sinceSeconds, sinceTime, limitBytes };
  const scan = new LogScan(source, matcher, query.before ?? 0, query.after ?? 0, keep);
  try {
    for await (const block of openLog(client, log, signal)) {
      scan.block(query.prepare ? query.prepare(block) : block);
    }
    return scan.result;
  } catch (error) {
    if (isAbort(error, signal)) throw error;
    return { ...scan.result, failure: messageOf(error) };
  }
}

/** The state of one log's scan: blocks without a possible match are only counted, others are looked at by line. */
class LogScan {
  readonly result: SourceResult;
  readonly #source: Source;
  readonly #matcher: Matcher;
  readonly #before: number;
  readonly #after: number;
  readonly #keep: number;
  #recent: string[] = [];
  #open: Array<{ match: GrepMatch; left: number }> = [];

  constructor(source: Source, matcher: Matcher, before: number, after: number, keep: number) {
    this.#source = source;
    this.#matcher = matcher;
    this.#before = before;
    this.#after = after;
    this.#keep = keep;
    this.result = { ...source, matches: [], count: 0, lines: 0 };
  }

  block(block: string): void {
    if (this.#open.length === 0 && !this.#matcher.mayMatch(block)) this.#skip(block);
    else for (const line of block.split('\n')) this.#line(line);
  }

  #skip(block: string): void {
    let lines = 1;
    for (let at = block.indexOf('\n'); at >= 0; at = block.indexOf('\n', at + 1)) lines += 1;
    this.result.lines += lines;
    if (this.#before === 0) return;
    let start = block.length;
    for (let i = 0; i < this.#before && start >= 0; i++) start = block.lastIndexOf('\n', start - 1);
    const tail = start < 0 ? block : block.slice(start + 1);
    for (const line of tail.split('\n')) this.#remember(splitTimestamp(line).text);
  }

  #line(line: string): void {
    const { time, text } = splitTimestamp(line);
    this.result.lines += 1;
    if (this.#open.length > 0) {
      for (const open of this.#open) {
        open.match.after.push(text);
        open.left -= 1;
      }
      this.#open = this.#open.filter(open => open.left > 0);
    }
    if (this.#matcher.test(text)) {
      this.result.count += 1;
      if (this.result.matches.length < this.#keep) this.#found(time, text);
    }
    if (this.#before > 0) this.#remember(text);
  }

  #found(time: string, text: string): void {
    const line = this.result.lines;
    const match: GrepMatch = { ...this.#source, line, time, text, before: [...this.#recent], after: [] };
    this.result.matches.push(match);
    if (this.#after > 0) this.#open.push({ match, left: this.#after });
  }

  #remember(text: string): void {
    this.#recent.push(text);
    if (this.#recent.length > this.#before) this.#recent.shift();
  }
}

function collect(results: SourceResult[], perPod: number, maxMatches: number): GrepResult {
  const matches: GrepMatch[] = [];
  const keptOf = new Map<string, number>();
  let total = 0;
  for (const { namespace, pod, matches: found, count } of results) {
    total += count;
    const key = `${namespace}/${pod}`;
    const kept = keptOf.get(key) ?? 0;
    const room = Math.max(0, Math.min(perPod - kept, maxMatches - matches.length));
    matches.push(...found.slice(0, room));
    keptOf.set(key, kept + Math.min(room, found.length));
  }
  return {
    matches,
    counts: results
      .filter(result => result.failure === undefined)
      .map(({ namespace, pod, container, count, lines }) => ({
        namespace,
        pod,
        container,
        matches: count,
        lines,
      })),
    total,
    truncated: matches.length < total,
    failures: results
      .filter(result => result.failure !== undefined)
      .map(({ namespace, pod, container, failure }) => ({ namespace, pod, container, message: failure! })),
  };
}
