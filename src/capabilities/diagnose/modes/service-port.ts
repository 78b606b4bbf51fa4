import type { KubeObject } from '../../../cluster/types.ts';
import { fieldProof, logProofs } from '../prove.ts';
import { podsBehind, type ServicePort, servicePorts } from '../services.ts';
import { type Container, isPodReady } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** A targetPort that no container serves: by name it cannot resolve, by number nothing declares or opens it. */
export const servicePort: Mode = {
  name: 'service-wrong-port',
  checks: 'targetPorts of Services',
  needs: ['Service'],
  find(world) {
    return world.mine('Service').flatMap(service => {
      if (service.spec?.clusterIP === 'None') return [];
      const pods = podsBehind(world, service).filter(isPodReady);
      const pod = pods[0];
      if (!pod) return [];
      return servicePorts(service).flatMap(port => {
        const draft = check(world, service, port, pod);
        return draft ? [draft] : [];
      });
    });
  },
};

function check(world: World, service: KubeObject, port: ServicePort, pod: KubeObject): Draft | undefined {
  if (port.protocol && port.protocol !== 'TCP') return undefined;
  const containers: Container[] = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((item: Container) => item.restartPolicy === 'Always'),
  ];
  const declared = containers.flatMap(container => container.ports ?? []);
  const declaredText = declared
    .map(item => (item.name ? `${item.containerPort} (named ${item.name})` : String(item.containerPort)))
    .join(', ');
  const target = port.targetPort ?? port.port;
  const ref = refOf(service, 'Service');
  const base = { mode: 'service-wrong-port' as const, object: ref, affected: [refText(refOf(pod, 'Pod'))] };
  const fixTo = declared[0]?.containerPort;
  if (typeof target === 'string' && !/^\d+$/.test(target)) {
    const named = declared.find(item => item.name === target);
    if (named) return undeclared(world, service, port, pod, named.containerPort);
    return {
      ...base,
      severity: 'critical',
      rootCause: `${refText(ref)} cannot reach its pods: its targetPort "${target}" is a port name that no container declares; the pods declare ${declaredText || 'no ports'}. So it has no usable endpoints for port ${port.port}.`,
      evidence: [
        fieldProof(service, 'Service', target),
        ...declared.slice(0, 2).map(item => fieldProof(pod, 'Pod', item.name ?? item.containerPort)),
      ],
      remediation: [
        patch(service, port, declared[0]?.name ?? fixTo ?? '<port>'),
        `or name the container port ${target}`,
      ],
      ruledOut: ['Selector: it matches ready pods.'],
    };
  }
  const number = Number(target);
  if (declared.some(item => item.containerPort === number))
    return undeclared(world, service, port, pod, number);
  const logs = containers.map(container => world.log(pod, container.name)?.current);
  const log = logs.find(item => (item?.listening.length ?? 0) > 0);
  const listening = log?.listening ?? [];
  if (listening.includes(number)) return undefined;
  const probed = containers.flatMap(container => {
    const value = container.readinessProbe?.httpGet?.port ?? container.readinessProbe?.tcpSocket?.port;
    return typeof value === 'number' ? [value] : [];
  });
  if (probed.includes(number)) return undefined;
  const known = [...new Set([...listening, ...declared.map(item => item.containerPort), ...probed])];
  // Declared ports are only informative: without any sign of the real port nothing can be said.
  if (known.length === 0) return undefined;
  const sign =
    listening.length > 0
      ? `their log says that they listen on ${listening.join(', ')}`
      : `their containers declare ${declaredText || `nothing, but their probe uses ${probed.join(', ')}`}`;
  return {
    ...base,
    severity: listening.length > 0 || probed.length > 0 || declared.length > 0 ? 'critical' : 'warning',
    rootCause: `${refText(ref)} sends traffic to the wrong port: its targetPort is ${number}, but the pods behind it do not serve ${number}; ${sign}. Connections to port ${port.port} of the Service are refused although its pods are ready and it has endpoints.`,
    evidence: [
      fieldProof(service, 'Service', number),
      ...declared.slice(0, 1).map(item => fieldProof(pod, 'Pod', item.containerPort)),
      ...logProofs(
        log,
        (log?.tail ?? []).filter(line => listening.some(value => line.includes(String(value)))).slice(-1),
      ),
    ],
    remediation: [patch(service, port, known[0] ?? '<port>')],
    ruledOut: ['Selector: it matches ready pods.', 'Readiness: the pods are ready.'],
  };
}

/** A declared port is only a promise; a log that names another one, and no probe that says otherwise, is a hint. */
function undeclared(
  world: World,
  service: KubeObject,
  port: ServicePort,
  pod: KubeObject,
  target: number,
): Draft | undefined {
  const containers: Container[] = pod.spec?.containers ?? [];
  if (containers.length !== 1 || containers[0]?.readinessProbe || containers[0]?.livenessProbe)
    return undefined;
  const log = world.log(pod, containers[0]!.name)?.current;
  if (log?.listening.length !== 1 || log.listening.includes(target)) return undefined;
  const [real = 0] = log.listening;
  const ref = refOf(service, 'Service');
  return {
    mode: 'service-wrong-port' as const,
    severity: 'info',
    object: ref,
    affected: [refText(refOf(pod, 'Pod'))],
    rootCause: `${refText(ref)} probably sends traffic to the wrong port: its targetPort ${port.targetPort ?? port.port} leads to port ${target}, which the container declares, but its log says that it listens on ${real} only.`,
    evidence: [
      fieldProof(pod, 'Pod', target, 'containerPort'),
      ...logProofs(log, log.tail.filter(line => line.includes(String(real))).slice(-1)),
    ],
    remediation: [patch(service, port, real)],
    ruledOut: ['Selector: it matches ready pods.'],
  };
}

function patch(service: KubeObject, port: ServicePort, target: number | string): string {
  const index = servicePorts(service).findIndex(item => item.port === port.port);
  const value = JSON.stringify([{ op: 'replace', path: `/spec/ports/${index}/targetPort`, value: target }]);
  return `kubectl -n ${service.metadata.namespace} patch service ${service.metadata.name} --type json -p '${value}'`;
}
