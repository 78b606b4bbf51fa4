import { lit } from '../literal.ts';
import type { Asked } from './asked.ts';
import { PLACES } from './place.ts';
import { RECORD_HOST, saidIn } from './said.ts';

/** What a thread did in a stretch of the trace. */
export function windowScript(asked: Asked): string {
  const said = saidIn(asked);
  const { fromMs, toMs } = asked.window!;
  const span = said(`From ${fromMs / 1000} s to ${toMs / 1000} s`, `${fromMs / 1000}초–${toMs / 1000}초`);
  return `// What the main thread of ${asked.pid === undefined ? 'the process that calls CUDA most' : `pid ${asked.pid}`} did from ${fromMs} to ${toMs} ms.
const { processes } = await trace.processes({ limit: 500 });
const own = ${asked.pid === undefined ? 'processes[0]' : `processes.find(p => p.pid === ${asked.pid})`};
if (!own) return finish(${lit(said('The trace holds no such process.', '트레이스에 그런 프로세스가 없습니다.'))});
const { pid, name } = own;
const [from, to] = [${fromMs}e6, ${toMs}e6];
const did = (thread: string) => trace.sql({ query: \`
  SELECT what, count(*) AS n, sum(min(start + dur, \${to}) - max(start, \${from})) / 1e6 AS ms,
    max(dur) / 1e6 AS longest, start / 1e9 AS at
  FROM (
    SELECT pid, tid, start, dur, fn AS what FROM trace_calls WHERE parent IS NULL
    UNION ALL SELECT pid, tid, start, dur, CASE state WHEN 'S' THEN 'asleep'
      WHEN 'D' THEN 'waiting for a disk' WHEN 'R' THEN 'ready without a CPU' ELSE 'off CPU' END
    FROM trace_off_cpu)
  WHERE pid = \${pid} AND \${thread} AND start < \${to} AND start + dur > \${from}
  GROUP BY what ORDER BY ms DESC LIMIT 5\` });
const main = await did(\`tid = \${pid}\`);
// A process may call CUDA in another thread than its first.
const { rows } = main.rows.length > 0 ? main : await did('tid > 0');
const t = await trace.chains({ fromMs: ${fromMs}, toMs: ${toMs} });
const why = [...t.chains, ...t.gaps].filter(x => x.pid === pid).slice(0, 2);

// Where most switches were only counted, or none recorded, the time between calls says nothing.
const watched = own.switches > 0 && (own.switchesSeen ?? 0) < own.switches * 2;
const rest = watched
  ? ${lit(
    said(
      'The rest of the time it ran on its CPU, or did what the recorder does not watch.',
      '나머지 시간에는 CPU에서 실행 중이었거나 기록 대상이 아닌 일을 했습니다.',
    ),
  )}
  : ${lit(
    said(
      'Its switches were not recorded, or most only counted, so whether it ran or waited between calls is not known.',
      '스레드 전환이 기록되지 않았거나 대부분 횟수만 남아 호출 사이에 실행 중이었는지는 알 수 없습니다.',
    ),
  )};
const fixed = (x: unknown, digits = 1) => Number(x).toFixed(digits);
const lines = rows.map(r =>
  \`\${r.what} \${fixed(r.ms)} ms (\${r.n}×, the longest \${fixed(r.longest)} ms at \${fixed(r.at, 3)} s)\`);
const told = lines.length > 0 ? \`\${lines.join('; ')}.\` : ${lit(
    said('nothing was recorded of it, so it made no CUDA call.', '기록이 없으므로 CUDA 호출이 없었습니다.'),
  )};
return finish(report({
  verdict: rows.length > 0 || why.length > 0 ? 'cause-found' : 'inconclusive',
  rootCause: [\`${span}, \${name} (pid \${pid}): \${told} \${rest}\`, ...why.map(x => x.sentence)].join(' '),
  confidence: watched ? 'high' : 'medium',
  affected: [name],
  evidence: [
    ...rows.map(r => ({ quote: \`what: \${r.what}, n: \${r.n}, ms: \${r.ms}\`, source: 'trace.sql' })),
    ...why.map(x => ({ quote: x.sentence, source: 'trace.chains' })),
  ],
  remediation: [...new Set(why.map(x => x.advice))],
}));`;
}

