const UNSAFE = /[^A-Za-z0-9_-]/g;

/**
 * A text as part of a NATS name (queue group, durable, service) or as one token of a subject, where dots, spaces and
 * wildcards have a meaning: each such character becomes `-`. Of services ADR-32 allows these characters alone.
 */
export function natsName(text: string): string {
  return text.replace(UNSAFE, '-');
}

/** The queue group of a subscription, empty where every replica gets every message. */
export function queueGroup(configured: string | undefined, applicationName: string): string {
  return configured ?? natsName(applicationName);
}
