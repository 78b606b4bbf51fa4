import { lit } from '../literal.ts';
import type { Asked } from './asked.ts';
import { params, RECORD_HOST, saidIn } from './said.ts';

/** Whether copies are slow, by bandwidth, and whether their memory is pageable. */
export function copiesScript(asked: Asked): string {
  const said = saidIn(asked);
  const ko = asked.language === 'ko';
  return `// Copies by direction with their bandwidth, and why slow ones were slow.
const [t, memory] = await Promise.all([
  trace.chains(${params({ limit: 100, ...asked.window })}), trace.memory(${params({ ...asked.window })}),
]);
const slow = t.chains.filter(c => /Memcpy|Memset|Prefetch/.test(c.fn)).slice(0, 3);
const pageable = slow.some(c => c.cause === 'pageable-copy');
const rates = memory.copies
  .map(c => \`\${c.direction}: \${c.copies} copies, \${(c.bytes / 1e9).toFixed(2)} GB in \${c.ms.toFixed(1)} ms (\${c.gigabytesPerSecond} GB/s)\`)
  .join('; ');
const none = memory.copies.length === 0;
const fine = none
  ? ${lit(said('The trace holds no copy.', '트레이스에 복사가 없습니다.'))}
  : \`${said('No copy is slow', '느린 복사가 없습니다')} (\${rates}).\`;
return finish(report({
  verdict: slow.length > 0 ? 'cause-found' : none ? 'inconclusive' : 'healthy',
  rootCause: slow.length > 0
    ? [${ko ? "pageable ? '고정되지 않은(pageable) 메모리에서 복사해 느립니다.' : '느린 복사가 있습니다.', " : ''}...slow.slice(0, 2).map(c => c.sentence), \`${said(
      'All copies',
      '전체 복사',
    )}: \${rates}.\`].join(' ')
    : fine,
  confidence: 'high',
  affected: [...new Set(slow.map(c => c.process))],
  evidence: [
    ...slow.map(c => ({ quote: c.sentence, source: 'trace.chains' })),
    ...memory.copies.map(c => ({
      quote: \`direction: \${c.direction}, gigabytesPerSecond: \${c.gigabytesPerSecond}\`,
      source: 'trace.memory',
    })),
  ],
  remediation: [...new Set(slow.map(c => c.advice))],
  ruledOut: [
    ...new Set(slow.flatMap(c => c.ruledOut)),
    ...(slow.length > 0 && !pageable ? [${lit(
      said(
        'Pageable memory: no asynchronous copy held its thread for the transfer.',
        'pageable 메모리: 비동기 복사가 전송 내내 스레드를 붙잡은 적이 없습니다.',
      ),
    )}] : []),
  ],
}));`;
}

/** Whether the data loader starves the GPU. */
export function loaderScript(asked: Asked): string {
  const said = saidIn(asked);
  return `// Workers and training thread against the CPUs and disks, and the time without CUDA calls.
const t = await trace.chains();
const { verdict, sentence, workers, workerDiskMs } = t.starvation;
const starves = verdict === 'likely';
const gaps = starves ? t.gaps.slice(0, 1) : [];
return finish(report({
  verdict: starves ? 'cause-found' : verdict === 'unknown' ? 'inconclusive' : 'healthy',
  rootCause: ${asked.language === 'ko' ? "`${starves ? '예, 데이터 로더가 GPU를 굶기고 있습니다.' : verdict === 'unknown' ? '데이터로는 알 수 없습니다.' : '아니요.'} ${sentence}`" : 'sentence'},
  confidence: verdict === 'unknown' ? 'medium' : 'high',
  affected: workers.slice(0, 3).map(w => w.process),
  evidence: [sentence, ...gaps.map(g => g.sentence)].map(quote => ({ quote, source: 'trace.chains' })),
  remediation: starves
    ? workerDiskMs
      ? ['Keep the data set in memory or on a faster disk, store it in fewer and larger files, and read ahead (prefetch_factor).']
      : ['Use fewer loader workers than there are cores (num_workers), or give the job more cores.',
         'Do less per sample in Python: decode ahead of time, batch transforms, or keep the data set in memory or on the GPU.']
    : verdict === 'unknown' ? [${lit(said(`Record it again with ${RECORD_HOST}.`, `${RECORD_HOST} 로 다시 기록하세요.`))}] : [],
}));`;
}

