import type { Policy } from './policy.ts';

/**
 * A question with a known answer, on a cluster that everybody can bring up. Users write scenarios as YAML or JSON
 * files of this shape (without `policy`); those that ship with kv are in `scenarios/`.
 */
export interface BenchScenario {
  /** kebab-case; names the scenario on the command line and in reports. */
  id: string;
  title: string;
  question: string;
  /** `lookup`: a trivial question, where tool calls may be cheaper. */
  kind: 'lookup' | 'cause' | 'audit' | 'search' | 'wait' | 'change';
  namespace?: string;
  cluster: ScenarioCluster;
  /** Regular expressions (JavaScript, upper and lower case are the same) that the report or answer must match, all of them. */
  expect: string[];
  /** Regular expressions that it must not match. */
  forbid: string[];
  /** What the person says to approval cards. Default: deny. */
  approve?: boolean;
  /** What happens in the snapshot while the question is worked on. */
  timeline?: TimelineStep[];
  /** How a competent model works on it; needed for the model `scripted`. */
  policy?: Policy;
}

export type ScenarioCluster =
  /** A snapshot on disk (relative to the scenario's file), or `demo`: the cluster that kv generates. */
  | { snapshot: string }
  /** A real cluster. `setup` and `teardown` are shell commands, run before and after each run. */
  | { kubeconfig?: string; context?: string; setup?: string; teardown?: string };

/** A change that the harness makes in the snapshot, as the cluster's own controllers would. */
export interface TimelineStep {
  /** Counted from the first change that the investigation made itself (`approve: true`); else from the question. */
  afterMs: number;
  /** Path of the object (or its `/status`) in the Kubernetes API. */
  path: string;
  /** JSON merge patch. */
  patch: unknown;
}
