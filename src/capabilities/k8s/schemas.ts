import { z } from 'zod';
import { brief, rare } from '../brief.ts';

export const kindParam = brief(
  z.string().min(1).describe('kind, plural or short name of anything served, CRDs too'),
  '',
);

export const namespaceParam = brief(
  z.string().min(1).optional().describe('default: that of the session'),
  '',
);

export const anyNamespaceParam = brief(
  z.string().min(1).optional().describe("'*' = all; default: that of the session"),
  '',
);

/** An API object as scripts see it: any kind, so everything beyond the metadata is open. */
export const kubeObject = z
  .looseObject({
    apiVersion: rare(z.string().optional()),
    kind: rare(z.string().optional()),
    metadata: z.looseObject({
      name: z.string(),
      namespace: z.string().optional(),
      labels: z.record(z.string(), z.string()).optional(),
      annotations: rare(z.record(z.string(), z.string()).optional()),
      creationTimestamp: rare(z.string().optional()),
    }),
    spec: z.any().optional(),
    status: z.any().optional(),
  })
  .meta({ id: 'KubeObject' });

/** What every write answers: small on purpose, the object itself is one `k8s.get` away. */
export const changeResult = z
  .object({
    kind: z.string(),
    name: z.string(),
    namespace: z.string().optional(),
    changed: z.boolean().describe('false when the object already was as asked'),
    generation: z.number().optional(),
  })
  .meta({ id: 'ChangeResult' });

export type ChangeResult = z.output<typeof changeResult>;
