import type { Logger } from '@nestjs/common';
import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { streamInfo } from '../nats/ensure-stream.js';
import { explainJetStreamError, isJetStreamError } from '../nats/jetstream-error.js';
import { isAtLeast } from '../nats/server-version.js';
import {
  changedConfig,
  type ConsumerSettings,
  consumerConfig,
  differences,
  otherOwner,
  whyNotUpdatable,
} from './consumer-settings.js';

/** The first server that filters one consumer by several subjects. */
const SEVERAL_FILTERS = '2.10.0';
/** nats-server 2.9 tells a slightly later time of creation until it is restarted. */
const SAME_MOMENT_MS = 1_000;

/** A consumer that cannot be used, and why: a text for people. */
export class ConsumerProblem extends Error {
  override readonly name = 'ConsumerProblem';
}

/** Sees to it that the durable consumer of a trigger is there and as configured. */
export class ConsumerKeeper {
  /** When the stream was created that the consumer was last seen on; its sequences begin anew with another. */
  private streamCreated: string | undefined;
  private consumerCreated: string | undefined;
  /** All up to this sequence has been settled, as far as is known. */
  private settledUpTo = 0;
  /** Messages that it had not delivered when it was last seen. */
  pending = 0;

  constructor(
    private readonly settings: ConsumerSettings,
    private readonly logger: Logger,
    /** The consumer was replaced: what was known of its messages is void. */
    private readonly onReplaced: () => void,
  ) {}

  /**
   * Creates or checks the consumer. Rejects with a `ConsumerProblem` where it cannot be used; what is missing may come.
   *
   * @param serverVersion Such as `2.9.10`.
   */
  async ensure(manager: JetStreamManager, serverVersion: string | undefined): Promise<void> {
    try {
      this.requireFilters(serverVersion);
      const stream = await this.requireStream(manager);
      const consumer = await this.findOrCreate(manager, stream, serverVersion);
      this.streamCreated = stream.created;
      this.consumerCreated = consumer.created;
      this.settledUpTo = settledUpTo(consumer);
      this.pending = consumer.num_pending;
    } catch (error) {
      if (error instanceof ConsumerProblem) throw error;
      throw new ConsumerProblem(explainJetStreamError(error), { cause: error });
    }
  }

  private requireFilters(serverVersion: string | undefined): void {
    const { filterSubjects, label } = this.settings;
    if (filterSubjects.length < 2 || isAtLeast(serverVersion, SEVERAL_FILTERS)) return;
    throw new ConsumerProblem(
      `${label('subject')} has several subjects, which one durable consumer takes from nats-server ${SEVERAL_FILTERS} on; ` +
        `this one is ${serverVersion ?? 'unknown'}: make a trigger for each subject in TRIGGERS_FILE`,
    );
  }

  private async requireStream(manager: JetStreamManager): Promise<StreamInfo> {
    const { stream } = this.settings;
    const info = await streamInfo(manager, stream);
    if (info) return info;
    throw new ConsumerProblem(`the stream ${stream} does not exist; it is waited for, and never created here`);
  }

  private async findOrCreate(
    manager: JetStreamManager,
    stream: StreamInfo,
    serverVersion: string | undefined,
  ): Promise<ConsumerInfo> {
    const found = await this.find(manager);
    if (found) return this.adopt(manager, found, serverVersion);
    try {
      return await this.create(manager, stream);
    } catch (error) {
      // Another replica was a moment faster, and its consumer begins at another time, which no server changes.
      const created = await this.find(manager);
      if (!created) throw error;
      return this.adopt(manager, created, serverVersion);
    }
  }

  private async find(manager: JetStreamManager): Promise<ConsumerInfo | undefined> {
    try {
      return await manager.consumers.info(this.settings.stream, this.settings.durable);
    } catch (error) {
      if (isJetStreamError(error, 'consumerNotFound')) return undefined;
      throw error;
    }
  }

  private async adopt(
    manager: JetStreamManager,
    consumer: ConsumerInfo,
    serverVersion: string | undefined,
  ): Promise<ConsumerInfo> {
    const { stream, durable, label, mayUpdate } = this.settings;
    const { config, created } = consumer;
    const owner = otherOwner(config, this.settings);
    if (owner !== undefined) {
      throw new ConsumerProblem(
        `the consumer ${durable} of stream ${stream} is that of ${owner}, whose name makes the same: ` +
          `name another in ${label('durable')}`,
      );
    }
    const found = differences(config, this.settings);
    const hindrance = whyNotUpdatable(config, this.settings, serverVersion);
    if (hindrance !== undefined) {
      throw new ConsumerProblem(
        `the consumer ${durable} of stream ${stream} differs from the configuration: ${found.join('; ')}. ` +
          `Delete it, or name another in ${label('durable')}: ${hindrance}`,
      );
    }
    if (found.length > 0 && !mayUpdate) {
      throw new ConsumerProblem(
        `the consumer ${durable} of stream ${stream} differs from the configuration: ${found.join('; ')}. ` +
          `Change one of the two, or set ${label('updateConsumer')} to change the consumer`,
      );
    }
    // At the first look alone: replicas of two versions would change it to and fro.
    if (found.length > 0 && this.consumerCreated === undefined) {
      await manager.consumers.update(stream, durable, changedConfig(this.settings));
      this.logger.warn(`The consumer ${durable} of stream ${stream} was changed: ${found.join('; ')}`);
    }
    if (this.consumerCreated !== undefined && !isSameMoment(this.consumerCreated, created)) {
      this.onReplaced();
      this.logger.warn(
        `The consumer ${durable} of stream ${stream} was replaced by another of its name, at ${created}`,
      );
    }
    return consumer;
  }

  /** Servers before 2.10 change a consumer that exists when it is "created": only what was not found is. */
  private async create(manager: JetStreamManager, stream: StreamInfo): Promise<ConsumerInfo> {
    const { durable } = this.settings;
    const known = this.streamCreated !== undefined;
    const startSequence = this.startOfReplacement(stream);
    const consumer = await manager.consumers.add(stream.config.name, consumerConfig(this.settings, startSequence));
    if (!known) {
      this.logger.log(`Created the consumer ${durable} of stream ${stream.config.name}`);
      return consumer;
    }
    this.onReplaced();
    this.logger.warn(
      `The consumer ${durable} of stream ${stream.config.name} was gone and has been created anew: ${this.meaningOf(startSequence)}`,
    );
    return consumer;
  }

  /** A consumer for new messages alone that is replaced must not pass over what came meanwhile. */
  private startOfReplacement(stream: StreamInfo): number | undefined {
    if (this.settings.begin !== 'new' || this.streamCreated === undefined) return undefined;
    // All that a stream holds which was made meanwhile is new.
    return isSameMoment(this.streamCreated, stream.created) ? this.settledUpTo + 1 : 1;
  }

  private meaningOf(startSequence: number | undefined): string {
    if (startSequence !== undefined) {
      return `it goes on at sequence ${startSequence}; what was handled from there on runs once more`;
    }
    return this.settings.begin === 'all'
      ? 'it replays what the stream holds, so that messages that were handled run once more'
      : 'what is recent runs once more';
  }
}

function isSameMoment(some: string, other: string): boolean {
  return Math.abs(Date.parse(some) - Date.parse(other)) < SAME_MOMENT_MS;
}

/** A consumer that began in the midst of a stream and has nothing settled yet has no floor. */
function settledUpTo({ ack_floor: floor, delivered, num_ack_pending: pending }: ConsumerInfo): number {
  return pending === 0 ? delivered.stream_seq : floor.stream_seq;
}
