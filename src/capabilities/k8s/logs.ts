import { z } from 'zod';
import { compileMatcher } from '../../cluster/index.ts';
import { allContainerStatuses } from '../../cluster/pod-status.ts';
import type { KubeObject } from '../../cluster/types.ts';
import { brief, rare } from '../brief.ts';
import { type CapabilityContext, defineCapability } from '../define.ts';
import { chooseContainer } from './container.ts';
import { podToRead, unreadable } from './log-pod.ts';
import { namespaceParam } from './schemas.ts';

/** What is read of one container's log when a pattern is searched in it, in bytes. */
const GREP_BYTES = 50_000_000;
const GREP_LINES = 200;

export const logs = defineCapability({
  name: 'k8s.logs',
  effect: 'read',
  summary: 'Log lines of one container, the newest at the end',
  brief: 'newest last; of the failing container; after a crash read previous: true too',
  details:
    "pod may be a workload: 'deployment/checkout' reads its worst pod. Without container the failing one is read. " +
    'After a crash, previous: true reads the run before the last restart. For many pods use k8s.grepLogs',
  params: z.object({
    pod: brief(z.string().min(1).describe("pod name, or 'deployment/checkout'"), "or 'deployment/checkout'"),
    namespace: namespaceParam,
    container: z.string().optional(),
    previous: z.boolean().default(false),
    tailLines: brief(z.int().min(1).max(1_000_000).optional().describe('last lines; default 200'), ''),
    sinceSeconds: rare(z.int().min(1).optional()),
    grep: brief(
      z
        .string()
        .min(1)
        .optional()
        .describe('keep lines that match this RE2 pattern; searches the whole log unless tailLines is set'),
      'RE2',
    ),
    timestamps: rare(z.boolean().default(false).describe('RFC 3339 time before each line')),
  }),
  result: z.object({
    pod: z.string(),
    container: z.string(),
    previous: rare(z.boolean()),
    lines: z.array(z.string()),
    truncated: rare(z.boolean().describe('older lines exist')),
    note: brief(z.string().optional().describe('what was chosen, or why there is nothing'), ''),
  }),
  examples: [
    {
      title: 'last lines of a crashing pod',
      code: "const { lines } = await k8s.logs({ pod: 'deployment/checkout', namespace: 'shop', tailLines: 50 });",
    },
    {
      title: 'errors of the run before the restart',
      code: "return await k8s.logs({ pod: 'web-0', namespace: 'shop', previous: true, grep: 'ERROR|FATAL' })",
    },
  ],
  run: async (context, params) => {
    const namespace = params.namespace ?? context.namespace;
    const { pod, note: chosen } = await podToRead(context, params.pod, namespace);
    const container = chooseContainer(pod, params.container);
    const read = await readLines(context, pod, container, params);
    const notes = [chosen];
    if (!params.container && (pod.spec?.containers?.length ?? 0) > 1)
      notes.push(`read container ${container}`);
    notes.push(read.note, read.lines.length === 0 ? emptyNote(pod, container, params) : undefined);
    return {
      pod: pod.metadata.name,
      container,
      previous: params.previous,
      lines: read.lines,
      truncated: read.truncated,
      note: notes.filter(Boolean).join('; ') || undefined,
    };
  },
});

interface ReadOptions {
  previous: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  grep?: string;
  timestamps: boolean;
}

async function readLines(
  context: CapabilityContext,
  pod: KubeObject,
  container: string,
  options: ReadOptions,
): Promise<{ lines: string[]; truncated: boolean; note?: string }> {
  const wanted = options.tailLines ?? 200;
  const matcher = options.grep === undefined ? undefined : await compileMatcher(options.grep, false);
  const searched = matcher !== undefined && options.tailLines === undefined;
  const lines: string[] = [];
  let seen = 0;
  let dropped = false;
  try {
    const stream = context.cluster.logs(
      {
        namespace: pod.metadata.namespace ?? context.namespace,
        pod: pod.metadata.name,
        container,
        previous: options.previous,
        sinceSeconds: options.sinceSeconds,
        // One line more than asked shows whether older ones exist.
        tailLines: searched ? undefined : wanted + 1,
        limitBytes: searched ? GREP_BYTES : undefined,
      },
      context.signal,
    );
    for await (const line of stream) {
      seen += 1;
      // Searched as the script sees it: what is hidden must not be found out by patterns.
      if (matcher && !matcher.test(context.redact(line.text))) continue;
      lines.push(options.timestamps && line.time ? `${line.time} ${line.text}` : line.text);
      if (searched && lines.length > GREP_LINES * 2) {
        lines.splice(0, lines.length - GREP_LINES);
        dropped = true;
      }
    }
  } catch (error) {
    return { lines: [], truncated: false, note: unreadable(error) };
  }
  const cut = searched ? lines.length > GREP_LINES : !matcher && lines.length > wanted;
  if (cut) lines.splice(0, lines.length - (searched ? GREP_LINES : wanted));
  return { lines, truncated: dropped || cut || (matcher !== undefined && !searched && seen > wanted) };
}

function emptyNote(
  pod: KubeObject,
  container: string,
  options: { previous: boolean; grep?: string },
): string | undefined {
  const status = allContainerStatuses(pod).find(item => item.name === container);
  if (options.grep) return 'no line matches';
  if (!options.previous && (status?.restartCount ?? 0) > 0) {
    return 'the current log is empty; a previous run exists: pass previous: true';
  }
  const waiting = status?.state?.waiting;
  if (waiting)
    return `the container is waiting (${waiting.reason ?? 'unknown'}) and has not written anything`;
  if (!status && !pod.spec?.nodeName) return 'the pod is not scheduled, so nothing ran yet';
  return undefined;
}
