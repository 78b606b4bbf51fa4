import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { fieldProof } from '../prove.ts';
import { podsBehind, servicePorts } from '../services.ts';
import { isPodReady } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

interface Backend {
  service?: { name: string; port?: { number?: number; name?: string } };
}

/** An Ingress that leads nowhere: its backends, class and TLS secrets against the objects that exist. */
export const ingress: Mode = {
  name: 'ingress',
  checks: 'Ingress backends, classes and TLS secrets',
  needs: ['Ingress', 'IngressClass', 'Service', 'Secret'],
  find(world) {
    return world
      .mine('Ingress')
      .flatMap(item => [...backends(world, item), ...classOf(world, item), ...secrets(world, item)]);
  },
};

function backends(world: World, item: KubeObject): Draft[] {
  const namespace = item.metadata.namespace ?? '';
  const all: Backend[] = [
    ...(item.spec?.defaultBackend ? [item.spec.defaultBackend] : []),
    ...(item.spec?.rules ?? []).flatMap((rule: { http?: { paths?: Array<{ backend: Backend }> } }) =>
      (rule.http?.paths ?? []).map(path => path.backend),
    ),
  ];
  const seen = new Set<string>();
  return all.flatMap((backend): Draft[] => {
    const target = backend.service;
    const key = JSON.stringify(target);
    if (!target || seen.has(key)) return [];
    seen.add(key);
    const service = world.get('Service', namespace, target.name);
    const base = {
      severity: 'critical' as const,
      object: refOf(item, 'Ingress'),
      workload: refText(refOf(item, 'Ingress')),
    };
    const label = refText(refOf(item, 'Ingress'));
    const edit = `kubectl -n ${namespace} edit ingress ${item.metadata.name}`;
    if (!service) {
      if (!world.knows('Service')) return [];
      const names = world.in('Service', namespace).map(entry => entry.metadata.name);
      const near = nearest(target.name, names, 1)[0];
      return [
        {
          ...base,
          mode: 'ingress-backend-missing',
          rootCause: `${label} points to the Service ${target.name}, which does not exist (not found) in namespace ${namespace}${near ? `; the nearest is ${near}` : names.length > 0 ? `; the Services there are ${names.slice(0, 5).join(', ')}` : ''}.`,
          evidence: [fieldProof(item, 'Ingress', target.name)],
          remediation: [edit],
        },
      ];
    }
    const ports = servicePorts(service);
    const fits = ports.some(port =>
      target.port?.name ? port.name === target.port.name : port.port === target.port?.number,
    );
    if (!fits && target.port) {
      const wanted = target.port.name ?? target.port.number;
      return [
        {
          ...base,
          mode: 'ingress-wrong-port',
          rootCause: `${label} sends traffic to port ${wanted} of Service ${target.name}, which has no such port; it has ${ports.map(port => `${port.port}${port.name ? ` (${port.name})` : ''}`).join(', ')}.`,
          evidence: [
            fieldProof(item, 'Ingress', wanted),
            ...ports.slice(0, 1).map(port => fieldProof(service, 'Service', port.port)),
          ],
          remediation: [edit],
        },
      ];
    }
    const pods = podsBehind(world, service);
    if (service.spec?.selector && !pods.some(isPodReady)) {
      return [
        {
          ...base,
          mode: 'ingress-backend-down',
          rootCause: `${label} cannot serve because its backend Service ${target.name} has no ready endpoints.`,
          evidence: [fieldProof(item, 'Ingress', target.name)],
          remediation: [`kubectl -n ${namespace} describe service ${target.name}`],
          causedBy: refOf(service, 'Service'),
        },
      ];
    }
    return [];
  });
}

function classOf(world: World, item: KubeObject): Draft[] {
  const name = item.spec?.ingressClassName;
  const classes = world.all('IngressClass').map(entry => entry.metadata.name);
  if (!world.knows('IngressClass') || (name && classes.includes(name))) return [];
  if (!name && (classes.length > 0 || item.metadata.annotations?.['kubernetes.io/ingress.class'])) return [];
  if (!name && (item.status?.loadBalancer?.ingress ?? []).length > 0) return [];
  return [
    {
      mode: 'ingress-class',
      severity: name ? 'critical' : 'warning',
      object: refOf(item, 'Ingress'),
      rootCause: name
        ? `${refText(refOf(item, 'Ingress'))} names the IngressClass ${name}, which does not exist (not found)${classes.length > 0 ? `; the classes that exist are ${classes.join(', ')}` : '; the cluster has no IngressClass'}, so no controller serves it.`
        : `${refText(refOf(item, 'Ingress'))} names no IngressClass and the cluster has none, so no controller serves it.`,
      evidence: [fieldProof(item, 'Ingress', name ?? item.metadata.name)],
      remediation: [
        `kubectl -n ${item.metadata.namespace} edit ingress ${item.metadata.name}   # ingressClassName`,
        'kubectl get ingressclass',
      ],
    },
  ];
}

function secrets(world: World, item: KubeObject): Draft[] {
  if (!world.knows('Secret')) return [];
  const namespace = item.metadata.namespace ?? '';
  return (item.spec?.tls ?? []).flatMap((entry: { secretName?: string }) => {
    const name = entry.secretName;
    if (!name || world.get('Secret', namespace, name)) return [];
    const near = nearest(
      name,
      world.in('Secret', namespace).map(secret => secret.metadata.name),
      1,
    )[0];
    return [
      {
        mode: 'ingress-tls-secret',
        severity: 'critical' as const,
        object: refOf(item, 'Ingress'),
        rootCause: `${refText(refOf(item, 'Ingress'))} takes its certificate from Secret ${name}, which does not exist (not found) in namespace ${namespace}${near ? `; the nearest is ${near}` : ''}.`,
        evidence: [fieldProof(item, 'Ingress', name)],
        remediation: [`kubectl -n ${namespace} create secret tls ${name} --cert=<file> --key=<file>`],
      },
    ];
  });
}
