import type { Mode } from '../types.ts';
import { apiServices } from './api-services.ts';
import { appComplaint } from './app-complaint.ts';
import { appCrash } from './app-crash.ts';
import { autoscaler } from './autoscaler.ts';
import { certificates } from './certificates.ts';
import { configMissing } from './config-missing.ts';
import { daemonNowhere } from './daemon-nowhere.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { endedUnexplained } from './ended-unexplained.ts';
import { exitZero } from './exit-zero.ts';
import { imagePull } from './image-pull.ts';
import { ingress } from './ingress.ts';
import { initWaiting } from './init-waiting.ts';
import { jobs } from './jobs.ts';
import { namespaces } from './namespaces.ts';
import { networkPolicy } from './network-policy.ts';
import { nodes } from './nodes.ts';
import { oomKilled } from './oom-killed.ts';
import { podLifecycle } from './pod-lifecycle.ts';
import { podNotReady } from './pod-not-ready.ts';
import { probes } from './probes.ts';
import { pvcUnbound } from './pvc-unbound.ts';
import { replicasNotCreated } from './replicas-not-created.ts';
import { rollout } from './rollout.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { servicePort } from './service-port.ts';
import { startError } from './start-error.ts';
import { stuckTerminating } from './stuck-terminating.ts';
import { unschedulable } from './unschedulable.ts';
import { workloadShort } from './workload-short.ts';

/** Every failure mode, causes before symptoms: where two findings weigh the same, the earlier mode leads. */
export const MODES: readonly Mode[] = [
  nodes,
  apiServices,
  namespaces,
  replicasNotCreated,
  pvcUnbound,
  configMissing,
  imagePull,
  startError,
  oomKilled,
  appCrash,
  endedUnexplained,
  exitZero,
  initWaiting,
  probes,
  podLifecycle,
  stuckTerminating,
  unschedulable,
  daemonNowhere,
  serviceEndpoints,
  servicePort,
  appComplaint,
  networkPolicy,
  ingress,
  certificates,
  jobs,
  autoscaler,
  disruptionBudget,
  rollout,
  podNotReady,
  workloadShort,
];
