/** The StatefulSet whose rolling update is under way when the cluster is captured. */
export const ROLLING = {
  namespace: 'observability',
  name: 'loki',
  replicas: 5,
  updated: 2,
  oldImage: 'registry.example.com/observability/loki:3.5.2',
  newImage: 'registry.example.com/observability/loki:3.6.0',
  oldRevision: 'loki-6d5f8c9b7',
  newRevision: 'loki-74c66f5d5',
};

export function rollingContainer(image: string) {
  return {
    name: 'app',
    image,
    ports: [{ containerPort: 3100, name: 'http', protocol: 'TCP' }],
    resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
  };
}
