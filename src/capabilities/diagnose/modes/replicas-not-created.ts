import type { KubeObject } from '../../../cluster/types.ts';
import { nearest } from '../../../shared/nearest.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import type { ModeName } from '../mode-table.ts';
import { kubectlName, workloadOf } from '../owners.ts';
import { eventProof, fieldProof } from '../prove.ts';
import { conditionOf } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

/** Pods that are missing because creating them was refused: decided by the owner's FailedCreate event. */
export const replicasNotCreated: Mode = {
  name: 'pods-not-created',
  checks: 'pods that were refused: quota, limits, admission, service account',
  needs: [
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
  ],
  find(world) {
    return ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].flatMap(kind =>
      world.mine(kind).flatMap(owner => {
        const draft = check(world, owner);
        return draft ? [draft] : [];
      }),
    );
  },
};

function check(world: World, owner: KubeObject): Draft | undefined {
  const wanted =
    owner.kind === 'DaemonSet'
      ? (owner.status?.desiredNumberScheduled ?? 1)
      : (owner.spec?.replicas ?? owner.spec?.parallelism ?? 1);
  const have = owner.status?.replicas ?? owner.status?.currentNumberScheduled ?? owner.status?.active ?? 0;
  if (wanted === 0 || have >= wanted || owner.metadata.deletionTimestamp) return undefined;
  if (owner.kind === 'Job' && (conditionOf(owner, 'Complete')?.status === 'True' || owner.status?.succeeded))
    return undefined;
  const events = world.eventsOf(owner, owner.kind);
  const event = events.find(item => item.reason === 'FailedCreate');
  const condition = conditionOf(owner, 'ReplicaFailure');
  const made = events.find(item => item.reason === 'SuccessfulCreate');
  if (!event && condition?.status !== 'True') return undefined;
  if (event && made && made.last > event.last && condition?.status !== 'True') return undefined;
  const message = event?.message ?? condition?.message ?? '';
  const workload = workloadOf(world, owner);
  const { mode, why, fix } = reasonOf(world, owner, message, kubectlName(workload));
  return {
    mode,
    severity: 'critical',
    object: workload,
    workload: refText(workload),
    rootCause: `${refText(workload)} has ${have} of ${wanted} pods because the API server refuses to create ${have === 0 ? 'them' : 'the others'}: ${why}. The ${owner.kind} reports: "${safeQuote(message, [], mode === 'pod-security' ? 120 : 320)}".`,
    evidence: [
      ...(event ? [eventProof(event)] : []),
      ...(condition?.message && condition.message.trim() !== event?.message
        ? [fieldProof(owner, owner.kind, condition.message)]
        : []),
    ],
    remediation: fix,
    ruledOut: ['Scheduling and the program itself: the pods do not exist yet.'],
  };
}

