import type {
  AggregateSum,
  AggregateTotal,
  Chain,
  ComparedFunction,
  Finding,
  FunctionStats,
  LaunchGap,
  MemoryReport,
  ProcessRow,
  SqlAnswer,
  Starvation,
  StoredChain,
  Timeline,
  TraceInfo,
} from '../trace/index.ts';
import { bytes, ms, number, table, wrap } from './trace-table.ts';

export function headText(info: TraceInfo, width: number): string {
  const machine = [info.host, info.cpuCores && `${info.cpuCores} cores`, info.kernel]
    .filter(Boolean)
    .join(', ');
  const names = { kv: 'kv trace', ingero: 'Ingero database', nsight: 'Nsight Systems export' };
  const line = `${names[info.format]} ${info.formatVersion}: ${ms(info.durationMs)}, ${number(info.calls)} calls, ${number(info.switches)} switches${machine ? ` (${machine})` : ''}`;
  return [wrap(line, width), ...info.notes.map(note => wrap(`Note: ${note}`, width, '  '))].join('\n');
}

export function statsText(
  { functions, totals, sums }: { functions: FunctionStats[]; totals: AggregateTotal[]; sums: AggregateSum[] },
  width: number,
): string {
  const rank = (row: FunctionStats, name: 'p50Ms' | 'p95Ms' | 'p99Ms') =>
    `${row.approximate?.includes(name) ? '~' : ''}${ms(row[name])}`;
  const rows = functions.map(row => [
    row.fn,
    number(row.percentilesOf === 'seen' ? row.seen! : row.calls),
    ms(row.percentilesOf === 'seen' ? row.seenMs! : row.totalMs),
    rank(row, 'p50Ms'),
    rank(row, 'p95Ms'),
    rank(row, 'p99Ms'),
    ms(row.maxMs),
  ]);
  const parts = [
    rows.length > 0
      ? table(['function', 'calls', 'total', 'p50', 'p95', 'p99', 'max'], rows, width)
      : 'No calls in this window.',
  ];
  if (functions.some(row => row.approximate))
    parts.push(wrap('~ from a histogram of calls that were not kept one by one.', width));
  const first = functions.filter(row => row.firstCallMs !== undefined);
  if (first.length > 0)
    parts.push(
      wrap(`First calls: ${first.map(row => `${row.fn} ${ms(row.firstCallMs!)}`).join(', ')}.`, width, '  '),
    );
  if (sums.length > 0) {
    const named = [
      ...totals.map(row => ({ ...row, name: row.fn })),
      ...sums.map(row => ({ ...row, name: `  ${row.fn} of ${row.process ?? 'pid'} ${row.pid}` })),
    ];
    const cells = named.map(row => [
      row.name,
      number(row.count),
      number(row.stored),
      ms(row.totalMs),
      row.bytes > 0 ? bytes(row.bytes) : '',
    ]);
    parts.push(`Counted while recording\n${table(['what', 'seen', 'kept', 'total', 'bytes'], cells, width)}`);
  }
  return parts.join('\n\n');
}

export interface ChainsResult {
  chains: Chain[];
  findings: Finding[];
  gaps: LaunchGap[];
  starvation: Starvation;
  stored: StoredChain[];
  storedSummary?: string;
}

export function chainsText(result: ChainsResult, width: number): string {
  const parts: string[] = [];
  const chains = result.chains.map(chain => {
    const ruledOut = chain.ruledOut.map(text => wrap(`    ruled out: ${text}`, width, '      '));
    return [wrap(`  ${chain.cause}: ${chain.sentence}`, width, '    '), ...ruledOut].join('\n');
  });
  parts.push(
    `Slow calls and why\n${chains.join('\n') || '  No call took far longer than its function does.'}`,
  );
  if (result.findings.length > 0) parts.push(findingsText(result.findings, width));
  const gaps = result.gaps.map(gap => wrap(`  ${gap.sentence}`, width, '    '));
  if (gaps.length > 0) parts.push(`Gaps between CUDA calls\n${gaps.join('\n')}`);
  parts.push(`Data loader\n${wrap(`  ${result.starvation.sentence}`, width, '  ')}`);
  if (result.storedSummary) {
    const stored = grouped(result.stored).map(({ chain, times }) =>
      wrap(
        `  ${chain.fn}${times > 1 ? ` (${number(times)} chains)` : ''} ${chain.verdict}: ${chain.why}`,
        width,
        '    ',
      ),
    );
    parts.push(
      `Chains stored in the file\n${wrap(`  ${result.storedSummary}`, width, '  ')}\n${stored.join('\n')}`,
    );
  }
  return parts.join('\n\n');
}

function findingsText(findings: readonly Finding[], width: number): string {
  const lines = findings.flatMap(finding => [
    wrap(`  ${finding.kind}: ${finding.sentence}`, width, '    '),
    wrap(`    do: ${finding.advice}`, width, '      '),
  ]);
  return `What else costs time or memory\n${lines.join('\n')}`;
}

/** The same function with the same verdict for the same reason, said once. */
function grouped(stored: readonly StoredChain[]): Array<{ chain: StoredChain; times: number }> {
  const groups = Map.groupBy(stored, chain => `${chain.fn} ${chain.verdict} ${chain.why}`);
  return [...groups.values()].map(list => ({ chain: list[0]!, times: list.length }));
}

