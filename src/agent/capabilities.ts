import type { AnyCapability } from '../capabilities/define.ts';
import { diagnoseCapabilities } from '../capabilities/diagnose/index.ts';
import { helmCapabilities } from '../capabilities/helm/index.ts';
import { k8sCapabilities } from '../capabilities/k8s/index.ts';
import { sleepCapability } from '../capabilities/sleep.ts';
import { stateCapabilities } from '../capabilities/state/index.ts';
import { traceCapabilities } from '../capabilities/trace/index.ts';

/** Every capability that kv itself brings; `tools.*` is added by the catalog. */
export function allCapabilities(): AnyCapability[] {
  return [
    ...k8sCapabilities,
    ...diagnoseCapabilities,
    ...helmCapabilities,
    ...traceCapabilities,
    ...stateCapabilities,
    sleepCapability,
  ];
}

/** Those that a session can answer with what it has open. */
export function capabilitiesFor(has: { cluster: boolean; trace: boolean }): AnyCapability[] {
  return allCapabilities().filter(({ name }) => {
    const family = name.split('.')[0]!;
    if (family === 'trace') return has.trace;
    return has.cluster || !['k8s', 'diagnose', 'helm'].includes(family);
  });
}
