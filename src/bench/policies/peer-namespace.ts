import type { Policy } from '../policy.ts';
import { report } from './answers.ts';
import { isFailing, peerCalls, peerFacts, peerPods } from './peer-pods.ts';
import { steps } from './steps.ts';

/** Health of one namespace without an analyzer: its pods and events, then every failing pod with its log. */
export function peerNamespace(namespace: string): Policy['peers'] {
  return {
    'kubernetes-mcp-server': steps(
      () => [
        { name: 'pods_list_in_namespace', input: { namespace } },
        { name: 'events_list', input: { namespace } },
        { name: 'resources_list', input: { apiVersion: 'apps/v1', kind: 'Deployment', namespace } },
      ],
      ([[pods = ''] = []]) => peerPods(pods).filter(isFailing).flatMap(peerCalls),
      ([[pods = ''] = [], answers = []]) => {
        const rest = [...answers];
        const failing = peerPods(pods)
          .filter(isFailing)
          .map(pod => {
            const [facts, log] = peerCalls(pod).map(() => rest.shift() ?? '');
            return { ...pod, ...peerFacts(facts ?? ''), line: log?.trim().split('\n').at(-1) };
          });
        if (failing.length === 0)
          return report({ verdict: 'healthy', rootCause: `All pods of ${namespace} are ready.` });
        const causes = failing.map(
          pod =>
            `${pod.name}: ${pod.lastExit ?? pod.status}, ${pod.restarts} restarts, memory limit ${pod.memoryLimit ?? 'none'}`,
        );
        return report({
          rootCause: `${failing.length} pods of ${namespace} fail: ${causes.join('; ')}.`,
          affected: failing.map(pod => `Pod ${namespace}/${pod.name}`),
          evidence: failing.flatMap(pod =>
            pod.line ? [[pod.line, `pods_log ${namespace}/${pod.name}`] as [string, string]] : [],
          ),
          remediation: ['Raise the memory limit, or load less at once.'],
        });
      },
    ),
  };
}
