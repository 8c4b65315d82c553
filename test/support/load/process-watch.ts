import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSample {
  /** Resident memory, in MB. */
  readonly megabytes: number;
  readonly descriptors: number;
}

export function sampleOf(pid: number): ProcessSample {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { megabytes: Math.round(Number(resident) / 1_024), descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** Samples of a process, twice a second until `stop()`. */
export function watch(pid: number): { readonly samples: readonly ProcessSample[]; stop(): void } {
  const samples: ProcessSample[] = [];
  const timer = setInterval(() => samples.push(sampleOf(pid)), 500);
  return { samples, stop: () => clearInterval(timer) };
}

export function peakOf(samples: readonly ProcessSample[], figure: keyof ProcessSample): number {
  return Math.max(...samples.map((sample) => sample[figure]));
}

export function medianOf(samples: readonly ProcessSample[], figure: keyof ProcessSample): number {
  const sorted = samples.map((sample) => sample[figure]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
