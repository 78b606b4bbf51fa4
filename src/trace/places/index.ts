export { type CgroupPlace, parseCgroupPath } from './cgroup-path.ts';
export { cgroupsOf, type PlaceTarget } from './cgroups-of.ts';
export { type Place, type PlaceSources, type Places, placesOf } from './places-of.ts';
export { type ContainerFacts, type PodFacts, podsOfNode } from './pods.ts';
