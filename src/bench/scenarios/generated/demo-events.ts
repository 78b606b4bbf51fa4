import type { ClusterBuilder } from './builder.ts';

const CRON_JOBS: Array<[namespace: string, name: string]> = [
  ['billing', 'dunning-reminders'],
  ['catalog', 'reindex-delta'],
  ['inventory', 'stock-snapshot'],
  ['platform', 'token-sweeper'],
];
const EVERY_SECONDS = 300;

interface Happened {
  secondsAgo: number;
  namespace: string;
  kind: string;
  name: string;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  from: string;
}

/** What happened in the hour before the capture beside the pods' own troubles, and the routine around it. */
export function addLastHour(cluster: ClusterBuilder): void {
  const newest = (namespace: string, name: string) => cluster.generatedName('ReplicaSet', namespace, name);
  const scaled = (minutes: number, namespace: string, name: string, message: string): Happened => ({
    secondsAgo: minutes * 60,
    namespace,
    kind: 'Deployment',
    name,
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message,
    from: 'deployment-controller',
  });
  const onNode = (minutes: number, type: Happened['type'], reason: string, message: string): Happened => ({
    secondsAgo: minutes * 60,
    namespace: 'default',
    kind: 'Node',
    name: 'node-4',
    type,
    reason,
    message,
    from: 'kubelet',
  });
  const story = [
    scaled(52, 'shop', 'checkout', `Scaled up replica set ${newest('shop', 'checkout')} from 0 to 3`),
    scaled(51, 'shop', 'checkout', 'Scaled down replica set checkout-7c4d9b6f58 from 3 to 0'),
    scaled(38, 'catalog', 'suggest', `Scaled up replica set ${newest('catalog', 'suggest')} from 4 to 6`),
    onNode(31, 'Warning', 'EvictionThresholdMet', 'Attempting to reclaim ephemeral-storage'),
    onNode(31, 'Normal', 'NodeHasDiskPressure', 'Node node-4 status is now: NodeHasDiskPressure'),
    onNode(26, 'Normal', 'NodeHasNoDiskPressure', 'Node node-4 status is now: NodeHasNoDiskPressure'),
    scaled(18, 'platform', 'gateway', `Scaled down replica set ${newest('platform', 'gateway')} from 9 to 7`),
    {
      ...scaled(4, 'observability', 'loki', 'delete Pod loki-4 in StatefulSet loki successful'),
      kind: 'StatefulSet',
      reason: 'SuccessfulDelete',
      from: 'statefulset-controller',
    },
  ];
  for (const item of story) addEvent(cluster, item);
  for (const [namespace, name] of CRON_JOBS) addCronJob(cluster, namespace, name);
}

function addCronJob(cluster: ClusterBuilder, namespace: string, name: string): void {
  const container = { name: 'app', image: `registry.example.com/${namespace}/${name}:1.4.0`, resources: {} };
  cluster.add({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: {
      schedule: '*/5 * * * *',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      jobTemplate: {
        spec: { template: { spec: { containers: [container], restartPolicy: 'OnFailure' } } },
      },
    },
    status: { lastScheduleTime: cluster.ago(120), lastSuccessfulTime: cluster.ago(108) },
  });
  const base = Math.floor(cluster.now / 60_000) - 2;
  for (let n = 0; n < 12; n++) {
    const job = `${name}-${base - n * 5}`;
    const secondsAgo = 120 + n * EVERY_SECONDS;
    const routine = (kind: string, object: string, reason: string, message: string, after: number): void =>
      addEvent(cluster, {
        secondsAgo: secondsAgo - after,
        namespace,
        kind,
        name: object,
        type: 'Normal',
        reason,
        message,
        from: kind === 'Job' ? 'job-controller' : 'cronjob-controller',
      });
    routine('CronJob', name, 'SuccessfulCreate', `Created job ${job}`, 0);
    routine('Job', job, 'SuccessfulCreate', `Created pod: ${job}-${cluster.random.suffix(5)}`, 0);
    routine('Job', job, 'Completed', 'Job completed', 12);
    routine('CronJob', name, 'SawCompletedJob', `Saw completed job: ${job}, condition: Complete`, 12);
  }
}

function addEvent(cluster: ClusterBuilder, item: Happened): void {
  const { namespace, kind, name, type, reason, message, from, secondsAgo } = item;
  const at = cluster.ago(secondsAgo);
  cluster.add({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${cluster.random.suffix(16)}`, namespace, creationTimestamp: at },
    involvedObject: { kind, name, ...(kind === 'Node' ? {} : { namespace }) },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    reportingComponent: from,
    reportingInstance: '',
    source: { component: from },
  });
}
