import { isRecord } from '../../../shared/json.ts';
import type { TransportResponse } from '../../transport.ts';
import type { Served } from '../catalogue.ts';
import { customKind } from '../kinds.ts';
import { methodNotAllowed } from '../status.ts';
import { jsonAnswer } from './answer.ts';

/** Questions about the caller's own rights; they are created, answered and not kept. */
export const REVIEWS: readonly Served[] = [
  review('authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
];

function review(group: string, kind: string, plural: string): Served {
  const resource = customKind({ group, version: 'v1', kind, plural, namespaced: false });
  return { ...resource, verbs: ['create'], versions: ['v1'], hasStatus: false, custom: false, files: [] };
}

/** Who opens a snapshot may do everything with it: nothing leaves the process. */
export function reviewAnswer(served: Served, method: string, body: unknown): TransportResponse {
  if (method !== 'POST') throw methodNotAllowed();
  const sent = isRecord(body) ? body : {};
  return jsonAnswer(
    {
      kind: served.kind,
      apiVersion: `${served.group}/v1`,
      metadata: { creationTimestamp: null },
      spec: sent['spec'],
      status: STATUS[served.kind],
    },
    201,
  );
}

const STATUS: Record<string, unknown> = {
  SelfSubjectAccessReview: { allowed: true, reason: 'changes to a snapshot stay in memory' },
  SelfSubjectRulesReview: {
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  },
  SelfSubjectReview: { userInfo: { username: 'snapshot', groups: ['system:masters'] } },
};
