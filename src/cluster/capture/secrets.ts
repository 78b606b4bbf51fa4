import { isRecord } from '../../shared/json.ts';
import { PUBLIC_CERTIFICATE, publicPart } from '../certificate.ts';
import type { KubeObject } from '../types.ts';

/** Set on Secrets whose values were left out of a capture. */
export const VALUES_LEFT_OUT = 'kv/secret-values';

/**
 * A Secret with its keys but without its values; an annotation says why they are empty, another one holds the
 * dates and names of its certificate, which are no secret.
 */
export function withoutValues(secret: KubeObject): KubeObject {
  const blank = (values: unknown) =>
    isRecord(values) ? Object.fromEntries(Object.keys(values).map(key => [key, ''])) : undefined;
  const { stringData, data, ...rest } = secret;
  const certificate = publicPart(secret);
  return {
    ...rest,
    apiVersion: secret.apiVersion,
    kind: secret.kind,
    metadata: {
      ...secret.metadata,
      annotations: {
        ...secret.metadata.annotations,
        [VALUES_LEFT_OUT]: 'left out when this snapshot was taken',
        ...(certificate ? { [PUBLIC_CERTIFICATE]: JSON.stringify(certificate) } : {}),
      },
    },
    ...(data === undefined ? {} : { data: blank(data) }),
    ...(stringData === undefined ? {} : { stringData: blank(stringData) }),
  };
}
