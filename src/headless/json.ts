import type { AgentEvent, FinishStatus } from '../agent/events.ts';
import type { Report } from '../agent/report.ts';
import type { Usage } from '../agent/usage-view.ts';
import type { Change } from '../policy/types.ts';
import { type JsonUsage, jsonUsage } from './json-usage.ts';

/** The one object that `--output json` prints. */
export interface JsonResult {
  session: string;
  status: FinishStatus;
  /** Why there is no answer, where there is none. */
  message?: string;
  report: Report | null;
  answer: string | null;
  usage: JsonUsage;
  calls: JsonCall[];
  /** Changes that were asked for and not allowed. */
  denied: Array<Pick<Change, 'verb' | 'kind' | 'namespace' | 'name'> & { reason: string }>;
  durationMs: number;
}

export interface JsonCall {
  name: string;
  args: unknown;
  ok: boolean;
  bytes: number;
  durationMs: number;
  error?: string;
  /** Answered from memory: nothing was read anew. */
  cached?: boolean;
}

/** Collects the events of one question into the JSON result. */
export class JsonCollector {
  #session = '';
  #report: Report | null = null;
  #answers: string[] = [];
  #finished: Extract<AgentEvent, { type: 'finished' }> | undefined;
  readonly #calls = new Map<number, JsonCall>();
  readonly #waiting = new Map<string, Change[]>();
  readonly #denied: JsonResult['denied'] = [];

  add(event: AgentEvent): void {
    switch (event.type) {
      case 'session-started':
        this.#session = event.session;
        break;
      case 'report':
        this.#report = event.report;
        break;
      case 'answer':
        this.#answers.push(event.text);
        break;
      case 'call-started':
        this.#calls.set(event.call, {
          name: event.name,
          args: event.args,
          ok: false,
          bytes: 0,
          durationMs: 0,
        });
        break;
      case 'call-finished':
        Object.assign(this.#calls.get(event.call) ?? {}, {
          ok: event.ok,
          bytes: event.bytes,
          durationMs: event.durationMs,
          ...(event.error === undefined ? {} : { error: event.error }),
          ...(event.cached ? { cached: true } : {}),
        });
        break;
      case 'approval-requested':
        this.#waiting.set(event.approval.id, event.approval.changes);
        break;
      case 'approval-decided':
        if (event.decision.outcome === 'deny') this.#deny(event.id, event.decision.reason);
        break;
      case 'finished':
        this.#finished = event;
        break;
      default:
    }
  }

  #deny(id: string, reason: string): void {
    for (const { verb, kind, namespace, name } of this.#waiting.get(id) ?? []) {
      this.#denied.push({ verb, kind, namespace, name, reason });
    }
  }

  result(usage: Usage): JsonResult {
    const finished = this.#finished;
    const message = [finished?.message, finished?.hint].filter(Boolean).join(' ');
    return {
      session: this.#session,
      status: finished?.status ?? 'failed',
      ...(message && finished?.status !== 'answered' ? { message } : {}),
      report: this.#report,
      answer: this.#answers.length > 0 ? this.#answers.join('\n\n') : null,
      usage: jsonUsage(usage),
      calls: [...this.#calls.values()],
      denied: this.#denied,
      durationMs: finished?.durationMs ?? 0,
    };
  }
}
