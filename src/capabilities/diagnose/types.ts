import type { ModeName } from './mode-table.ts';
import type { World } from './world.ts';

export type Severity = 'critical' | 'warning' | 'info';

export interface Ref {
  kind: string;
  /** '' for cluster-scoped kinds. */
  namespace: string;
  name: string;
}

/** Text that literally occurs in data of the cluster, and the read that returns it. */
export interface Proof {
  quote: string;
  /** `k8s.events Pod shop/checkout-1`, `k8s.logs shop/checkout-1 app (previous)`, `k8s.get Deployment shop/checkout`. */
  source: string;
}

/** One failure with its cause and the proof of it. */
export interface Finding {
  mode: ModeName;
  severity: Severity;
  object: Ref;
  /** The workload that owns the object (`Deployment shop/checkout`), where one does. */
  workload?: string;
  /** One or more plain sentences that name every decisive fact. */
  rootCause: string;
  evidence: Proof[];
  remediation: string[];
  ruledOut: string[];
  /** Other objects that suffer from it: replicas, the pods behind a volume, the services in front of a pod. */
  affected: string[];
  /** The object whose own finding explains this one. */
  causedBy?: Ref;
}

/** What a mode writes; the runner fills in the rest. */
export type Draft = Omit<Finding, 'affected' | 'ruledOut' | 'remediation'> &
  Partial<Pick<Finding, 'affected' | 'ruledOut' | 'remediation'>>;

/** A failure mode: a pure function from gathered evidence to findings. */
export interface Mode {
  readonly name: string;
  /** What it looks for, in a few words: shown as `checked`. */
  readonly checks: string;
  /** Kinds it reads. Pods, their owners and events are always gathered. */
  readonly needs: readonly string[];
  find(world: World): Draft[];
}
