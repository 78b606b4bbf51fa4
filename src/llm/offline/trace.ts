import { type Asked, readAsked } from './trace/asked.ts';
import { explainScript } from './trace/explain.ts';
import { callersScript, copiesScript, loaderScript, memoryScript } from './trace/specific.ts';
import { compareScript, usersScript, windowScript } from './trace/views.ts';

/** Questions about what a GPU trace shows, where a cluster could be meant as well. */
const ABOUT_TRACE =
  /\bgpus?\b|cuda|\bnccl\b|\bkernels?\b|\btrac(?:e|es|ed)\b|first token|\bttft\b|data ?loader|memcpy|launch[- ]bound|\blaunches\b|starv|pageable|\branks?\b|straggl|트레이스|지피유|데이터 ?로더|첫 ?토큰|랭크/i;
/** Troubles that pods have before a process of theirs runs: no trace knows of them. */
const BEFORE_IT_RUNS = /pending|unschedul|insufficient|image ?pull|crashloop|not ready|taint|quota exceeded/i;

export function isAboutTrace(question: string): boolean {
  return ABOUT_TRACE.test(question) && !BEFORE_IT_RUNS.test(question);
}

/**
 * Answers from the analysis of the open traces, in one script that ends the question itself: what the question is
 * about, else what cost most time. `beside`: a cluster is open as well, so pods can be looked up in it.
 */
export function traceScript(question: string, beside: boolean): string {
  return scriptFor(readAsked(question), beside);
}

function scriptFor(asked: Asked, beside: boolean): string {
  switch (asked.topic) {
    case 'copies':
      return copiesScript(asked);
    case 'loader':
      return loaderScript(asked);
    case 'memory':
      return memoryScript(asked);
    case 'callers':
      return callersScript(asked);
    case 'window':
      return windowScript(asked);
    case 'users':
      return usersScript(asked, beside);
    case 'compare':
      return compareScript(asked);
    default:
      return explainScript(asked, asked.topic, beside);
  }
}
