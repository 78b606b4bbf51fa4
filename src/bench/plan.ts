import { type BenchColumn, type BenchMode, followsCode, type NotCovered } from './result.ts';
import type { BenchScenario } from './scenario.ts';

/** A scenario with what its files refer to resolved. */
export interface PlannedScenario extends BenchScenario {
  /** Where the commands of its cluster run. */
  directory: string;
}

export interface PlannedRun {
  scenario: PlannedScenario;
  column: BenchColumn;
  /** 1-based. */
  repeat: number;
}

/** Runs that belong beside each other: one scenario, one model, one repeat, all columns; those that follow code last. */
export interface RunGroup {
  scenario: PlannedScenario;
  model: string;
  repeat: number;
  runs: PlannedRun[];
}

export interface BenchPlan {
  columns: BenchColumn[];
  groups: RunGroup[];
  notCovered: NotCovered[];
}

export interface BenchWish {
  scenarios: readonly PlannedScenario[];
  modes: readonly BenchMode[];
  models: readonly string[];
  /** Names of MCP servers. */
  peers: readonly string[];
  repeats: number;
}

/** What will be run, in order, and what cannot be and why. */
export function planBench(wish: BenchWish): BenchPlan {
  const columns = columnsOf(wish);
  const notCovered: NotCovered[] = [];
  const groups: RunGroup[] = [];
  for (const scenario of wish.scenarios) {
    for (const model of wish.models) {
      const able = columns.filter(column => {
        if (column.model !== model) return false;
        const why = whyNot(scenario, column, wish.modes);
        if (why !== undefined) notCovered.push({ scenario: scenario.id, column: column.id, why });
        return why === undefined;
      });
      if (able.length === 0) continue;
      for (let repeat = 1; repeat <= wish.repeats; repeat++) {
        const inOrder = able.toSorted((a, b) => Number(followsCode(a.mode)) - Number(followsCode(b.mode)));
        const runs = inOrder.map(column => ({ scenario, column, repeat }));
        groups.push({ scenario, model, repeat, runs });
      }
    }
  }
  return { columns, groups, notCovered };
}

function columnsOf({ modes, models, peers }: BenchWish): BenchColumn[] {
  return models.flatMap(model => {
    const named = (label: string) => (models.length > 1 ? `${label} · ${model}` : label);
    const own = modes.map(mode => ({ id: named(mode), label: named(mode), mode, model }));
    const others = peers.map(peer => {
      return { id: named(peer), label: named(peer), mode: 'tools' as const, model, peer };
    });
    return [...own, ...others];
  });
}

function whyNot(
  scenario: BenchScenario,
  column: BenchColumn,
  modes: readonly BenchMode[],
): string | undefined {
  if (followsCode(column.mode) && column.model !== 'scripted')
    return 'only the model `scripted` can make the calls of another run';
  if (followsCode(column.mode) && !modes.includes('code'))
    return 'it makes the calls of the mode code, which is not among the modes';
  const isTools = column.mode.startsWith('tools');
  if (column.model === 'offline' && isTools) return 'the offline model only writes scripts';
  if (column.model !== 'scripted')
    return column.mode === 'code-two-turns' ? 'only the model `scripted` can be told so' : undefined;
  if (!scenario.policy) return 'it has no policy, which the model `scripted` needs';
  if (column.peer && !scenario.policy.peers?.[column.peer])
    return `its policy has no answers for ${column.peer}`;
  return undefined;
}
