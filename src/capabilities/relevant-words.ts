/** Words (of a question in lower case) that call for capabilities, best first. */
export interface WordRule {
  words: RegExp;
  names: readonly string[];
}

/** What nearly every question is answered with; a look-up gets the first three. */
export const READS = ['k8s.pods', 'k8s.get', 'k8s.list', 'k8s.events', 'k8s.logs', 'k8s.grepLogs'];

/** What questions about a GPU trace are answered with. */
export const TRACE_READS = [
  'trace.chains',
  'trace.stats',
  'trace.timeline',
  'trace.processes',
  'trace.memory',
  'trace.stacks',
  'trace.sql',
];

/** What a question about a trace is about, beside what every one is answered with. */
export const TRACE_TOPICS: readonly WordRule[] = [
  {
    words: /\bcompar|\bdiffer|\bversus\b|\bvs\b|\branks?\b|straggl|비교|차이|랭크/,
    names: ['trace.compare'],
  },
  {
    words:
      /\bmemory\b|\bleak|\balloc|\boom\b|fragment|\bcop(?:y|ies)\b|memcpy|bandwidth|pageable|pinned|메모리|누수|할당|복사/,
    names: ['trace.memory'],
  },
  {
    words:
      /\b(?:which|what) (?:function|code|line|method)|\bcallers?\b|\bcall ?sites?\b|\bstacks?\b|스택|어디서/,
    names: ['trace.stacks'],
  },
  {
    words: /\bpods?\b|\bprocess(?:es)?\b|\bcontainers?\b|\bwho\b|파드|프로세스|누가/,
    names: ['trace.processes'],
  },
  { words: /\bdoing\b|happen|timeline|\d ?m?s\b|타임라인|하고 ?있/, names: ['trace.timeline'] },
];

/** How far a question reaches; the last one holds where no other does. */
export const SCOPES: readonly WordRule[] = [
  {
    words:
      /\bcluster\b|everywhere|\bany ?where|all (?:the )?namespaces|\bnodes?\b|클러스터|모든 네임|전체|노드/,
    names: ['diagnose.cluster', 'diagnose.object'],
  },
  {
    words: /\bnamespace\b|\bns\b|\banything\b|\beverything\b|네임\s?스페이스|전부/,
    names: ['diagnose.namespace', 'diagnose.object'],
  },
  { words: /(?:)/, names: ['diagnose.object'] },
];

/** Where a verb asks for something to be done, and is not part of a symptom ("keeps restarting"). */
const DO = String.raw`(?:^|[.!?,;:\n]\s*|\b(?:please|then|and|now|just|or|first|(?:want|need|like|going|how|you|me) to|you|should i|let'?s|safely)\s+|\d\)\s*)`;

function done(verbs: string, ...korean: string[]): RegExp {
  return new RegExp([`${DO}(?:${verbs})\\b`, ...korean].join('|'));
}

