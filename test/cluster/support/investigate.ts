import type { Report } from '../../../src/agent/report.ts';
import { plane } from './plane.ts';
import { type RunKvOptions, runKv } from './run-kv.ts';

/** What `--output json` prints. */
export interface Investigation {
  session: string;
  status: string;
  report: Report | null;
  answer: string | null;
  calls: Array<{ name: string; ok: boolean }>;
  denied: unknown[];
  durationMs: number;
}

/** `kv investigate` as a script would run it: no terminal, the offline model, JSON on stdout. */
export async function investigate(
  question: string,
  namespace: string,
  options: Partial<RunKvOptions> = {},
): Promise<Investigation & { code: number; stderr: string }> {
  const args = ['investigate', question, '-n', namespace, '--model', 'offline', '--output', 'json'];
  const { code, stdout, stderr } = await runKv(args, { kubeconfig: plane().users.admin, ...options });
  if (stdout.trim() === '') throw new Error(`kv printed nothing and exited with ${code}: ${stderr}`);
  return { ...(JSON.parse(stdout) as Investigation), code, stderr };
}
