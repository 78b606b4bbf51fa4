import { RE2JS } from 're2js';
import { KvError, messageOf } from '../shared/errors.ts';
import { capText } from '../shared/truncate.ts';
import type { Gate } from './gate.ts';
import type { Hidden, Vault } from './vault.ts';
import { visible } from './visible.ts';

/** What stands in a script's data for a secret value. */
export interface SecretHandle {
  $secret: string;
  /** Characters of the decoded value. */
  length: number;
  /** HMAC-SHA-256 under a key of this session: equal values have equal digests, nothing can be looked up. */
  sha256: string;
}

/** Pattern tests that a session may make on one secret at most; more would let a value be searched out. */
export const TESTS_PER_SECRET = 32;
const LONGEST_PATTERN = 500;

export interface SecretDeskOptions {
  vault: Vault;
  gate: Gate;
  /** The running call's, so that a card goes away with the script that asked. */
  signal: AbortSignal;
}

export interface SecretDesk {
  handle(value: string): SecretHandle;
  matches(handleId: string, pattern: string): boolean;
  reveal(handleId: string, reason: string): Promise<string>;
}

/** Answers questions about hidden values: whether one matches a pattern, and, after approval, the value itself. */
export function createSecretDesk({ vault, gate, signal }: SecretDeskOptions): SecretDesk {
  const find = (id: string): Hidden => {
    const hidden = vault.find(id);
    if (hidden) return hidden;
    throw new KvError('failed', 'There is no such secret handle in this session.', {
      hint: 'Pass the handle as it came: { $secret, length, sha256 }.',
    });
  };
  return {
    handle: value => handleOf(vault.hide(value, 'value')),
    matches(id, pattern) {
      const hidden = find(id);
      const allowed = testsFor(hidden);
      if (hidden.tests >= allowed) {
        throw new KvError(
          'failed',
          `This secret has been tested ${allowed} times, which is the limit for one of its length.`,
          {
            hint: 'Compare handles by sha256, or ask a person to look.',
          },
        );
      }
      hidden.tests += 1;
      return compile(pattern).matcher(hidden.value).find();
    },
    async reveal(id, reason) {
      const hidden = find(id);
      await gate.submit({
        label: `reveal ${hidden.placeholder}`,
        signal,
        prepare: async () => [
          {
            id: gate.newId(),
            effect: 'reveal',
            verb: 'reveal',
            kind: 'Secret',
            namespace: '',
            name: hidden.placeholder,
            request: { method: 'GET', path: '', query: {} },
            note: visible(`The model will see this value. Its reason: ${capText(reason, 1_000)}`),
          },
        ],
      });
      vault.reveal(hidden);
      return hidden.value;
    },
  };
}

export function handleOf(hidden: Hidden): SecretHandle {
  return { $secret: hidden.placeholder, length: [...hidden.value].length, sha256: hidden.digest };
}

/** A test answers one bit: a short value, of which there are few, gets one for every two characters. */
function testsFor(hidden: Hidden): number {
  return Math.max(2, Math.min(TESTS_PER_SECRET, Math.floor(hidden.value.length / 2)));
}

function compile(pattern: string): RE2JS {
  if (pattern.length > LONGEST_PATTERN)
    throw new KvError('failed', `The pattern is longer than ${LONGEST_PATTERN} characters.`);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern), RE2JS.DOTALL);
  } catch (error) {
    throw new KvError('failed', `The pattern is not a valid RE2 pattern: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}
