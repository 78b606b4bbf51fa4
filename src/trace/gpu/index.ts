export { type GpuTool, gpuFacts, sampleGpus } from './nvidia-smi.ts';
export type { GpuFacts, GpuReading } from './parse.ts';
