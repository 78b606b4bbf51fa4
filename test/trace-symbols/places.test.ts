import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  cgroupsOf,
  type PodFacts,
  parseCgroupPath,
  placesOf,
  podsOfNode,
} from '../../src/trace/places/index.ts';

const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
const OTHER = ID.replaceAll('a', 'b');
const UID = '0f4b0d3a-51cf-4c3b-9d8e-6f1a2b3c4d5e';
const SLICE_UID = UID.replaceAll('-', '_');

const train: PodFacts = {
  metadata: { name: 'train-0', namespace: 'ml', uid: UID },
  status: { containerStatuses: [{ name: 'trainer', containerID: `containerd://${ID}` }] },
};
const none = async () => [];

it.each([
  [
    `/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${SLICE_UID}.slice/cri-containerd-${ID}.scope`,
    ID,
    UID,
  ],
  [`/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${SLICE_UID}.slice/crio-${ID}.scope`, ID, UID],
  [`/kubepods/burstable/pod${UID}/${ID}`, ID, UID],
  [`/kubepods/pod${UID}/crio-${ID}`, ID, UID],
  [`/system.slice/containerd.service/kubepods-burstable-pod${SLICE_UID}.slice:cri-containerd:${ID}`, ID, UID],
  [`/kubepods/pod${UID}/${ID}/user.slice/${OTHER}`, ID, UID],
  ['/kubepods/burstable/pod3f5a0c1122334455667788990011aabb', undefined, '3f5a0c1122334455667788990011aabb'],
  [`/docker/${ID}`, ID, undefined],
  [`/system.slice/docker-${ID}.scope`, ID, undefined],
  [`/machine.slice/libpod-${ID}.scope/container`, ID, undefined],
  [`/../../kubepods-pod${SLICE_UID}.slice/cri-containerd-${ID}.scope`, ID, UID],
  [`/kubepods.slice/kubepods-pod${SLICE_UID}.slice/crio-conmon-${ID}.scope`, undefined, UID],
  ['/user.slice/user-1000.slice/session-3.scope', undefined, undefined],
  ['/system.slice/podman-restart.service', undefined, undefined],
  ['/', undefined, undefined],
])('reads %s', (path, containerId, podUid) => {
  expect(parseCgroupPath(path)).toEqual({ ...(containerId && { containerId }), ...(podUid && { podUid }) });
});

it('names pods and containers by the cluster, by container id and by uid', async () => {
  const paths = [`/kubepods/pod${UID}/${ID}`, `/kubepods/pod${UID}/${OTHER}`, `/docker/${ID}`, '/user.slice'];
  const { places, problem } = await placesOf(paths, { listPods: async () => [train], podsOfNode: none });
  expect(problem).toBeUndefined();
  expect([...places]).toEqual([
    [paths[0], { namespace: 'ml', pod: 'train-0', container: 'trainer' }],
    // It restarted since the cluster was asked.
    [paths[1], { namespace: 'ml', pod: 'train-0', container: OTHER.slice(0, 12) }],
    [paths[2], { namespace: 'ml', pod: 'train-0', container: 'trainer' }],
  ]);
});

it('finds static pods by the hash of their manifest', async () => {
  const hash = '3f5a0c1122334455667788990011aabb';
  const mirror: PodFacts = {
    metadata: {
      name: 'etcd-n1',
      namespace: 'kube-system',
      uid: UID,
      annotations: { 'kubernetes.io/config.hash': hash },
    },
  };
  const path = `/kubepods/burstable/pod${hash}/${ID}`;
  const { places } = await placesOf([path], { listPods: async () => [mirror] });
  expect(places.get(path)).toMatchObject({ namespace: 'kube-system', pod: 'etcd-n1' });
});

it('has the ids where nobody knows the names, and says why the cluster was no help', async () => {
  const path = `/kubepods/pod${UID}/${ID}`;
  const { places, problem } = await placesOf([path], {
    listPods: async () => Promise.reject(new Error('connect ECONNREFUSED')),
    podsOfNode: none,
  });
  expect(places.get(path)).toEqual({ pod: UID, container: ID.slice(0, 12) });
  expect(problem).toContain('ECONNREFUSED');
});

it('names pods by the folders of the kubelet where there is no cluster, and asks nobody without containers', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'kv-pods-'));
  mkdirSync(join(logs, `ml_train-0_${UID}`));
  mkdirSync(join(logs, 'lost+found'));
  const path = `/kubepods/pod${UID}/${ID}`;
  const { places } = await placesOf([path], { podsOfNode: () => podsOfNode(logs) });
  expect(places.get(path)).toEqual({ namespace: 'ml', pod: 'train-0', container: ID.slice(0, 12) });
  expect(await podsOfNode(join(logs, 'missing'))).toEqual([]);

  const asked = async () => Promise.reject(new Error('asked'));
  expect(await placesOf(['/', '/user.slice'], { listPods: asked })).toEqual({ places: new Map() });
});

const PROC = async () => [
  `12:memory:/kubepods/pod${UID}/${ID}\n0::/kubepods/pod${UID}/${ID}\n`,
  `0::/kubepods/pod${UID}/${ID}\n`,
  `0::/kubepods/pod${UID}/${OTHER}\n`,
  '0::/user.slice\n',
  '',
];

it('finds the control groups of a container and of a pod', async () => {
  const own = `/kubepods/pod${UID}/${ID}`;
  expect(await cgroupsOf({ container: `containerd://${ID}` }, PROC)).toEqual([own]);
  expect(await cgroupsOf({ container: ID.slice(0, 12) }, PROC)).toEqual([own]);
  expect(await cgroupsOf({ pod: train }, PROC)).toEqual([own, `/kubepods/pod${UID}/${OTHER}`]);
});

it('says so where there is no such process, where an id is none, and where it is short for several', async () => {
  const elsewhere: PodFacts = { metadata: { name: 'web', namespace: 'shop', uid: UID.replace('0f', 'ff') } };
  await expect(cgroupsOf({ pod: elsewhere }, PROC)).rejects.toThrow(
    'No process of pod shop/web runs on this machine.',
  );
  await expect(cgroupsOf({ container: 'trainer' }, PROC)).rejects.toThrow('trainer is no container id.');
  const similar = async () => [`0::/docker/${ID}\n`, `0::/docker/${ID.slice(0, 20)}${'0'.repeat(44)}\n`];
  await expect(cgroupsOf({ container: ID.slice(0, 12) }, similar)).rejects.toThrow(
    '2 containers have an id that begins',
  );
});

it('reads the control groups of this machine', async () => {
  await expect(cgroupsOf({ container: 'ffffffffffff' })).rejects.toThrow('No process of container');
});
