import type { CallSum } from './call-sums.ts';
import type { Finding } from './finding.ts';
import { count, msOf, percentText, timeText } from './units.ts';

/** From so many waits a second on they are in a hot loop, if they take this share of the time. */
const OFTEN = 50;
const MUCH = 0.1;
/** A step that launches so much between two waits keeps the GPU busy: then its wait is for work, and well so. */
const WORTH_WAITING_FOR = 10;

/** Processes that wait for the GPU again and again. `span` in nanoseconds. */
export function syncStalls(
  sums: readonly CallSum[],
  span: number,
  nameOf: (pid: number) => string,
): Finding[] {
  return [...Map.groupBy(sums, sum => sum.pid)].flatMap(([pid, own]) => {
    const syncs = own.filter(({ kind, fn }) => kind === 'sync' && /Sync(?:hronize)?$/.test(fn));
    const calls = syncs.reduce((sum, one) => sum + one.calls, 0);
    const total = syncs.reduce((sum, one) => sum + one.total, 0);
    const perSecond = calls / (span / 1e9);
    if (perSecond < OFTEN || total < span * MUCH) return [];
    const launches = own.filter(one => one.kind === 'launch').reduce((sum, one) => sum + one.calls, 0);
    const between = launches / calls;
    if (between >= WORTH_WAITING_FOR) return [];
    const most = syncs.reduce((a, b) => (b.total > a.total ? b : a));
    return {
      kind: 'sync-stall' as const,
      pid,
      process: nameOf(pid),
      wonMs: msOf(total),
      figures: {
        calls,
        perSecond: Number(perSecond.toPrecision(3)),
        share: Number((total / span).toPrecision(3)),
        launchesBetween: Number(between.toPrecision(3)),
      },
      sentence: `${nameOf(pid)} waits for the GPU in a hot loop: ${count(calls, `call of ${most.fn}`, `calls, most of ${most.fn}`)}, ${Math.round(perSecond).toLocaleString('en')} a second, took ${timeText(total)} (${shareText(total / span)}), with ${between.toPrecision(2)} launches between two of them.`,
      advice:
        'Wait once a step and not after every operation: keep results on the GPU (no .item() or print in the loop), or wait for an event on the one stream that matters.',
    };
  });
}

/** Several threads may wait at once. */
function shareText(share: number): string {
  return share > 1
    ? `${share.toPrecision(2)} times the trace’s length, in several threads`
    : `${percentText(share)} of the time`;
}
