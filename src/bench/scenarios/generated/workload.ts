import type { ClusterBuilder } from './builder.ts';
import { addPod } from './pod.ts';
import { addService } from './service.ts';
import { type Manifest, stateOf, type WorkloadSpec } from './workload-spec.ts';

/** Adds a workload; returns the names of its pods. */
export function addWorkload(cluster: ClusterBuilder, spec: WorkloadSpec): string[] {
  const { namespace, name } = spec;
  const labels: Record<string, string> = { app: name, ...spec.extraLabels };
  const hash = cluster.random.suffix(10);
  const template = podTemplate(spec, labels);
  const readiness = Array.from(
    { length: spec.replicas },
    (_, index) => stateOf(spec, index).kind === 'running',
  );
  const ready = readiness.filter(Boolean).length;
  const created = cluster.ago(spec.ageSeconds);
  const deployment = cluster.add({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels,
      generation: 3,
      creationTimestamp: cluster.ago(90 * 86_400),
      annotations: {
        'deployment.kubernetes.io/revision': '7',
        [LAST_APPLIED]: `${JSON.stringify(appliedManifest(spec, labels, template))}\n`,
      },
    },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      template,
    },
    status: {
      observedGeneration: 3,
      replicas: spec.replicas,
      updatedReplicas: spec.replicas,
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      ...(ready < spec.replicas ? { unavailableReplicas: spec.replicas - ready } : {}),
      conditions: [
        {
          type: 'Available',
          status: ready > 0 ? 'True' : 'False',
          reason: ready > 0 ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
          message:
            ready > 0
              ? 'Deployment has minimum availability.'
              : 'Deployment does not have minimum availability.',
          lastTransitionTime: created,
          lastUpdateTime: created,
        },
        {
          type: 'Progressing',
          status: 'True',
          reason: ready > 0 ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
          message: `ReplicaSet "${name}-${hash}" ${ready > 0 ? 'has successfully progressed.' : 'is progressing.'}`,
          lastTransitionTime: created,
          lastUpdateTime: created,
        },
      ],
    },
  });
  const podLabels = { ...labels, 'pod-template-hash': hash };
  const replicaSet = cluster.add({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: podLabels,
      generation: 1,
      creationTimestamp: created,
      annotations: { 'deployment.kubernetes.io/revision': '7' },
      ownerReferences: [owner('Deployment', name, deployment.metadata)],
    },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: podLabels },
      template: { ...template, metadata: { labels: podLabels } },
    },
    status: {
      replicas: spec.replicas,
      fullyLabeledReplicas: spec.replicas,
      observedGeneration: 1,
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    },
  });
  const pods = Array.from({ length: spec.replicas }, (_, index) => {
    const pod = `${name}-${hash}-${cluster.random.suffix(5)}`;
    const metadata = {
      name: pod,
      generateName: `${name}-${hash}-`,
      namespace,
      labels: podLabels,
      creationTimestamp: created,
      ownerReferences: [owner('ReplicaSet', `${name}-${hash}`, replicaSet.metadata)],
    };
    addPod(cluster, spec, metadata, template.spec, index);
    return { name: pod, ready: readiness[index] ?? false };
  });
  if (spec.port) addService(cluster, spec, pods);
  return pods.map(pod => pod.name);
}

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function appliedManifest(
  spec: WorkloadSpec,
  labels: Record<string, string>,
  template: ReturnType<typeof podTemplate>,
): Manifest {
  const manifest = structuredClone({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { annotations: {}, labels, name: spec.name, namespace: spec.namespace },
    spec: { replicas: spec.replicas, selector: { matchLabels: labels }, template },
  });
  spec.applied?.(manifest);
  return manifest;
}

function owner(kind: string, name: string, metadata: Record<string, unknown>) {
  return { apiVersion: 'apps/v1', kind, name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

function podTemplate(spec: WorkloadSpec, labels: Record<string, string>) {
  const volumes = spec.volumes ?? [];
  return {
    metadata: { labels },
    spec: {
      containers: [
        {
          name: 'app',
          image: spec.image,
          imagePullPolicy: 'IfNotPresent',
          ...(spec.command ? { command: spec.command } : {}),
          ...(spec.env ? { env: spec.env } : {}),
          ...(spec.envFrom ? { envFrom: spec.envFrom } : {}),
          ...(spec.port ? { ports: [{ containerPort: spec.port, name: 'http', protocol: 'TCP' }] } : {}),
          ...(spec.readinessPath
            ? { readinessProbe: { httpGet: { path: spec.readinessPath, port: 'http' }, periodSeconds: 10 } }
            : {}),
          resources: spec.resources ?? {
            requests: { cpu: '50m', memory: '64Mi' },
            limits: { memory: '256Mi' },
          },
          ...(volumes.length > 0
            ? { volumeMounts: volumes.map(({ volume, mountPath }) => ({ name: volume.name, mountPath })) }
            : {}),
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      ...(volumes.length > 0 ? { volumes: volumes.map(({ volume }) => volume) } : {}),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
    },
  };
}
