import type { ApprovalDecision, ApprovalRequest } from '../../policy/types.ts';
import type { KeyPress } from '../keys.ts';
import { editKey } from '../prompt/edit-key.ts';
import { type Editor, EMPTY_EDITOR, fullText } from '../prompt/editor.ts';

export const OPTIONS = ['deny', 'allow', 'allow-session', 'deny-reason'] as const;
export type Option = (typeof OPTIONS)[number];

/** How far a person has come in answering one card. Deny has the focus first. */
export interface CardState {
  id: string;
  focus: number;
  /** Rows scrolled away at the top of the changes. */
  scroll: number;
  /** The reason being typed, once `Deny with a reason` was chosen. */
  reason: Editor | undefined;
}

export const DENIED_WITHOUT_REASON = 'The person at the terminal denied this change.';
const PAGE = 8;

export function openCard(request: ApprovalRequest): CardState {
  return { id: request.id, focus: 0, scroll: 0, reason: undefined };
}

/** The card after a key, and the decision where the key made one. Letters and digits never decide anything. */
export function cardKey(card: CardState, key: KeyPress): { card: CardState; decision?: ApprovalDecision } {
  if (card.reason) return reasonKey(card, card.reason, key);
  const moveFocus = (by: number) => ({
    card: { ...card, focus: (card.focus + by + OPTIONS.length) % OPTIONS.length },
  });
  const scrollBy = (by: number) => ({ card: { ...card, scroll: Math.max(0, card.scroll + by) } });
  switch (key.id) {
    case 'up':
    case 'left':
    case 'shift+tab':
      return moveFocus(-1);
    case 'down':
    case 'right':
    case 'tab':
      return moveFocus(1);
    case 'pageup':
      return scrollBy(-PAGE);
    case 'pagedown':
      return scrollBy(PAGE);
    case 'home':
      return { card: { ...card, scroll: 0 } };
    case 'escape':
      return { card, decision: { outcome: 'deny', reason: DENIED_WITHOUT_REASON } };
    case 'enter':
      return choose(card);
    case 'text':
      return { card: textKey(card, key.text) };
    default:
      return { card };
  }
}

/** A held key arrives as several characters at once; a digit counts only by itself. */
function textKey(card: CardState, text: string): CardState {
  const index = ['1', '2', '3', '4'].indexOf(text);
  if (index >= 0) return { ...card, focus: index };
  const steps: Record<string, number> = { j: 1, k: -1, ' ': PAGE };
  const by = [...text].reduce((sum, character) => sum + (steps[character] ?? 0), 0);
  return { ...card, scroll: Math.max(0, card.scroll + by) };
}

function choose(card: CardState): { card: CardState; decision?: ApprovalDecision } {
  const option = OPTIONS[card.focus]!;
  switch (option) {
    case 'deny':
      return { card, decision: { outcome: 'deny', reason: DENIED_WITHOUT_REASON } };
    case 'allow':
      return { card, decision: { outcome: 'allow' } };
    case 'allow-session':
      return { card, decision: { outcome: 'allow-session' } };
    case 'deny-reason':
      return { card: { ...card, reason: EMPTY_EDITOR } };
    default:
      return option satisfies never;
  }
}

function reasonKey(
  card: CardState,
  reason: Editor,
  key: KeyPress,
): { card: CardState; decision?: ApprovalDecision } {
  if (key.id === 'escape') return { card: { ...card, reason: undefined } };
  if (key.id === 'enter') {
    return { card, decision: { outcome: 'deny', reason: fullText(reason).trim() || DENIED_WITHOUT_REASON } };
  }
  return { card: { ...card, reason: editKey(reason, key) ?? reason } };
}
