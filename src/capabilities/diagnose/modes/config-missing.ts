import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { eventProof, fieldProof } from '../prove.ts';
import { containersOf } from '../shapes.ts';
import type { Draft, Mode, Proof } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';

interface Missing {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  key?: string;
  /** `references "app-config" of env LOG_LEVEL` */
  how: string;
  proof: Proof;
}

/** A ConfigMap, Secret or key that a container or volume needs and that is not there. */
export const configMissing: Mode = {
  name: 'config-missing',
  checks: 'ConfigMaps, Secrets and keys that pods refer to',
  needs: ['ConfigMap', 'Secret'],
  find(world) {
    return world
      .unwellPods()
      .flatMap(pod => missingOf(world, pod).map(missing => describe(world, pod, missing)));
  },
};

function missingOf(world: World, pod: KubeObject): Missing[] {
  const found: Missing[] = [];
  for (const { container, status } of containersOf(pod)) {
    const waiting = status?.state?.waiting;
    if (waiting?.reason !== 'CreateContainerConfigError' && waiting?.reason !== 'CreateContainerError')
      continue;
    const parsed = parse(waiting.message ?? '');
    if (parsed) {
      const uses = usesOf(container, parsed.name, parsed.key);
      found.push({
        ...parsed,
        how: `container ${container.name} takes ${uses} from it`,
        proof: fieldProof(pod, 'Pod', waiting.message),
      });
    }
  }
  const waitingForVolumes = containersOf(pod).some(
    item =>
      item.status?.state?.waiting?.reason === 'ContainerCreating' ||
      item.status?.state?.waiting?.reason === 'PodInitializing',
  );
  const started = containersOf(pod).some(
    item => item.status?.state?.running || item.status?.state?.terminated,
  );
  if (waitingForVolumes && !started) {
    for (const event of world.eventsOf(pod, 'Pod')) {
      if (event.reason !== 'FailedMount') continue;
      const parsed = parse(event.message);
      if (!parsed || found.some(item => item.kind === parsed.kind && item.name === parsed.name)) continue;
      const volume = /for volume "([^"]+)"/.exec(event.message)?.[1];
      found.push({
        ...parsed,
        how: `volume ${volume ?? ''} of the pod mounts it`.replace('  ', ' '),
        proof: eventProof(event),
      });
    }
    if (found.length === 0) found.push(...absentVolumes(world, pod));
  }
  return found;
}

/** Where the kubelet's events are gone: volumes whose ConfigMap or Secret is known not to be there. */
function absentVolumes(world: World, pod: KubeObject): Missing[] {
  const age = world.now - millis(pod.metadata.creationTimestamp);
  if (age < 60_000) return [];
  return ((pod.spec?.volumes ?? []) as Volume[]).flatMap(({ name: volume, configMap, secret }) =>
    pair(configMap, secret && { name: secret.secretName, optional: secret.optional }).flatMap(
      ([kind, reference]) => {
        const { name, optional } = reference ?? {};
        const there = !name || optional || world.get(kind, pod.metadata.namespace ?? '', name);
        if (there || !world.knows(kind)) return [];
        return [
          {
            kind,
            name,
            how: `volume ${volume ?? ''} of the pod mounts it`.replace('  ', ' '),
            proof: fieldProof(pod, 'Pod', name, kind === 'Secret' ? 'secretName' : 'name'),
          },
        ];
      },
    ),
  );
}

function parse(message: string): Pick<Missing, 'kind' | 'name' | 'key'> | undefined {
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) (?:[\w.-]+\/)?([\w.-]+)/i.exec(message);
  if (key) return { kind: kindOf(key[2]!), name: key[3]!, key: key[1]! };
  const absent = /(configmap|secret) "(?:[\w.-]+\/)?([\w.-]+)" not found/i.exec(message);
  if (absent) return { kind: kindOf(absent[1]!), name: absent[2]! };
  const item = /(configmap|secret)s? .*?references? non-existent (?:config|secret) key: ?([\w.-]+)/i.exec(
    message,
  );
  const bare = /references? non-existent (config|secret) key: ?([\w.-]+)/i.exec(message);
  if (item ?? bare)
    return {
      kind: /secret/i.test(bare?.[1] ?? '') ? 'Secret' : 'ConfigMap',
      name: '',
      key: (bare ?? item)![2]!,
    };
  return undefined;
}

function kindOf(word: string): Missing['kind'] {
  return /secret/i.test(word) ? 'Secret' : 'ConfigMap';
}

function usesOf(
  container: ReturnType<typeof containersOf>[number]['container'],
  name: string,
  key?: string,
): string {
  const variables = (container.env ?? []).filter(entry => {
    const reference = entry.valueFrom?.configMapKeyRef ?? entry.valueFrom?.secretKeyRef;
    return reference?.name === name && (key === undefined || reference.key === key);
  });
  if (variables.length > 0) return `environment variable ${variables.map(entry => entry.name).join(', ')}`;
  return 'its environment (envFrom)';
}

