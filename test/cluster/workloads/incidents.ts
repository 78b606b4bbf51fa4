import { apply, type Kubectl } from '../plane/parts/kubectl.ts';
import { deployment, server, service } from './manifests.ts';
import { isReady, isUnschedulable, isWaiting, lastReason, type PodState, waitForPod } from './state.ts';

/** One thing that is wrong (or right) in a namespace, for a real kubelet and scheduler to bring about. */
export interface Incident {
  /** Name of the deployment and of the label `app`. */
  app: string;
  objects: object[];
  /** What the pod is like once the incident has happened. */
  what: string;
  happened: (pod: PodState) => boolean;
}

const REQUIRE_DATABASE = `echo "level=info checkout 1.0 starting"
if [ -z "$DATABASE_URL" ]; then
  echo "level=fatal required environment variable DATABASE_URL is not set" >&2
  exit 1
fi`;

export const incidents = {
  crashLoop: {
    app: 'checkout',
    objects: [
      deployment('checkout', server('checkout', REQUIRE_DATABASE)),
      service('checkout', { app: 'checkout' }),
    ],
    what: 'crashes in a loop',
    happened: pod =>
      isWaiting(pod, 'CrashLoopBackOff') && (pod.status.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
  },
  oomKill: {
    app: 'recommender',
    objects: [
      deployment(
        'recommender',
        server('recommender', 'echo "level=info loading model into memory"\nexec tail /dev/zero', {
          resources: { requests: { memory: '24Mi' }, limits: { memory: '24Mi' } },
        }),
      ),
    ],
    what: 'was killed for its memory',
    happened: pod => lastReason(pod) === 'OOMKilled',
  },
  badImage: {
    app: 'search',
    objects: [deployment('search', server('search', '', { image: 'registry.plane.test/shop/app:9.9' }))],
    what: 'cannot pull its image',
    happened: pod => isWaiting(pod, 'ImagePullBackOff', 'ErrImagePull'),
  },
  missingConfigMap: {
    app: 'catalog',
    objects: [
      deployment(
        'catalog',
        server('catalog', '', { envFrom: [{ configMapRef: { name: 'catalog-config' } }] }),
      ),
    ],
    what: 'has no configuration',
    happened: pod => isWaiting(pod, 'CreateContainerConfigError'),
  },
  unschedulable: {
    app: 'analytics',
    objects: [deployment('analytics', server('analytics', '', { resources: { requests: { cpu: '64' } } }))],
    what: 'fits on no node',
    happened: isUnschedulable,
  },
  selectorMismatch: {
    app: 'cart',
    objects: [deployment('cart', server('cart', '')), service('cart', { app: 'shopping-cart' })],
    what: 'is ready behind a service that does not select it',
    happened: isReady,
  },
  unboundVolume: {
    app: 'orders-db',
    objects: [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'orders-data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'fast-ssd',
          resources: { requests: { storage: '10Gi' } },
        },
      },
      deployment(
        'orders-db',
        server('orders-db', '', { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
        {
          pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'orders-data' } }] },
        },
      ),
    ],
    what: 'waits for its volume',
    happened: isUnschedulable,
  },
  healthy: {
    app: 'frontend',
    objects: [
      deployment('frontend', server('frontend', ''), { replicas: 2 }),
      service('frontend', { app: 'frontend' }),
    ],
    what: 'is ready',
    happened: isReady,
  },
} satisfies Record<string, Incident>;

/** Applies an incident and waits until it has happened; returns a pod that shows it. */
export async function cause(kubectl: Kubectl, namespace: string, incident: Incident): Promise<PodState> {
  await apply(kubectl, incident.objects, '-n', namespace);
  return waitForPod(kubectl, namespace, incident.app, incident.what, incident.happened);
}
