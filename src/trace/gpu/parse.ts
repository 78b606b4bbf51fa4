import { cleanText } from '../../shared/text.ts';

/** One GPU. Sizes in bytes; undefined where the driver does not say. */
export interface GpuFacts {
  index: number;
  uuid: string;
  name: string;
  driver: string;
  memoryBytes: number | undefined;
}

/** One reading of one GPU, by the names that `samples` of a trace file uses. */
export interface GpuReading {
  index: number;
  values: Readonly<Record<string, number>>;
}

/**
 * The fields asked of nvidia-smi, in order; `--help-query-gpu` documents them. Megabytes are 2^20 bytes. From driver
 * 535 on `clocks_event_reasons.active` is the name of `clocks_throttle_reasons.active`, which is still taken.
 */
export const FACT_FIELDS = ['index', 'uuid', 'name', 'driver_version', 'memory.total'] as const;

const READINGS: ReadonlyArray<readonly [field: string, name: string, factor: number]> = [
  ['utilization.gpu', 'gpu_util_pct', 1],
  ['memory.used', 'gpu_memory_bytes', 2 ** 20],
  ['clocks.sm', 'gpu_sm_mhz', 1],
  ['clocks.mem', 'gpu_memory_mhz', 1],
  ['temperature.gpu', 'gpu_temperature_c', 1],
  ['power.draw', 'gpu_power_w', 1],
  ['clocks_throttle_reasons.active', 'gpu_throttle', 1],
];

export const READING_FIELDS = ['index', ...READINGS.map(([field]) => field)];

/** A line of `--format=csv,noheader,nounits` for FACT_FIELDS; undefined for anything else. */
export function parseFacts(line: string): GpuFacts | undefined {
  const [index, uuid, ...rest] = cells(line);
  const memory = rest.pop();
  const driver = rest.pop();
  if (index === undefined || !/^\d+$/.test(index) || memory === undefined || driver === undefined)
    return undefined;
  const megabytes = numberOf(memory);
  return {
    index: Number(index),
    uuid: cleanText(uuid ?? ''),
    name: cleanText(rest.join(', ')),
    driver: cleanText(driver),
    memoryBytes: megabytes === undefined ? undefined : megabytes * 2 ** 20,
  };
}

/** A line for READING_FIELDS. What the GPU does not measure (`[N/A]`, `[Not Supported]`) is left out. */
export function parseReading(line: string): GpuReading | undefined {
  const [index, ...texts] = cells(line);
  if (index === undefined || !/^\d+$/.test(index) || texts.length !== READINGS.length) return undefined;
  const values: Record<string, number> = {};
  READINGS.forEach(([, name, factor], at) => {
    const value = numberOf(texts[at]!);
    if (value !== undefined) values[name] = value * factor;
  });
  return { index: Number(index), values };
}

const cells = (line: string) => line.split(',').map(cell => cell.trim());

function numberOf(text: string): number | undefined {
  return /^(?:\d+(?:\.\d+)?|0x[0-9a-f]+)$/i.test(text) ? Number(text) : undefined;
}
