import { lookOf, secondsIn } from './look-words.ts';

/** What a question wants, as far as rules can tell. */
export interface Intent {
  kind:
    | 'object'
    | 'namespace'
    | 'cluster'
    | 'count'
    | 'list'
    | 'restarts'
    | 'version'
    | 'changes'
    | 'logs'
    | 'explain-logs'
    | 'image'
    | 'drift'
    | 'help';
  /** Words that may be names, in the order of the question, kind words kept. */
  words: string[];
  /** The namespace that the question names, if any. */
  namespace?: string;
  /** For counts and lists: the kind. */
  resource?: string;
  /** For changes: how far back the question goes. */
  seconds?: number;
  language: 'en' | 'ko';
  /** The question asks for a reason ("why"), so an explanation is wanted even where nothing is broken. */
  why: boolean;
}

const KINDS: Record<string, string> = {
  pod: 'Pod',
  po: 'Pod',
  deployment: 'Deployment',
  deploy: 'Deployment',
  statefulset: 'StatefulSet',
  sts: 'StatefulSet',
  daemonset: 'DaemonSet',
  service: 'Service',
  svc: 'Service',
  job: 'Job',
  cronjob: 'CronJob',
  ingress: 'Ingress',
  ingresse: 'Ingress',
  pvc: 'PersistentVolumeClaim',
  persistentvolumeclaim: 'PersistentVolumeClaim',
  claim: 'PersistentVolumeClaim',
  node: 'Node',
  configmap: 'ConfigMap',
  secret: 'Secret',
  namespace: 'Namespace',
  hpa: 'HorizontalPodAutoscaler',
  networkpolicy: 'NetworkPolicy',
  networkpolicie: 'NetworkPolicy',
  pv: 'PersistentVolume',
  storageclass: 'StorageClass',
  storageclasse: 'StorageClass',
  replicaset: 'ReplicaSet',
  event: 'Event',
  serviceaccount: 'ServiceAccount',
};

const KOREAN_KINDS: Array<[RegExp, string]> = [
  [/파드|포드/, 'Pod'],
  [/디플로이먼트|배포/, 'Deployment'],
  [/서비스/, 'Service'],
  [/노드/, 'Node'],
  [/네임스페이스/, 'Namespace'],
  [/크론잡/, 'CronJob'],
  [/잡/, 'Job'],
  [/인그레스/, 'Ingress'],
  [/스테이트풀셋/, 'StatefulSet'],
];

const STOP = new Set(
  `a about again all already alive always am an and any anybody anyone anything app application apps are arent aren as at available away back bad be because become been before being between blocked both bound break breaks broken but by
  can cannot cant causing cause caused causes check cluster come comes coming completed completing connect connecting container containercreating containers could couldn crash crashed crashes crashing crashloop crashloopbackoff currently
  createcontainerconfigerror debug deleted deleting deploying did didn die dies diagnose different do does doesn doing don done down dead dying due during each eating else empty end ended endpoint endpoints ends errimagepull error errors even ever every everything evicted exit exited exiting exits explain
  fail failed failing fails failure failures find finish finished finishing fine fix for forever found from fully get gets getting give go goes going gone good got had half happen happened happening happens has hasn have haven having healthy hello help here hi how hang hanging hangs hung
  i if image images imagepullbackoff in inside instance instances into is isn isnt issue issues it its itself just keep keeps kill killed killing know kubernetes k8s last launch launching let like list load loading long look looking looks loop looping lot made make many me memory might mind missing most much mount mounting my
  need needs never new no none not nothing notready now of off ok okay on one only oom oomkilled open or other our out over own out-of-memory pending please podinitializing pod's possible problem problems progress progressing provision provisioned provisioning pull pulled pulling put ran reach reachable reached reaches reaching ready really reason receive receiving recently refuse refused refuses refusing reject rejecting rejected reporting request requests respond responding responds response restart restarted restarting restarts roll rolled rolling rollout rollouts root run running runs
  s safe same say says schedule scheduled scheduling scale scaled scaling see seem seems serve serving set she should show shows sick since slow slowly so some somebody someone something soon start started starting starts state status stay staying stays still stop stopped stopping stops storage stuck succeed succeeding successful such sure t take takes taking talk tell terminate terminated terminating than that the their them then there these they thing things this those time timeout timeouts timing to today too traffic tried tries troubleshoot trouble troubles trying two unable unavailable unbound under unhealthy unreachable unready unschedulable up update updated updates updating us use used uses using
  version via wait waiting waits want wants was wasn way we well went were weren what whats when where whether which while who whole why will with within without won work worked working workload workloads works would wouldn wrong yet you your zero`.split(
    /\s+/,
  ),
);

