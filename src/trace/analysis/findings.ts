import type { TraceReader } from '../model.ts';
import { callSums, spanOf } from './call-sums.ts';
import { allocationChurn } from './churn.ts';
import type { Finding } from './finding.ts';
import { firstUse } from './first-use.ts';
import { lateRanks } from './late-ranks.ts';
import { launchBound } from './launch-bound.ts';
import { oomKills } from './oom-kills.ts';
import { processNames } from './processes.ts';
import { isRecorder } from './recorder-itself.ts';
import { syncStalls } from './sync-stalls.ts';
import type { WindowMs } from './window.ts';

/** What costs time beyond single slow calls; killed processes first, then by what could be won. */
export function findings(reader: TraceReader, window: WindowMs = {}): Finding[] {
  const names = processNames(reader);
  const nameOf = (pid: number) => names.get(pid) ?? `pid ${pid}`;
  const sums = callSums(reader, window);
  const isWhole = window.fromMs === undefined && window.toMs === undefined;
  const span = spanOf(reader, window);
  const found = [
    ...syncStalls(sums, span, nameOf),
    ...launchBound(reader, window, nameOf),
    ...allocationChurn(reader, window, sums, nameOf),
    ...(sums.some(({ kind }) => kind === 'collective') ? lateRanks([reader]) : []),
    ...(isWhole ? [...firstUse(reader, nameOf), ...oomKills(reader, nameOf)] : []),
  ];
  return found
    .filter(one => !isRecorder(one.process))
    .sort((a, b) => Number(b.kind === 'oom-kill') - Number(a.kind === 'oom-kill') || b.wonMs - a.wonMs);
}