/** Changes: only where the question asks for one. */
export const CHANGES: readonly WordRule[] = [
  {
    words: done('scale', '스케일\\S*\\s?해', '(?:늘|줄)(?:려|여)'),
    names: ['k8s.scale', 'k8s.wait'],
  },
  {
    words: done(
      'restart(?!\\s*(?:[?.!]|$|count|loop|polic|again|every|often|constantly|repeatedly))|bounce|roll(?:ing)?[ -]restart',
      '재시작\\s?(?:해|시켜|하고|부탁)',
      '다시 시작해',
    ),
    names: ['k8s.restart', 'k8s.wait', 'k8s.rolloutStatus'],
  },
  {
    words:
      /\b(?:roll(?:ed)?\b.*\bback|rollback|revert|undo)\b.*\b(?:releases?|helm|chart)\b|\b(?:release|helm|chart)\b.*\b(?:back to|rollback|revert|undo)\b|(?:릴리스|릴리즈|헬름|차트).*(?:롤백|되돌)/,
    names: ['helm.rollback', 'helm.history'],
  },
  {
    words: done('delete|remove|kill|clean ?up|prune', '(?:삭제|제거)\\s?(?:해|하고|부탁)', '지워'),
    names: ['k8s.delete'],
  },
  {
    words: done('roll ?back|undo|revert', '롤백\\s?(?:해|하고|부탁)', '되돌려'),
    names: ['k8s.rolloutHistory', 'k8s.setImage', 'k8s.patch', 'k8s.wait'],
  },
  {
    words: done(
      '(?:set|change|update|bump|switch|upgrade)(?: \\S+){0,5} (?:image|tag|version)s?',
      '이미지.*(?:바꿔|변경해|교체|올려)',
    ),
    names: ['k8s.setImage', 'k8s.wait', 'k8s.rolloutStatus'],
  },
  {
    words: done(
      'patch|set|change|update|edit|increase|raise|lower|reduce|decrease|bump|adjust|point|rename|enable|disable|suspend|resume|pause|unpause|switch',
      '패치\\s?(?:해|하고|부탁)',
      '수정\\s?해',
      '변경\\s?해',
      '바꿔',
      '(?:높|낮)여',
      '설정\\s?해',
    ),
    names: ['k8s.patch'],
  },
  {
    words: done('apply|create|add|deploy|install', '적용\\s?해', '생성\\s?해', '만들어', '추가\\s?해'),
    names: ['k8s.apply'],
  },
  {
    words: done(
      'fix|repair|remediate|resolve|mend|solve|do it|go ahead|apply (?:it|that|the fix)',
      '고쳐',
      '해결\\s?해',
      '조치\\s?해',
    ),
    names: ['k8s.patch', 'k8s.apply', 'k8s.setImage', 'k8s.wait'],
  },
  {
    words: done('(?:un)?label(?! selector)', '(?:라벨|레이블).*(?:붙여|달아|추가|제거|설정)'),
    names: ['k8s.label'],
  },
  { words: done('annotate', '(?:주석|어노테이션).*(?:붙여|달아|추가|제거|설정)'), names: ['k8s.annotate'] },
  {
    words: done('drain', '\\bmaintenance\\b', '드레인\\s?(?:해|하고)', '비워', '유지\\s?보수'),
    names: ['k8s.drain', 'k8s.cordon'],
  },
  { words: done('un ?cordon', 'schedulable again', '코든.*해제'), names: ['k8s.uncordon'] },
  { words: done('cordon', '코든\\s?(?:해(?!제)|하고)'), names: ['k8s.cordon'] },
  { words: done('evict', '축출\\s?(?:해|시켜)'), names: ['k8s.evict'] },
  {
    words: done('exec|run|execute|curl|ping|nslookup', '\\bshell\\b', '컨테이너.*안에서.*실행'),
    names: ['k8s.exec'],
  },
];