export function readQuestion(question: string, earlier: string[]): Intent {
  const language = /[\uac00-\ud7a3]/.test(question) ? 'ko' : 'en';
  const text = question.trim();
  const namespace = namespaceIn(text);
  const words = wordsOf(text).filter(word => word !== namespace || mentions(text, word) > 1);
  const names = words.filter(word => !kindOfWord(word));
  const base = {
    words,
    namespace,
    language,
    why: /\bwhy\b|\bwhat.{0,12}(?:wrong|happen)|왜|원인|이유|무슨/i.test(text) || SYMPTOM.test(text),
  } as const;
  const resource = resourceIn(text);
  if (/\bhow many\b|\bcount\b|\bnumber of\b|몇 ?개|개수/i.test(text) && resource)
    return { ...base, kind: 'count', resource };
  if (
    /\b(?:which|what)\b.*\bversion\b|\bversion of (?:the )?(?:cluster|kubernetes|server)|버전/i.test(text) &&
    names.length === 0
  )
    return { ...base, kind: 'version' };
  if (RESTARTS.test(text) && words.filter(word => !kindOfWord(word)).length === 0)
    return { ...base, kind: 'restarts' };
  const look = lookOf(text, names);
  if (look) return { ...base, ...look };
  if (
    /\b(?:logs?|log lines) (?:of|for|from)\b|\b(?:show|get|tail)\b.*\blogs?\b|로그.*(?:보여|출력)/i.test(
      text,
    ) &&
    names.length > 0
  )
    return { ...base, kind: 'logs', words: words.filter(word => !/^logs?$/.test(word)) };
  if (CHANGED.test(text)) return { ...base, kind: 'changes', seconds: secondsIn(text) };
  const troubled =
    /fail|broken|wrong|unhealthy|not ready|problem|issue|crash|pending|trouble|sick|문제|실패|비정상|장애|죽|이상/i.test(
      text,
    );
  if (
    /^(?:please )?(?:list|show|get|what|which)\b|목록|나열|보여/i.test(text) &&
    resource &&
    !troubled &&
    names.length === 0
  )
    return { ...base, kind: 'list', resource };
  if (names.length > 0) return { ...base, kind: 'object' };
  if (namespace) return { ...base, kind: 'namespace' };
  if (
    /\bcluster\b|\beverywhere\b|\ball namespaces\b|\bany ?where\b|클러스터|전체|노드|\bnodes?\b/i.test(text)
  )
    return { ...base, kind: 'cluster' };
  const before = earlier.at(-1);
  if (before && !/namespace|네임스페이스/i.test(text)) {
    const previous = readQuestion(before, earlier.slice(0, -1));
    return { ...previous, language, why: base.why };
  }
  if (!troubled && !base.why && !/ok\b|okay|healthy|fine|정상|괜찮|up\b/i.test(text))
    return { ...base, kind: 'help' };
  return { ...base, kind: 'namespace' };
}

/** Kubernetes names and kind words of a question; particles of Korean fall away by themselves. */
function wordsOf(text: string): string[] {
  const plain = text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\b(\w+)n't\b/gi, ' ')
    .replace(/'s\b/g, '');
  const urls = plain
    .replace(/\b\w+:\/\//g, '')
    .replace(/\b((?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?\/[^\s?]*/gi, '$1');
  const found = urls.match(/[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?/g) ?? [];
  const words = found.filter(word => !STOP.has(word.toLowerCase()) && !/^\d+$/.test(word));
  return [
    ...new Set(words.map(word => word.replace(/^(?:po|pods?|svc|services?|deploy|deployments?)\//, ''))),
  ].slice(0, 8);
}

function mentions(text: string, word: string): number {
  return text.split(new RegExp(`\\b${word.replace(/[.+]/g, '\\$&')}\\b`, 'i')).length - 1;
}

function kindOfWord(word: string): string | undefined {
  const lower = word.toLowerCase();
  return KINDS[lower] ?? KINDS[lower.replace(/s$/, '')];
}

function resourceIn(text: string): string | undefined {
  for (const word of text.match(/[A-Za-z]+/g) ?? []) {
    const kind = kindOfWord(word);
    if (kind) return kind;
  }
  return KOREAN_KINDS.find(([pattern]) => pattern.test(text))?.[1];
}

/** Which pods were restarted; a question about one of them is about its cause. */
const RESTARTS =
  /\brestart(?:s|ed|ing)?\b.*\bmost\b|\bmost\b.*\brestart|\b(?:which|what|who)\b.*\brestart|재시작.*(?:가장|무엇|뭐|파드|목록)|(?:가장|무엇|뭐|어떤|어느).*재시작/i;

const CHANGED =
  /\bwhat(?:'s| has| have| is| was| were)? (?:been )?(?:recently )?(?:changed?|changes|new)\b|\b(?:recent|latest|last|any) changes\b|\bwhat did .* change|(?:무엇|뭐|뭔|어떤).*(?:바뀌|바뀐|변했|달라졌)|바뀐 (?:것|게)|변경/i;

/** Who names a symptom wants it explained, and not to hear that nothing is broken. */
const SYMPTOM =
  /refus|unreachable|cannot|can't|can not|does(?:n't| not)|won't|will not|unable|stuck|hang|times? out|timed? ?out|\b50[0-4]\b|\bdown\b|\bno (?:nodes?|pods?|endpoints?|backends?|traffic|runs?)\b|안 ?되|안 ?됨|못 ?하|거부|연결/i;

const GRAMMAR =
  /^(?:is|are|was|were|has|have|had|with|that|and|or|the|a|an|do|does|not|in|of|on|to|where|which|named|called|name|names|seems?|looks?|cannot|can|still|hangs?|fails?|stuck|why|it)$/i;

function namespaceIn(text: string): string | undefined {
  const said =
    /\b(?:namespace|ns)[ :="'`]+([a-z0-9][a-z0-9-]*)/i.exec(text)?.[1] ??
    /\b(?:in|of|for|from|inside|is|with) (?:the )?["'`]?([a-z0-9][a-z0-9-]*)["'`]? (?:namespace|ns)\b/i.exec(
      text,
    )?.[1] ??
    /(?:^|\s)["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s*네임\s?스페이스/.exec(text)?.[1] ??
    /네임\s?스페이스\s*["'`]?([a-z0-9][a-z0-9-]*)/.exec(text)?.[1];
  // After the word "namespace" any name may stand, even one that is a common word elsewhere.
  if (said && !GRAMMAR.test(said)) return said;
  const named = /\b(?:in|inside|within|from)\s+["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s*[?.!]*$/i.exec(text)?.[1];
  return named && named === named.toLowerCase() && !STOP.has(named) && !kindOfWord(named) ? named : undefined;
}
