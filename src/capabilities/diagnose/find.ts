import { isForbidden } from '../../cluster/errors.ts';
import type { ClusterClient } from '../../cluster/port.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { isAbort } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { nearest } from '../../shared/nearest.ts';
import { isPodReady } from './shapes.ts';
import type { Ref } from './types.ts';
import { refText } from './world.ts';

export interface Match extends Ref {
  /** The word of the question that it was found by. */
  word: string;
  how: 'exact' | 'generated-name' | 'label' | 'part-of-name';
}

export interface Found {
  matches: Match[];
  /** Names that are near to what was asked, when nothing matches. */
  nearest: Ref[];
  /** False when the namespace itself does not exist. */
  namespaceExists: boolean;
  /** Namespaces with a similar name, when it does not. */
  nearestNamespaces: string[];
}

/** Kinds a question may name, the likeliest first. */
const KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Job',
  'Service',
  'Pod',
  'Ingress',
  'PersistentVolumeClaim',
  'HorizontalPodAutoscaler',
  'Node',
  'ConfigMap',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ReplicaSet',
  'Namespace',
];

const WORDS: Record<string, string> = {
  po: 'Pod',
  pod: 'Pod',
  pods: 'Pod',
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  svc: 'Service',
  service: 'Service',
  services: 'Service',
  job: 'Job',
  cronjob: 'CronJob',
  cj: 'CronJob',
  ing: 'Ingress',
  ingress: 'Ingress',
  pvc: 'PersistentVolumeClaim',
  claim: 'PersistentVolumeClaim',
  persistentvolumeclaim: 'PersistentVolumeClaim',
  hpa: 'HorizontalPodAutoscaler',
  horizontalpodautoscaler: 'HorizontalPodAutoscaler',
  node: 'Node',
  configmap: 'ConfigMap',
  cm: 'ConfigMap',
  networkpolicy: 'NetworkPolicy',
  pdb: 'PodDisruptionBudget',
  poddisruptionbudget: 'PodDisruptionBudget',
  netpol: 'NetworkPolicy',
  replicaset: 'ReplicaSet',
  rs: 'ReplicaSet',
  namespace: 'Namespace',
  ns: 'Namespace',
};

/** The canonical kind behind a word that a person uses for one (`deploy` → Deployment). */
export function kindWord(word: string): string | undefined {
  return WORDS[word.toLowerCase()];
}

const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.labels',
  'metadata.generateName',
  'metadata.ownerReferences',
  'spec.rules',
  'status.phase',
  'status.conditions',
];

