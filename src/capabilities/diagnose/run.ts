import type { KubeObject } from '../../cluster/types.ts';
import { isAbort } from '../../shared/errors.ts';
import { nearest } from '../../shared/nearest.ts';
import type { CapabilityContext } from '../define.ts';
import { namespacesBeyond } from './beyond.ts';
import { healthFacts, namespaceFacts } from './facts.ts';
import { concerning, familyOf } from './family.ts';
import { type Found, find, type Match } from './find.ts';
import { gather } from './gather.ts';
import { gatherLogs } from './gather-logs.ts';
import { MODES } from './modes/index.ts';
import { examine } from './rank.ts';
import { podsBehind, servicePorts } from './services.ts';
import type { Container } from './shapes.ts';
import type { Finding, Ref } from './types.ts';
import { refText, type World } from './world.ts';

/** How far a chain of dependencies is followed into other namespaces, and how wide. */
const STEPS_BEYOND = 3;
const NAMESPACES_A_STEP = 3;

export interface Diagnosis {
  subject: string;
  exists: boolean;
  healthy: boolean;
  summary: string;
  findings: Finding[];
  checked: string[];
  notFoundHint?: string;
}

export async function diagnoseObject(
  context: CapabilityContext,
  target: { kind?: string; name: string; namespace?: string },
): Promise<Diagnosis> {
  const namespace = target.namespace ?? context.namespace;
  const found = await find(
    context.cluster,
    { text: target.name, namespace, kind: target.kind },
    context.signal,
  );
  const here = found.matches.filter(match => match.namespace === namespace || match.namespace === '');
  const wanted = target.kind ? `${target.kind} ${target.name}` : target.name;
  if (here.length === 0 || here.every(match => match.how === 'part-of-name' && target.kind)) {
    return notFound(wanted, namespace, found);
  }
  const subjects = chooseSubjects(here);
  const main = subjects[0]!;
  // Whoever asks what is wrong with a namespace means what is in it.
  if (main.kind === 'Namespace') return diagnoseNamespace(context, main.name);
  const scope = main.namespace || (main.kind === 'Node' ? '*' : namespace);
  const world = await evidence(context, scope, 24, familyTest(subjects));
  const findings = concerning(examine(world), familyOf(world, subjects));
  return conclude(refText(main), findings, healthFacts(world, subjects).join('; ') || 'it exists');
}

/** All best matches of one name: a Deployment and its Service mean the same thing to who asks. */
function chooseSubjects(matches: Match[]): Match[] {
  const first = matches[0]!;
  return matches
    .filter(match => match.how === first.how || match.how === 'exact' || match.name === first.name)
    .slice(0, 6);
}

export async function diagnoseNamespace(context: CapabilityContext, namespace: string): Promise<Diagnosis> {
  const world = await evidence(context, namespace, 40, () => true);
  const known = world.get('Namespace', '', namespace);
  if (!known && world.knows('Namespace') && world.mine('Pod').length === 0) {
    const names = world.all('Namespace').map(item => item.metadata.name);
    const near = nearest(namespace, names).map(name => ({ kind: 'Namespace', namespace: '', name }));
    return notFound(`Namespace ${namespace}`, '', { matches: [], nearest: near, namespaceExists: true });
  }
  const findings = examine(world).filter(
    finding =>
      finding.object.kind !== 'Node' || finding.affected.some(ref => ref.startsWith(`Pod ${namespace}/`)),
  );
  return conclude(`Namespace ${namespace}`, findings, namespaceFacts(world));
}

export async function diagnoseCluster(context: CapabilityContext, limit: number): Promise<Diagnosis> {
  context.progress('reading the objects of all namespaces');
  const world = await evidence(context, '*', 60);
  const all = examine(world);
  const result = conclude('the cluster', all, `${world.all('Node').length} nodes, ${namespaceFacts(world)}`);
  return { ...result, findings: result.findings.slice(0, limit) };
}

async function evidence(
  context: CapabilityContext,
  namespace: string,
  logs: number,
  wanted?: (pod: KubeObject) => boolean,
): Promise<World> {
  const { cluster, signal } = context;
  const world = await gather({
    cluster,
    namespace,
    kinds: MODES.flatMap(mode => mode.needs),
    signal,
    now: context.now(),
  });
  const doubtful = podsWithDoubtfulPorts(world);
  const withLogs = await gatherLogs(world, {
    cluster,
    signal,
    limit: logs,
    wanted: pod => doubtful.has(pod) || (wanted?.(pod) ?? false),
  });
  return namespace === '*' ? withLogs : followed(context, withLogs, logs);
}