function reasonOf(
  world: World,
  owner: KubeObject,
  message: string,
  target: string,
): { mode: ModeName; why: string; fix: string[] } {
  const ns = owner.metadata.namespace ?? '';
  const edit = `kubectl -n ${ns} edit ${target}`;
  const quota = /exceeded quota: ([^,]+), requested: (.+?), used: (.+?), limited: (.+)$/.exec(message);
  if (quota) {
    return {
      mode: 'quota-exceeded',
      why: `ResourceQuota ${quota[1]} would be exceeded (requested ${quota[2]}, used ${quota[3]}, limited to ${quota[4]})`,
      fix: [
        `kubectl -n ${ns} describe resourcequota ${quota[1]}`,
        `Raise the quota, free what is used, or lower the requests: ${edit}`,
      ],
    };
  }
  const must = /failed quota: ([^:]+): must specify (.+)$/.exec(message);
  if (must) {
    return {
      mode: 'quota-needs-requests',
      why: `ResourceQuota ${must[1]} demands that every container states ${must[2]}, and these do not`,
      fix: [`${edit}   # set ${must[2]}`, `or give the namespace a LimitRange with defaults`],
    };
  }
  if (/violates PodSecurity/.test(message)) {
    const level = /violates PodSecurity "([^"]+)"/.exec(message)?.[1];
    return {
      mode: 'pod-security',
      why: `the Pod Security level "${level}" of namespace ${ns} forbids them; they would have to set ${podSecurityDemands(message)}`,
      fix: [
        `${edit}   # set the securityContext that the message asks for`,
        `or change the label pod-security.kubernetes.io/enforce of namespace ${ns}`,
      ],
    };
  }
  const account =
    /serviceaccount "([^"]+)" not found/i.exec(message)?.[1] ??
    /service account \S*?([\w.-]+) (?:was )?not found/i.exec(message)?.[1];
  if (account) {
    const near = nearest(
      account,
      world.in('ServiceAccount', ns).map(item => item.metadata.name),
      1,
    )[0];
    return {
      mode: 'serviceaccount-missing',
      why: `ServiceAccount ${account} does not exist (not found) in namespace ${ns}${near ? `; the nearest is ${near}` : ''}`,
      fix: [`kubectl -n ${ns} create serviceaccount ${account}`, `or correct serviceAccountName: ${edit}`],
    };
  }
  const webhook = /failed calling webhook "([^"]+)"/.exec(message)?.[1];
  if (webhook) {
    const holder = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
      .flatMap(kind => world.all(kind))
      .find(item => (item['webhooks'] ?? []).some((hook: { name: string }) => hook.name === webhook));
    const service = /https:\/\/([\w-]+)\.([\w-]+)\.svc/.exec(message);
    const failure =
      /service "[^"]+" not found|no endpoints available for service "[^"]+"|connection refused|no such host|x509[^"]*|context deadline exceeded|i\/o timeout/.exec(
        message,
      )?.[0];
    return {
      mode: 'webhook-unreachable',
      why: `the admission webhook ${webhook}${holder ? ` (of ${refText(refOf(holder))})` : ''} cannot be called${failure ? `: ${failure}` : ''}`,
      fix: [
        `Bring the service behind webhook ${webhook} up${service ? `: kubectl -n ${service[2]} get service,endpointslices,pods   # ${service[1]}` : ''}`,
        holder
          ? `If it must not block: kubectl edit ${holder.kind.toLowerCase()} ${holder.metadata.name}   # failurePolicy: Ignore, or remove it when nobody needs it`
          : 'If it must not block, set its failurePolicy to Ignore: kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
      ],
    };
  }
  const denied = /admission webhook "([^"]+)" denied the request:?\s*([\s\S]*)$/.exec(message);
  if (denied) {
    return {
      mode: 'webhook-denied',
      why: `the admission webhook ${denied[1]} denies them: ${(denied[2] ?? '').replace(/\s+/g, ' ').slice(0, 240)}`,
      fix: [`${edit}   # meet what the webhook asks for`],
    };
  }
  const policy = /ValidatingAdmissionPolicy '([^']+)'.*?denied request: (.*)$/.exec(message);
  if (policy) {
    return {
      mode: 'webhook-denied',
      why: `ValidatingAdmissionPolicy ${policy[1]} denies them: ${policy[2]?.slice(0, 200)}`,
      fix: [`${edit}   # meet what the policy asks for`],
    };
  }
  const limit = /(maximum|minimum) (\w+) usage per (\w+) is (\S+?), but (?:limit|request) is ([^\s.,]+)/.exec(
    message,
  );
  if (limit) {
    const range = world.in('LimitRange', ns)[0]?.metadata.name;
    return {
      mode: 'limit-range',
      why: `the LimitRange${range ? ` ${range}` : ''} of namespace ${ns} allows a ${limit[1]} of ${limit[4]} ${limit[2]} per ${limit[3]} and they ask for ${limit[5]}`,
      fix: [
        `${edit}   # keep ${limit[2]} within ${limit[4]}`,
        `or change the LimitRange${range ? `: kubectl -n ${ns} edit limitrange ${range}` : ''}`,
      ],
    };
  }
  const priority = /no PriorityClass with name (\S+) was found/.exec(message)?.[1];
  if (priority)
    return {
      mode: 'priorityclass-missing',
      why: `PriorityClass ${priority} does not exist (not found)`,
      fix: [`Create PriorityClass ${priority}, or correct priorityClassName: ${edit}`],
    };
  const runtime = /RuntimeClass "?([\w.-]+)"? not found/i.exec(message)?.[1];
  if (runtime)
    return {
      mode: 'runtimeclass-missing',
      why: `RuntimeClass ${runtime} does not exist (not found)`,
      fix: [`Create RuntimeClass ${runtime}, or correct runtimeClassName: ${edit}`],
    };
  return { mode: 'pods-not-created', why: 'see the message', fix: [edit] };
}

/** The fields that a PodSecurity message asks for: `allowPrivilegeEscalation=false, runAsNonRoot=true`. */
function podSecurityDemands(message: string): string {
  const asked = [
    ...message.matchAll(/must (?:not )?(?:set|include) (?:securityContext\.)?(.+?)(?:\)(?:,|$)|\), )/g),
  ].map(match => (match[1] ?? '').replace(/^securityContext\./, ''));
  const list =
    asked.length > 0 ? asked.join(', ') : (/": (.+)$/.exec(message)?.[1] ?? 'what the message asks for');
  return list.slice(0, 400);
}
