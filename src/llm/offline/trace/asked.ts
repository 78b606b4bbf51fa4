/** What a question about a trace is about, as far as rules can tell. */
export type Topic =
  | 'all'
  | 'calls'
  | 'cpu'
  | 'disk'
  | 'lock'
  | 'network'
  | 'sync'
  | 'first-use'
  | 'launches'
  | 'copies'
  | 'loader'
  | 'idle'
  | 'rank'
  | 'killed'
  | 'memory'
  | 'window'
  | 'users'
  | 'callers'
  | 'compare';

export interface Asked {
  topic: Topic;
  language: 'en' | 'ko';
  /** A function of CUDA or NCCL that the question names. */
  fn?: string;
  pid?: number;
  /** Milliseconds since the trace began. */
  window?: { fromMs: number; toMs: number };
}

/** The first that fits is what is meant: narrow ones stand before wide ones. */
const TOPICS: ReadonlyArray<readonly [Topic, RegExp]> = [
  [
    'compare',
    /\bcompar|\bdiffer|\bversus\b|\bvs\b|\bthan (?:before|the other)|second (?:trace|run)|비교|차이|달라/i,
  ],
  ['rank', /\brank|straggl|\bnccl|all.?reduce|collective|랭크|낙오|집합 ?통신/i],
  ['killed', /\bkill|\bdied?\b|\boom.?kill|\bsignal|\bcrash|강제 ?종료|죽|종료/i],
  ['copies', /\bcop(?:y|ies|ied|ying)\b|memcpy|\btransfer|bandwidth|pageable|pinned|복사|전송|대역폭/i],
  ['memory', /\bmemory\b|\bleak|\balloc|\boom\b|fragment|메모리|누수|할당|단편/i],
  ['loader', /data ?loader|starv|\bworkers?\b|데이터 ?로더|굶|워커/i],
  [
    'callers',
    /\b(?:which|what) (?:function|code|line|method|module)s? (?:calls?|makes?|launch|sync|cop|use)|\bwho calls|\bcallers?\b|\bcall ?(?:sites?|stacks?)\b|\bstacks?\b|\bcalled from|come from|(?:어디|누가|어떤 (?:함수|코드)).*(?:호출|부르)|스택/i,
  ],
  [
    'launches',
    /launch.?bound|bound by launch|launch (?:overhead|rate)|too many launch|cuda graph|런치|론치|커널 ?실행 ?(?:병목|오버헤드)/i,
  ],
  ['sync', /\bsync|hot loop|\.item\(|동기화/i],
  [
    'first-use',
    /\bfirst (?:calls?|use)|warm.?up|cold start|initiali[sz]|첫 ?(?:호출|사용)|워밍|워밍업|초기화/i,
  ],
  ['cpu', /\bcpus?\b|contention|\bran instead|preempt|schedul|\bquota|throttl|경합|선점|스케줄/i],
  [
    'users',
    /\b(?:which|what) (?:process|pod|container|program|workload)|\bwho (?:uses|is using)|(?:어느|어떤|무슨) ?(?:프로세스|파드|포드|컨테이너)|누가.*(?:사용|쓰)/i,
  ],
  ['disk', /\bdisk|\bi\/?o\b|page.?fault|디스크|페이지 ?폴트/i],
  ['network', /network|packet|retransmi|네트워크|패킷/i],
  ['lock', /\block(?:s|ed)?\b|mutex|\bgil\b|잠금|뮤텍스/i],
  ['idle', /\bidle|\bgaps?\b|utili[sz]|놀고|놀아|유휴|공백|사용률|이용률/i],
];

const DOING = /\bdoing\b|happen|timeline|going on|뭐 ?(?:하|해)|무엇을|무슨 ?일|하고 ?있|타임라인/i;
const WHY = /\bwhy\b|\bslow|왜|이유|원인|느[리려린]/i;
const CALLS = /\b(?:which|what) .*\bcalls?\b|\bcalls? (?:is|are) slow|(?:어떤|어느|느린).*호출/i;

export function readAsked(question: string): Asked {
  const fn = /\b(?:cuda|cu|nccl)[A-Z]\w+/.exec(question)?.[0];
  const window = windowIn(question);
  const pid = /\bpid ?(\d+)/i.exec(question)?.[1];
  return {
    topic: topicOf(question, fn, window !== undefined),
    language: /[\uac00-\ud7a3]/.test(question) ? 'ko' : 'en',
    ...(fn && { fn }),
    ...(pid && { pid: Number(pid) }),
    ...(window && { window }),
  };
}

function topicOf(question: string, fn: string | undefined, hasWindow: boolean): Topic {
  if (hasWindow && DOING.test(question) && !WHY.test(question)) return 'window';
  // A function's name is no topic: cudaStreamSynchronize may be slow by contention.
  const words = question.replace(/\b(?:cuda|cu|nccl)[A-Z]\w+/g, ' ');
  const [topic] = TOPICS.find(([, pattern]) => pattern.test(words)) ?? [];
  if (topic) return topic;
  if (hasWindow && !WHY.test(question)) return 'window';
  return fn || CALLS.test(question) ? 'calls' : 'all';
}

/** A point stands for the half second on either side of it. */
const AROUND_MS = 500;
const TIME = String.raw`(\d+(?:\.\d+)?) ?(ms|s|sec|seconds?|milliseconds?|밀리초|초)`;
const RANGE = new RegExp(
  String.raw`(\d+(?:\.\d+)?) ?(ms|s|sec|seconds?|milliseconds?|밀리초|초)? ?(?:-|–|to|and|until|에서|부터|~) ?${TIME}`,
  'i',
);
const POINT = new RegExp(
  String.raw`(?:\b(?:at|around|near|after|about|t ?=|from) ?(?:t ?= ?)?)${TIME}|${TIME} ?(?:에|쯤|경|부근|때|시점)`,
  'i',
);

/** "at 4.9s", "between 4 and 6 s", "4.9초에": a stretch of the trace. */
function windowIn(question: string): Asked['window'] {
  const range = RANGE.exec(question);
  if (range) {
    const [, from, fromUnit, to, toUnit] = range;
    return { fromMs: msOf(from!, fromUnit ?? toUnit!), toMs: msOf(to!, toUnit!) };
  }
  const point = POINT.exec(question);
  if (!point) return undefined;
  const at = msOf((point[1] ?? point[3])!, (point[2] ?? point[4])!);
  return { fromMs: Math.max(0, at - AROUND_MS), toMs: at + AROUND_MS };
}

function msOf(amount: string, unit: string): number {
  return Math.round(Number(amount) * (/^(?:ms|milli|밀리)/i.test(unit) ? 1 : 1000));
}
