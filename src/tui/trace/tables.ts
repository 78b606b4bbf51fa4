import { formatLatency, formatTokens } from '../../shared/figures.ts';
import { formatBytes } from '../../shared/text.ts';
import type { LiveFunction, LiveGpu, LiveProcess } from '../../trace/recorder/recording.ts';
import { cutText, padEnd, padStart, type Row, type Span, span, widthOf } from '../layout/row.ts';
import type { Glyphs } from '../theme.ts';
import { sparkText } from './spark.ts';
import type { Sort } from './state.ts';

/** `12.3 ms` and `999 µs` fit. */
const FIGURE = 7;
const WIDE = 100;
const LEAST_SPARK = 7;
const HIGH_WAIT = 0.05;

const LATENCIES = [
  ['total', 'totalMs', 'total'],
  ['p50', 'p50Ms', undefined],
  ['p95', 'p95Ms', undefined],
  ['p99', 'p99Ms', 'p99'],
  ['max', 'maxMs', 'max'],
] as const;

/** Functions with their latencies, and how often each was called in the last seconds. The first row names columns. */
export function functionRows(
  functions: readonly LiveFunction[],
  sort: Sort,
  width: number,
  glyphs: Glyphs,
): Row[] {
  const gap = width >= WIDE ? '  ' : ' ';
  const left = width - 6 * (FIGURE + gap.length);
  const longest = Math.max(12, ...functions.map(row => widthOf(row.fn)));
  const nameWidth = Math.max(12, Math.min(longest, 40, left - gap.length - LEAST_SPARK));
  const sparkWidth = Math.max(0, Math.min(60, left - nameWidth - gap.length));
  const cell = (text: string, isSorted: boolean) =>
    span(gap + padStart(text, FIGURE), isSorted ? 'bold' : 'dim');
  const head: Row = [
    span(padEnd('function', nameWidth), 'dim'),
    cell('calls', sort === 'calls'),
    ...LATENCIES.map(([title, , by]) => cell(title, by === sort)),
    span(sparkWidth >= LEAST_SPARK ? gap + padStart('calls/s', sparkWidth) : '', 'dim'),
  ];
  const micro = glyphs.bars.length > 1 ? 'µs' : 'us';
  const rows = functions.map((row): Row => {
    const name = cutText(row.fn, nameWidth, glyphs.ellipsis);
    return [
      span(padEnd(name, nameWidth), row.errors > 0 ? 'bad' : undefined),
      span(gap + padStart(formatTokens(row.calls), FIGURE)),
      ...LATENCIES.map(([, key]) => span(gap + padStart(formatLatency(row[key], micro), FIGURE))),
      span(gap + sparkText(row.perSecond, sparkWidth, glyphs), 'accent'),
    ];
  });
  return [head, ...rows];
}

/** Processes, the ones that call most first. The first row names columns. */
export function processRows(processes: readonly LiveProcess[], width: number, glyphs: Glyphs): Row[] {
  const columns = [
    ['pid', 8],
    ['calls/s', 8],
    ['waits for CPU', 13],
  ] as const;
  const room = width - columns.reduce((sum, [, size]) => sum + size + 1, 0);
  const nameWidth = Math.max(8, Math.min(24, room));
  const podWidth = room - nameWidth - 2;
  const hasPods = podWidth >= 10 && processes.some(row => row.pod !== undefined);
  const head: Row = [
    span(padEnd('process', nameWidth), 'dim'),
    ...columns.map(([title, size]) => span(` ${padStart(title, size)}`, 'dim')),
    span(hasPods ? '  pod' : '', 'dim'),
  ];
  const rows = processes
    .toSorted((a, b) => b.callsPerSecond - a.callsPerSecond)
    .map((row): Row => {
      const cells = [String(row.pid), formatTokens(Math.round(row.callsPerSecond))];
      const isHigh = row.waitingForCpu >= HIGH_WAIT;
      return [
        span(padEnd(cutText(row.name, nameWidth, glyphs.ellipsis), nameWidth)),
        ...cells.map((text, at) => span(` ${padStart(text, columns[at]![1])}`)),
        span(` ${padStart(percent(row.waitingForCpu), columns[2][1])}`, isHigh ? 'warn' : undefined),
        span(hasPods && row.pod ? `  ${cutText(row.pod, podWidth, glyphs.ellipsis)}` : ''),
      ];
    });
  return [head, ...rows];
}

export function gpuRows(gpus: readonly LiveGpu[]): Row[] {
  return gpus.map((gpu, at): Row => {
    const memory = [gpu.memoryBytes, gpu.memoryTotalBytes].filter(bytes => bytes !== undefined);
    const parts: Span[] = [span(`GPU ${at}`, 'dim'), span(` ${gpu.name}`)];
    if (gpu.utilPct !== undefined) parts.push(span(`  ${padStart(String(Math.round(gpu.utilPct)), 3)} %`));
    if (memory.length > 0) parts.push(span(`  ${memory.map(formatBytes).join(' of ')}`, 'dim'));
    return parts;
  });
}

/** `0.4 %`, `12 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
