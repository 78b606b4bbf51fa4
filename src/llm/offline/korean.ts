const LEADS: Array<[RegExp, string]> = [
  [/^app-crash/, '애플리케이션이 오류로 종료되어 계속 재시작됩니다.'],
  [/^oom-killed/, '메모리 한도를 넘어 컨테이너가 강제 종료되었습니다(OOMKilled, 메모리 부족).'],
  [/^exit-zero/, '프로세스가 정상 종료(exit 0)하여 계속 재시작됩니다.'],
  [/^start-error/, '컨테이너의 명령을 실행할 수 없습니다.'],
  [/^image-pull/, '이미지를 가져올 수 없습니다.'],
  [/^config-missing/, '필요한 ConfigMap, Secret 또는 키가 없습니다.'],
  [/^init-/, '초기화 컨테이너가 끝나지 않았습니다.'],
  [/-probe$/, '프로브가 실패합니다.'],
  [/^unschedulable|^pvc-missing/, '파드를 배치할 노드가 없습니다(스케줄링 불가).'],
  [/^pvc-storageclass/, 'PVC가 요청한 스토리지 클래스(StorageClass)가 존재하지 않습니다.'],
  [/^pvc-/, 'PVC가 볼륨에 바인딩되지 않았습니다.'],
  [/^service-no/, '서비스에 연결된 엔드포인트가 없습니다.'],
  [/^service-wrong-port/, '서비스의 targetPort가 잘못되었습니다.'],
  [/^ingress/, '인그레스 설정이 잘못되었습니다.'],
  [/^quota|^limit-range/, '할당량 또는 한도 때문에 파드를 만들 수 없습니다.'],
  [/^pod-security|^webhook|^serviceaccount|^pods-not-created|missing$/, 'API 서버가 파드 생성을 거부합니다.'],
  [/^rollout|^scaled/, '배포가 진행되지 않거나 중지되어 있습니다.'],
  [/^job|^cronjob/, '잡이 실패했거나 실행되지 않습니다.'],
  [/^node/, '노드에 문제가 있습니다.'],
  [/^hpa/, '오토스케일러가 제대로 동작하지 않습니다.'],
  [/^stuck|terminating$/, '삭제가 끝나지 않습니다.'],
  [/evicted$/, '파드가 축출되었습니다.'],
  [/^app-complaint/, '실행 중이지만 제대로 동작하지 못합니다.'],
];

/** One Korean sentence for a failure mode; the facts follow as the cluster's objects name them. */
export function koreanLead(mode: string): string {
  return LEADS.find(([pattern]) => pattern.test(mode))?.[1] ?? '문제가 있습니다.';
}
