import { lit } from '../literal.ts';
import type { Asked } from './asked.ts';
import { PLACES } from './place.ts';
import { params, RECORD_HOST, type Said, saidIn, withinText } from './said.ts';
import { type ExplainTopic, KOREAN, type Need, PARTS, type TopicParts } from './topics.ts';

/** Why something took long: what the analysis found of the topic, what cost most first. */
export function explainScript(asked: Asked, topic: ExplainTopic, beside: boolean): string {
  const parts = PARTS[topic];
  const said = saidIn(asked);
  const lists = [
    callsOf(asked, topic, parts),
    patternsOf(topic, parts),
    ...(parts.gaps ? [GAPS] : []),
    ...(parts.starvation ? [starvingOf(topic)] : []),
    ...(topic === 'killed' ? [SIGNALS] : []),
    ...(topic === 'rank' ? [RANKS] : []),
  ].filter(list => list.code !== '');
  const names = lists.map(({ name }) => `...${name}`).join(', ');
  return `// ${topic === 'all' ? 'Slow calls with what their threads did, costly patterns, gaps without calls.' : 'What the analysis found of it.'}
const t = await trace.chains(${params({ limit: 100, ...asked.window })});
${lists.map(({ code }) => code).join('\n')}
const all = [${names}]${asked.pid === undefined ? '' : `.filter(x => x.pid === ${asked.pid})`};
const told = all.sort((a, b) => b.ms - a.ms).slice(0, 3);
${noneFound(parts, said)}
${beside ? besideCluster(said) : ''}${lead(asked)}
return finish(report({
  verdict: 'cause-found',
  rootCause: [${asked.language === 'ko' ? 'lead, ' : ''}...told.slice(0, 2).map(x => x.text)${beside ? ', ...where' : ''}].join(' ')${suffix(asked, said)},
  confidence: t.notes.some(note => /dropped|cut off|given up/.test(note)) ? 'medium' : 'high',
  affected: [...new Set(told.map(x => x.process))${beside ? ', ...places.map(p => p.ref).filter(Boolean)' : ''}],
  evidence: [
    ...told.map(x => ({ quote: x.text, source: x.source })),${beside ? '\n    ...places.filter(p => p.node).map(p => ({ quote: `nodeName: ${p.node}`, source: `k8s.get ${p.ref}` })),' : ''}
  ],
  remediation: [...new Set([${beside ? '...limited, ' : ''}...told.map(x => x.advice)])],
  ruledOut: [...new Set(told.flatMap(x => x.not))${topic === 'all' ? ', ...(t.storedSummary ? [t.storedSummary] : [])' : ''}],
}));`;
}

interface List {
  name: string;
  code: string;
}

const SHAPE = `source: 'trace.chains'`;

function callsOf({ fn }: Asked, topic: ExplainTopic, { causes }: TopicParts): List {
  if (causes.length === 0 && topic !== 'all' && topic !== 'calls') return { name: 'calls', code: '' };
  const tests = [
    ...(causes.length > 0 ? [`[${causes.map(lit).join(', ')}].includes(c.cause)`] : []),
    ...(fn ? [`c.fn.startsWith(${lit(fn)})`] : []),
  ];
  const filter = tests.length > 0 ? `\n  .filter(c => ${tests.join(' && ')})` : '';
  return {
    name: 'calls',
    code: `const calls = t.chains${filter}
  .map(c => ({ ...c, ms: c.excessMs, what: c.cause as string, text: c.sentence, not: c.ruledOut, ${SHAPE} }));`,
  };
}

/** A killed process comes before all that only costs time. */
function patternsOf(topic: ExplainTopic, { kinds }: TopicParts): List {
  if (kinds.length === 0 && topic !== 'all') return { name: 'patterns', code: '' };
  const filter = kinds.length > 0 ? `\n  .filter(f => [${kinds.map(lit).join(', ')}].includes(f.kind))` : '';
  const none = `const nothing: string[] = [];\n`;
  return {
    name: 'patterns',
    code: `${none}const patterns = t.findings${filter}
  .map(f => ({
    ...f, ms: f.kind === 'oom-kill' ? Infinity : f.wonMs, what: f.kind as string, text: f.sentence,
    not: nothing, ${SHAPE},
  }));`,
  };
}

const GAPS: List = {
  name: 'gaps',
  code: `const gaps = t.gaps
  .map(g => ({ ...g, what: 'gap', text: g.sentence, not: [] as string[], ${SHAPE} }));`,
};

/** The CPUs may be what the loader lacks: of a disk only where it waited for one. */
function starvingOf(topic: ExplainTopic): List {
  const isIt = `t.starvation.verdict === 'likely'${topic === 'disk' ? ' && t.starvation.workerDiskMs' : ''}`;
  return {
    name: 'starving',
    code: `const starving = ${isIt}
  ? [{
      pid: 0, process: t.starvation.workers[0].process, ms: t.starvation.spanMs, what: 'starvation',
      text: t.starvation.sentence, not: [] as string[], ${SHAPE},
      advice: ${lit(topic === 'disk' ? 'Keep the data set in memory or on a faster disk, and read ahead (prefetch_factor).' : 'Use as many loader workers as there are free cores, more cores, or a data set kept in memory.')},
    }]
  : [];`,
  };
}