/** Topics, each with the reads that serve it beside the ones that every question gets. */
export const LOOKS: readonly WordRule[] = [
  {
    words:
      /\bgpus?\b|\bcuda|\bnccl\b|\b(?:gpu|cuda) kernels?\b|\bkernels? launch|\btrac(?:e|es|ed|ing)\b|time to first token|\bttft\b|data ?loader|memcpy|\blaunches\b|pageable|straggl|\branks?\b|지피유|트레이스|데이터 ?로더|첫 ?토큰|랭크/,
    names: TRACE_READS,
  },
  { words: /\bdrift|헬름.*(?:다르|변경)/, names: ['helm.drift'] },
  {
    words: /\bhelm\b|\bcharts?\b|헬름|차트/,
    names: ['helm.list', 'helm.status', 'helm.get', 'helm.history'],
  },
  {
    words:
      /\blogs?\b.*\b(?:say|tell|mean|explain|errors?|wrong|matter)|\b(?:why|explain|errors?|wrong)\b.*\blogs?\b|로그.*(?:왜|뭐|무엇|오류|에러|원인|설명|요약)|왜.*로그/,
    names: ['k8s.explainLogs', 'k8s.logs'],
  },
  {
    words: /\blogs?\b|\bprint(?:s|ed|ing)?\b|로그/,
    names: ['k8s.logs', 'k8s.grepLogs', 'k8s.explainLogs'],
  },
  { words: /\bevents?\b|이벤트/, names: ['k8s.events'] },
  { words: /\bwait\b|\buntil\b|\bonce it\b|기다려|될 때까지|완료되면/, names: ['k8s.wait'] },
  {
    words:
      /roll(?:ed|ing)?.?(?:out|back|update)|revision|\bdeploy(?:ed|ing|s)?\b(?!ment)|\b(?:release|upgrade|update)[ds]?\b|\bchanged?\b|\bdrift|since (?:yesterday|this morning|the)|롤아웃|배포|리비전|변경|바뀌/,
    names: ['k8s.rolloutHistory', 'k8s.rolloutStatus'],
  },
  {
    words:
      /\btop\b|\bcpu\b|\bmemory\b|\boom|utili[sz]ation|\bresources? (?:use|usage|consum)|consum|\bslow|throttl|\bhot\b|\bhpa\b|autoscal|headroom|메모리|사용량|자원|느려|느린|부하/,
    names: ['k8s.top'],
  },
  {
    words:
      /\brbac\b|permission|forbidden|\b(?:can|may) (?:i|we)\b|allowed to|unauthori[sz]ed|service ?account|rolebinding|clusterrole|권한|금지/,
    names: ['k8s.can'],
  },
  {
    words:
      /\bservices?\b|\bsvc\b|ingress|endpoint|traffic|\b50[0-4]\b|unreachable|connect|selector|\bpvcs?\b|volume|claim|storage|서비스|인그레스|엔드포인트|연결|볼륨|스토리지/,
    names: ['k8s.children'],
  },
  {
    words: /\bown(?:s|ed|er|ers)\b|belongs? to|\bmanaged by\b|created by|소유|속한|속해/,
    names: ['k8s.owners', 'k8s.children'],
  },
  { words: /\bdepends?\b|dependenc|behind\b|below\b|\btree\b|의존/, names: ['k8s.children'] },
  {
    words: /\bcrds?\b|custom resource|api.?resources|\bkinds?\b|resource types|커스텀|리소스 종류/,
    names: ['k8s.apiResources'],
  },
  {
    words:
      /\b(?:cluster|server|kubernetes|k8s|api|control plane)(?:'s)? version|version of (?:the )?(?:cluster|kubernetes|k8s|server|api)|(?:클러스터|쿠버네티스|서버).*버전/,
    names: ['k8s.version'],
  },
];

/** A question that one or two reads answer: something to see, nothing to explain. */
const LOOKUP =
  /^(?:(?:please|can you|could you|and|so|ok|hi|hey)[, ]+)*(?:is|are|does|do|has|have|did|was|were|which|what|what's|how (?:many|much|long|old|often)|list|show|get|give|tell|who|when|where|count|print|display|name)\b|몇|개수|어떤|어느|어디|언제|누가|버전|목록|보여|나열|알려|무엇|뭐|(?:있|인|중|하)(?:나요|습니까|어요?|가요|니|냐)|[?]$/;

/** Words of a question that asks for a reason, or about something that is not well. */
const TROUBLE =
  /\bwhy\b|\bhow come\b|wrong|fail|crash|broken|break|problem|issue|\berrors?\b|\bcause|reason|\bnot\b|n't\b|cannot|slow|stuck|pending|unhealthy|investigat|diagnos|troubleshoot|debug|\boom|kill(?:s|ed|ing)|restart(?:s|ed|ing)|refus|reject|timeout|timed? ?out|unreachable|forbidden|\bdown\b|hang|\b50[0-4]\b|happen|drift|explain|degrad|leak|healthy|\bok(?:ay)?\b[?]?$|왜|원인|이유|문제|실패|오류|에러|안 ?되|안 ?돼|않|못|죽|장애|이상|느려|느린|거부|크래시|재시작(?:되|하나|함)|멈|진단|조사|디버/;

/** "Fix it" wants the trouble understood first. */
const MENDING = /\bfix|repair|remediat|resolve|\bmend|solve|고쳐|해결|조치/;

/** A long question is a description of trouble, whatever it starts with. */
const PLAIN_CHARACTERS = 200;

/** Whether the question, in lower case, has nothing to find out: it only names what to see or to do. */
export function isPlain(text: string): boolean {
  return text.length <= PLAIN_CHARACTERS && !TROUBLE.test(text) && !MENDING.test(text);
}

/** Whether it is a plain look-up ("is pod X running?", "which image does Y use?"). */
export function isLookup(text: string): boolean {
  return isPlain(text) && LOOKUP.test(text.trim());
}
