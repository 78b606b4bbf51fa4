import { lit } from './literal.ts';

/** Questions about what a GPU trace shows, where a cluster could be meant as well. */
const ABOUT_TRACE =
  /\bgpus?\b|cuda|\bnccl\b|\bkernels?\b|\btrace|first token|\bttft\b|data ?loader|memcpy|launch(?:es)?\b|starv/i;

export function isAboutTrace(question: string): boolean {
  return ABOUT_TRACE.test(question);
}

/**
 * Answers from the analysis of the first open trace, in one script: what the question is about comes first, else
 * what cost most time.
 */
export function traceScript(question: string): string {
  const topic = /data ?loader|starv|worker/i.test(question)
    ? 'loader'
    : /\bcop(?:y|ies)|memcpy|transfer|bandwidth/i.test(question)
      ? 'copies'
      : 'all';
  return `// Slow calls with what their threads did, gaps without launches, the data loader.
const topic: string = ${lit(topic)};
const t = await trace.chains({ limit: 6 });
const fixes: Record<string, string> = {
  'cpu-contention': 'Give the process CPUs of its own, or move what ran instead elsewhere.',
  disk: 'Keep what is read in memory, or read it ahead of the step that needs it.',
  'pageable-copy': 'Copy from pinned memory (pin_memory=True in a PyTorch DataLoader).',
  'first-use': 'Call the function once before requests are served (warm-up).',
  'gpu-wait': 'Synchronise less often: it waits for the GPU by its nature.',
};
const calls = t.chains
  .filter(c => topic !== 'copies' || /Memcpy/i.test(c.fn))
  .map(c => ({ ms: c.excessMs, text: c.sentence, fix: fixes[c.cause], who: c.process, not: c.ruledOut }));
const gaps = t.gaps.map(g => ({
  ms: g.ms,
  text: g.sentence,
  fix: 'Look at what the process itself does in that window (trace.timeline, a profiler of its language).',
  who: g.process,
  not: [] as string[],
}));
const loader = {
  ms: 0,
  text: t.starvation.sentence,
  fix: 'Use fewer loader workers than there are cores, or more cores; keep the data set in memory.',
  who: t.starvation.workers[0]?.process ?? 'trace',
  not: [] as string[],
};
const starving = t.starvation.verdict === 'likely';
const costly = [...calls, ...(topic === 'copies' ? [] : gaps)].sort((a, b) => b.ms - a.ms).slice(0, 3);
const told = topic === 'loader' ? [loader] : starving && topic === 'all' ? [loader, ...costly] : costly;
const known = topic === 'loader' ? t.starvation.verdict !== 'unknown' : told.length > 0;
return finish(report({
  verdict: !known ? 'inconclusive' : topic === 'loader' && !starving ? 'healthy' : 'cause-found',
  rootCause: told[0] ? told.slice(0, 2).map(x => x.text).join(' ') : 'The trace holds no slow call and no gap.',
  confidence: !known || t.notes.length > 1 ? 'medium' : 'high',
  affected: [...new Set(told.map(x => x.who))],
  evidence: told.map(x => ({ quote: x.text, source: 'trace.chains' })),
  remediation: topic === 'loader' && !starving ? [] : [...new Set(told.flatMap(x => x.fix ?? []))],
  ruledOut: [...told.flatMap(x => x.not), ...(t.storedSummary ? [t.storedSummary] : [])],
}));`;
}
