import type { Output, RunOptions } from '../run.ts';
import { run } from '../run.ts';

/** The real kubectl, as one user of the plane. */
export type Kubectl = (args: string[], options?: RunOptions) => Promise<Output>;

export function kubectlFor(binary: string, kubeconfig: string, home: string): Kubectl {
  return (args, options) =>
    run(binary, args, { ...options, env: { KUBECONFIG: kubeconfig, HOME: home, ...options?.env } });
}

/** Runs kubectl and fails with what it said unless it succeeds. */
export async function succeed(kubectl: Kubectl, args: string[], options?: RunOptions): Promise<string> {
  const output = await kubectl(args, options);
  if (output.code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${output.stderr.trim()}`);
  return output.stdout;
}

/** `kubectl apply -f -` of JSON objects. */
export async function apply(kubectl: Kubectl, objects: object[], ...args: string[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await succeed(kubectl, ['apply', '-f', '-', ...args], { input: JSON.stringify(list) });
}

/** `kubectl get … -o json`, parsed. */
export async function getJson<T>(kubectl: Kubectl, ...args: string[]): Promise<T> {
  return JSON.parse(await succeed(kubectl, ['get', ...args, '-o', 'json'])) as T;
}
