import {
  type App,
  appOf,
  countsOf,
  type Json,
  metadata,
  nodeName,
  podName,
  type Shape,
  uid,
} from './scale-objects.ts';

/** One fault of a generated cluster: how it changes the objects of its app, and what a diagnosis must name. */
export interface Fault {
  app: App;
  /** Every one of these must stand in one finding. */
  names: string[];
  pod?(pod: Json, replica: number): void;
  service?(service: Json): void;
  replicaSet?(replicaSet: Json): void;
  deployment?(deployment: Json): void;
  node?: { name: string; change(node: Json): void };
  /** Objects besides, by plural. */
  extra?: Record<string, Json[]>;
  log?: string;
}

const NOW = Date.parse('2026-11-21T09:00:00Z');
/** When the generated cluster is looked at. */
export const CLUSTER_NOW = NOW;
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString().replace('.000Z', 'Z');

type Plant = (app: App, shape: Shape) => Omit<Fault, 'app'>;

/** Each way to fail, once; a cluster with more faults than these has each several times, in other apps. */
const PLANTS: Plant[] = [
  app => ({
    names: [app.name, 'OOMKilled', '256Mi'],
    pod: crash(0, { exitCode: 137, reason: 'OOMKilled' }),
  }),
  app => ({
    names: [app.name, 'DATABASE_URL'],
    pod: crash(2, { exitCode: 1, reason: 'Error' }),
    log: 'starting up\nreading configuration\nFATAL: required environment variable DATABASE_URL is not set\n',
  }),
  app => ({
    names: [app.name, 'not found', 'registry.example.com'],
    pod: waiting(
      0,
      'ImagePullBackOff',
      `Back-off pulling image "registry.example.com/shop/${app.name}:gone"`,
      pod => {
        pod.spec.containers[0].image = `registry.example.com/shop/${app.name}:gone`;
      },
    ),
    extra: events(
      app,
      'Failed',
      `Failed to pull image "registry.example.com/shop/${app.name}:gone": rpc error: code = NotFound desc = failed to resolve reference: not found`,
    ),
  }),
  app => ({
    names: [app.name, `${app.name}-settings`],
    pod: waiting(1, 'CreateContainerConfigError', `configmap "${app.name}-settings" not found`),
  }),
  (app, { nodes }) => ({
    names: [app.name, 'cpu'],
    pod: pending(0, `0/${nodes} nodes are available: ${nodes} Insufficient cpu.`, pod => {
      pod.spec.containers[0].resources.requests.cpu = '512';
    }),
  }),
  app => ({
    names: [app.name, '9999'],
    pod: unready(0, pod => {
      pod.spec.containers[0].readinessProbe.httpGet.port = 9999;
    }),
    extra: events(
      app,
      'Unhealthy',
      'Readiness probe failed: Get "http://10.3.2.1:9999/healthz": dial tcp 10.3.2.1:9999: connect: connection refused',
    ),
  }),
  app => ({
    names: [`${app.name}-data`, 'fast-ssd-gone'],
    pod: pending(0, '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.', pod => {
      pod.spec.volumes.push({ name: 'data', persistentVolumeClaim: { claimName: `${app.name}-data` } });
    }),
    extra: {
      persistentvolumeclaims: [
        {
          metadata: metadata(`${app.name}-data`, app.namespace),
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'fast-ssd-gone',
            resources: { requests: { storage: '10Gi' } },
          },
          status: { phase: 'Pending' },
        },
      ],
      events: [
        event(
          app,
          'PersistentVolumeClaim',
          `${app.name}-data`,
          'ProvisioningFailed',
          'storageclass.storage.k8s.io "fast-ssd-gone" not found',
        ),
      ],
    },
  }),
  app => ({
    names: [app.name, `${app.name}-misspelt`],
    service: service => {
      service.spec.selector = { app: `${app.name}-misspelt` };
    },
  }),
  (app, { nodes }) => {
    const name = nodeName(app.index % nodes);
    return {
      names: [name, 'NotReady'],
      node: {
        name,
        change: node =>
          condition(node, 'Ready', 'Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'),
      },
    };
  },
  app => ({
    names: [app.name, 'pods=15'],
    replicaSet: set => {
      set.spec.replicas = 16;
    },
    deployment: deployment => {
      deployment.spec.replicas = 16;
    },
    extra: {
      events: [
        event(
          app,
          'ReplicaSet',
          `${app.name}-${app.hash}`,
          'FailedCreate',
          `Error creating: pods "${app.name}-${app.hash}-x" is forbidden: exceeded quota: ${app.name}-quota, requested: pods=1, used: pods=15, limited: pods=15`,
        ),
      ],
    },
  }),
  app => ({
    names: [`${app.name}-web`, `${app.name}-gone`],
    extra: { ingresses: [ingress(app, `${app.name}-gone`)] },
  }),
  app => ({
    names: [`${app.name}-once`, 'BackoffLimitExceeded'],
    extra: {
      jobs: [
        {
          metadata: metadata(`${app.name}-once`, app.namespace),
          spec: { backoffLimit: 3, completions: 1, parallelism: 1 },
          status: {
            failed: 4,
            conditions: [
              {
                type: 'Failed',
                status: 'True',
                reason: 'BackoffLimitExceeded',
                message: 'Job has reached the specified backoff limit',
                lastTransitionTime: ago(20),
              },
            ],
          },
        },
      ],
    },
  }),
  (app, { nodes }) => ({
    names: [app.name, 'accelerator'],
    pod: pending(
      0,
      `0/${nodes} nodes are available: ${nodes} node(s) didn't match Pod's node affinity/selector.`,
      pod => {
        pod.spec.nodeSelector = { accelerator: 'h900' };
      },
    ),
  }),
  app => ({
    names: [app.name, 'serve-it'],
    pod: crash(3, {
      exitCode: 128,
      reason: 'StartError',
      message:
        'failed to create containerd task: runc create failed: exec: "serve-it": executable file not found in $PATH: unknown',
    }),
  }),
  app => ({
    names: [app.name, 'grpc-admin'],
    service: service => {
      service.spec.ports[0].targetPort = 'grpc-admin';
    },
  }),
  app => ({
    names: [`${app.name}-scaler`, 'cpu'],
    extra: {
      horizontalpodautoscalers: [
        {
          metadata: metadata(`${app.name}-scaler`, app.namespace),
          spec: {
            maxReplicas: 30,
            minReplicas: 3,
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: app.name },
          },
          status: {
            conditions: [
              {
                type: 'ScalingActive',
                status: 'False',
                reason: 'FailedGetResourceMetric',
                message:
                  'the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container app',
              },
            ],
          },
        },
      ],
    },
  }),
  (app, { nodes }) => {
    const name = nodeName(app.index % nodes);
    return {
      names: [name, 'DiskPressure'],
      node: {
        name,
        change: node =>
          condition(node, 'DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure'),
      },
    };
  },
  app => ({
    names: [app.name, 'exit code 0'],
    pod: crash(0, { exitCode: 0, reason: 'Completed' }),
    log: 'nothing to do, leaving\n',
  }),
  app => ({
    names: [app.name, 'liveness'],
    pod: crash(0, { exitCode: 137, reason: 'Error' }),
    extra: {
      events: [
        podEvent(app, 'Killing', 'Container app failed liveness probe, will be restarted', 'Normal'),
        podEvent(app, 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500'),
      ],
    },
  }),
  app => ({
    names: [`${app.name}-nightly`, '31'],
    extra: {
      cronjobs: [
        {
          metadata: metadata(`${app.name}-nightly`, app.namespace),
          spec: { schedule: '0 0 31 2 *', jobTemplate: { spec: {} } },
          status: {},
        },
      ],
    },
  }),
];

