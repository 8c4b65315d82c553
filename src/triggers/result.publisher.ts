import { Injectable, Logger } from '@nestjs/common';
import { type TraceContext, traceHeaders } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { messageOf } from '../errors.js';
import { type MessageHeaders, headerText, messageSize } from '../nats/message-headers.js';
import { isJetStreamError } from '../nats/jetstream-error.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { NatsClient } from '../nats/nats.client.js';
import { SubjectCoverage } from '../nats/subject-coverage.js';
import { RepeatedWarning } from './repeated-warning.js';
import { type OutcomeAnswer, answerOf, hostAnswer } from './outcome-answer.js';

/** Whose result it is: together the id under which it is stored once. */
export interface ResultSource {
  readonly applicationName: string;
  readonly triggerName: string;
  readonly requestId: string;
  /** What it is stored once for, where a caller may have chosen the request id and may use it twice. */
  readonly onceFor?: string;
  /** Of the run whose result it is. */
  readonly trace?: Partial<TraceContext> | undefined;
}

type ResultAbout = Pick<ResultSource, 'requestId' | 'trace'>;

/** Publishes outcomes to the result subjects of triggers. */
@Injectable()
export class ResultPublisher {
  private readonly logger = new Logger('Results');
  private readonly lost = new RepeatedWarning((count, last) =>
    this.logger.warn(`Results that could not be published: ${count}, the last one because ${last}`),
  );

  private readonly coverage: SubjectCoverage;

  constructor(
    private readonly client: NatsClient,
    private readonly jetStream: JetStreamClient,
  ) {
    this.coverage = new SubjectCoverage(jetStream);
  }

  /**
   * Publishes the body of an outcome with the headers `Status` and `Tributary-Request-Id`, and those of the trace; a failure
   * of the host's own has its text as body. Published once and not confirmed; never throws. What cannot be published is said in the log.
   */
  publish(subject: string, event: TriggerEvent, outcome: InvocationOutcome): void {
    try {
      const { answer, headers } = this.withinMaxPayload(
        { requestId: event.requestId, trace: event },
        answerOf(outcome),
      );
      if (!this.client.publish(subject, answer.body, headers)) this.lost.add('there is no connection to NATS');
    } catch (error) {
      this.lost.add(messageOf(error));
    }
  }

  /**
   * The same for a source that tries again until it knows: resolves once the stream that covers the subject has stored the
   * result, and only one of it however often it is published within the stream's duplicate window. Where no stream covers
   * the subject, it is published once and not confirmed. Rejects where it is not known to be safe.
   */
  async publishSafely(subject: string, source: ResultSource, outcome: InvocationOutcome): Promise<void> {
    const { answer, headers } = this.withinMaxPayload(source, answerOf(outcome));
    if (!(await this.coverage.isCovered(subject))) {
      if (!this.client.publish(subject, answer.body, headers)) throw new Error('there is no connection to NATS');
      return;
    }
    const msgID = `${source.applicationName}/${source.triggerName}/${source.onceFor ?? source.requestId}`;
    try {
      await this.jetStream.publish(subject, answer.body, headers, { msgID });
    } catch (error) {
      this.coverage.forget(subject);
      if (!isJetStreamError(error, 'messageTooLarge')) throw error;
      // It would be refused for ever.
      const tooLarge = hostAnswer(502, 'The result is over what its stream takes.');
      await this.jetStream.publish(subject, tooLarge.body, headersOf(source, tooLarge), { msgID });
    }
  }

  private withinMaxPayload(
    source: ResultAbout,
    answer: OutcomeAnswer,
  ): { answer: OutcomeAnswer; headers: MessageHeaders } {
    const headers = headersOf(source, answer);
    const { maxPayload } = this.client;
    if (messageSize(headers, answer.body) <= maxPayload) return { answer, headers };
    const tooLarge = hostAnswer(502, `The result is over the NATS server's max_payload of ${maxPayload} bytes.`);
    return { answer: tooLarge, headers: headersOf(source, tooLarge) };
  }
}

function headersOf({ requestId, trace = {} }: ResultAbout, { statusCode }: OutcomeAnswer): MessageHeaders {
  return [['Status', String(statusCode)], ['Tributary-Request-Id', headerText(requestId)], ...traceHeaders(trace)];
}
