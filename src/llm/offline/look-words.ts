import type { Intent } from './question.ts';

const WHY_LOGS =
  /\blogs?\b.*\b(?:say|says|tell|mean|explain|error|errors|wrong|matter|happen\w*)\b|\b(?:why|explain|errors?|what|wrong)\b.*\blogs?\b|로그.*(?:왜|뭐|뭔|무엇|무슨|오류|에러|원인|설명|요약|의미)|(?:왜|무슨|어떤).*로그/i;
const IMAGE =
  /\b(?:which|what)\b.*\bimages?\b|\bimages? (?:of|for|does|do|is|are)\b|\bwhich version (?:of|does) (?!the cluster|kubernetes|the server)|(?:어떤|무슨|어느).*이미지|이미지.*(?:뭐|무엇|알려|보여|버전)/i;
/** `it logs no error` is said of a program, not of its log. */
const LOGS_AS_VERB = /\b(?:it|that|which|and|but|pod|container|app) logs (?:no|nothing|an?)\b/i;
/** Whoever asks how it is doing asks for more than its log. */
const STATE =
  /\b(?:is|are) (?:it|this|that|they|[\w-]+) (?:broken|ok|okay|fine|healthy|all right|sick)\b|괜찮|정상인|고장/i;
const BAD_IMAGE =
  /\bwhy\b|\bstill\b|\bold\b|아직|여전히|그대로|pull|wrong|fail|error|cannot|can't|not found|왜|실패|오류|에러|못|안 ?되/i;
const DRIFT =
  /\bdrift|\brelease\b.*\b(?:by hand|manually|changed)\b|드리프트|(?:릴리스|릴리즈|차트|헬름|helm).*(?:달라|다른|바뀌|바뀐|변경|수동)/i;

/** Words of these questions that are no names. */
const NO_NAMES =
  /^(?:logs?|images?|release|releases|helm|chart|charts|drift|drifted|drifts|error|errors|explain|hour|hours|minutes?|days?|manually|hand|version|tag|container|mean|means|matter|live|state|differ|differs|differ?ent|compared)$/i;

/** The kind of look that a question asks for, with the words that name what it is about. */
export function lookOf(text: string, names: string[]): Pick<Intent, 'kind' | 'words'> | undefined {
  const words = names.filter(name => !NO_NAMES.test(name));
  if (DRIFT.test(text)) return { kind: 'drift', words };
  if (words.length === 0) return undefined;
  if (WHY_LOGS.test(text) && !LOGS_AS_VERB.test(text) && !STATE.test(text))
    return { kind: 'explain-logs', words };
  if (IMAGE.test(text) && !BAD_IMAGE.test(text)) return { kind: 'image', words };
  return undefined;
}

const UNITS: Array<[RegExp, number]> = [
  [/^(?:s|초)/i, 1],
  [/^(?:min|분)/i, 60],
  [/^(?:h|시간)/i, 3600],
  [/^(?:d|일)/i, 86_400],
  [/^(?:w|주)/i, 604_800],
];

/** "in the last 2 hours", "since yesterday", "최근 30분": seconds; undefined where no time is named. */
export function secondsIn(text: string): number | undefined {
  const amount =
    /(\d+|an?|one|한|지난|last|past)\s*(seconds?|minutes?|mins?|hours?|days?|weeks?|초|분|시간|일|주)/i.exec(
      text,
    );
  if (amount) {
    const unit = UNITS.find(([pattern]) => pattern.test(amount[2] ?? ''))?.[1] ?? 3600;
    return (Number(amount[1]) || 1) * unit;
  }
  if (/\byesterday\b|어제/i.test(text)) return 2 * 86_400;
  if (/\btoday\b|오늘/i.test(text)) return 86_400;
  return undefined;
}
