import type { KubeObject } from '../../cluster/types.ts';
import type { Because } from './because.ts';
import type { LogCause } from './logs/causes.ts';
import { deniedPath, egressWithoutDns } from './netpol.ts';
import { fieldProof } from './prove.ts';
import { hasReadyPods, meaningOf, podsBehind, servicePorts } from './services.ts';
import { isPodReady, type PodContainer } from './shapes.ts';
import type { Proof, Ref } from './types.ts';
import { refOf, refText, type World } from './world.ts';

/** A name that does not resolve or an address that does not answer, against services, pods and policies. */
export function explainNetwork(world: World, item: PodContainer, cause: LogCause): Because {
  const namespace = item.pod.metadata.namespace ?? '';
  const configured = cause.subject ? undefined : configuredHost(world, item);
  const host = cause.subject || configured?.host || '';
  const port = cause.port ?? configured?.port;
  const address = port ? `${host}:${port}` : host;
  const meaning = host ? meaningOf(world, host, namespace) : ({ kind: 'outside' } as const);
  const url = meaning.kind === 'outside' ? serviceInUrl(world, cause.line, namespace) : undefined;
  if (url && cause.kind !== 'dns')
    return explainNetwork(world, item, { ...cause, subject: url.host, port: url.port ?? port });
  if (cause.kind === 'dns') return explainName(world, item, host, meaning, cause.line);
  const how =
    cause.kind === 'connection-refused'
      ? 'refused the connection (connection refused)'
      : 'did not answer in time (timed out)';
  if (meaning.kind === 'service')
    return explainService(world, item, meaning.service, { ...cause, port }, address, how);
  if (meaning.kind === 'no-service') return explainName(world, item, host, meaning);
  if (meaning.kind === 'loopback') {
    return {
      text: `${address} ${how}: it connects to its own pod, where nothing listens on port ${cause.port ?? '?'}`,
      evidence: [],
      remediation: [
        'Point it to the Service of the dependency instead of localhost, or add the missing sidecar.',
      ],
    };
  }
  if (meaning.kind === 'pod') {
    const ready = isPodReady(meaning.pod);
    return {
      text: `${refText(refOf(meaning.pod, 'Pod'))} (${address}) ${how}${ready ? '' : '; that pod is not ready'}`,
      evidence: [],
      remediation: [`kubectl -n ${meaning.pod.metadata.namespace} describe pod ${meaning.pod.metadata.name}`],
      ...(ready ? {} : { causedBy: refOf(meaning.pod, 'Pod') }),
    };
  }
  return {
    text: host ? `${address} ${how}` : `a server it depends on ${how}`,
    evidence: [],
    remediation: [
      `Check that ${address || 'the dependency'} is up and reachable from namespace ${namespace}.`,
    ],
  };
}

