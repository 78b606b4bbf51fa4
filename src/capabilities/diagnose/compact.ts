import type { KubeObject } from '../../cluster/types.ts';
import { isRecord } from '../../shared/json.ts';
import type { ContainerStatus } from './shapes.ts';
import { SharedParts } from './shared-parts.ts';
import { isWell } from './well.ts';

/** What the modes read of a pod that is well: of a hundred thousand of them nothing else is kept. */
const SPEC_OF_WELL = [
  'restartPolicy',
  'serviceAccountName',
  'hostNetwork',
  'priority',
  'priorityClassName',
  'containers',
  'initContainers',
  'volumes',
  'overhead',
  'nodeSelector',
  'affinity',
  'topologySpreadConstraints',
  'resourceClaims',
];
const METADATA = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
];
/** Different in every object: nothing is gained by comparing them. */
const OWN = new Set(['name', 'uid', 'creationTimestamp', 'annotations']);
/** Mounted by the API server under a name of its own in every pod, so that no two pods would be alike. */
const TOKEN_VOLUME = /^kube-api-access-/;

type Fields = Record<string, unknown>;

/**
 * Makes the objects of a large cluster small while they arrive. Parts that are equal in many objects (containers,
 * labels, owners) are kept once; of pods that are well only what tells so and what others are judged by is kept.
 * Objects in trouble keep every field of their spec and status.
 */
export class Compactor {
  readonly #parts = new SharedParts();

  compact(kind: string, object: KubeObject): KubeObject {
    switch (kind) {
      case 'Pod':
        return this.#pod(object);
      case 'Node':
        return this.#node(object);
      case 'EndpointSlice':
      case 'Endpoints':
        return this.#endpoints(object);
      case 'ReplicaSet':
      case 'Deployment':
      case 'StatefulSet':
      case 'DaemonSet':
        return this.#workload(object);
      default:
        return { ...object, metadata: this.#metadata(object) };
    }
  }

  #pod(pod: KubeObject): KubeObject {
    const { apiVersion, kind } = pod;
    if (isWell(pod)) return { apiVersion, kind, ...this.#wellPod(pod) };
    const spec = Object.fromEntries(
      Object.entries(pod.spec ?? {}).map(([key, value]) => [key, this.#shared(value)]),
    );
    return { apiVersion, kind, metadata: this.#metadata(pod), spec, status: pod.status };
  }

  /** Built from shared parts by spreading and in literals: such objects take half the room of those built key by key. */
  #wellPod({ metadata, spec, status }: KubeObject): Pick<KubeObject, 'metadata' | 'spec' | 'status'> {
    // Keys that each pod fills in are there from the start: objects that grow take more room.
    const told: Fields = { nodeName: '' };
    for (const key of SPEC_OF_WELL) {
      if (spec[key] !== undefined) told[key] = withoutToken(key, spec[key]);
    }
    const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = status;
    const same = {
      namespace: metadata.namespace,
      labels: metadata.labels,
      ownerReferences: metadata.ownerReferences,
      spec: told,
      status: {
        podIP: '',
        phase: status.phase,
        conditions: conditions.map(({ type, status: value }: Fields) => ({ type, status: value })),
        containerStatuses: containerStatuses.map(statusOfWell),
        ...(initContainerStatuses.length > 0 && {
          initContainerStatuses: initContainerStatuses.map(statusOfWell),
        }),
      },
    };
    // All replicas of a workload are alike in this; their containers are those of its template.
    const shared = this.#parts.of(same, made => {
      made.spec['containers'] = this.#shared(made.spec['containers']);
    });
    return {
      metadata: {
        name: metadata.name,
        namespace: shared.namespace,
        uid: metadata.uid,
        creationTimestamp: metadata.creationTimestamp,
        labels: shared.labels,
        ownerReferences: shared.ownerReferences,
      },
      spec: { ...shared.spec, nodeName: this.#shared(spec.nodeName) },
      status: { ...shared.status, podIP: status.podIP },
    };
  }

  #node(node: KubeObject): KubeObject {
    const { images: _images, volumesInUse: _used, volumesAttached: _attached, ...status } = node.status ?? {};
    return { ...node, metadata: this.#metadata(node), status };
  }

  /** Whether there are any is all that is asked of them; an empty one stands for them. */
  #endpoints(object: KubeObject): KubeObject {
    const { apiVersion, kind } = object;
    const out: KubeObject = { apiVersion, kind, metadata: this.#metadata(object) };
    for (const field of ['endpoints', 'subsets']) {
      const list: unknown = object[field];
      if (Array.isArray(list)) out[field] = this.#shared(list.slice(0, 1).map(() => ({})));
    }
    return out;
  }

  #workload(object: KubeObject): KubeObject {
    const out: KubeObject = { ...object, metadata: this.#metadata(object) };
    const template = object.spec?.template;
    if (!isRecord(template?.spec)) return out;
    const spec = this.#parts.of(template.spec as Fields, made => {
      made['containers'] = this.#shared(made['containers']);
    });
    const metadata: unknown = this.#shared(template.metadata);
    out['spec'] = {
      ...object.spec,
      selector: this.#shared(object.spec.selector),
      template: { ...template, metadata, spec },
    };
    return out;
  }

  #metadata({ metadata }: KubeObject): KubeObject['metadata'] {
    const out: Fields = {};
    for (const key of METADATA) {
      const value = metadata[key];
      if (value === undefined) continue;
      out[key] = OWN.has(key) ? value : this.#shared(value);
    }
    return out as unknown as KubeObject['metadata'];
  }

  #shared<T>(value: T): T {
    return this.#parts.of(value);
  }
}

function withoutToken(key: string, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const isOther = (item: Fields) => !TOKEN_VOLUME.test(String(item['name']));
  if (key === 'volumes') return value.filter(isOther);
  if (key !== 'containers' && key !== 'initContainers') return value;
  return value.map((container: Fields) => {
    const mounts = container['volumeMounts'];
    return Array.isArray(mounts) ? { ...container, volumeMounts: mounts.filter(isOther) } : container;
  });
}

/** Without times and ids, so that the statuses of replicas are equal. */
function statusOfWell({
  name,
  ready,
  restartCount,
  started,
  image,
  state,
}: ContainerStatus): ContainerStatus {
  const ended = state?.terminated;
  return {
    name,
    ready,
    restartCount,
    ...(started === undefined ? {} : { started }),
    ...(image === undefined ? {} : { image }),
    state: ended
      ? { terminated: { exitCode: ended.exitCode, ...(ended.reason ? { reason: ended.reason } : {}) } }
      : { running: {} },
  };
}