/** Who allocates, what is not freed, and what failed. */
export function memoryScript(asked: Asked): string {
  const said = saidIn(asked);
  const ko = asked.language === 'ko';
  return `// GPU memory: failed allocations, leaks, churn, who holds what; and kills for want of host memory.
const [memory, t] = await Promise.all([
  trace.memory(${params({ limit: 10, ...asked.window })}), trace.chains(${params({ ...asked.window })}),
]);
const found = [...t.findings.filter(f => f.kind === 'oom-kill'), ...memory.findings].slice(0, 3);
const gb = (bytes: number) => \`\${(bytes / 1e9).toFixed(2)} GB\`;
const holders = memory.sites.slice(0, 3).map(s =>
  \`\${s.process} (pid \${s.pid}) holds \${gb(s.liveBytes)} in \${s.liveAllocations} allocations of \${s.fn}\${s.site ? \` in \${s.site}\` : ''}\`);
const used = memory.processes.slice(0, 3).map(p =>
  \`\${p.process ?? \`pid \${p.pid}\`}: \${p.allocations} allocations of \${gb(p.allocatedBytes)}, \${p.frees} frees\`);
const none = memory.processes.length === 0;
const unsized = memory.processes.some(p => p.liveBytes === undefined);
const facts = holders.length > 0 ? \`${said(
    'Not freed at the end',
    '끝까지 해제되지 않은 메모리',
  )}: \${holders.join('; ')}.\` : \`\${used.join('; ')}.\`;
const leads: Record<string, string> = {${ko ? " leak: '메모리 누수입니다.', 'out-of-memory': 'GPU 메모리가 부족합니다.', fragmentation: 'GPU 메모리가 조각났습니다.', 'allocation-churn': '같은 메모리를 계속 할당하고 해제합니다.', 'oom-kill': '호스트 메모리 부족으로 강제 종료되었습니다(OOM).' " : ''}};
const quiet = none
  ? ${lit(said('The data does not say: the trace holds no allocation.', '데이터로는 알 수 없습니다: 트레이스에 할당이 없습니다.'))}
  : unsized
    ? \`${said(
      'The data does not say whether memory leaks: frees of unknown size were recorded.',
      '누수 여부는 알 수 없습니다: 크기를 모르는 해제가 기록되었습니다.',
    )} \${facts}\`
    : \`${said('No leak, no failed allocation and no churn.', '누수도, 할당 실패도, 반복 할당도 없습니다.')} \${facts}\`;
return finish(report({
  verdict: found.length > 0 ? 'cause-found' : none || unsized ? 'inconclusive' : 'healthy',
  rootCause: found.length > 0
    ? [leads[found[0].kind] ?? '', ...found.slice(0, 2).map(f => f.sentence), holders.length > 0 ? facts : ''].join(' ')
    : quiet,
  confidence: found.length > 0 ? 'high' : 'medium',
  affected: [...new Set(found.map(f => f.process))],
  evidence: [
    ...found.map(f => ({ quote: f.sentence, source: 'trace.memory' })),
    ...memory.sites.slice(0, 3).map(s => ({
      quote: \`fn: \${s.fn}, liveAllocations: \${s.liveAllocations}, liveBytes: \${s.liveBytes}\`,
      source: 'trace.memory',
    })),
    ...memory.processes.slice(0, 2).map(p => ({
      quote: \`pid: \${p.pid}, allocations: \${p.allocations}, allocatedBytes: \${p.allocatedBytes}\`,
      source: 'trace.memory',
    })),
  ],
  remediation: found.length > 0
    ? [...new Set(found.map(f => f.advice))]
    : none || unsized ? [${lit(
      said(
        'Record it with sudo kv trace --cuda --stacks, from its start on.',
        'sudo kv trace --cuda --stacks 로 시작부터 기록하세요.',
      ),
    )}] : [],
}));`;
}

/** Which code makes the calls. */
export function callersScript(asked: Asked): string {
  const said = saidIn(asked);
  const of = asked.fn ?? said('CUDA calls', 'CUDA 호출');
  return `// Call sites by time, from the stacks of calls.
const { calls, withStack, sites, functions, notes } = await trace.stacks(${params({ fn: asked.fn, pid: asked.pid, limit: 5, ...asked.window })});
if (withStack === 0) return finish(report({
  verdict: 'inconclusive',
  rootCause: calls === 0
    ? ${lit(said(`The trace holds no call of ${asked.fn ?? 'CUDA'}.`, `트레이스에 ${asked.fn ?? 'CUDA'} 호출이 없습니다.`))}
    : ${lit(said('The data does not say: no stacks were recorded.', '데이터로는 알 수 없습니다: 스택이 기록되지 않았습니다.'))},
  confidence: 'high',
  evidence: notes.map(quote => ({ quote, source: 'trace.stacks' })),
  remediation: [${lit(
    said(
      'Record it again with sudo kv trace --cuda --stacks.',
      'sudo kv trace --cuda --stacks 로 다시 기록하세요.',
    ),
  )}],
}));

// Templates make names longer than anybody reads.
const short = (name: string) => (name.length > 100 ? \`\${name.slice(0, 60)} … \${name.slice(-30)}\` : name);
const told = sites.map(s => \`\${short(s.site)} (\${s.calls} calls of \${s.functions.slice(0, 3).join(', ')}, \${s.totalMs.toFixed(1)} ms)\`);
const deepest = functions.flatMap(f => f.stacks).slice(0, 1).map(s => s.frames.slice(0, 6).map(short).join(' ← '));
return finish(report({
  verdict: 'cause-found',
  rootCause: \`${said(`${of}: called from`, `${of}을(를) 부르는 곳`)}: \${told.slice(0, 3).join('; ')}.\${deepest.map(s => \` ${said(
    'The stack with most time',
    '가장 오래 걸린 스택',
  )}: \${s}.\`).join('')}\`,
  confidence: withStack === calls ? 'high' : 'medium',
  affected: [],
  evidence: sites.slice(0, 5).map(s => ({ quote: s.site, source: 'trace.stacks' })),
  remediation: [],
  ruledOut: notes,
}));`;
}