function describe(world: World, pod: KubeObject, missing: Missing): Draft {
  const namespace = pod.metadata.namespace ?? '';
  const workload = workloadOf(world, pod, 'Pod');
  const named = missing.name ? missing : { ...missing, name: volumeSource(pod, missing.key ?? '') };
  const object = world.get(missing.kind, namespace, named.name);
  const others = world.in(missing.kind, namespace).map(item => item.metadata.name);
  const keys = Object.keys((object?.['data'] ?? {}) as Record<string, string>);
  const near = missing.key ? nearest(missing.key, keys, 1)[0] : nearest(named.name, others, 1)[0];
  const what = missing.key
    ? `the key ${missing.key} does not exist in ${missing.kind} ${named.name}${keys.length > 0 ? `, which has ${keys.length === 1 ? 'only the key' : 'the keys'} ${keys.slice(0, 8).join(', ')}` : ''}`
    : `${missing.kind} ${named.name} does not exist (not found) in namespace ${namespace}`;
  const guess = near ? ` The nearest ${missing.key ? 'key' : missing.kind} there is ${near}.` : '';
  const lower = missing.kind.toLowerCase();
  const literal =
    missing.kind === 'Secret' ? `create secret generic ${named.name}` : `create configmap ${named.name}`;
  return {
    mode: 'config-missing',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `${refText(workload)} cannot start: ${what}, and ${missing.how}.${guess}${alsoMissing(world, pod, named.name)}`,
    evidence: [
      missing.proof,
      ...referenceProof(pod, named.name, missing.key),
      ...(near ? [{ quote: near, source: `k8s.list ${missing.kind} ${namespace}` }] : []),
    ],
    remediation: [
      missing.key
        ? `kubectl -n ${namespace} edit ${lower} ${named.name}   # add the key ${missing.key}`
        : `kubectl -n ${namespace} ${literal} --from-literal=<key>=<value>`,
      near ? `or use ${near}: ${editCommand(workload)}` : `or remove the reference: ${editCommand(workload)}`,
    ],
    ruledOut: ['Scheduling: the pod has a node.', 'The image: the pod waits for its configuration only.'],
  };
}

interface Volume {
  name?: string;
  configMap?: { name?: string; optional?: boolean };
  secret?: { secretName?: string; optional?: boolean };
}

/** The kubelet names one missing object at a time; the next one would stop the pod again. */
function alsoMissing(world: World, pod: KubeObject, told: string): string {
  const references: Array<[Missing['kind'], { name?: string; optional?: boolean } | undefined]> = [
    ...containersOf(pod).flatMap(({ container }) => [
      ...(container.envFrom ?? []).flatMap(source => pair(source.configMapRef, source.secretRef)),
      ...(container.env ?? []).flatMap(entry =>
        pair(entry.valueFrom?.configMapKeyRef, entry.valueFrom?.secretKeyRef),
      ),
    ]),
    ...((pod.spec?.volumes ?? []) as Volume[]).flatMap(({ configMap, secret }) =>
      pair(configMap, secret && { name: secret.secretName, optional: secret.optional }),
    ),
  ];
  const absent = references.flatMap(([kind, reference]) => {
    const { name, optional } = reference ?? {};
    if (!name || optional || name === told || !world.knows(kind)) return [];
    return world.get(kind, pod.metadata.namespace ?? '', name) ? [] : [`${kind} ${name}`];
  });
  const list = [...new Set(absent)];
  return list.length === 0 ? '' : ` It also refers to ${list.join(' and ')}, which does not exist either.`;
}

function pair<T>(configMap: T | undefined, secret: T | undefined): Array<[Missing['kind'], T | undefined]> {
  return [
    ['ConfigMap', configMap],
    ['Secret', secret],
  ];
}

/** The field by which the pod refers to it. */
function referenceProof(pod: KubeObject, name: string, key: string | undefined): Proof[] {
  if (key) return [fieldProof(pod, 'Pod', key, 'key')];
  const secret = (pod.spec?.volumes ?? []).some(
    (volume: { secret?: { secretName?: string } }) => volume.secret?.secretName === name,
  );
  return [fieldProof(pod, 'Pod', name, secret ? undefined : 'name')];
}

/** The ConfigMap or Secret behind a volume that picks a key by name. */
function volumeSource(pod: KubeObject, key: string): string {
  for (const volume of pod.spec?.volumes ?? []) {
    const source = volume.configMap ?? volume.secret;
    if ((source?.items ?? []).some((item: { key: string }) => item.key === key)) {
      return source.name ?? source.secretName ?? '';
    }
  }
  return '';
}
