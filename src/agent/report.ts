/** The end product of an investigation. */
export interface Report {
  verdict: 'cause-found' | 'healthy' | 'inconclusive';
  rootCause: string;
  confidence: 'high' | 'medium' | 'low';
  /** Objects as `Kind namespace/name`; `verified` is false where no recorded call ever returned such an object. */
  affected: AffectedObject[];
  evidence: Evidence[];
  /** Commands or steps, most useful first. */
  remediation: string[];
  ruledOut: string[];
}

export interface AffectedObject {
  ref: string;
  verified: boolean;
}

export interface Evidence {
  quote: string;
  /** Where it came from: `k8s.logs checkout-9db494857-rvbxz`. Filled in from the journal when it was found there. */
  source: string;
  /** True when a recorded call really returned the quote. */
  verified: boolean;
}
