const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES: Record<string, number> = { alpha: 0, beta: 1 };

/**
 * Sorts versions as Kubernetes prefers them: v2, v1, v1beta2, v1beta1, v1alpha1, then everything else by name
 * (k8s.io/apimachinery/pkg/version, CompareKubeAwareVersionStrings).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? 0 : right[at]! - left[at]!;
}

function rankOf(version: string): number[] | undefined {
  const parsed = VERSION.exec(version);
  if (!parsed) return undefined;
  const [, major, stage, minor = '0'] = parsed;
  return [stage ? STAGES[stage]! : 2, Number(major), Number(minor)];
}
