import { counterBy, type Figure, figure } from '../figures/figure.js';
import type { DeliveryFacts } from './ack-subject.js';
import type { DeliveryEnd } from './durable-source.js';
import type { GiveUpReason } from './settlement.js';

/** What came of the deliveries of one consumer in this process. */
export class DeliveryCounters {
  private delivered = 0;
  private redelivered = 0;
  private readonly ends = { acknowledged: 0, 'passed-over': 0, retried: 0, 'handed-back': 0 };
  private readonly deadLetters: Record<GiveUpReason, number> = {
    rejected: 0,
    failed: 0,
    'host died': 0,
    unreadable: 0,
  };
  /** Messages that the consumer had not delivered yet, as the server said last. */
  pending = 0;

  deliver({ deliveryCount, pending }: DeliveryFacts): void {
    this.delivered++;
    if (deliveryCount > 1) this.redelivered++;
    this.pending = pending;
  }

  end(end: DeliveryEnd): void {
    if (end.kind === 'given-up') this.deadLetters[end.reason]++;
    else this.ends[end.kind]++;
  }

  figures(): Figure[] {
    const { retried, acknowledged, 'passed-over': passedOver, 'handed-back': handedBack } = this.ends;
    const given = Object.values(this.deadLetters).reduce((sum, count) => sum + count, 0);
    return [
      figure('counter', 'nats_deliveries_total', 'Messages that JetStream delivered.', this.delivered),
      figure('counter', 'nats_redeliveries_total', 'Deliveries beyond the first of a message.', this.redelivered),
      counterBy('nats_acks_total', 'Messages acknowledged: run, or passed over without a run.', 'reason', {
        succeeded: acknowledged,
        'passed over': passedOver,
      }),
      counterBy(
        'nats_naks_total',
        'Messages that are delivered again: to be tried again, or handed back unrun.',
        'reason',
        {
          retried,
          'handed back': handedBack,
        },
      ),
      figure('counter', 'nats_terms_total', 'Messages terminated, each after its dead letter was stored.', given),
      counterBy('dead_letters_total', 'Messages that became dead letters, by why.', 'reason', this.deadLetters),
      figure(
        'gauge',
        'nats_consumer_pending',
        'Messages that wait in the stream for this consumer, as last heard.',
        this.pending,
      ),
    ];
  }
}
