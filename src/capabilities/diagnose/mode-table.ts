/** One kind of failure: what it is, what decides it, and the Kubernetes field or event in which that stands. */
interface ModeRow {
  what: string;
  decidedBy: string;
  where: string;
}

const row = (what: string, decidedBy: string, where: string): ModeRow => ({ what, decidedBy, where });

/**
 * Every mode that a finding can carry, in the order of the README's table, which is made from this one
 * (`test/diagnose/table.test.ts` compares them).
 */
export const MODE_TABLE = {
  'oom-killed': row(
    'killed at its memory limit',
    'the reason OOMKilled; the limit is named',
    '`pod.status.containerStatuses[].lastState.terminated.reason`',
  ),
  'liveness-probe': row(
    'killed by the kubelet for a failed liveness probe, whatever the exit code',
    'the kubelet says that it killed the container for the probe, or the probe fails and nothing else ended it',
    'events `Killing`, `Unhealthy`; `spec.containers[].livenessProbe`',
  ),
  'startup-probe': row(
    'killed before it was up, or not up yet and failing its startup probe',
    'the failed startup probe, with the time that it allows',
    'events `Killing`, `Unhealthy`; `startupProbe`, `containerStatuses[].started`',
  ),
  'readiness-probe': row(
    'runs, and gets no traffic',
    'a running container that is not ready, and what its probe was answered; the real port from its log or its ports',
    'event `Unhealthy`; `containerStatuses[].ready`, `readinessProbe`',
  ),
  'app-crash': row(
    'ends by itself with an error',
    'the exit code and the last telling lines of the ended container, held against the objects they name',
    '`lastState.terminated.exitCode`; the previous log',
  ),
  'exit-zero': row(
    'ends well where it should stay',
    'exit code 0 under restartPolicy Always, and no probe that killed it',
    '`lastState.terminated.exitCode`, `spec.restartPolicy`',
  ),
  'ended-unexplained': row(
    'ended again and again, and what would say by whom is gone',
    'SIGKILL or SIGTERM without OOMKilled, or a probe that may have ended it, and no events left',
    '`lastState.terminated`; the absence of pod events',
  ),
  'start-error': row(
    'the command is missing, not executable, or of the wrong format',
    'the runtime’s message, or exit code 126 or 127',
    '`terminated.reason` `StartError`, `terminated.message`, `waiting.reason` `RunContainerError`',
  ),
  'image-pull': row(
    'image not found, unauthorized, rate-limited, invalid, never to be pulled, registry unreachable or without TLS',
    'the registry’s answer as the kubelet reports it',
    '`waiting.reason` `ErrImagePull`, `ImagePullBackOff`, `InvalidImageName`, `ErrImageNeverPull`; event `Failed`',
  ),
  'config-missing': row(
    'a ConfigMap, a Secret or a key in them is missing',
    'what the kubelet misses; the nearest existing name or key is named',
    '`waiting.reason` `CreateContainerConfigError`; event `FailedMount`',
  ),
  'run-as-non-root': row(
    'the image runs as root, which the pod forbids',
    'the kubelet’s refusal',
    '`waiting.message`; `securityContext.runAsNonRoot`',
  ),
  'init-waiting': row(
    'an init container waits for something that does not come',
    'it still runs, and its log names what it waits for',
    '`initContainerStatuses[].state.running`; its log',
  ),
  'app-complaint': row(
    'runs, and says that it cannot do its work',
    'the last lines of its log, borne out by the objects that they name',
    'the current log; Services, NetworkPolicies, Roles',
  ),
  'pod-not-ready': row(
    'not ready for another reason, such as a readiness gate',
    'the condition that is not true',
    '`status.conditions[]`, `spec.readinessGates`',
  ),
  'workload-short': row(
    'fewer pods than wanted, and nothing says why',
    'the counts, and no event or condition that explains them',
    '`status.replicas`, `status.currentNumberScheduled`',
  ),
  'sandbox-failed': row(
    'the pod’s sandbox or network cannot be set up',
    'the kubelet’s message',
    'events `FailedCreatePodSandBox`, `NetworkNotReady`',
  ),
  'volume-mount-failed': row(
    'a volume cannot be attached or mounted, Multi-Attach among it',
    'the message; for Multi-Attach, the pods that hold the volume',
    'events `FailedMount`, `FailedAttachVolume`, `FailedMapVolume`',
  ),
  'pod-evicted': row(
    'evicted: node pressure, a full emptyDir, a shutdown',
    'the reason and the message that the kubelet left',
    '`status.reason` `Evicted`, `status.message`',
  ),
  'stuck-terminating': row(
    'deleted, and still there',
    'a deletion that is overdue, and the finalizer, user or node that holds it up',
    '`metadata.deletionTimestamp`, `metadata.finalizers`',
  ),
  'namespace-terminating': row(
    'a namespace that does not go',
    'what its conditions say is left, and the APIService that cannot be asked',
    '`namespace.status.conditions[]`',
  ),
  'api-service-down': row(
    'an aggregated API that does not answer',
    'its condition',
    '`apiservice.status.conditions[type=Available]`',
  ),
  'unschedulable-resources': row(
    'no node has enough CPU, memory, GPUs or places for pods',
    'requests against what nodes have, the largest node named; who preempted it, where somebody did',
    '`status.conditions[type=PodScheduled].message`; `node.status.allocatable`; event `Preempted`',
  ),
  'unschedulable-node-labels': row(
    'node selector or node affinity that no node meets',
    'the labels that are missing',
    '`spec.nodeSelector`, `spec.affinity.nodeAffinity`; `node.metadata.labels`',
  ),
  'unschedulable-taint': row(
    'taints that the pod does not tolerate',
    'the taint and the nodes that have it',
    '`node.spec.taints`, `spec.tolerations`',
  ),
  'unschedulable-cordoned': row(
    'the nodes that fit are cordoned',
    'their names',
    '`node.spec.unschedulable`',
  ),
  'unschedulable-anti-affinity': row(
    'a pod that it must not be beside is on every node',
    'the term that cannot be met',
    '`spec.affinity.podAntiAffinity`',
  ),
  'unschedulable-pod-affinity': row(
    'a pod that it must be beside is nowhere',
    'the term that cannot be met',
    '`spec.affinity.podAffinity`',
  ),
  'unschedulable-topology-spread': row(
    'a spread that cannot be kept',
    'the constraint, and nodes without its label',
    '`spec.topologySpreadConstraints`',
  ),
  'unschedulable-host-port': row(
    'its host port is taken',
    'the port',
    '`spec.containers[].ports[].hostPort`',
  ),
  'unschedulable-volume': row(
    'its claim is not bound',
    'the claim, whose own finding says why',
    '`spec.volumes[].persistentVolumeClaim`',
  ),
  'unschedulable-volume-affinity': row(
    'its volume can be used in another zone only',
    'the zone that the volume requires',
    '`persistentvolume.spec.nodeAffinity`',
  ),
  'unschedulable-gated': row('a scheduling gate is closed', 'the gate', '`spec.schedulingGates`'),
  'unschedulable-no-scheduler': row(
    'nobody runs the scheduler that it names',
    'no PodScheduled condition at all',
    '`spec.schedulerName`',
  ),
  unschedulable: row('any other refusal of the scheduler', 'its message', 'event `FailedScheduling`'),
  'pvc-missing': row(
    'the claim that it uses does not exist',
    'the scheduler’s message; the nearest claim',
    '`persistentVolumeClaim.claimName`',
  ),
  'pvc-storageclass-missing': row(
    'the StorageClass does not exist',
    'its name; the classes that exist are named',
    '`pvc.spec.storageClassName`; event `ProvisioningFailed`',
  ),
  'pvc-no-volume': row(
    'no PersistentVolume matches',
    'why each near match does not match',
    'event `FailedBinding`; size, access modes, class, selector',
  ),
  'pvc-provisioning': row(
    'the provisioner creates no volume',
    'what it says, or that it says nothing',
    'events `ProvisioningFailed`, `ExternalProvisioning`; `storageclass.provisioner`',
  ),
  'pvc-lost': row('the volume behind a claim is gone', 'the phase', '`pvc.status.phase` `Lost`'),
  'quota-exceeded': row(
    'a ResourceQuota is used up',
    'requested, used and limit',
    'event `FailedCreate`, condition `ReplicaFailure`',
  ),
  'quota-needs-requests': row(
    'a ResourceQuota demands requests or limits that are not stated',
    'the fields that it asks for',
    'event `FailedCreate`',
  ),
  'limit-range': row(
    'outside of a LimitRange',
    'the bound and the value',
    'event `FailedCreate`; `limitrange.spec`',
  ),
  'pod-security': row(
    'Pod Security forbids the pods',
    'the level and the fields that it asks for',
    'event `FailedCreate`; label `pod-security.kubernetes.io/enforce`',
  ),
  'webhook-denied': row(
    'an admission webhook or policy denies the pods',
    'its name and its message',
    'event `FailedCreate`',
  ),
  'webhook-unreachable': row(
    'an admission webhook cannot be called',
    'its name, its configuration and the failure',
    'event `FailedCreate`; `webhooks[].clientConfig`',
  ),
  'serviceaccount-missing': row(
    'the ServiceAccount does not exist',
    'its name; the nearest',
    'event `FailedCreate`; `spec.serviceAccountName`',
  ),
  'priorityclass-missing': row(
    'the PriorityClass does not exist',
    'its name',
    'event `FailedCreate`; `spec.priorityClassName`',
  ),
  'runtimeclass-missing': row(
    'the RuntimeClass does not exist',
    'its name',
    'event `FailedCreate`; `spec.runtimeClassName`',
  ),
  'pods-not-created': row('pods refused for another reason', 'the message', 'event `FailedCreate`'),
  'service-no-endpoints': row(
    'a Service that selects no pod',
    'its selector against the labels of the pods, key by key',
    '`service.spec.selector`, `pod.metadata.labels`',
  ),
  'service-no-ready-pods': row(
    'a Service whose pods are all unready',
    'the pods, whose own finding says why',
    '`pod.status.conditions[type=Ready]`',
  ),
  'service-wrong-port': row(
    'targetPort, by number or by name, that no container offers',
    'the ports declared, and the ports on which the log says that it listens',
    '`service.spec.ports[].targetPort`, `containers[].ports`; the log',
  ),
  'network-policy': row(
    'NetworkPolicies that let nobody in',
    'the union of the rules that isolate the pods, against the pods that exist',
    '`networkpolicy.spec`',
  ),
  'ingress-backend-missing': row(
    'the backend Service does not exist',
    'its name; the nearest',
    '`ingress.spec.rules[].http.paths[].backend`',
  ),
  'ingress-wrong-port': row(
    'the backend Service has no such port',
    'the ports that it has',
    '`backend.service.port`, `service.spec.ports`',
  ),
  'ingress-backend-down': row(
    'the backend Service has no ready pod',
    'the Service, whose own finding says why',
    '`backend.service.name`',
  ),
  'ingress-class': row(
    'the IngressClass does not exist',
    'its name; the classes that exist',
    '`ingress.spec.ingressClassName`',
  ),
  'ingress-tls-secret': row(
    'the TLS Secret does not exist',
    'its name; the nearest',
    '`ingress.spec.tls[].secretName`',
  ),
  'certificate-expired': row(
    'a certificate in use has expired or is not valid yet',
    'its dates; only the public part is read',
    '`secret.data["tls.crt"]`, notBefore and notAfter',
  ),
  'certificate-mismatch': row(
    'a certificate does not name the host that it is used for',
    'the names that it carries',
    '`secret.data["tls.crt"]`, subjectAltName; `ingress.spec.tls[].hosts`',
  ),
  'rollout-stalled': row(
    'a rollout that does not finish',
    'the condition, and what the newest ReplicaSet changes against the one before',
    '`deployment.status.conditions[reason=ProgressDeadlineExceeded]`; `replicaset.spec.template`',
  ),
  'rollout-not-ready': row(
    'a first rollout whose pods do not become ready',
    'the same condition, with nothing to go back to',
    '`deployment.status.conditions[reason=ProgressDeadlineExceeded]`',
  ),
  'rollout-paused': row(
    'a paused rollout',
    'the field, and replicas without the current template',
    '`deployment.spec.paused`',
  ),
  'scaled-to-zero': row(
    'switched off',
    'the field; who did it on purpose, where a label says so',
    '`spec.replicas` 0',
  ),
  'hpa-inactive': row(
    'an autoscaler without requests, metrics or target',
    'its conditions',
    '`hpa.status.conditions[type=ScalingActive]`, `[type=AbleToScale]`',
  ),
  'hpa-at-limit': row(
    'an autoscaler at its limit',
    'its condition',
    '`hpa.status.conditions[type=ScalingLimited]` `TooManyReplicas`; `hpa.spec.maxReplicas`',
  ),
  'disruption-budget': row(
    'a budget that allows no eviction',
    'no disruption allowed, with the counts',
    '`pdb.status.disruptionsAllowed`',
  ),
  'job-failed': row(
    'a Job that gave up',
    'its condition and how its last pod ended',
    '`job.status.conditions[type=Failed]` `BackoffLimitExceeded`, `DeadlineExceeded`',
  ),
  'job-suspended': row('a suspended Job', 'the field', '`job.spec.suspend`'),
  'cronjob-suspended': row('a suspended CronJob', 'the field', '`cronjob.spec.suspend`'),
  'cronjob-not-running': row(
    'a CronJob that starts no Job: missed times, forbidden concurrency, a zone or a date that does not exist',
    'the controller’s event, or the schedule itself',
    'events `JobAlreadyActive`, `FailedNeedsStart`, `UnknownTimeZone`; `cronjob.spec`',
  ),
  'node-not-ready': row('a node that is not ready', 'its condition', '`node.status.conditions[type=Ready]`'),
  'node-pressure': row(
    'a node short of memory, disk or processes, or without network',
    'its condition',
    '`node.status.conditions[type=MemoryPressure]` and the like',
  ),
  'node-cordoned': row('a cordoned node', 'the field', '`node.spec.unschedulable`'),
} as const satisfies Record<string, ModeRow>;

export type ModeName = keyof typeof MODE_TABLE;