/** The faults of a cluster, spread evenly over its apps; the same shape always has the same ones. */
export function faultsOf(shape: Shape): Fault[] {
  const { apps } = countsOf(shape);
  return Array.from({ length: shape.faults }, (_, n) => {
    const app = appOf(Math.floor(((n + 0.5) * apps) / shape.faults));
    return { app, ...PLANTS[n % PLANTS.length]!(app, shape) };
  });
}

function crash(replica: number, terminated: Json): Fault['pod'] {
  return (pod, index) => {
    if (index !== replica) return;
    notReady(pod);
    Object.assign(pod.status.containerStatuses[0], {
      ready: false,
      started: false,
      restartCount: 7,
      state: {
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' },
      },
      lastState: { terminated: { startedAt: ago(6), finishedAt: ago(5), ...terminated } },
    });
  };
}

function waiting(
  replica: number,
  reason: string,
  message: string,
  change?: (pod: Json) => void,
): Fault['pod'] {
  return (pod, index) => {
    if (index !== replica) return;
    notReady(pod);
    pod.status.phase = 'Pending';
    change?.(pod);
    Object.assign(pod.status.containerStatuses[0], {
      ready: false,
      started: false,
      state: { waiting: { reason, message } },
    });
  };
}

function pending(replica: number, message: string, change: (pod: Json) => void): Fault['pod'] {
  return (pod, index) => {
    if (index !== replica) return;
    change(pod);
    delete pod.spec.nodeName;
    pod.status = {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message,
          lastTransitionTime: ago(30),
        },
      ],
    };
  };
}

function unready(replica: number, change: (pod: Json) => void): Fault['pod'] {
  return (pod, index) => {
    if (index !== replica) return;
    change(pod);
    notReady(pod);
    pod.status.containerStatuses[0].ready = false;
  };
}

function notReady(pod: Json): void {
  for (const item of pod.status.conditions) {
    if (/Ready$/.test(item.type)) Object.assign(item, { status: 'False', reason: 'ContainersNotReady' });
  }
}

function condition(node: Json, type: string, status: string, reason: string, message: string): void {
  const found = node.status.conditions.find((item: Json) => item.type === type);
  Object.assign(found, { status, reason, message });
}

function events(app: App, reason: string, message: string): Record<string, Json[]> {
  return { events: [podEvent(app, reason, message)] };
}

function podEvent(app: App, reason: string, message: string, type = 'Warning'): Json {
  return { ...event(app, 'Pod', podName(app, 0), reason, message), type };
}

function event(app: App, kind: string, name: string, reason: string, message: string): Json {
  return {
    metadata: metadata(`${name}.${uid(reason + message).slice(0, 8)}`, app.namespace),
    involvedObject: { kind, namespace: app.namespace, name },
    reason,
    message,
    type: 'Warning',
    count: 40,
    firstTimestamp: ago(60),
    lastTimestamp: ago(1),
    source: { component: 'kubelet' },
  };
}

function ingress(app: App, service: string): Json {
  const backend = { service: { name: service, port: { number: 80 } } };
  return {
    metadata: metadata(`${app.name}-web`, app.namespace),
    spec: {
      ingressClassName: 'nginx',
      rules: [
        { host: `${app.name}.example.com`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } },
      ],
    },
    status: { loadBalancer: {} },
  };
}
