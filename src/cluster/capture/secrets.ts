import { isRecord } from '../../shared/json.ts';
import type { KubeObject } from '../types.ts';

/** Set on Secrets whose values were left out of a capture. */
export const VALUES_LEFT_OUT = 'kv/secret-values';

/** A Secret with its keys but without its values; the annotation says why they are empty. */
export function withoutValues(secret: KubeObject): KubeObject {
  const blank = (values: unknown) =>
    isRecord(values) ? Object.fromEntries(Object.keys(values).map(key => [key, ''])) : undefined;
  const { stringData, data, ...rest } = secret;
  return {
    ...rest,
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: {
      ...secret.metadata,
      annotations: {
        ...secret.metadata.annotations,
        [VALUES_LEFT_OUT]: 'left out when this snapshot was taken',
      },
    },
    ...(data === undefined ? {} : { data: blank(data) }),
    ...(stringData === undefined ? {} : { stringData: blank(stringData) }),
  };
}
