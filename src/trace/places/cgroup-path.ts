/** What a control group's path says of the container it belongs to. */
export interface CgroupPlace {
  containerId?: string;
  /** With dashes; of a static pod the hash of its manifest, which is no uid of the API. */
  podUid?: string;
}

const POD = /(?:^|[/-])pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=$|[./:])/;
const SCOPE = /^(?:cri-containerd|crio|docker|libpod|nerdctl)-([0-9a-f]{64})(?:\.scope)?$/;
const BARE = /^[0-9a-f]{64}$/;

/**
 * Reads the paths that containerd, CRI-O, Docker and Podman make, by systemd (`…-pod1a2b_….slice/cri-containerd-ID.scope`)
 * or as plain folders (`/kubepods/burstable/pod1a2b-…/ID`), and containerd's `SLICE:cri-containerd:ID`. Groups that a
 * container makes inside its own belong to it; CRI-O's and Podman's monitors (`crio-conmon-ID`) do not.
 */
export function parseCgroupPath(path: string): CgroupPlace {
  const podUid = POD.exec(path)?.[1]?.replaceAll('_', '-');
  const containerId = path.split(/[/:]/).map(idOf).find(Boolean);
  return { ...(containerId && { containerId }), ...(podUid && { podUid }) };
}

function idOf(part: string): string | undefined {
  return BARE.test(part) ? part : SCOPE.exec(part)?.[1];
}
