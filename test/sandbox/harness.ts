import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox } from '../../src/sandbox/index.ts';
import type {
  HostCallRequest,
  Sandbox,
  SandboxLimits,
  ScriptOutcome,
  ScriptRun,
} from '../../src/sandbox/port.ts';
import { KvError } from '../../src/shared/errors.ts';

export const LIMITS: SandboxLimits = {
  memoryBytes: 64 * 1024 * 1024,
  // Far above what the scripts need: active time is wall time, and tests share the machine.
  cpuMs: 8_000,
  wallMs: 15_000,
  maxCalls: 200,
  maxConcurrentCalls: 64,
  maxResultBytesPerCall: 1_000_000,
  maxResultBytesTotal: 2_000_000,
  maxConsoleBytes: 10_000,
};

export const DECLARATIONS = `
interface Pod { name: string; namespace: string; phase: string; restarts?: number }
interface K8s {
  list(params: { kind: string; namespace?: string; labelSelector?: string }): Promise<{ items: Pod[] }>;
  logs(params: { pod: string; tailLines?: number }): Promise<string>;
  delete(params: { kind: string; name: string }): Promise<void>;
}
declare const k8s: K8s;
interface State { get(params: { key: string }): Promise<any>; set(params: { key: string; value: any }): Promise<void> }
declare const state: State;
interface McpGithub { search(params: { query: string }): Promise<any> }
interface Mcp { github: McpGithub }
declare const mcp: Mcp;
`;

export const NAMES = ['k8s.list', 'k8s.logs', 'k8s.delete', 'state.get', 'state.set', 'mcp.github.search'];

export function suggest(name: string): string | undefined {
  return name === 'k8s.listPods' ? "Did you mean k8s.list({ kind: 'Pod', … })?" : undefined;
}

export function newSandbox(poolSize = 2): Sandbox {
  return createSandbox({ declarations: DECLARATIONS, catalogNames: NAMES, poolSize, suggest });
}

/** Answers like a small cluster; `sleep` really sleeps and can be aborted. */
export async function answer(request: HostCallRequest, signal: AbortSignal): Promise<string> {
  const args = JSON.parse(request.args) as Record<string, unknown>;
  switch (request.name) {
    case 'sleep':
      await delay(Number(args.ms), undefined, { signal });
      return 'null';
    case 'k8s.list':
      return JSON.stringify({
        items: [
          { name: 'web-1', phase: 'Running' },
          { name: 'web-2', phase: 'Pending' },
        ],
      });
    case 'k8s.logs':
      throw new KvError('failed', `pod "${args.pod}" not found`, {
        facts: { statusCode: 404, reason: 'NotFound' },
      });
    default:
      return JSON.stringify({ name: request.name, args });
  }
}

/** Runs a script with the harness's limits and answers. */
export function runner(sandbox: Sandbox) {
  return (
    code: string,
    options: Partial<Omit<ScriptRun, 'limits'>> & { limits?: Partial<SandboxLimits> } = {},
  ) =>
    sandbox.run({
      code,
      call: options.call ?? answer,
      signal: options.signal ?? new AbortController().signal,
      clock: options.clock,
      onConsole: options.onConsole,
      limits: { ...LIMITS, ...options.limits },
    });
}

export function resultOf(outcome: ScriptOutcome): unknown {
  if (outcome.error)
    throw new Error(`${outcome.error.name}: ${outcome.error.message}\n${outcome.error.frame ?? ''}`);
  return outcome.result === undefined ? undefined : JSON.parse(outcome.result);
}
