import type { Catalog } from '../../capabilities/catalog.ts';
import type { CapabilityContext } from '../../capabilities/define.ts';
import type { ModelMessage } from '../../llm/port.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/port.ts';
import type { SessionResults } from '../context/results.ts';
import type { DispatchDeps } from '../dispatch.ts';
import type { ModeChoice, SessionContext } from '../events.ts';
import type { Journal } from '../journal.ts';
import { createAutoMode } from '../modes/auto/mode.ts';
import { formFor } from '../modes/code/forms.ts';
import { createCodeMode } from '../modes/code/mode.ts';
import type { InvestigationMode } from '../modes/mode.ts';
import { createToolsMode } from '../modes/tools/mode.ts';
import type { CallReuse } from '../reuse.ts';
import type { SessionOptions } from './options.ts';
import { openScriptCalls } from './script-calls.ts';
import type { SessionPolicy } from './session-policy.ts';
import { openToolCalls } from './tool-calls.ts';

/** What the modes of one session share. Functions answer as of now: model, cluster and limits change meanwhile. */
export interface ModeNeeds {
  options: SessionOptions;
  catalog: Catalog;
  sandbox: Sandbox;
  policy: SessionPolicy;
  journal: Journal;
  results: SessionResults;
  reuse: CallReuse;
  toolCost: DispatchDeps['toolCost'];
  history: ModelMessage[];
  model(): SessionContext['model'];
  /** Where calls without a namespace go: context and namespace. */
  place(): string;
  nextCall(): number;
  /** Calls that the question at hand may still make. */
  callsLeft(): number;
  capabilityContext(call: { progress(message: string): void; signal: AbortSignal }): CapabilityContext;
}

/** Code, tools and auto mode over the same calls; or the one mode that the options bring along. */
export function createModes(needs: ModeNeeds): Record<ModeChoice, InvestigationMode> {
  const { options, catalog, policy, journal, results, nextCall } = needs;
  const { redactText, redactResult } = policy;
  const only = options.createMode?.({ redactText, redactResult, journal, nextCall, now: options.now });
  if (only) return { code: only, tools: only, auto: only };
  const host = {
    policy,
    results,
    callsLeft: needs.callsLeft,
    concurrency: options.sandboxLimits.maxConcurrentCalls,
    dispatch: {
      catalog,
      journal,
      reuse: needs.reuse,
      toolCost: needs.toolCost,
      redactResult,
      redactText,
      resolveArgs: policy.resolveArgs,
      expectChange: policy.expectChange,
      nextCall,
      now: options.now,
      context: needs.capabilityContext,
    },
  };
  const code = createCodeMode({
    catalog,
    sandbox: needs.sandbox,
    limits: () => scriptLimits(options.sandboxLimits, needs.callsLeft()),
    form: () => formFor(needs.model(), options.codeForm),
    redactText,
    redactValue: redactResult,
    keepResult: (turn, value) => results.keep(turn, value),
    openCalls: io => openScriptCalls(io, host),
  });
  const tools = createToolsMode({
    catalog,
    openCalls: io => openToolCalls(io, host),
    newId: options.newId,
    redactText,
    place: needs.place,
  });
  const auto = createAutoMode({ code, tools, model: needs.model, history: () => needs.history });
  return { code, tools, auto };
}

/** One call more than the question has left ends a script, and with it the question. */
function scriptLimits(limits: SandboxLimits, callsLeft: number): SandboxLimits {
  return { ...limits, maxCalls: Math.min(limits.maxCalls, Math.max(0, callsLeft) + 1) };
}
