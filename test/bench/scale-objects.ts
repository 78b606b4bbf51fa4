import { createHash } from 'node:crypto';

/** How large a generated cluster is; everything in it follows from these and an index. */
export interface Shape {
  nodes: number;
  pods: number;
  faults: number;
}

// biome-ignore lint/suspicious/noExplicitAny: faults change any field of objects of any kind
export type Json = any;

export const PODS_PER_APP = 15;
const APPS_PER_NAMESPACE = 20;
const STARTED = '2026-11-20T08:00:00Z';

export interface App {
  index: number;
  name: string;
  namespace: string;
  hash: string;
}

export function appOf(index: number): App {
  const number = String(index).padStart(5, '0');
  return {
    index,
    name: `app-${number}`,
    namespace: namespaceName(Math.floor(index / APPS_PER_NAMESPACE)),
    hash: digest(`template ${index}`).slice(0, 10),
  };
}

export function namespaceName(index: number): string {
  return `team-${String(index).padStart(4, '0')}`;
}

export function nodeName(index: number): string {
  return `node-${String(index).padStart(4, '0')}`;
}

export function countsOf({ nodes, pods }: Shape) {
  const apps = Math.floor(pods / PODS_PER_APP);
  return { apps, nodes, pods: apps * PODS_PER_APP, namespaces: Math.ceil(apps / APPS_PER_NAMESPACE) };
}

export function podName(app: App, replica: number): string {
  return `${app.name}-${app.hash}-${digest(`${app.name} ${replica}`).slice(0, 5)}`;
}

export function uid(text: string): string {
  const hex = digest(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function metadata(name: string, namespace?: string, more: Json = {}): Json {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: uid(`${namespace} ${name} ${more.kind ?? ''}`),
    resourceVersion: '84213377',
    creationTimestamp: STARTED,
    ...more.fields,
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: STARTED,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:env': {}, 'f:image': {} } } },
          'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:status': {} } } },
        },
      },
    ],
  };
}

const TOLERATIONS = ['not-ready', 'unreachable'].map(what => ({
  key: `node.kubernetes.io/${what}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

export function podSpec(app: App): Json {
  const container = {
    name: 'app',
    image: `registry.example.com/shop/${app.name}:1.${app.index % 40}.0`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, n) => ({ name: `OPTION_${n}`, value: `value-${n}-of-${app.name}` })),
    envFrom: [{ configMapRef: { name: `${app.name}-config` } }],
    resources: { requests: { cpu: '250m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 },
    livenessProbe: { httpGet: { path: '/livez', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 },
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
  return {
    containers: [container],
    volumes: [{ name: 'scratch', emptyDir: {} }],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    serviceAccount: 'default',
    securityContext: {},
    schedulerName: 'default-scheduler',
  };
}

/** A running, ready pod as an API server lists it (5 KB), with what an admission controller and a kubelet add. */
export function pod(app: App, replica: number, node: string): Json {
  const name = podName(app, replica);
  const token = `kube-api-access-${digest(name).slice(5, 10)}`;
  const spec = podSpec(app);
  spec.nodeName = node;
  spec.tolerations = TOLERATIONS;
  spec.containers[0].volumeMounts.push({
    name: token,
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  });
  spec.volumes.push({
    name: token,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      ],
      defaultMode: 420,
    },
  });
  const id = digest(`container ${name}`);
  return {
    metadata: metadata(name, app.namespace, {
      fields: {
        generateName: `${app.name}-${app.hash}-`,
        labels: { app: app.name, 'pod-template-hash': app.hash },
        annotations: { 'example.com/checksum': digest(app.name) },
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: `${app.name}-${app.hash}`,
            uid: uid(`${app.namespace} ${app.name}-${app.hash} `),
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    }),
    spec,
    status: {
      phase: 'Running',
      conditions: [
        'PodReadyToStartContainers',
        'Initialized',
        'Ready',
        'ContainersReady',
        'PodScheduled',
      ].map(type => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: STARTED })),
      hostIP: '10.0.0.1',
      podIP: `10.${app.index % 250}.${replica}.7`,
      podIPs: [{ ip: `10.${app.index % 250}.${replica}.7` }],
      startTime: STARTED,
      containerStatuses: [
        {
          name: 'app',
          state: { running: { startedAt: STARTED } },
          lastState: {},
          ready: true,
          restartCount: 0,
          image: spec.containers[0].image,
          imageID: `registry.example.com/shop/${app.name}@sha256:${digest(app.name)}`,
          containerID: `containerd://${id}`,
          started: true,
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