/** Which processes use the GPU, and the pods that they are in. */
export function usersScript(asked: Asked, beside: boolean): string {
  const said = saidIn(asked);
  const places = `const pids = users.map(p => p.pid);${PLACES.replace(/const \{ processes \} = .*\n/, '')}
const ended = (pid: number) => {
  const p = places.find(one => one.pid === pid);
  if (!p) return '';
  return p.ref ? \`, \${p.ref}\${p.node && \` on node \${p.node}\`}\` : \`, \${p.gone} (${said(
    'not in the cluster any more',
    '클러스터에 더 이상 없음',
  )})\`;
};`;
  const named = `const ended = (pid: number) => {
  const { namespace, pod, container } = processes.find(p => p.pid === pid) ?? {};
  return pod ? \`, Pod \${namespace ? \`\${namespace}/\` : ''}\${pod}\` : container ? \`, ${said(
    'container',
    '컨테이너',
  )} \${container}\` : '';
};`;
  return `// Processes that call CUDA, by the time in their calls${beside ? ', with their pods in the cluster' : ''}.
const { processes } = await trace.processes({ limit: 500 });
const users = processes.filter(p => p.calls > 0).slice(0, 10);
if (users.length === 0) return finish(report({
  verdict: 'inconclusive',
  rootCause: ${lit(
    said(
      'The data does not say: the trace holds no CUDA call of any process.',
      '데이터로는 알 수 없습니다: 트레이스에 CUDA 호출이 없습니다.',
    ),
  )},
  confidence: 'high',
  remediation: [${lit(said(`Record it again with ${RECORD_HOST}, while the GPU is used.`, `GPU를 쓰는 동안 ${RECORD_HOST} 로 다시 기록하세요.`))}],
}));
${beside ? places : named}
const lines = users.map(p => \`\${p.name} (pid \${p.pid}\${ended(p.pid)}): \${p.calls} calls, \${p.callMs.toFixed(1)} ms\`);
return finish(report({
  verdict: 'healthy',
  rootCause: \`${said(
    'These processes call CUDA, most time first',
    'CUDA를 호출하는 프로세스 (시간 순)',
  )}: \${lines.slice(0, 5).join('; ')}.\`,
  confidence: 'high',
  affected: [...users.map(p => p.name)${beside ? ', ...places.map(p => p.ref).filter(Boolean)' : ''}].slice(0, 10),
  evidence: [
    ...users.slice(0, 5).map(p => ({
      quote: \`pid: \${p.pid}, name: \${p.name}, calls: \${p.calls}, callMs: \${p.callMs}\`,
      source: 'trace.processes',
    })),${beside ? '\n    ...places.filter(p => p.node).slice(0, 5).map(p => ({ quote: `nodeName: ${p.node}`, source: `k8s ${p.ref}` })),' : ''}
  ],
}));`;
}

/** Two traces beside each other, or the halves of one. */
export function compareScript(asked: Asked): string {
  const said = saidIn(asked);
  const { fn } = asked;
  return `// The first trace against the second; of one trace, its first half against the rest.
const { open, durationMs } = await trace.schema();
const half = Math.round(durationMs / 2);
const [before, after] = open.length > 1
  ? [{ trace: open[0] }, { trace: open[1] }]
  : [{ toMs: half }, { fromMs: half }];
const sides = open.length > 1 ? \`\${open[1]} ${said('against', '대')} \${open[0]}\` : \`${said(
    'after',
    '이후',
  )} \${(half / 1000).toFixed(1)} s ${said('against before', '대 이전')}\`;
const [{ functions, lateRanks }, a, b] = await Promise.all([
  trace.compare({ before, after, limit: 50 }), trace.chains(before), trace.chains(after),
]);
const changed = functions
  .filter(f => ${fn ? `f.fn.startsWith(${lit(fn)}) && ` : ''}(f.before.calls > 0 || f.after.calls > 0))
  .slice(0, 4);
const ratio = (x: number | undefined) => (x === undefined ? '' : \` (×\${x})\`);
const lines = changed.map(f =>
  \`\${f.fn}: p50 \${f.before.p50Ms} → \${f.after.p50Ms} ms\${ratio(f.p50Ratio)}, p99 \${f.before.p99Ms} → \${f.after.p99Ms} ms\${ratio(f.p99Ratio)}, \${f.before.callsPerSecond} → \${f.after.callsPerSecond} calls/s\`);
// What only the second side has, and what costs it most.
const known = new Set(a.chains.map(c => \`\${c.fn} \${c.cause}\`));
const fresh = b.chains.filter(c => !known.has(\`\${c.fn} \${c.cause}\`)).slice(0, 2);
const told = [...lateRanks, ...(fresh.length > 0 ? fresh : b.chains.slice(0, 1))];
if (changed.length === 0) return finish(report({
  verdict: 'inconclusive',
  rootCause: \`${said(
    'The data does not say: neither side has such a call',
    '데이터로는 알 수 없습니다: 양쪽 모두 해당 호출이 없습니다',
  )} (\${sides}).\`,
  confidence: 'high',
}));
return finish(report({
  verdict: 'cause-found',
  rootCause: [\`\${sides}: \${lines.join('; ')}.\`, ...told.map(x => x.sentence)].join(' '),
  confidence: 'medium',
  affected: [...new Set(told.map(x => x.process))],
  evidence: [
    ...told.map(x => ({ quote: x.sentence, source: 'trace.chains' })),
    ...changed.map(f => ({
      quote: \`calls: \${f.after.calls}, callsPerSecond: \${f.after.callsPerSecond}, p50Ms: \${f.after.p50Ms}, p99Ms: \${f.after.p99Ms}\`,
      source: 'trace.compare',
    })),
  ],
  remediation: [...new Set(told.map(x => x.advice))],
}));`;
}
