import { KWOK_NODE_SELECTOR, KWOK_TOLERATION } from '../plane/parts/kwok.ts';

/** The parts that the incidents' manifests have in common. */
export const APP_IMAGE = 'registry.plane.test/shop/app:1.0';

export interface ContainerSpec {
  name: string;
  image: string;
  command?: string[];
  env?: object[];
  envFrom?: object[];
  resources?: object;
  readinessProbe?: object;
  volumeMounts?: object[];
}

/** A server on port 8080 after `preamble`, a few lines of shell that may print and fail. */
export function server(name: string, preamble: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name,
    image: APP_IMAGE,
    command: ['sh', '-c', `${preamble}\necho "level=info listening on :8080"\nexec httpd -f -p 8080 -h /etc`],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
    ...more,
  };
}

export function deployment(
  name: string,
  container: ContainerSpec,
  options: { replicas?: number; pod?: object } = {},
): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [container], ...options.pod },
      },
    },
  };
}

/** A deployment whose pods kwok pretends to run: they are ready at once, and nothing really runs. */
export function simulated(name: string): object {
  const pod = { nodeSelector: KWOK_NODE_SELECTOR, tolerations: [KWOK_TOLERATION] };
  return deployment(name, { name, image: `${name}:1` }, { pod });
}

export function service(name: string, selector: Record<string, string>): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}
