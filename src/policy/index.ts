export { type Classified, classify } from './effects.ts';
export { DeniedError, ReadOnlyError } from './errors.ts';
export { createGate, type DecidedBy, type Gate, type GateOptions, type Submission } from './gate.ts';
export {
  type GatedTransport,
  type GatedTransportOptions,
  gateTransport,
  type Planned,
} from './gated-transport.ts';
export { createRedactor, type Redactor } from './redact.ts';
export { createSecretDesk, type SecretDesk, type SecretDeskOptions, type SecretHandle } from './secrets.ts';
export type * from './types.ts';
export { createVault, type Vault } from './vault.ts';
