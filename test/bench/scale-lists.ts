import { CLUSTER_NOW, type Fault, faultsOf } from './scale-faults.ts';
import {
  appOf,
  countsOf,
  digest,
  type Json,
  metadata,
  namespaceName,
  nodeName,
  PODS_PER_APP,
  pod,
  podName,
  podSpec,
  type Shape,
} from './scale-objects.ts';

/** One list of a generated cluster: any stretch of it can be made without the rest. */
export interface GeneratedList {
  kind: string;
  group: string;
  namespaced: boolean;
  count: number;
  /** JSON text of the item at an index. */
  item(index: number): string;
}

const RECENT = new Date(CLUSTER_NOW - 30_000).toISOString();

/** Every list of the cluster, by plural. Nothing is held but one app's pods and what the faults add. */
export function listsOf(shape: Shape): Map<string, GeneratedList> {
  const { apps, nodes, pods, namespaces } = countsOf(shape);
  const faults = new Map(faultsOf(shape).map(fault => [fault.app.index, fault]));
  const sickNodes = new Map(
    [...faults.values()].flatMap(({ node }) => (node ? [[node.name, node.change]] : [])),
  );
  const podText = podTexts(shape, faults);
  const lists = new Map<string, GeneratedList>();
  const add = (
    plural: string,
    kind: string,
    group: string,
    count: number,
    item: (index: number) => Json,
    namespaced = true,
  ) => {
    const extra = [...faults.values()].flatMap(fault => fault.extra?.[plural] ?? []);
    const text = (index: number) => JSON.stringify(index < count ? item(index) : extra[index - count]);
    lists.set(plural, { kind, group, namespaced, count: count + extra.length, item: text });
  };
  add(
    'namespaces',
    'Namespace',
    '',
    namespaces,
    i => ({ metadata: metadata(namespaceName(i)), status: { phase: 'Active' } }),
    false,
  );
  add('nodes', 'Node', '', nodes, i => node(i, sickNodes.get(nodeName(i))), false);
  add('services', 'Service', '', apps, i => service(i, faults.get(i)));
  add('endpointslices', 'EndpointSlice', 'discovery.k8s.io', apps, endpointSlice);
  add('endpoints', 'Endpoints', '', apps, endpoints);
  add('deployments', 'Deployment', 'apps', apps, i => deployment(i, faults.get(i)));
  add('replicasets', 'ReplicaSet', 'apps', apps * 2, i =>
    replicaSet(Math.floor(i / 2), i % 2 === 1, faults.get(Math.floor(i / 2))),
  );
  add('configmaps', 'ConfigMap', '', apps, config);
  add('secrets', 'Secret', '', apps, secret);
  add('serviceaccounts', 'ServiceAccount', '', namespaces, i => ({
    metadata: metadata('default', namespaceName(i)),
  }));
  add('events', 'Event', '', apps * 2, normalEvent);
  for (const [plural, kind, group] of [
    ['persistentvolumeclaims', 'PersistentVolumeClaim', ''],
    ['resourcequotas', 'ResourceQuota', ''],
    ['limitranges', 'LimitRange', ''],
    ['statefulsets', 'StatefulSet', 'apps'],
    ['daemonsets', 'DaemonSet', 'apps'],
    ['jobs', 'Job', 'batch'],
    ['cronjobs', 'CronJob', 'batch'],
    ['ingresses', 'Ingress', 'networking.k8s.io'],
    ['networkpolicies', 'NetworkPolicy', 'networking.k8s.io'],
    ['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'autoscaling'],
    ['poddisruptionbudgets', 'PodDisruptionBudget', 'policy'],
  ] as const)
    add(plural, kind, group, 0, () => ({}));
  const standard = {
    metadata: metadata('standard'),
    provisioner: 'csi.example.com',
    volumeBindingMode: 'Immediate',
  };
  add('storageclasses', 'StorageClass', 'storage.k8s.io', 1, () => standard, false);
  add('persistentvolumes', 'PersistentVolume', '', 0, () => ({}), false);
  const nginx = { metadata: metadata('nginx'), spec: { controller: 'k8s.io/ingress-nginx' } };
  add('ingressclasses', 'IngressClass', 'networking.k8s.io', 1, () => nginx, false);
  lists.set('pods', { kind: 'Pod', group: '', namespaced: true, count: pods, item: podText });
  return lists;
}

/** Pods as text: one is made for each app, its replicas differ from it in a few words. */
function podTexts(shape: Shape, faults: Map<number, Fault>): (index: number) => string {
  const down = new Set(
    [...faults.values()].flatMap(({ node, names }) =>
      names.includes('NotReady') && node ? [node.name] : [],
    ),
  );
  return index => {
    const app = appOf(Math.floor(index / PODS_PER_APP));
    const replica = index % PODS_PER_APP;
    const on = nodeName((index * 7) % shape.nodes);
    const made = pod(app, replica, on);
    faults.get(app.index)?.pod?.(made, replica);
    if (down.has(on)) {
      for (const item of made.status.conditions) if (item.type === 'Ready') item.status = 'False';
    }
    return JSON.stringify(made);
  };
}

function node(index: number, change?: (node: Json) => void): Json {
  const name = nodeName(index);
  const healthy = { MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True' };
  const made = {
    metadata: metadata(name, undefined, {
      fields: {
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'topology.kubernetes.io/zone': `zone-${index % 3}`,
        },
      },
    }),
    spec: { podCIDR: `10.${index % 250}.0.0/24`, providerID: `example:///${name}` },
    status: {
      allocatable: { cpu: '64', memory: '257000Mi', pods: '110' },
      capacity: { cpu: '64', memory: '262144Mi', pods: '110' },
      conditions: Object.entries(healthy).map(([type, status]) => ({
        type,
        status,
        reason: `Kubelet${type}`,
        message: `kubelet has ${type} ${status}`,
        lastHeartbeatTime: RECENT,
        lastTransitionTime: '2026-11-01T00:00:00Z',
      })),
      images: Array.from({ length: 50 }, (_, n) => ({
        names: [
          `registry.example.com/shop/app-${n}@sha256:${digest(`image ${n}`)}`,
          `registry.example.com/shop/app-${n}:1`,
        ],
        sizeBytes: 90_000_000 + n,
      })),
      nodeInfo: {
        kubeletVersion: 'v1.35.0',
        osImage: 'Debian GNU/Linux 12',
        containerRuntimeVersion: 'containerd://2.1.0',
      },
    },
  };
  change?.(made);
  return made;
}

function service(index: number, fault?: Fault): Json {
  const { name, namespace } = appOf(index);
  const made = {
    metadata: metadata(name, namespace),
    spec: {
      type: 'ClusterIP',
      clusterIP: `172.${16 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  };
  fault?.service?.(made);
  return made;
}

function endpointSlice(index: number): Json {
  const app = appOf(index);
  return {
    metadata: metadata(`${app.name}-abcde`, app.namespace, {
      fields: { labels: { 'kubernetes.io/service-name': app.name } },
    }),
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: Array.from({ length: PODS_PER_APP }, (_, replica) => ({
      addresses: [`10.${index % 250}.${replica}.7`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: nodeName(0),
      targetRef: { kind: 'Pod', namespace: app.namespace, name: podName(app, replica) },
    })),
  };
}

function endpoints(index: number): Json {
  const app = appOf(index);
  const addresses = Array.from({ length: PODS_PER_APP }, (_, replica) => ({
    ip: `10.${index % 250}.${replica}.7`,
    targetRef: { kind: 'Pod', namespace: app.namespace, name: podName(app, replica) },
  }));
  return {
    metadata: metadata(app.name, app.namespace),
    subsets: [{ addresses, ports: [{ name: 'http', port: 8080 }] }],
  };
}

function deployment(index: number, fault?: Fault): Json {
  const app = appOf(index);
  const labels = { app: app.name };
  const made = {
    metadata: metadata(app.name, app.namespace, {
      kind: 'Deployment',
      fields: { labels, annotations: { 'deployment.kubernetes.io/revision': '2' } },
    }),
    spec: {
      replicas: PODS_PER_APP,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(app) },
    },
    status: {
      replicas: PODS_PER_APP,
      readyReplicas: PODS_PER_APP,
      availableReplicas: PODS_PER_APP,
      updatedReplicas: PODS_PER_APP,
      conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }],
    },
  };
  fault?.deployment?.(made);
  return made;
}

function replicaSet(index: number, old: boolean, fault?: Fault): Json {
  const app = appOf(index);
  const hash = old ? digest(app.hash).slice(0, 10) : app.hash;
  const labels = { app: app.name, 'pod-template-hash': hash };
  const replicas = old ? 0 : PODS_PER_APP;
  const owner = metadata(app.name, app.namespace, { kind: 'Deployment' });
  const made = {
    metadata: metadata(`${app.name}-${hash}`, app.namespace, {
      fields: {
        labels,
        annotations: { 'deployment.kubernetes.io/revision': old ? '1' : '2' },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: app.name, uid: owner.uid, controller: true },
        ],
      },
    }),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(app) },
    },
    status: { replicas, readyReplicas: replicas },
  };
  if (!old) fault?.replicaSet?.(made);
  return made;
}

function config(index: number): Json {
  const { name, namespace } = appOf(index);
  return {
    metadata: metadata(`${name}-config`, namespace),
    data: { 'app.yaml': `# of ${name}\n${'option: value\n'.repeat(80)}` },
  };
}

function secret(index: number): Json {
  const { name, namespace } = appOf(index);
  return {
    metadata: metadata(`${name}-token`, namespace),
    type: 'Opaque',
    data: { token: Buffer.from(digest(name)).toString('base64') },
  };
}

function normalEvent(index: number): Json {
  const app = appOf(Math.floor(index / 2));
  return {
    metadata: metadata(`${podName(app, 1)}.${index}`, app.namespace),
    involvedObject: { kind: 'Pod', namespace: app.namespace, name: podName(app, 1) },
    reason: index % 2 === 0 ? 'Scheduled' : 'Pulled',
    message: `Successfully assigned ${app.namespace}/${podName(app, 1)} to ${nodeName(index % 7)}`,
    type: 'Normal',
    count: 1,
    firstTimestamp: RECENT,
    lastTimestamp: RECENT,
    source: { component: 'default-scheduler' },
  };
}
