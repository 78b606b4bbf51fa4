import type { KubeObject } from '../../cluster/types.ts';
import { maskValues, safeQuote } from './logs/safe-quote.ts';
import { MODES } from './modes/index.ts';
import { ownersOf } from './owners.ts';
import { conditionOf } from './shapes.ts';
import type { Draft, Finding, Ref } from './types.ts';
import { refText, type World } from './world.ts';

/** Links of a chain of causes that are told. */
const CHAIN = 3;
const SEVERITY = { critical: 0, warning: 1, info: 2 } as const;
/** Modes that only say that something is wrong; a finding that says what is wrong replaces them. */
const SYMPTOMS = new Set(['pod-not-ready', 'app-complaint', 'rollout-not-ready', 'workload-short']);

/** Runs every mode and puts what it found in order: causes before symptoms, replicas collapsed into one. */
export function examine(world: World): Finding[] {
  const drafts = MODES.flatMap((mode, order) =>
    [world.scope, ...world.beyond].flatMap(scope =>
      mode.find(world.from(scope)).map(draft => ({ draft, order })),
    ),
  );
  const kept = drafts.filter(({ draft }) => !isExcused(world, draft));
  const findings = collapse(
    dropSymptoms(
      world,
      kept.map(({ draft, order }) => ({ finding: complete(world, draft), order })),
    ),
  );
  const explained = findings.map(entry => ({ ...entry, finding: explain(entry.finding, findings) }));
  return insideAndCauses(world, explained)
    .sort((a, b) => weight(a.finding) - weight(b.finding) || a.order - b.order)
    .map(entry => entry.finding);
}

/** What lies beyond the scope is told only where it explains something inside. */
function insideAndCauses(world: World, entries: Entry[]): Entry[] {
  if (world.beyond.length === 0) return entries;
  const chosen = new Set(entries.filter(({ finding }) => !world.beyond.includes(finding.object.namespace)));
  for (const { finding } of chosen) {
    const cause = finding.causedBy && entryOf(finding.causedBy, entries);
    if (cause) chosen.add(cause);
  }
  return entries.filter(entry => chosen.has(entry));
}

interface Entry {
  finding: Finding;
  order: number;
}

function complete(world: World, draft: Draft): Finding {
  const seen = new Set<string>();
  const evidence = draft.evidence
    .map(proof => ({ ...proof, quote: safeQuote(proof.quote, world.hidden, 600) }))
    .filter(proof => {
      const key = `${proof.source} ${proof.quote}`;
      if (proof.quote.length < 2 || seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, 8);
  const rootCause = maskValues(draft.rootCause, world.hidden);
  return { affected: [], ruledOut: [], remediation: [], ...draft, rootCause, evidence };
}

/** Pods of Jobs that ended well after all, or whose Job has a finding of its own, are no trouble. */
function isExcused(world: World, draft: Draft): boolean {
  if (draft.object.kind !== 'Pod') return false;
  const pod = world.get('Pod', draft.object.namespace, draft.object.name);
  if (!pod) return false;
  const job = ownersOf(world, pod).find(owner => owner.kind === 'Job');
  const object = job && world.get('Job', job.namespace, job.name);
  if (object && hasEnded(object)) return true;
  return isSuperseded(world, pod, draft);
}

function hasEnded(job: KubeObject): boolean {
  return ['Complete', 'Failed', 'SuccessCriteriaMet'].some(type => conditionOf(job, type)?.status === 'True');
}

/** A failed pod that its controller has already replaced by a healthy one. */
function isSuperseded(world: World, pod: KubeObject, draft: Draft): boolean {
  if (pod.status?.phase !== 'Failed' || draft.mode === 'pod-evicted') return false;
  const owner = ownersOf(world, pod).at(-1);
  if (!owner) return false;
  const object = world.get(owner.kind, owner.namespace, owner.name);
  const wanted = object?.spec?.replicas ?? 1;
  return (object?.status?.readyReplicas ?? 0) >= wanted;
}

function dropSymptoms(world: World, entries: Entry[]): Entry[] {
  const told = new Set(
    entries
      .filter(({ finding }) => !SYMPTOMS.has(finding.mode))
      .flatMap(({ finding }) => [refText(finding.object), finding.workload ?? '']),
  );
  const claims = new Set(
    entries
      .filter(({ finding }) => finding.object.kind === 'PersistentVolumeClaim')
      .map(({ finding }) => refText(finding.object)),
  );
  return entries.filter(({ finding }) => {
    if (SYMPTOMS.has(finding.mode)) {
      // Over the whole cluster the finding about a node stands for the pods on it.
      if (world.scope === '*' && finding.causedBy?.kind === 'Node')
        return !told.has(refText(finding.causedBy));
      return !told.has(refText(finding.object));
    }
    if (finding.mode === 'unschedulable-volume' && finding.causedBy)
      return !claims.has(refText(finding.causedBy));
    return true;
  });
}

/** The same trouble of several replicas, told once. */
function collapse(entries: Entry[]): Entry[] {
  const groups = new Map<string, Entry>();
  for (const entry of entries) {
    const { finding } = entry;
    const key = `${finding.mode} ${finding.workload ?? refText(finding.object)} ${shape(finding)}`;
    const first = groups.get(key);
    if (!first) {
      groups.set(key, entry);
      continue;
    }
    const affected = new Set([...first.finding.affected, refText(finding.object), ...finding.affected]);
    groups.set(key, { order: first.order, finding: { ...first.finding, affected: [...affected] } });
  }
  return [...groups.values()];
}

/** What two replicas with the same trouble have in common: the container, not names and counts. */
function shape(finding: Finding): string {
  return /[Cc]ontainer (\S+)/.exec(finding.rootCause)?.[1] ?? '';
}

/** Adds to a symptom what its cause is, and what in turn causes that. */
function explain(finding: Finding, all: Entry[]): Finding {
  const chain: Finding[] = [];
  let next = finding.causedBy;
  while (next && chain.length < CHAIN) {
    const cause = entryOf(next, all)?.finding;
    if (!cause || cause === finding || chain.includes(cause)) break;
    if (cause.causedBy?.name === finding.object.name) break;
    chain.push(cause);
    next = cause.causedBy;
  }
  const [first] = chain;
  const last = chain.at(-1);
  if (!first || !last) return finding;
  const told = chain.map(
    (cause, index) =>
      `${index === 0 ? 'The cause lies in' : 'Behind that is'} ${refText(cause.object)}: ${cause.rootCause}`,
  );
  return {
    ...finding,
    causedBy: first.object,
    rootCause: [finding.rootCause, ...told].join(' '),
    evidence: [...finding.evidence, ...chain.flatMap(cause => cause.evidence.slice(0, 3))],
    remediation: [...last.remediation.slice(0, 2), ...finding.remediation],
  };
}

function entryOf(ref: Ref, all: Entry[]): Entry | undefined {
  const text = refText(ref);
  const own = all.find(
    ({ finding }) =>
      refText(finding.object) === text ||
      finding.workload === text ||
      (finding.object.kind === 'Pod' && finding.affected.includes(text)),
  );
  // A pod that waits for its claim has no finding of its own.
  return own ?? all.find(({ finding }) => isClaimOf(finding, text));
}

function isClaimOf(finding: Finding, pod: string): boolean {
  return finding.object.kind === 'PersistentVolumeClaim' && finding.affected.includes(pod);
}

function weight(finding: Finding): number {
  return SEVERITY[finding.severity] * 2 + (finding.causedBy ? 1 : 0);
}
