import type { BenchColumn, Cell, Factors } from '../result.ts';
import { quotient, spreadOf } from './spread.ts';

/** How the columns of each model compare in one scenario. Only right answers are compared: a wrong one is cheap. */
export function factorsOf(columns: readonly BenchColumn[], cells: readonly Cell[]): Factors[] {
  const models = [...new Set(columns.map(column => column.model))];
  return models.map(model => {
    const own = columns.filter(column => column.model === model);
    const cellOf = (column: BenchColumn | undefined) =>
      cells.find(cell => cell.column === column?.id && cell.correct === cell.runs);
    const named = (mode: BenchColumn['mode']) =>
      cellOf(own.find(column => column.mode === mode && column.peer === undefined));
    const [code, twoTurns, tools, sequential, auto, sameCalls, sameSequential] = [
      named('code'),
      named('code-two-turns'),
      named('tools'),
      named('tools-sequential'),
      named('auto'),
      named('tools-same-calls'),
      named('tools-same-calls-sequential'),
    ];
    const input = (cell: Cell | undefined) => cell?.input.median;
    const cheaper = code && tools && Math.min(code.input.median, tools.input.median);
    const peers = own.flatMap(column => {
      const factor = quotient(input(column.peer ? cellOf(column) : undefined), input(code));
      return column.peer && factor !== undefined ? [[column.peer, factor] as const] : [];
    });
    return {
      model,
      batched: quotient(input(tools), input(code)),
      sequential: quotient(input(sequential), input(code)),
      twoTurns: quotient(input(tools), input(twoTurns)),
      predictedBatched: quotient(code?.predicted?.batched, input(tools)),
      predictedSequential: quotient(code?.predicted?.sequential, input(sequential)),
      predictedSameCalls: quotient(code?.predicted?.batched, input(sameCalls)),
      predictedSameCallsSequential: quotient(code?.predicted?.sequential, input(sameSequential)),
      auto: quotient(input(auto), cheaper),
      peers: Object.fromEntries(peers),
    };
  });
}

/** The median of each factor over the scenarios that have it, a model each. */
export function medianFactors(all: readonly Factors[]): Factors[] {
  const models = [...new Set(all.map(factors => factors.model))];
  return models.map(model => {
    const own = all.filter(factors => factors.model === model);
    const median = (of: (factors: Factors) => number | undefined) => {
      const known = own.map(of).filter(value => value !== undefined);
      return known.length > 0 ? spreadOf(known).median : undefined;
    };
    const distance = (of: (factors: Factors) => number | undefined) => {
      const apart = median(factors => {
        const value = of(factors);
        return value === undefined ? undefined : Math.abs(value - 1);
      });
      return apart === undefined ? undefined : 1 + apart;
    };
    const peers = [...new Set(own.flatMap(factors => Object.keys(factors.peers)))];
    return {
      model,
      batched: median(factors => factors.batched),
      sequential: median(factors => factors.sequential),
      twoTurns: median(factors => factors.twoTurns),
      predictedBatched: distance(factors => factors.predictedBatched),
      predictedSequential: distance(factors => factors.predictedSequential),
      predictedSameCalls: distance(factors => factors.predictedSameCalls),
      predictedSameCallsSequential: distance(factors => factors.predictedSameCallsSequential),
      auto: median(factors => factors.auto),
      peers: Object.fromEntries(peers.map(peer => [peer, median(factors => factors.peers[peer]) ?? 0])),
    };
  });
}
