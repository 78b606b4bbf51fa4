import type { Difference } from './compare.ts';

/** Fields that no API server or built-in controller fills in by itself: when they are there, somebody put them there. */
const BY_HAND = [
  /\.(initContainers|containers)\[[^\]]*\]$/,
  /\.(env|envFrom|volumes|volumeMounts|imagePullSecrets)(\[[^\]]*\])?$/,
  /\.(command|args|lifecycle|livenessProbe|readinessProbe|startupProbe)$/,
  /\.resources(\.(limits|requests))?(\.[\w-]+|\['[^']+'\])?$/,
  /\.(nodeSelector|affinity|tolerations|topologySpreadConstraints|priorityClassName|hostAliases)$/,
  /\.(hostNetwork|hostPID|hostIPC|privileged|paused|suspend|runAsUser|runAsNonRoot)$/,
  /^\.(data|stringData|binaryData)(\.|\[).*$/,
  /^\.spec\.(selector|ports\[[^\]]*\]|rules|tls|minReplicas|loadBalancerSourceRanges)$/,
  /^\.(rules|subjects)$/,
];

/** Added by admission (service account tokens) or by meshes and agents on purpose, not by hand. */
const INJECTED = [/\[kube-api-access-[^\]]*\]$/, /\[\/var\/run\/secrets\/kubernetes\.io\/serviceaccount\]$/];

/** Whether something that the chart did not render tells of a change by hand. */
export function isWorthTelling({ path }: Difference): boolean {
  return BY_HAND.some(pattern => pattern.test(path)) && !INJECTED.some(pattern => pattern.test(path));
}