/** The Service behind a URL in the same line: the address that was dialled may be one that it had before. */
function serviceInUrl(
  world: World,
  line: string,
  namespace: string,
): { host: string; port?: number } | undefined {
  for (const [, host = '', port] of line.matchAll(/\w+:\/\/(?:[^@/\s"']*@)?([\w.-]+)(?::(\d+))?/g)) {
    if (meaningOf(world, host, namespace).kind === 'service')
      return { host, ...(port ? { port: Number(port) } : {}) };
  }
  return undefined;
}

/** The Service that a container's command or environment names, where its log names none. */
function configuredHost(world: World, item: PodContainer): { host: string; port?: number } | undefined {
  const { container, pod } = item;
  const text = [
    ...(container.command ?? []),
    ...(container.args ?? []),
    ...(container.env ?? []).map(entry => entry.value ?? ''),
  ].join(' ');
  const pattern = /(?<![\w.-])([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)(?:[: ](\d{2,5}))?(?![\w-])/g;
  for (const [, host = '', port] of text.matchAll(pattern)) {
    if (meaningOf(world, host, pod.metadata.namespace ?? '').kind !== 'service') continue;
    return { host, ...(port ? { port: Number(port) } : {}) };
  }
  return undefined;
}

function explainName(
  world: World,
  item: PodContainer,
  host: string,
  meaning: ReturnType<typeof meaningOf>,
  line = '',
): Because {
  const namespace = item.pod.metadata.namespace ?? '';
  const policy = egressWithoutDns(world, item.pod);
  const answered = /no such host|NXDOMAIN|ENOTFOUND|not known|does not resolve/i.test(line);
  if (meaning.kind === 'no-service' && !(policy && line && !answered)) {
    const { name, near, elsewhere } = meaning;
    const hint =
      elsewhere.length > 0
        ? `; a Service ${name} exists in namespace ${elsewhere.join(', ')}, where it is called ${name}.${elsewhere[0]}`
        : near.length > 0
          ? `; the nearest Service there is ${near.join(', ')}`
          : '; there is none with a similar name';
    const meant = elsewhere[0] ? `${name}.${elsewhere[0]}` : near[0];
    return {
      text: `the host name ${host} does not exist in DNS (cannot be resolved): there is no Service ${name} in namespace ${meaning.namespace}${hint}`,
      evidence: [],
      remediation: [
        meant
          ? `Correct the host name from ${host} to ${meant} in the configuration of the pod.`
          : `Create the Service ${name} in namespace ${meaning.namespace}, or correct the host name.`,
      ],
    };
  }
  if (policy && !answered) {
    return {
      text: `the host name ${host || 'it asks for'} cannot be resolved: NetworkPolicy ${policy.metadata.name} restricts the pod's egress and does not allow DNS (port 53)`,
      evidence: [fieldProof(policy, 'NetworkPolicy', policy.metadata.name)],
      remediation: [
        `kubectl -n ${namespace} edit networkpolicy ${policy.metadata.name}   # allow egress to kube-dns on UDP and TCP 53`,
      ],
      causedBy: refOf(policy, 'NetworkPolicy'),
    };
  }
  return {
    text: `the host name ${host || 'it asks for'} cannot be resolved by DNS`,
    evidence: [],
    remediation: [`kubectl -n ${namespace} exec ${item.pod.metadata.name} -- nslookup ${host || '<host>'}`],
  };
}

function explainService(
  world: World,
  item: PodContainer,
  service: KubeObject,
  cause: LogCause,
  address: string,
  how: string,
): Because {
  const label = refText(refOf(service, 'Service'));
  const ports = servicePorts(service).map(port => port.port);
  const proof: Proof[] = [];
  if (cause.port && ports.length > 0 && !ports.includes(cause.port)) {
    return {
      text: `${address} ${how}: ${label} does not listen on port ${cause.port}, only on ${ports.join(', ')}`,
      evidence: [fieldProof(service, 'Service', ports[0])],
      remediation: [
        `Use port ${ports[0]} for ${service.metadata.name}, or add port ${cause.port} to the Service.`,
      ],
    };
  }
  const blocked = podsBehind(world, service)
    .map(pod => deniedPath(world, item.pod, pod, cause.port ?? ports[0]))
    .find(Boolean);
  if (blocked && cause.kind === 'connection-timeout') {
    const others = blocked.policies.filter(policy => policy !== blocked.policy);
    const admits = blocked.admits ? `; it admits only ${blocked.admits}` : '';
    const also = others.length > 0 ? ` (nor does ${others.map(item => item.metadata.name).join(', ')})` : '';
    return {
      text: `${address} ${how}: ${refText(refOf(blocked.policy, 'NetworkPolicy'))} does not allow ${blocked.direction} traffic between ${refText(refOf(item.pod, 'Pod'))} and ${label}${also}${admits}`,
      evidence: [fieldProof(blocked.policy, 'NetworkPolicy', blocked.policy.metadata.name)],
      remediation: [
        `kubectl -n ${blocked.policy.metadata.namespace} edit networkpolicy ${blocked.policy.metadata.name}   # allow ${blocked.direction} on port ${cause.port ?? ports[0]}`,
      ],
      causedBy: refOf(blocked.policy, 'NetworkPolicy'),
    };
  }
  const pods = podsBehind(world, service);
  const sick = pods.find(pod => !isPodReady(pod));
  const state = !world.covers(service.metadata.namespace ?? '')
    ? 'what stands behind it was not read'
    : pods.length === 0
      ? 'no pod stands behind it (it has no endpoints)'
      : hasReadyPods(world, service)
        ? 'though it has ready pods'
        : `none of the ${pods.length} pods behind it is ready (it has no endpoints)`;
  const unread = !world.covers(service.metadata.namespace ?? '');
  const causedBy: Ref | undefined =
    unread || hasReadyPods(world, service)
      ? undefined
      : sick
        ? refOf(sick, 'Pod')
        : refOf(service, 'Service');
  return {
    text: `its dependency ${label} (${address}) ${how}: ${state}`,
    evidence: proof,
    remediation: [
      `kubectl -n ${service.metadata.namespace} get endpointslices -l kubernetes.io/service-name=${service.metadata.name}`,
    ],
    ...(causedBy ? { causedBy } : {}),
  };
}
