import { isRecord } from '../../shared/json.ts';
import { type Journal, type JournalEntry, normalise } from '../journal.ts';
import type { Evidence, Report } from '../report.ts';

/**
 * Checks a report against what the session's calls really returned. Quotes that no call returned and objects
 * that no call ever saw are marked, and lower the confidence: with nothing verified it is low, with something
 * unverified it is at most medium. Sources of verified quotes are filled in from the journal. `namespace` is the
 * one that calls without a namespace were about.
 */
export function groundReport(report: Report, journal: Journal, namespace?: string): Report {
  const evidence = report.evidence.map(item => groundEvidence(item, journal));
  const affected = report.affected.map(item => ({
    ...item,
    verified: knownObject(item.ref, journal, namespace),
  }));
  return { ...report, evidence, affected, confidence: confidenceOf(report, evidence, affected) };
}

function groundEvidence(evidence: Evidence, journal: Journal): Evidence {
  const entry = findQuote(evidence.quote, journal);
  if (!entry) return { ...evidence, verified: false };
  return { ...evidence, verified: true, source: evidence.source || sourceOf(entry) };
}

function findQuote(quote: string, journal: Journal): JournalEntry | undefined {
  const fragments = quote
    .split(/…|\.\.\.|\[[^\]]*cut\]/)
    .map(normalise)
    .filter(fragment => fragment.length >= 2);
  if (fragments.length === 0) return undefined;
  return journal.find(fragments) ?? findLeaf(quote, journal);
}

/** `reason=OOMKilled`, `"restartCount":9`, `lastState.terminated.exitCode = 137`: leaves of one returned object. */
function findLeaf(quote: string, journal: Journal): JournalEntry | undefined {
  const pairs = quote.split(/,\s+|;\s+|\s+and\s+/).map(part => {
    const match = /^["'`]?([\w.[\]/-]+)["'`]?\s*[:=]+\s*["'`]?(.+?)["'`]?$/.exec(part.trim());
    const key = match?.[1]?.split('.').pop()?.replace(/\[.*$/, '');
    return key && match?.[2] ? normalise(`${key}: ${match[2]}`) : undefined;
  });
  const known = pairs.filter(pair => pair !== undefined);
  if (known.length === 0 || known.length < pairs.length) return undefined;
  return journal.findTogether(known);
}

/** An object's name, or a process's as traces have it: `pt_data_worker`, `VLLM::EngineCor`. */
const NAME = /^(?:[a-z0-9][a-z0-9.:_-]*|\w+::\w+)$/;

/**
 * `Pod shop/checkout-1`, `deployment/checkout (namespace shop)`: every name in it was returned by some call, or is
 * what a call that fails for missing objects was asked for.
 */
function knownObject(ref: string, journal: Journal, namespace?: string): boolean {
  const bare = ref.replace(/\(.*?\)/g, ' ').trim();
  const last = bare.split(/\s+/).pop() ?? '';
  const names = last.split('/').filter(name => NAME.test(name));
  const known = (name: string) =>
    name === namespace ||
    journal.find([normalise(name)]) !== undefined ||
    journal.entries.some(entry => askedFor(entry, name));
  return names.length > 0 && names.every(known);
}

/** Calls that reject when the object that they name does not exist. */
const STRICT = new Set(['k8s.get', 'k8s.logs']);

function askedFor(entry: JournalEntry, name: string): boolean {
  if (!entry.ok || !isRecord(entry.args)) return false;
  const { namespace, pod, name: object } = entry.args;
  return namespace === name || (STRICT.has(entry.name) && (pod === name || object === name));
}

function confidenceOf(
  report: Report,
  evidence: Evidence[],
  affected: Report['affected'],
): Report['confidence'] {
  const unverified = [...evidence, ...affected].some(item => !item.verified);
  const none = evidence.length > 0 && evidence.every(item => !item.verified);
  if (none || (evidence.length === 0 && report.verdict === 'cause-found')) return 'low';
  return unverified && report.confidence === 'high' ? 'medium' : report.confidence;
}

/** `k8s.logs shop/checkout-1`, from the call's own arguments. */
export function sourceOf(entry: JournalEntry): string {
  const args = (entry.args ?? {}) as Record<string, unknown>;
  const name = args.name ?? args.pod;
  const where = [args.namespace, name].filter(part => typeof part === 'string' && part !== '').join('/');
  return [entry.name, typeof args.kind === 'string' ? args.kind : '', where].filter(Boolean).join(' ');
}
