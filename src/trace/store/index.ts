export { fineBucket, fineRange } from './fine-buckets.ts';
export { type FrameResolver, ModuleResolver, type ResolvedFrame } from './frames.ts';
export type { LiveState } from './live-state.ts';
export type { HostFacts } from './protocol.ts';
export type { FileOwner, GpuRow, ProcessPlace, Sample, TraceWriterOptions, WriterSummary } from './types.ts';
export { TraceWriter } from './writer.ts';
export { WriterThread, type WriterThreadOptions } from './writer-thread.ts';
