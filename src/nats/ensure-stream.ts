import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { isJetStreamError } from './jetstream-error.js';
import type { OwnStream } from './own-streams.js';

const NANOSECONDS = 1_000_000;

/** Creates one of our streams where it is missing; widens it where it keeps less than is needed. Gives what was found or made. */
export async function ensureStream(
  manager: JetStreamManager,
  stream: OwnStream,
  replicas: number,
): Promise<StreamInfo> {
  const found = await streamInfo(manager, stream.name);
  if (found) return widen(manager, stream, found);
  try {
    return await manager.streams.add(configOf(stream, replicas));
  } catch (error) {
    // Another replica was faster, with other settings.
    const made = await streamInfo(manager, stream.name);
    if (!made) throw error;
    return widen(manager, stream, made);
  }
}

/** `undefined` where there is no such stream. */
export async function streamInfo(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (isJetStreamError(error, 'streamNotFound')) return undefined;
    throw error;
  }
}

/** What is not said here is the server's default. */
function configOf(stream: OwnStream, replicas: number): Partial<StreamConfig> & { name: string } {
  const { name, description, subjects, maxAgeMs, duplicateWindowMs } = stream;
  return {
    name,
    description,
    subjects: [...subjects],
    retention: stream.retention,
    discard: stream.discard,
    storage: 'file',
    num_replicas: replicas,
    max_age: maxAgeMs * NANOSECONDS,
    ...(stream.maxMessagesPerSubject !== undefined && { max_msgs_per_subject: stream.maxMessagesPerSubject }),
    ...(duplicateWindowMs !== undefined && { duplicate_window: duplicateWindowMs * NANOSECONDS }),
  };
}

/** Several functions share a stream: the longest time that one of them needs counts, and is never made shorter. */
async function widen(manager: JetStreamManager, stream: OwnStream, info: StreamInfo): Promise<StreamInfo> {
  const { max_age: maxAge, duplicate_window: window } = info.config;
  const neededWindow = (stream.duplicateWindowMs ?? 0) * NANOSECONDS;
  const neededAge = stream.maxAgeMs * NANOSECONDS;
  const isOld = maxAge !== 0 && neededAge > maxAge;
  if (!isOld && neededWindow <= window) return info;
  return manager.streams.update(stream.name, {
    ...info.config,
    max_age: isOld ? neededAge : maxAge,
    duplicate_window: Math.max(window, neededWindow),
  });
}
