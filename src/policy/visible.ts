import { isRecord } from '../shared/json.ts';
import { capText } from '../shared/truncate.ts';

/** What a terminal would act on, or nobody would see: controls, bidirectional marks, zero-width characters, tags. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ufe00-\ufe0f]|\udb40[\udc00-\udfff]/g;
/** Of one text on a card; the note beside a longer one says that it was cut. */
const LONGEST = 20_000;

/**
 * A value as a person is shown it before it is sent: nothing in it can hide, move or imitate the card around it.
 * Characters that would are written as escapes instead of left out, so that what is read is what is there.
 */
export function visible<T>(value: T): T {
  return show(value) as T;
}

function show(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  if (Array.isArray(value)) return value.map(show);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visibleText(key), show(item)]));
}

function visibleText(text: string): string {
  return capText(text, LONGEST).replace(UNSEEN, found => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}