export function timelineText({ entries, total }: Timeline, width: number): string {
  if (entries.length === 0) return 'Nothing was recorded in this window.';
  const rows = entries.map(entry => [
    entry.what,
    `${entry.atMs.toFixed(3)} ms`,
    ms(entry.ms),
    String(entry.tid || entry.pid || ''),
    entry.layer,
  ]);
  const more = total > entries.length ? `\n${number(total - entries.length)} shorter ones left out.` : '';
  return `${table(['what', 'at', 'took', 'thread', 'layer'], rows, width)}${more}`;
}

export function processesText(rows: readonly ProcessRow[], width: number): string {
  const active = rows.filter(row => row.calls + row.switches + (row.switchesSeen ?? 0) > 0);
  const cells = active.map(row => [
    `${row.pod ? `${row.namespace}/${row.pod} ` : ''}${row.name}`,
    String(row.pid),
    number(row.calls),
    ms(row.callMs),
    number(row.switchesSeen ?? row.switches),
    ms(row.offCpuMs),
    ms(row.longestOffCpuMs),
  ]);
  const header = ['process', 'pid', 'calls', 'in calls', 'switches', 'off CPU', 'longest'];
  const polls = rows.flatMap(row =>
    row.polls.map(poll =>
      wrap(
        `${row.name} (${row.pid}): ${number(poll.count)} sleeps of ${ms(poll.timeoutMs)} are polling, not waiting for a CPU.`,
        width,
        '  ',
      ),
    ),
  );
  const idle = rows.length - active.length;
  const rest = idle > 0 ? `${number(idle)} more without a call or a switch.` : '';
  return [table(header, cells, width), polls.join('\n'), rest].filter(Boolean).join('\n\n');
}

export function memoryText(report: MemoryReport, width: number): string {
  const parts = report.processes.map(row => {
    const live = row.liveBytes === undefined ? 'live bytes unknown' : `${bytes(row.liveBytes)} live`;
    const head = `${row.process ?? 'pid'} (${row.pid}): ${number(row.allocations)} allocations, ${bytes(row.allocatedBytes)}, ${number(row.frees)} frees, ${live}`;
    const sizes = row.bySize.map(size => [
      `up to ${bytes(size.upToBytes)}`,
      number(size.allocations),
      bytes(size.bytes),
    ]);
    return `${wrap(head, width, '  ')}\n${table(['size', 'allocations', 'bytes'], sizes, width)}`;
  });
  const copies = report.copies.map(row => [
    `copies ${row.direction}`,
    number(row.copies),
    bytes(row.bytes),
    ms(row.ms),
    `${row.gigabytesPerSecond} GB/s`,
    row.large ? `${row.large.copies}: ${bytes(row.large.bytes)} in ${ms(row.large.ms)}` : '',
  ]);
  if (copies.length > 0)
    parts.push(table(['copies', 'count', 'bytes', 'time', 'rate', 'over 100 MB'], copies, width));
  const longest = report.longestCopies.map(copy => [
    `${copy.fn} ${copy.direction ?? ''}`,
    `${copy.atMs.toFixed(3)} ms`,
    ms(copy.ms),
    bytes(copy.bytes),
  ]);
  if (longest.length > 0) parts.push(table(['longest copies', 'at', 'took', 'bytes'], longest, width));
  const sites = report.sites.map(site => [
    `${site.site ?? site.fn} of ${site.process}`,
    number(site.liveAllocations),
    bytes(site.liveBytes),
  ]);
  if (sites.length > 0) parts.push(table(['not freed, by site', 'allocations', 'bytes'], sites, width));
  if (report.findings.length > 0) parts.push(findingsText(report.findings, width));
  return parts.join('\n\n') || 'The trace has neither allocations nor copies.';
}

export function compareText(
  rows: readonly ComparedFunction[],
  lateRanks: readonly Finding[],
  width: number,
): string {
  const times = (ratio: number | undefined) => (ratio === undefined ? '-' : `${ratio}×`);
  const cells = rows.map(row => [
    row.fn,
    number(row.before.calls),
    number(row.after.calls),
    ms(row.before.p50Ms),
    ms(row.after.p50Ms),
    times(row.p50Ratio),
    times(row.p99Ratio),
  ]);
  const header = ['function', 'calls', 'after', 'p50', 'after', 'p50', 'p99'];
  const body = cells.length > 0 ? table(header, cells, width) : 'Neither side has calls.';
  return lateRanks.length > 0 ? `${body}\n\n${findingsText(lateRanks, width)}` : body;
}

export function sqlText({ columns, rows, cut }: SqlAnswer, width: number): string {
  const cells = rows.map(row => columns.map(column => String(row[column] ?? '').replace(/\s+/g, ' ')));
  const most = Math.max(8, Math.floor(width / Math.max(1, columns.length)) - 2);
  const short = (text: string) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const body = table(
    columns.map(short),
    cells.map(row => row.map(short)),
    width,
  );
  return `${body}\n${number(rows.length)} row${rows.length === 1 ? '' : 's'}${cut ? ', more were left out' : ''}`;
}