/** Follows what the logs name into other namespaces, a few steps: a cause may lie there. */
async function followed(context: CapabilityContext, start: World, limit: number): Promise<World> {
  const { cluster, signal } = context;
  const kinds = MODES.flatMap(mode => mode.needs);
  let world = start;
  const refused = new Set<string>();
  for (let step = 0; step < STEPS_BEYOND; step++) {
    const next = namespacesBeyond(world).filter(name => !refused.has(name));
    for (const namespace of next.slice(0, NAMESPACES_A_STEP)) {
      const other = await gather({ cluster, namespace, kinds, signal, now: context.now() }).catch(error => {
        if (isAbort(error, signal)) throw error;
        refused.add(namespace);
        return undefined;
      });
      if (!other) continue;
      const told = await gatherLogs(other, { cluster, signal, limit });
      world = world.with(told);
    }
    if (next.length === 0) break;
  }
  return world;
}

/** Running pods of the subject: what they say may matter though they seem well. */
function familyTest(subjects: Match[]): (pod: KubeObject) => boolean {
  const names = subjects.map(subject => subject.name);
  return pod => names.some(name => pod.metadata.name === name || pod.metadata.name.startsWith(`${name}-`));
}

/** Pods behind a Service whose targetPort no container declares: only their logs can tell the real port. */
function podsWithDoubtfulPorts(world: World): Set<KubeObject> {
  const doubtful = new Set<KubeObject>();
  for (const service of world.mine('Service')) {
    for (const pod of podsBehind(world, service).slice(0, 1)) {
      const declared = ((pod.spec?.containers ?? []) as Container[]).flatMap(
        container => container.ports ?? [],
      );
      const open = servicePorts(service).some(port => {
        const target = port.targetPort ?? port.port;
        return !declared.some(item => item.containerPort === Number(target) || item.name === target);
      });
      if (open) doubtful.add(pod);
    }
  }
  return doubtful;
}

function conclude(subject: string, findings: Finding[], facts: string): Diagnosis {
  const troubles = findings.filter(finding => finding.severity !== 'info');
  const first = troubles[0];
  const notes = findings.filter(finding => finding.severity === 'info').map(finding => finding.rootCause);
  const summary = first
    ? `${troubles.length === 1 ? 'One problem' : `${troubles.length} problems`} found. ${first.rootCause}`
    : `${subject} is healthy: ${facts.replaceAll(`${subject}: `, '')}.${notes.length > 0 ? ` Worth knowing: ${notes.slice(0, 2).join(' ')}` : ''}`;
  return {
    subject,
    exists: true,
    healthy: troubles.length === 0,
    summary,
    findings,
    checked: MODES.map(mode => mode.checks),
  };
}

function notFound(
  wanted: string,
  namespace: string,
  found: Pick<Found, 'nearest' | 'namespaceExists'> & { matches: Ref[]; nearestNamespaces?: string[] },
): Diagnosis {
  const { matches: elsewhere, nearest: near, namespaceExists, nearestNamespaces = [] } = found;
  const where = namespace ? ` in namespace ${namespace}` : '';
  const objects =
    elsewhere.length > 0
      ? `There is ${elsewhere.slice(0, 3).map(refText).join(', ')}.`
      : near.length > 0
        ? `The nearest ${near.length === 1 ? 'name is' : 'names are'} ${near.map(refText).join(', ')}.`
        : '';
  const hint = !namespaceExists
    ? [
        `The namespace ${namespace} does not exist${nearestNamespaces.length > 0 ? `; the nearest is ${nearestNamespaces.join(', ')}` : ''}.`,
        objects,
      ]
        .filter(Boolean)
        .join(' ')
    : objects || 'Nothing has a similar name.';
  return {
    subject: `${wanted}${where}`,
    exists: false,
    healthy: false,
    summary: `${wanted} does not exist${where} (not found). ${hint}`,
    findings: [],
    checked: [],
    notFoundHint: hint,
  };
}
