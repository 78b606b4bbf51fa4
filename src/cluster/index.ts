export {
  type CaptureOptions,
  type CaptureProgress,
  type CaptureReport,
  captureSnapshot,
} from './capture/capture.ts';
export { publicPart } from './certificate.ts';
export { type ClusterClientOptions, createClusterClient } from './client/client.ts';
export { parseFields, project } from './client/fields.ts';
export { type GrepMatch, type GrepQuery, type GrepResult, grepLogs } from './client/grep.ts';
export { compileMatcher, type Matcher } from './client/matcher.ts';
export { pathOf } from './client/paths.ts';
export { UnknownKindError } from './client/resolve.ts';
export { type ContextInfo, type KubeconfigOptions, listContexts } from './live/kubeconfig.ts';
export { createLiveTransport, type LiveTransportOptions } from './live/transport.ts';
export { kubeconfigOf } from './serve/kubeconfig.ts';
export { type ServedCluster, serveCluster } from './serve/server.ts';
export * from './snapshot/index.ts';
