import type { KubeObject } from '../../cluster/types.ts';
import { fieldProof } from './prove.ts';
import { quantity } from './quantity.ts';
import type { Container } from './shapes.ts';
import type { Proof } from './types.ts';

/** No program starts in less. */
const LEAST_BYTES = 64 * 1024;

/**
 * A memory limit that was written in another unit than meant: `256m` is 256 thousandths of a byte
 * (kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity), and `256` is 256 bytes.
 */
export function tinyMemory(pod: KubeObject): { text: string; fix: string; proof: Proof } | undefined {
  for (const container of (pod.spec?.containers ?? []) as Container[]) {
    const limit = container.resources?.limits?.['memory'];
    if (limit === undefined || !(quantity(limit) < LEAST_BYTES)) continue;
    const number = /^\d+/.exec(String(limit))?.[0] ?? '256';
    return {
      text: `The memory limit of container ${container.name} is ${limit}, ${/m$/.test(String(limit)) ? 'which is thousandths of a byte' : 'which is bytes'}: ${number}Mi was probably meant, and in so little nothing can be set up`,
      fix: `# write the memory limit of container ${container.name} as ${number}Mi, not ${limit}`,
      proof: fieldProof(pod, 'Pod', limit, 'memory'),
    };
  }
  return undefined;
}