const SIGNALS: List = {
  name: 'signals',
  code: `const sent = await trace.sql({
  query: \`SELECT e.pid, coalesce(p.name, 'pid ' || e.pid) AS process, e.code, e.at / 1e9 AS at, o.name AS sender
    FROM trace_events e LEFT JOIN trace_processes p ON p.pid = e.pid
    LEFT JOIN trace_processes o ON o.pid = e.other_pid
    WHERE e.kind = 'signal' AND e.code IN (4, 6, 7, 8, 9, 11, 15) ORDER BY e.at DESC LIMIT 3\`,
});
const signals = sent.rows.map(({ pid, process, code, at, sender }) => ({
  pid: Number(pid), process: String(process), ms: 0, what: 'signal', not: [] as string[],
  text: \`\${process} (pid \${pid}) got signal \${code} \${Number(at).toFixed(3)} s into the trace\${sender ? \` from \${sender}\` : ''}.\`,
  advice: \`Ask who sends signal \${code}\${sender ? \` (\${sender})\` : ''}: a shutdown, a probe that failed, a limit, or a fault of the program itself.\`,
  source: 'trace.sql',
}));`,
};

/** Ranks of one job may be in two files. */
const RANKS: List = {
  name: 'ranks',
  code: `const { open } = await trace.schema();
const over = open.length > 1
  ? (await trace.compare({ before: { trace: open[0] }, after: { trace: open[1] } })).lateRanks
  : [];
const ranks = over.map(f => ({
  ...f, ms: f.wonMs, what: f.kind as string, text: f.sentence, not: [] as string[], source: 'trace.compare',
}));`,
};

interface Lack {
  /** True where it was not recorded, as the script sees it. */
  test: string;
  en: string;
  ko: string;
  record: string;
}

const LACKS: Record<Need, Lack> = {
  calls: {
    test: '!(await trace.processes({ limit: 1 })).processes[0]?.calls',
    en: 'the trace holds no CUDA call',
    ko: '트레이스에 CUDA 호출이 없습니다',
    record: `${RECORD_HOST} --stacks`,
  },
  switches: {
    test: '(await trace.schema()).switches === 0',
    en: 'no switches of threads were recorded',
    ko: '스레드의 전환(스위치)이 기록되지 않았습니다',
    record: RECORD_HOST,
  },
  events: {
    test: `(await trace.sql({ query: 'SELECT 1 FROM trace_events LIMIT 1' })).rows.length === 0`,
    en: 'no events of the kernel (kills, signals) were recorded',
    ko: '커널 이벤트(강제 종료, 시그널)가 기록되지 않았습니다',
    record: RECORD_HOST,
  },
  collectives: {
    test: 'functions.length === 0',
    en: 'no NCCL collectives were recorded',
    ko: 'NCCL 집합 통신이 기록되지 않았습니다',
    record: `${RECORD_HOST} --nccl`,
  },
};

/** Nothing found is an answer where the data would show it, and else none. */
function noneFound({ needs = 'calls', shows, none, stored }: TopicParts, said: Said): string {
  const { test, en, ko, record } = LACKS[needs];
  const why = said(`The data does not say: ${en}.`, `데이터로는 알 수 없습니다: ${ko}.`);
  const settles = said(
    `Record it again while it happens: ${record} --pid PID.`,
    `문제가 일어나는 동안 다시 기록하세요: ${record} --pid PID.`,
  );
  return `if (told.length === 0) {
  const { functions } = await trace.stats(${params({ fn: shows, limit: 3 })});
  const unknown = ${test};
${
  stored
    ? `  const blamed = t.stored.slice(0, 2).map(s => \`${said(
        'Another tool wrote into the file',
        '다른 도구가 파일에 남긴 기록',
      )}: “\${s.summary}” (\${s.verdict}: \${s.why})\`);
`
    : ''
}  return finish(report({
    verdict: unknown ? 'inconclusive' : 'healthy',
    rootCause: [unknown ? ${lit(why)} : ${lit(said(none.en, none.ko))}${stored ? ', ...blamed' : ''}].join(' '),
    confidence: 'medium',
    evidence: ${stored ? "[...t.stored.slice(0, 2).map(s => ({ quote: s.summary, source: 'trace.chains' })), " : '['}...functions.map(f => ({
      quote: \`fn: \${f.fn}, calls: \${f.calls}, p99Ms: \${f.p99Ms}\`, source: 'trace.stats',
    }))],
    remediation: unknown ? [${lit(settles)}] : [],
  }));
}`;
}

function besideCluster(said: Said): string {
  return `const pids = told.map(x => x.pid);${PLACES}
const where = places.map(p => p.ref
  ? \`${said(
    '${p.name} (pid ${p.pid}) runs in ${p.ref}${p.node && ` on node ${p.node}`}${p.cpu && `, CPU limit ${p.cpu}`}.',
    '${p.name} (pid ${p.pid})는 ${p.node && `노드 ${p.node}의 `}${p.ref}에서 실행됩니다${p.cpu && ` (CPU 한도 ${p.cpu})`}.',
  )}\`
  : \`${said(
    '${p.name} (pid ${p.pid}) ran in ${p.gone}, which the cluster no longer has.',
    '${p.name} (pid ${p.pid})가 실행되던 ${p.gone}는 클러스터에 더 이상 없습니다.',
  )}\`);
// Ready, no other thread on its CPU, and a CPU limit: that is what holds it.
const held = told.some(x => x.what === 'cpu-quota');
const limited = held
  ? places.filter(p => p.cpu).map(p => \`Raise or remove the CPU limit of \${p.cpu} of \${p.ref}: threads beyond it wait although CPUs are free.\`)
  : [];
`;
}

function lead({ language }: Asked): string {
  if (language === 'en') return '';
  const words = Object.entries(KOREAN).map(([what, text]) => `  ${lit(what)}: ${lit(text)},`);
  return `const leads: Record<string, string> = {
${words.join('\n')}
};
const lead = leads[told[0].what] ?? '';`;
}

function suffix(asked: Asked, said: Said): string {
  const within = withinText(asked, said);
  return within === '' ? '' : ` + ${lit(within)}`;
}