/** What the words of a question refer to: in the namespace first, then anywhere. */
export async function find(
  cluster: ClusterClient,
  query: { text: string; namespace: string; kind?: string },
  signal: AbortSignal,
): Promise<Found> {
  const words = query.text.split(/[\s,'"`]+/).filter(Boolean);
  const kind = query.kind ? (kindWord(query.kind) ?? query.kind) : words.map(kindWord).find(Boolean);
  const names = words.flatMap(word => {
    if (kindWord(word)) return [];
    const host = hostName(word);
    if (host) return [host];
    const parts = word.split('/');
    return [parts.at(-1) ?? word];
  });
  const inNamespace = /^([\w-]+)\/[\w.-]+$/.exec(
    words.find(word => /\//.test(word) && !kindWord(word.split('/')[0] ?? '') && !hostName(word)) ?? '',
  )?.[1];
  const namespace = inNamespace ?? query.namespace;
  const here = await listNames(cluster, namespace, signal);
  const namespaceExists =
    namespace === '*' ||
    here.some(item => item.kind === 'Namespace' && item.name === namespace) ||
    here.every(item => item.kind !== 'Namespace');
  const matches = matching(
    here.filter(item => item.kind !== 'Namespace' || names.includes(item.name)),
    names,
    kind,
  );
  if (matches.length > 0 && namespaceExists)
    return { matches, nearest: [], namespaceExists, nearestNamespaces: [] };
  const everywhere = namespace === '*' ? here : await listNames(cluster, '*', signal);
  const elsewhere = matching(everywhere, names, kind).filter(match => match.how !== 'part-of-name');
  return {
    matches: elsewhere,
    nearest: elsewhere.length > 0 ? [] : nearNames(here, everywhere, names),
    namespaceExists,
    nearestNamespaces: namespaceExists
      ? []
      : nearest(
          namespace,
          here.filter(item => item.kind === 'Namespace').map(item => item.name),
        ),
  };
}

interface Named extends Ref {
  labels: Record<string, string>;
  generated: string;
  owned: boolean;
  /** Host names that an Ingress serves. */
  hosts: string[];
  /** A pod that neither is ready nor has ended well. */
  unwell: boolean;
}

/** `portal.example.com` of `https://portal.example.com/docs`; the name alone of a Service's DNS name. */
function hostName(word: string): string | undefined {
  const host =
    word
      .toLowerCase()
      .replace(/^\w+:\/\//, '')
      .split(/[/:]/)[0] ?? '';
  if (/\.svc(?:\.[\w.-]+)?$/.test(host)) return host.split('.')[0];
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) && /\.[a-z]{2,}$/.test(host) ? host : undefined;
}

async function listNames(cluster: ClusterClient, namespace: string, signal: AbortSignal): Promise<Named[]> {
  const found: Named[] = [];
  const refused = new Map<string, unknown>();
  await inParallel(KINDS, 6, async kind => {
    const clusterWide = kind === 'Node' || kind === 'Namespace';
    try {
      const query = {
        kind: kind === 'Ingress' ? 'networking.k8s.io/v1 Ingress' : kind,
        fields: FIELDS,
        ...(clusterWide ? {} : { namespace }),
      };
      const { items } = await cluster.listAll(query, signal);
      for (const item of items) found.push(named(item, kind));
    } catch (error) {
      if (isAbort(error, signal)) throw error;
      if (isForbidden(error)) refused.set(kind, error);
    }
  });
  // Who may see neither pods nor what makes them cannot be told that something does not exist.
  if (refused.has('Pod') && refused.has('Deployment') && !found.some(item => item.namespace !== '')) {
    throw refused.get('Pod');
  }
  return found.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.name.localeCompare(b.name));
}

function named(item: KubeObject, kind: string): Named {
  return {
    kind,
    namespace: item.metadata.namespace ?? '',
    name: item.metadata.name,
    labels: item.metadata.labels ?? {},
    generated: String(item.metadata['generateName'] ?? ''),
    owned: (item.metadata.ownerReferences ?? []).length > 0,
    hosts:
      kind === 'Ingress' ? (item.spec?.rules ?? []).map((rule: { host?: string }) => rule.host ?? '') : [],
    unwell: kind === 'Pod' && item.status?.phase !== 'Succeeded' && !isPodReady(item),
  };
}

function matching(items: Named[], words: string[], kind: string | undefined): Match[] {
  const found: Array<Match & { rank: number; unwell: boolean }> = [];
  for (const item of items) {
    let best: { how: Match['how']; rank: number; word: string } | undefined;
    for (const word of words.map(text => text.toLowerCase())) {
      const how = howItMatches(item, word);
      if (how && (!best || how.rank < best.rank)) best = { ...how, word };
    }
    if (best)
      found.push({
        kind: item.kind,
        namespace: item.namespace,
        name: item.name,
        how: best.how,
        word: best.word,
        unwell: item.unwell,
        rank: best.rank + (kind && item.kind !== kind ? 0.5 : 0),
      });
  }
  const strong = found.some(match => match.rank < 3);
  return found
    .filter(match => !strong || match.rank < 3)
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
        Number(b.unwell) - Number(a.unwell),
    )
    .slice(0, 12)
    .map(({ rank: _rank, unwell: _unwell, ...match }) => match);
}

/** What controllers append to their names: a pod or Job that is asked about may be gone, or never have come. */
const GENERATED: Record<string, RegExp> = {
  StatefulSet: /^\d{1,4}$/,
  CronJob: /^\d{8,10}$/,
  Deployment: /^[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  DaemonSet: /^[bcdfghjklmnpqrstvwxz2456789]{5}$/,
};

function howItMatches(item: Named, word: string): { how: Match['how']; rank: number } | undefined {
  const name = item.name.toLowerCase();
  if (name === word) return { how: 'exact', rank: 0 };
  if (item.hosts.includes(word)) return { how: 'exact', rank: 0.1 };
  const generated = item.kind === 'Pod' && (item.generated || item.owned);
  if (
    generated &&
    name.startsWith(`${word}-`) &&
    /^[a-z0-9]{1,10}(?:-[a-z0-9]{1,5})?$/.test(name.slice(word.length + 1))
  ) {
    return { how: 'generated-name', rank: 1 };
  }
  if (word.startsWith(`${name}-`) && GENERATED[item.kind]?.test(word.slice(name.length + 1))) {
    return { how: 'generated-name', rank: 1.5 };
  }
  const labels = [
    'app.kubernetes.io/name',
    'app.kubernetes.io/instance',
    'app',
    'k8s-app',
    'name',
    'component',
  ];
  if (labels.some(label => item.labels[label]?.toLowerCase() === word)) return { how: 'label', rank: 2 };
  if (
    word.length >= 4 &&
    item.kind !== 'ReplicaSet' &&
    item.kind !== 'Namespace' &&
    (name.startsWith(`${word}-`) || name.endsWith(`-${word}`) || name.includes(`-${word}-`))
  ) {
    return { how: 'part-of-name', rank: 3 };
  }
  const stem = word.replace(/-(?:service|svc|pod|pods|deployment|deploy|app)$/, '');
  if (stem !== word && name === stem) return { how: 'part-of-name', rank: 3.2 };
  return undefined;
}

function nearNames(here: Named[], everywhere: Named[], words: string[]): Ref[] {
  const near: Ref[] = [];
  for (const items of [here, everywhere]) {
    const candidates = items.filter(item => !item.owned && item.kind !== 'ConfigMap' && item.kind !== 'Node');
    for (const word of words) {
      for (const name of nearest(
        word,
        candidates.map(item => item.name),
      )) {
        const item = candidates.find(entry => entry.name === name);
        if (item && !near.some(known => refText(known) === refText(item)))
          near.push({ kind: item.kind, namespace: item.namespace, name });
      }
    }
  }
  return near.slice(0, 4);
}
