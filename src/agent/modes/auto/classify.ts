import { isLookup } from '../../../capabilities/relevant-words.ts';

/** What a question asks for. All but the last three are look-ups: one object or one list, nothing to explain. */
export type QuestionClass =
  | 'state'
  | 'field'
  | 'version'
  | 'count'
  | 'list'
  | 'logs'
  | 'change'
  | 'several'
  | 'investigation';

interface ClassRule {
  class: QuestionClass;
  words: RegExp;
}

const RULES: readonly ClassRule[] = [
  {
    class: 'change',
    words:
      /\b(?:scale|patch|deploy|roll ?back|undo|apply|create|delete|remove|drain|cordon|uncordon|evict|annotate|set|update|increase|decrease|lower|raise|exec|curl|install|upgrade|move|add|fix|clean)\b(?! (?:name|set)s?\b)|(?:바꿔|늘려|줄여|지워|고쳐|올려|내려|(?:삭제|추가|적용|변경|수정|배포|롤백|생성|실행)\s?(?:해|시켜))\s?(?:줘|주세요|줄래|라|도|야)/,
  },
  {
    class: 'several',
    words:
      /\b(?:compare|comparison|versus|vs|each|every|per|most|least|top|highest|lowest|largest|biggest|smallest|oldest|newest|sort(?:ed)?|group(?:ed)?|rank|average|total|sum|percent(?:age)?|ratio|between|differ(?:s|ent|ence)?|except|without|unused|missing|exceed\w*|over|under|more than|less than|at least|affected|depend\w*|security|privileged|audit|summar\w*|overview|correlat\w*|trend|before|after|since|during|latency|and (?:which|what|how|is|are|who|when|where)|both)\b|비교|각각|마다|별로|별 |가장|제일|상위|하위|최대|최소|평균|합계|비율|정렬|순서|차이|없는|않은|이상인|초과|미만|요약|감사|보안|추세|그리고|의존/,
  },
  { class: 'count', words: /\bhow many\b|\bnumber of\b|\bcount\b|몇 ?(?:개|대|명|번)|개수|갯수|대수/ },
  { class: 'version', words: /\bversion\b|버전/ },
  { class: 'logs', words: /\blogs?\b|로그/ },
  {
    class: 'field',
    words:
      /\b(?:images?|tags?|ports?|node|ip|address|labels?|replicas?|limits?|requests?|schedule|hosts?|storage ?class|type|owner|owns|command|args|env(?:ironment)?|service ?account|size|capacity|strategy|policy|selector|how (?:old|long|often)|age|when|where|value|created|mounted)\b|이미지|태그|포트|(?:어느|어떤|무슨) 노드|주소|라벨|레이블|레플리카|복제본|리밋|제한|요청량|스케줄|호스트|스토리지 ?클래스|유형|소유|명령|환경 ?변수|서비스 ?(?:계정|어카운트)|크기|용량|전략|언제|얼마나|셀렉터/,
  },
  {
    class: 'list',
    words:
      /\b(?:list|show|get|give|print|display|name|which|what)\b.*\b(?:pods|deployments|services|nodes|namespaces|jobs|cronjobs|ingresses|secrets|configmaps|pvcs|claims|volumes|statefulsets|daemonsets|replicasets|events|hpas|roles|crds|resources|contexts|containers|kinds|workloads)\b|목록|나열|리스트|(?:파드|포드|디플로이먼트|서비스|노드|네임스페이스|잡|시크릿|컨피그맵|인그레스)(?:들)?(?:을|를|이|가|은|는)? ?(?:모두 |전부 |다 )?(?:보여|알려|뭐|무엇|무슨|어떤)|(?:어떤|무슨) (?:파드|포드|디플로이먼트|서비스|네임스페이스|잡|시크릿|컨피그맵|인그레스)/,
  },
  {
    class: 'state',
    words:
      /^(?:(?:please|and|so|ok|hi|hey)[, ]+)*(?:is|are|does|do|has|have|was|were|did)\b|\b(?:status|state|phase|running|ready|available|bound|exists?)\b|(?:있|인|중인?|됐|되었|했|하)(?:나요|습니까|는지|어요?|가요|니|냐)|상태|실행 ?중|준비|존재/,
  },
];

/** The class of a question, by rules over its words in English and Korean; what no rule knows is an investigation. */
export function classOf(question: string): QuestionClass {
  const text = question.trim().toLowerCase();
  if (!isLookup(text)) return 'investigation';
  return RULES.find(rule => rule.words.test(text))?.class ?? 'investigation';
}
