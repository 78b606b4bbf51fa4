import type { Usage } from '../agent/usage-view.ts';
import type { Counterfactual, Parts, RoadFigures, TokenCounts, TurnUsage } from '../usage/index.ts';

/** What a question cost. Tokens; US dollars, null where a price is unknown or nothing was paid to compare with. */
export interface JsonUsage extends TokenCounts {
  costUsd: number | null;
  /** Prompt tokens by what they were for. */
  parts: Parts;
  turns: JsonTurnUsage[];
  /** What the same calls would have cost as tool calls; null where none were made by scripts. */
  toolsMode: JsonToolsMode | null;
}

export interface JsonTurnUsage extends Omit<TurnUsage, 'costUsd'> {
  costUsd: number | null;
}

export interface JsonToolsMode extends Omit<Counterfactual, 'sequential' | 'batched'> {
  sequential: JsonRoad;
  batched: JsonRoad;
}

export interface JsonRoad extends Omit<RoadFigures, 'costUsd' | 'cachedCostUsd' | 'factor'> {
  costUsd: number | null;
  cachedCostUsd: number | null;
  factor: { tokens: number; costUsd: number | null };
}

export function jsonUsage({ meter, counterfactual }: Usage): JsonUsage {
  return {
    ...meter.totals,
    costUsd: meter.costUsd ?? null,
    parts: meter.parts,
    turns: meter.turns.map(turn => ({ ...turn, costUsd: turn.costUsd ?? null })),
    toolsMode: counterfactual
      ? {
          ...counterfactual,
          sequential: jsonRoad(counterfactual.sequential),
          batched: jsonRoad(counterfactual.batched),
        }
      : null,
  };
}

function jsonRoad(road: RoadFigures): JsonRoad {
  const { costUsd = null, cachedCostUsd = null, factor } = road;
  return {
    ...road,
    costUsd,
    cachedCostUsd,
    factor: { tokens: factor.tokens, costUsd: factor.costUsd ?? null },
  };
}
