import type { ClusterBuilder } from './builder.ts';
import { accessLog, seedOf } from './logs.ts';
import { addPod } from './pod.ts';
import { ROLLING, rollingContainer } from './rolling.ts';
import type { WorkloadSpec } from './workload-spec.ts';

/** Adds the StatefulSet that is being updated: pods are replaced from the highest ordinal down, under their old names. */
export function addRollingStatefulSet(cluster: ClusterBuilder): void {
  const { namespace, name, replicas, updated, oldImage, newImage, oldRevision, newRevision } = ROLLING;
  const labels = { app: name };
  const spec: WorkloadSpec = {
    namespace,
    name,
    replicas,
    image: newImage,
    ageSeconds: 20 * 86_400,
    log: pod => accessLog(seedOf(pod), 1_750, cluster.now),
  };
  const podSpec = (image: string) => ({
    containers: [rollingContainer(image)],
    restartPolicy: 'Always',
    serviceAccountName: 'default',
  });
  const statefulSet = cluster.add({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace, labels, generation: 8 },
    spec: {
      replicas,
      serviceName: name,
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      template: { metadata: { labels }, spec: podSpec(newImage) },
    },
    status: {
      observedGeneration: 8,
      replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      currentReplicas: replicas - updated,
      updatedReplicas: updated,
      currentRevision: oldRevision,
      updateRevision: newRevision,
    },
  });
  for (let index = 0; index < replicas; index++) {
    const isNew = index >= replicas - updated;
    const metadata = {
      name: `${name}-${index}`,
      namespace,
      labels: {
        ...labels,
        'controller-revision-hash': isNew ? newRevision : oldRevision,
        'apps.kubernetes.io/pod-index': String(index),
      },
      creationTimestamp: cluster.ago(isNew ? 240 - 60 * (index - replicas + updated) : spec.ageSeconds),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name,
          uid: (statefulSet.metadata as { uid?: string }).uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    };
    addPod(cluster, spec, metadata, podSpec(isNew ? newImage : oldImage), index);
  }
}
