import type { AnyCapability } from '../define.ts';
import { apply } from './apply.ts';
import { apiResources, can, version } from './discovery.ts';
import { cordon, drain, uncordon } from './drain.ts';
import { events } from './events.ts';
import { exec } from './exec.ts';
import { explainLogs } from './explain-logs.ts';
import { get } from './get.ts';
import { grepLogs } from './grep-logs.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { annotate, label, patch } from './patch.ts';
import { pods } from './pods.ts';
import { children, owners } from './relations.ts';
import { evict, remove } from './remove.ts';
import { rolloutHistory, rolloutStatus } from './rollout.ts';
import { top } from './top.ts';
import { wait } from './wait.ts';
import { restart, scale, setImage } from './workload-writes.ts';

/** The `k8s.*` family, reads first, in the order in which a model meets it. */
export const k8sCapabilities = [
  pods,
  list,
  get,
  logs,
  grepLogs,
  explainLogs,
  events,
  top,
  owners,
  children,
  wait,
  rolloutStatus,
  rolloutHistory,
  can,
  apiResources,
  version,
  apply,
  patch,
  scale,
  restart,
  setImage,
  label,
  annotate,
  remove,
  evict,
  cordon,
  uncordon,
  drain,
  exec,
] as unknown as AnyCapability[];
