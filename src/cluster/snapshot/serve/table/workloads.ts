import type { KubeObject } from '../../../types.ts';
import { containerImages, containerNames, humanDuration, orNone, selectorText, since } from './cells.ts';
import { AGE, type Column, NAME, text, whole, wide } from './columns.ts';

const template = (object: KubeObject) => object.spec?.template;
const CONTAINERS = wide('Containers', object => containerNames(template(object)));
const IMAGES = wide('Images', object => containerImages(template(object)));
const SELECTOR = wide('Selector', object => selectorText(object.spec?.selector));
const ready = (object: KubeObject) => `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`;
const job = (cronJob: KubeObject) => cronJob.spec?.jobTemplate?.spec?.template;

/** Columns of workload kinds, as kubernetes/pkg/printers/internalversion/printers.go prints them. */
export const WORKLOAD_COLUMNS: Record<string, readonly Column[]> = {
  'deployments.apps': [
    NAME,
    text('Ready', ready),
    whole('Up-to-date', object => object.status?.updatedReplicas),
    whole('Available', object => object.status?.availableReplicas),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'replicasets.apps': [
    NAME,
    whole('Desired', object => object.spec?.replicas),
    whole('Current', object => object.status?.replicas),
    whole('Ready', object => object.status?.readyReplicas),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'statefulsets.apps': [NAME, text('Ready', ready), AGE, CONTAINERS, IMAGES],
  'daemonsets.apps': [
    NAME,
    whole('Desired', object => object.status?.desiredNumberScheduled),
    whole('Current', object => object.status?.currentNumberScheduled),
    whole('Ready', object => object.status?.numberReady),
    whole('Up-to-date', object => object.status?.updatedNumberScheduled),
    whole('Available', object => object.status?.numberAvailable),
    text('Node Selector', object => selectorText({ matchLabels: object.spec?.template?.spec?.nodeSelector })),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'jobs.batch': [
    NAME,
    text('Status', jobStatus),
    text('Completions', object => {
      const wanted = object.spec?.completions ?? (object.spec?.parallelism > 1 ? undefined : 1);
      const done = object.status?.succeeded ?? 0;
      return wanted === undefined ? `${done}/1 of ${object.spec?.parallelism}` : `${done}/${wanted}`;
    }),
    text('Duration', (object, now) => {
      const { startTime, completionTime } = object.status ?? {};
      if (!startTime) return '';
      return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
    }),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'cronjobs.batch': [
    NAME,
    text('Schedule', object => String(object.spec?.schedule ?? '')),
    text('Timezone', object => orNone(object.spec?.timeZone)),
    text('Suspend', object => (object.spec?.suspend ? 'True' : 'False')),
    whole('Active', object => object.status?.active?.length),
    text('Last Schedule', (object, now) =>
      object.status?.lastScheduleTime ? since(object.status.lastScheduleTime, now) : '<none>',
    ),
    AGE,
    wide('Containers', object => containerNames(job(object))),
    wide('Images', object => containerImages(job(object))),
    wide('Selector', object => selectorText(object.spec?.jobTemplate?.spec?.selector)),
  ],
  'horizontalpodautoscalers.autoscaling': [
    NAME,
    text('Reference', object => `${object.spec?.scaleTargetRef?.kind}/${object.spec?.scaleTargetRef?.name}`),
    text('Targets', hpaTargets),
    text('MinPods', object => orNone(object.spec?.minReplicas)),
    whole('MaxPods', object => object.spec?.maxReplicas),
    whole('Replicas', object => object.status?.currentReplicas),
    AGE,
  ],
  'poddisruptionbudgets.policy': [
    NAME,
    text('Min Available', object => String(object.spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', object => String(object.spec?.maxUnavailable ?? 'N/A')),
    whole('Allowed Disruptions', object => object.status?.disruptionsAllowed),
    AGE,
  ],
};

function jobStatus(object: KubeObject): string {
  const conditions: Array<{ type: string; status: string }> = object.status?.conditions ?? [];
  const is = (type: string) => conditions.some(item => item.type === type && item.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp) return 'Terminating';
  if (is('Suspended')) return 'Suspended';
  if (is('FailureTarget')) return 'FailureTarget';
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

interface Metric {
  type: string;
  resource?: { name: string; target?: Target; current?: Target };
}

interface Target {
  averageUtilization?: number;
  averageValue?: string;
  value?: string;
}

function hpaTargets(object: KubeObject): string {
  const specs: Metric[] = object.spec?.metrics ?? [];
  const current: Metric[] = object.status?.currentMetrics ?? [];
  const parts = specs.map((metric, index) => {
    const { name = metric.type.toLowerCase(), target } = metric.resource ?? {};
    const now = current[index]?.resource?.current;
    const percent = target?.averageUtilization !== undefined;
    const wanted = percent ? `${target.averageUtilization}%` : (target?.averageValue ?? target?.value ?? '?');
    const found = percent ? now?.averageUtilization : (now?.averageValue ?? now?.value);
    const have = found === undefined ? '<unknown>' : percent ? `${found}%` : String(found);
    return `${name}: ${have}/${wanted}`;
  });
  return parts.length === 0 ? '<none>' : parts.join(', ');
}
